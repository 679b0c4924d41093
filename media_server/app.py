"""The whole server as one aiohttp application, for `serve` and for embedding.

app.add_subapp("/interviews/", create_app(load_config()))
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from aiohttp import web

import signaling
from media_server import collector
from media_server.config import Config, load_config
from media_server.endings import end
from media_server.load_history import EVERY_S
from media_server.metrics_port import serve_metrics
from media_server.ports import InterviewService
from media_server.roles import SINGLE, Role
from media_server.shared_counts.buckets import SharedBuckets
from media_server.shared_counts.file import CountsFile, counts_of
from media_server.tenant_file import TenantBook
from media_server.wall_clock import LOOK_EVERY_S, process_clock
from signaling.context import Context
from signaling.secret_files import load as load_secrets

__all__ = ["OpenService", "create_app", "load_config"]

OpenService = Callable[[Config], AbstractAsyncContextManager[InterviewService]]


def create_app(
    config: Config, *, open_service: OpenService | None = None, role: Role = SINGLE
) -> web.Application:
    """Engines, store and media start with the application and are closed with it.

    Raises OSError when DATA_DIR cannot be written: secrets are made here, once; TenantsError when
    the file of tenants cannot be used. `open_service` may
    be exchanged for one that runs elsewhere. `role`: what part of the server this process is.
    """
    book = TenantBook(config.http.tenants)
    secrets = load_secrets(
        config.store.data_dir, api_keys=config.http.api_keys, signing=config.http.secrets
    )
    app = signaling.create_app(config.http, secrets=secrets, tenants=book)
    app[signaling.CONTEXT].worker = role.number
    counts = _count_together(app, role)
    opening: AbstractAsyncContextManager[InterviewService]
    if open_service is None:
        with collector.paused():
            from media_server.live import assembly  # noqa: PLC0415  # loads engines and codecs

        lag = app[signaling.CONTEXT].metrics.lag
        opening = assembly.open_service(
            config, tenants=book.current, lag=lag, role=role, counts=counts
        )
    else:
        opening = open_service(config)

    async def service_of_this_app(app: web.Application) -> AsyncIterator[None]:
        async with opening as service:
            signaling.attach_service(app, service)
            metrics = app[signaling.CONTEXT].metrics
            metrics.lag.start()
            metrics.stalls.start()
            watching = [
                asyncio.ensure_future(one)
                for one in (_watch_wall_clock(), book.watch(), _sample(app[signaling.CONTEXT]))
            ]
            try:
                yield
            finally:
                await end(watching)
                metrics.stalls.stop()
                metrics.lag.stop()
                signaling.start_draining(app)
                signaling.attach_service(app, None)

    app.cleanup_ctx.append(serve_metrics)
    app.cleanup_ctx.append(service_of_this_app)
    return app


def _count_together(app: web.Application, role: Role) -> CountsFile | None:
    """Of several workers. Before the service is added: what begins first ends last."""
    counts = counts_of(role)
    if counts is None:
        return None
    app[signaling.CONTEXT].count_with(SharedBuckets(counts))

    async def kept(_: web.Application) -> AsyncIterator[None]:
        yield
        counts.close()

    app.cleanup_ctx.append(kept)
    return counts


async def _sample(ctx: Context) -> None:
    """So that the operations page can show how it began, whenever it is opened."""
    while ctx.service is not None:
        ctx.history.add(ctx.wall_s(), ctx.service.load())
        await asyncio.sleep(EVERY_S)


async def _watch_wall_clock() -> None:
    """So that a correction is seen, and believed, also while nobody asks for the time."""
    while True:
        process_clock().look()
        await asyncio.sleep(LOOK_EVERY_S)
