"""The HTTP side as one aiohttp application that can be mounted under any prefix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from media_server.http_settings import HttpSettings
from media_server.metrics import HttpMetrics
from media_server.ports import InterviewService
from media_server.tenant_file import TenantBook
from media_server.wall_clock import process_clock
from signaling import cors, middleware, problems, routes
from signaling.context import CONTEXT, Context
from signaling.demo import demos
from signaling.report_tokens import ReportTokens
from signaling.secret_files import Secrets
from signaling.tokens import ClientTokens, JoinLinks, digest


def pages_of(package: Path) -> Path:
    """Where the pages lie: in a wheel within this package, in a clone beside it."""
    within = package / "client"
    return within if within.is_dir() else package.parent / "client"


CLIENT_DIR = pages_of(Path(__file__).resolve().parent)


def create_app(
    settings: HttpSettings,
    *,
    secrets: Secrets,
    service: InterviewService | None = None,
    now_s: Callable[[], float] | None = None,
    wall_s: Callable[[], float] | None = None,
    metrics: HttpMetrics | None = None,
    tenants: TenantBook | None = None,
) -> web.Application:
    """`service` None: give it later with `attach_service`; until then requests are answered 503.

    The service stays the caller's to open and close. `now_s`: for limits, never jumps; `wall_s`:
    for tokens, Unix seconds; by default those of this process. `tenants`: whose keys there are
    besides those of `secrets`; whoever gives it lets it look for changes.
    """
    app = web.Application(
        middlewares=[middleware.observe, problems.middleware, cors.preflights],
        client_max_size=settings.max_spec_bytes,
    )
    app[CONTEXT] = Context(
        settings=settings,
        api_key_digests=tuple(digest(key) for key in secrets.api_keys),
        links=JoinLinks(secrets.signing),
        tokens=ClientTokens(secrets.signing, ttl_s=settings.token_ttl_s),
        report_tokens=ReportTokens(secrets.signing),
        client_dir=settings.client_dir or CLIENT_DIR,
        demos_of=demos(),
        now_s=now_s or process_clock().now_s,
        wall_s=wall_s or now_s or process_clock().wall_s,
        metrics=metrics or HttpMetrics(),
        tenants=tenants or TenantBook(),
        service=service,
        evidence_file=secrets.evidence_file,
    )
    app.on_response_prepare.append(middleware.add_headers)
    app.on_shutdown.append(_leave_writers)
    routes.register(app)
    return app


def attach_service(app: web.Application, service: InterviewService | None) -> None:
    """From now on requests go to this service; None: the server is about to be gone."""
    app[CONTEXT].service = service


async def _leave_writers(app: web.Application) -> None:
    """Before aiohttp waits for its requests: a call in writing is one."""
    start_draining(app)
    service = app[CONTEXT].service
    if service is not None:
        await service.leave_writers()


def start_draining(app: web.Application) -> None:
    """/readyz answers 503 at once and nobody new may join; calls go on to their next pause."""
    app[CONTEXT].draining = True
    service = app[CONTEXT].service
    if service is not None:
        service.drain()
