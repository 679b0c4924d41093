"""A real HTTP server on loopback over a service in memory, and a clock the test turns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import signaling
from media_server.http_settings import HttpSettings
from media_server.ports import InterviewService
from media_server.tenant_file import TenantBook
from signaling.secret_files import Secrets
from tests.signaling.memory_service import ANSWER_SDP, MemoryService

KEY = "test-api-key-0123456789"
OTHER_KEY = "other-api-key-0123456789"
SECRETS = Secrets((KEY, OTHER_KEY), ("signing-secret-of-the-tests",), None)
API = {"Authorization": f"Bearer {KEY}"}
OFFER = ANSWER_SDP
SPEC: dict[str, Any] = {"questions": [{"id": "q1", "text": "Who are you?"}]}


@dataclass
class Clock:
    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class House:
    """One server, its service, and the steps that most tests begin with."""

    client: TestClient[Any, Any]
    service: MemoryService
    clock: Clock
    app: web.Application
    prefix: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def create(self, spec: dict[str, Any] | None = None) -> dict[str, Any]:
        response = await self.client.post(
            f"{self.prefix}/v1/interviews", json=spec or SPEC, headers=API
        )
        assert response.status == 201, await response.text()
        return dict(await response.json())

    async def join(self, created: dict[str, Any] | None = None) -> dict[str, Any]:
        created = created or await self.create()
        link = created["join_url"].rpartition("/")[2]
        response = await self.client.post(f"{self.prefix}/v1/join", json={"link": link})
        assert response.status == 200, await response.text()
        return dict(await response.json())

    async def consented(self) -> dict[str, Any]:
        joined = await self.join()
        response = await self.client.post(
            f"{self.prefix}/v1/consent",
            json={"version": joined["page"]["consent"]["version"], "accepted": True},
            headers=bearer(joined),
        )
        assert response.status == 204, await response.text()
        return joined

    async def call(self, joined: dict[str, Any]) -> Any:
        return await self.client.post(
            f"{self.prefix}/whip/{joined['interview']}",
            data=OFFER,
            headers={**bearer(joined), "Content-Type": "application/sdp"},
        )


def bearer(joined: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {joined['token']}"}


async def open_house(
    settings: HttpSettings | None = None,
    *,
    service: MemoryService | None = None,
    prefix: str = "",
    wall_s: Callable[[], float] | None = None,
    tenants: TenantBook | None = None,
) -> House:
    """`wall_s`: where Unix time shall differ from the clock of the limits."""
    service = service or MemoryService()
    clock = Clock()
    live: InterviewService = service
    app = signaling.create_app(
        settings or HttpSettings(),
        secrets=SECRETS,
        service=live,
        now_s=clock,
        wall_s=wall_s,
        tenants=tenants,
    )
    outer = app
    if prefix:
        outer = web.Application()
        outer.add_subapp(prefix + "/", app)
    client = TestClient(TestServer(outer))
    await client.start_server()
    return House(client, service, clock, app, prefix)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    opened = await open_house()
    yield opened
    await opened.client.close()
