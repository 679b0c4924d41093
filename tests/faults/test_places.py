"""kill -9 of a real server that is full: strangers do not get the places of who has begun."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.faults.visitor import AUTHORISED, Visitor, create, join
from tests.signaling.test_real_service import AUDIO, HEAD
from tests.support.env import free_port
from tests.support.server import HURRIED, Server, kill_server, start_server, stop_server
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
    await asyncio.sleep(0.05)


async def offer(server: Server, http: aiohttp.ClientSession, link: str) -> tuple[int, str]:
    """Status, and Retry-After."""
    joined = await join(server, http, link)
    headers = {"Authorization": f"Bearer {joined['token']}", "Content-Type": "application/sdp"}
    url = f"{server.url}/whip/{joined['interview']}"
    async with http.post(url, data=HEAD + AUDIO, headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After", "")


async def places_kept(server: Server, http: aiohttp.ClientSession) -> float:
    async with http.get(f"{server.url}/metrics", headers=AUTHORISED) as answer:
        lines = (await answer.text()).splitlines()
    [value] = [line.split()[1] for line in lines if line.startswith("media_server_places_kept ")]
    return float(value)


async def test_killed_while_full(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    settings = {
        "PORT": str(free_port()),
        "MEDIA_SERVER_MAX_LIVE": "2",
        "MEDIA_SERVER_SWEEP_S": "1",
        **HURRIED,
    }
    server = start_server(tmp_path, **settings)
    made = [await create(server, http) for _ in range(3)]
    stranger = str(made[2]["join_url"]).rpartition("/")[2]
    first, second = visitors = [
        await Visitor(server, http, m["join_url"]).visit() for m in made[:2]
    ]
    await asyncio.gather(*(visitor.listening(1) for visitor in visitors))
    second.send("pause")
    await second.sees("state", stage="paused")
    assert (await offer(server, http, stranger))[0] == 503
    kill_server(server)
    for visitor in visitors:
        await visitor.candidate.vanish()
    server = await asyncio.to_thread(lambda: start_server(tmp_path, **settings))
    status, retry_after = await offer(server, http, stranger)
    assert status == 503
    assert int(retry_after) > 0
    assert await places_kept(server, http) == 2
    again = await Visitor(server, http, made[0]["join_url"], was=first).visit()
    await again.listening(1)
    assert (await offer(server, http, stranger))[0] == 503
    assert await places_kept(server, http) == 1, "the other one is still away"
    again.send("leave")
    await again.sees("completed")
    await again.candidate.leave()
    async with asyncio.timeout(PATIENCE_S):
        while (await offer(server, http, stranger))[0] != 201:
            await asyncio.sleep(0.1)
    assert stop_server(server) == 0
