"""Serves the page's files as the server does, strict content policy included, and records nothing.

`Site` runs an aiohttp application in a thread of its own, so that tests can drive a browser with
Playwright's synchronous API. Routes can be added for the HTTP API that a test wants to answer.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web

HERE = Path(__file__).parent
CLIENT = HERE.parents[1] / "client"
POLICY = (
    "default-src 'self'; connect-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "style-src 'self'; script-src 'self'"
)


def make_app(prefix: str = "") -> web.Application:
    """The page under `prefix`: `/`, `/j/{link}`, `/client/…`, and the test pages at `/pages/…`."""
    app = web.Application(middlewares=[_policy])

    async def index(_: web.Request) -> web.FileResponse:
        return web.FileResponse(CLIENT / "index.html")

    async def candidate(_: web.Request) -> web.FileResponse:
        return web.FileResponse(CLIENT / "interview.html")

    app.router.add_get(prefix + "/", index)
    app.router.add_get(prefix + "/j/{link}", candidate)
    app.router.add_static(prefix + "/client", CLIENT)
    app.router.add_static(prefix + "/pages", HERE / "pages")
    return app


@web.middleware
async def _policy(
    request: web.Request, handler: Callable[[web.Request], object]
) -> web.StreamResponse:
    response = await handler(request)  # type: ignore[misc]  # aiohttp's own handler type is not exported
    assert isinstance(response, web.StreamResponse)
    response.headers["Content-Security-Policy"] = POLICY
    return response


@contextmanager
def served(app: web.Application) -> Iterator[str]:
    """Base URL of the application while it runs on a free port of 127.0.0.1."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    thread = threading.Thread(target=loop.run_forever, name="site")
    thread.start()

    async def start() -> str:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    try:
        yield asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
