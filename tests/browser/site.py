"""Serves the page's files with a strict content policy, for tests that need no server behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

HERE = Path(__file__).parent
CLIENT = HERE.parents[1] / "client"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'"
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


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
async def _policy(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    response.headers["Content-Security-Policy"] = POLICY
    return response


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """Base URL of the application while it runs on a free port of 127.0.0.1."""
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
