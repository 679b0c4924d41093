"""/metrics on a port of its own: for a Prometheus that needs no key, and past no proxy.

It opens before engines warm up and closes last, so that a start and a drain can be watched.
"""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator

from aiohttp import web

from media_server.http_connections import LimitedSite, listen
from signaling import problems
from signaling.context import CONTEXT
from signaling.health import figures

MAX_CONNECTIONS = 50


async def serve_metrics(app: web.Application) -> AsyncIterator[None]:
    """For `cleanup_ctx` of the application whose figures they are; nothing where no port is set.

    Raises ValueError where the port cannot be had: a sentence for whoever starts the server.
    """
    ctx = app[CONTEXT]
    settings = ctx.settings
    if not (settings.metrics and settings.metrics_port):
        yield
        return

    async def prometheus(_: web.Request) -> web.Response:
        return await figures(ctx)

    alone = web.Application(middlewares=[problems.middleware], client_max_size=1024)
    alone.router.add_get("/metrics", prometheus)
    runner = web.AppRunner(alone, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            listening = listen(settings.metrics_host, settings.metrics_port)
        except OSError as error:
            raise ValueError(_why(error, settings.metrics_host, settings.metrics_port)) from None
        await LimitedSite(runner, listening, max_connections=MAX_CONNECTIONS).start()
        yield
    finally:
        await runner.cleanup()


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"MEDIA_SERVER_METRICS_PORT={port} is taken by another program (on {host}); choose "
            "another, or 0 for none"
        )
    return (
        f"cannot listen on MEDIA_SERVER_METRICS_HOST={host} MEDIA_SERVER_METRICS_PORT={port}: "
        f"{error.strerror or error}"
    )
