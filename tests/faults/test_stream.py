"""A reader of an interview's events loses its server in the middle, and has each event once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.faults.visitor import AUTHORISED, NAME, Visitor, create
from tests.support.server import HURRIED, Server, kill_server, start_server, stop_server
from tests.support.waiting import PATIENCE_S

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(180)]
SETTINGS = {
    "MEDIA_SERVER_SECRETS": "a-secret-that-both-servers-have",
    "MEDIA_SERVER_LEASE_TTL_S": "3",
    "MEDIA_SERVER_LEASE_DOUBT_S": "1.5",
    "MEDIA_SERVER_LEASE_RENEW_S": "0.5",
    **HURRIED,
}
EXPECTED = [
    "interview.started",
    *["interview.answer_recorded"] * 3,
    "interview.completed",
    "result.transcript_ready",
    "end",
]


class EventSource:
    """As WHATWG HTML, section 9.2, has it: goes on after the last id, at the next server."""

    def __init__(self, servers: list[Server], path: str) -> None:
        self.servers = servers
        self.path = path
        self.events: list[tuple[str, str, Any]] = []
        self.opened: list[str] = []
        """Last-Event-ID of each request."""
        self.last_id = ""
        self.over = asyncio.Event()

    async def run(self) -> None:
        at = 0
        async with aiohttp.ClientSession() as http:
            while True:
                server = self.servers[at % len(self.servers)]
                at += 1
                try:
                    async with http.get(
                        server.url + self.path, headers=self._headers()
                    ) as response:
                        if response.status == 204:
                            break
                        assert response.status == 200, await response.text()
                        await self._read(response)
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
        self.over.set()

    def _headers(self) -> dict[str, str]:
        self.opened.append(self.last_id)
        return {**AUTHORISED, "Last-Event-ID": self.last_id} if self.last_id else AUTHORISED

    async def _read(self, response: aiohttp.ClientResponse) -> None:
        fields: dict[str, str] = {}
        async for raw in response.content:
            line = raw.decode().rstrip("\n")
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif not line and "data" in fields:
                self.last_id = fields.get("id", self.last_id)
                data = json.loads(fields["data"])
                self.events.append((fields["event"], self.last_id, data))
                fields = {}

    async def sees(self, name: str, count: int = 1) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while [event for event, _, _ in self.events].count(name) < count:
                await asyncio.sleep(0.02)


@pytest.fixture
async def pair(store_url: str, tmp_path: Path) -> AsyncIterator[list[Server]]:
    """Two servers on one Redis, or two processes of one machine that share SQLite."""
    directories = [tmp_path / "one", tmp_path / ("two" if store_url else "one")]
    shared = {"MEDIA_SERVER_STORE_URL": store_url} if store_url else {}
    servers = []
    for directory in directories:
        directory.mkdir(exist_ok=True)
        servers.append(await asyncio.to_thread(start_server, directory, **SETTINGS, **shared))
    yield servers
    assert await asyncio.to_thread(stop_server, servers[1]) == 0


async def test_every_event_is_had_once_though_its_server_was_killed(pair: list[Server]) -> None:
    one, two = pair
    async with aiohttp.ClientSession() as http:
        made = await create(one, http, watching=True)
        source = EventSource([one, two], f"/v1/interviews/{made['id']}/events")
        reading = asyncio.create_task(source.run())
        first = Visitor(one, http, made["join_url"])
        await first.visit()
        first.send("ready")
        await first.listening(1)
        first.send("text_answer", text="Secret one.")
        await source.sees("interview.answer_recorded")
        await asyncio.to_thread(kill_server, one)
        second = Visitor(two, http, made["join_url"], was=first)
        await second.visit()
        for number in (2, 3):
            await second.listening(number)
            second.send("text_answer", text=f"Secret {number}.")
        await second.sees("completed")
        async with asyncio.timeout(PATIENCE_S):
            await source.over.wait()
            await reading
        await second.candidate.leave()
        await first.candidate.vanish()
    assert [name for name, _, _ in source.events] == EXPECTED
    seqs = [int(event_id.removesuffix("-final")) for _, event_id, _ in source.events]
    assert seqs == sorted(seqs)
    assert source.opened[0] == ""
    assert source.opened[1] == source.events[1][1]
    prompts = [data["data"].get("prompt_id") for _, _, data in source.events[1:4]]
    assert prompts == ["q1", "q2", "q3"]
    told = json.dumps(source.events)
    assert "Secret" not in told
    assert NAME in told  # the integrator's own name for the candidate
