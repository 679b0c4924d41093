"""The whole server as one aiohttp application, for `serve` and for embedding.

app.add_subapp("/interviews/", create_app(load_config()))
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from aiohttp import web

import signaling
from media_server.config import Config, load_config
from media_server.metrics_port import serve_metrics
from media_server.ports import Desk
from media_server.wall_clock import LOOK_EVERY_S, process_clock
from signaling.secret_files import load as load_secrets

__all__ = ["OpenDesk", "create_app", "load_config"]

OpenDesk = Callable[[Config], AbstractAsyncContextManager[Desk]]


def create_app(config: Config, *, open_desk: OpenDesk | None = None) -> web.Application:
    """Engines, store and media start with the application and are closed with it.

    Raises OSError when DATA_DIR cannot be written: secrets are made here, once. `open_desk` may
    be exchanged for a desk that runs elsewhere.
    """
    if open_desk is None:
        from media_server.live import assembly  # noqa: PLC0415  # loads engines and codecs

        open_desk = assembly.open_desk
    opening = open_desk(config)
    secrets = load_secrets(
        config.store.data_dir, api_keys=config.http.api_keys, signing=config.http.secrets
    )
    app = signaling.create_app(config.http, secrets=secrets)

    async def desk_of_this_app(app: web.Application) -> AsyncIterator[None]:
        async with opening as desk:
            signaling.attach_desk(app, desk)
            lag = app[signaling.CONTEXT].metrics.lag
            lag.start()
            watching = asyncio.ensure_future(_watch_wall_clock())
            try:
                yield
            finally:
                watching.cancel()
                lag.stop()
                signaling.start_draining(app)
                signaling.attach_desk(app, None)

    app.cleanup_ctx.append(serve_metrics)
    app.cleanup_ctx.append(desk_of_this_app)
    return app


async def _watch_wall_clock() -> None:
    """So that a correction is seen, and believed, also while nobody asks for the time."""
    while True:
        process_clock().look()
        await asyncio.sleep(LOOK_EVERY_S)
