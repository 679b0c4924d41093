"""The HTTP side of one worker of several: on a Unix socket of the server's private directory.

Beside the routes of every server it answers its own front: `/internal/load` says how busy it is
and which interviews it has, `/internal/metrics` has its figures without a key. A request that came
through the front is answered 404 there: the front tells of each client, and asks itself without.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Protocol, runtime_checkable

from aiohttp import web

from media_server import fd_limit
from media_server.http_errors import ProblemHandler, readable
from media_server.ports import Readiness
from media_server.ports.load import LoadFigures, Whereabouts
from signaling.context import CONTEXT
from signaling.front_peer import PEER, behind_front
from signaling.health import figures

LOAD_PATH = "/internal/load"
METRICS_PATH = "/internal/metrics"
INSTANCE = secrets.token_hex(8)
"""Of this process: a worker that replaces another has its number and its socket's name."""


@runtime_checkable
class GivesLoad(Protocol):
    """A service that measures itself."""

    def load(self) -> LoadFigures: ...


@runtime_checkable
class GivesWhereabouts(Protocol):
    """A service that knows which interviews it has."""

    def whereabouts(self) -> Whereabouts: ...


def add_routes(app: web.Application) -> None:
    """Before the application starts."""
    app.router.add_get(LOAD_PATH, load)
    app.router.add_get(METRICS_PATH, own_figures)


async def load(request: web.Request) -> web.Response:
    """`{instance, load, places, open, ready, waits, reasons, notices}`: see `LoadFigures`,
    `Whereabouts`, `Readiness`."""
    _require_front(request)
    ctx = request.app[CONTEXT]
    ready, service = ctx.readiness(), ctx.service
    found = service.load() if isinstance(service, GivesLoad) else _of_readiness(ready)
    if ctx.draining or service is None:
        found = LoadFigures(**{**asdict(found), "refuses": ready.reasons})
    if ctx.draining:
        found = LoadFigures(**{**asdict(found), "draining": True})
    where = service.whereabouts() if isinstance(service, GivesWhereabouts) else Whereabouts()
    told = {
        "instance": INSTANCE,
        "load": asdict(found),
        "places": sorted(where.places),
        "open": sorted(where.open),
        "ready": ready.ready,
        "waits": ready.waits,
        "reasons": ready.reasons,
        "notices": ready.notices,
    }
    return web.json_response(told, headers={"Cache-Control": "no-store"})


async def own_figures(request: web.Request) -> web.Response:
    """What /metrics of a single server answers."""
    _require_front(request)
    return await figures(request.app[CONTEXT])


def _require_front(request: web.Request) -> None:
    if PEER in request:
        raise web.HTTPNotFound


def _of_readiness(ready: Readiness) -> LoadFigures:
    """What there is to know of a service that does not measure itself."""
    open_files, limit = fd_limit.limits()
    return LoadFigures(
        in_call=ready.live,
        kept=0,
        capacity=ready.capacity,
        loop_lag_p99_s=0.0,
        cpu_cores=0.0,
        machine_cpu=0.0,
        stt_wait_s=0.0,
        rss_bytes=0,
        memory_available_bytes=0,
        open_files=0,
        open_files_limit=min(open_files, limit),
        refuses=ready.reasons,
        retry_after_s=ready.retry_after_s,
    )


class WorkerSite(web.BaseSite):
    """Serves a runner's application on a Unix socket, to the front alone.

    Without the limits on connections of a port: the front has them, and opens one connection for
    each request that it forwards.
    """

    def __init__(self, runner: web.BaseRunner, path: Path) -> None:
        super().__init__(runner)
        self._path = path

    @property
    def name(self) -> str:
        return f"unix:{self._path}"

    async def start(self) -> None:
        """Takes the place of a worker before it that had the same number."""
        await super().start()
        make = self._runner.server
        if make is None:
            raise RuntimeError("set the runner up first")
        make.request_factory = behind_front(make.request_factory)
        protocol = readable(make)

        def one() -> ProblemHandler:
            return protocol()

        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        self._server = await asyncio.get_running_loop().create_unix_server(
            one, path=str(self._path), backlog=512
        )
