"""A candidate at a real server over HTTP and WebRTC, who can vanish and come back."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from media_server.audio.types import Pcm
from tests.live.bench import Guest
from tests.support.server import API_KEY, Server

AUTHORISED = {"Authorization": f"Bearer {API_KEY}"}


async def create(server: Server, http: aiohttp.ClientSession, **spec: Any) -> dict[str, Any]:
    """An interview of three questions with short turns; `id` and `join_url`."""
    body = {
        "greeting": "Hello.",  # the usual one takes 14 s
        "questions": [{"id": f"q{n}", "text": f"This is question number {n}."} for n in (1, 2, 3)],
        "turn": {"silence_ms": 700, "min_turn_ms": 500},
        **spec,
    }
    async with http.post(f"{server.url}/v1/interviews", json=body, headers=AUTHORISED) as response:
        assert response.status == 201, await response.text()
        made: dict[str, Any] = await response.json()
        return made


async def get(server: Server, http: aiohttp.ClientSession, path: str) -> Any:
    async with http.get(f"{server.url}{path}", headers=AUTHORISED) as response:
        assert response.status == 200, await response.text()
        return await response.json()


class Visitor(Guest):
    """`visit` joins and connects; use once, come back with another."""

    def __init__(self, server: Server, http: aiohttp.ClientSession, join_url: str) -> None:
        super().__init__("visitor")
        self.server = server
        self.http = http
        self.link = join_url.rpartition("/")[2]

    async def visit(self, *, start: bool = True, last_seq: int = 0) -> Visitor:
        async with self.http.post(f"{self.server.url}/v1/join", json={"link": self.link}) as r:
            assert r.status == 200, await r.text()
            joined = await r.json()
        token = joined["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        consent = joined["page"]["consent"]
        if consent["required"] and not consent["given"]:
            async with self.http.post(
                f"{self.server.url}/v1/consent",
                json={"version": consent["version"], "accepted": True},
                headers=bearer,
            ) as r:
                assert r.status == 204, await r.text()
        await self.candidate.connect(
            f"{self.server.url}/whip/{joined['interview']}", token, self.http
        )
        self.send("hello", last_seq=last_seq)
        if start:
            self.send("ready")
        return self

    async def speak(self, pcm: Pcm, rate: int) -> None:
        """Say it, in real time."""
        await asyncio.sleep(self.candidate.say(pcm, rate))


def check_rounds(log: list[dict[str, Any]]) -> None:
    rounds = [entry["data"]["round"] for entry in log if entry["type"] == "round_advanced"]
    assert rounds == list(range(len(rounds))), rounds
    assert [entry["seq"] for entry in log] == list(range(1, len(log) + 1))
