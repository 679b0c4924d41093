"""A receiver of webhooks on loopback: it verifies, it remembers, and it can behave badly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook

from media_server.webhooks.endpoint import WebhookEndpoint

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105  # of the specification
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDyyyyyyyyyyyy"

Behaves = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Receiver:
    url: str = ""
    secret: str = SECRET
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """(webhook-id, body) of every delivery, verified, in order."""
    bodies: dict[str, set[bytes]] = field(default_factory=dict)
    behaves: Behaves | None = None
    """Instead of 204; called after it was verified."""
    sees_head: Callable[[], Awaitable[None]] | None = None
    """Called when the head of a request is there, and its body is not read yet."""
    at_once: int = 0
    most_at_once: int = 0

    def endpoint(self, name: str = "e1", **changed: Any) -> WebhookEndpoint:
        given: dict[str, Any] = {"id": name, "url": self.url, "secrets": (SECRET,), **changed}
        return WebhookEndpoint(**given)

    def types(self) -> list[str]:
        return [body["type"] for _, body in self.got]

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.sees_head is not None:
                await self.sees_head()
            body = await request.read()
            Webhook(self.secret).verify(body, dict(request.headers))
            id_ = request.headers["webhook-id"]
            self.got.append((id_, json.loads(body)))
            self.bodies.setdefault(id_, set()).add(body)
            if self.behaves is not None:
                return await self.behaves(request)
            return web.Response(status=204)
        finally:
            self.at_once -= 1


@asynccontextmanager
async def receiving(**given: Any) -> AsyncIterator[Receiver]:
    receiver = Receiver(**given)
    app = web.Application()
    app.router.add_post("/in", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.2, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}/in"
    try:
        yield receiver
    finally:
        await runner.cleanup()


def answers(status: int, **headers: str) -> Behaves:
    async def answer(_request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, headers=named)

    return answer


async def hang(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(3_600)
    raise AssertionError
