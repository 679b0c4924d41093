"""A real server on a real Redis that falls silent, dies, forgets or is full, in mid-interview."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.faults.invariants import Holdings, check_everything, holdings, read_log
from tests.faults.visitor import AUTHORISED, Visitor, create, get
from tests.support.redis_server import RedisServer
from tests.support.server import HURRIED, Server, kill_server, start_server, stop_server

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300), pytest.mark.redis]
SIGNING = "a-signing-secret-that-both-servers-share"
CANARY = "CanaryWord"
BASELINES: dict[int, Holdings] = {}
"""By process: what it held when it became ready."""


def start(directory: Path, redis: RedisServer) -> Server:
    directory.mkdir()
    settings = {
        "MEDIA_SERVER_STORE_URL": redis.url,
        "MEDIA_SERVER_SECRETS": SIGNING,
        # Shorter than usual: a server that is gone keeps its interviews until it is over.
        "MEDIA_SERVER_LEASE_TTL_S": "6",
        "MEDIA_SERVER_LEASE_DOUBT_S": "4.5",
        "MEDIA_SERVER_LEASE_RENEW_S": "1",
        **HURRIED,
    }
    return start_server(directory, **settings)


@pytest.fixture(scope="module")
def _redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"), aof=True)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis(_redis: RedisServer) -> Iterator[RedisServer]:
    """Healthy again for the next test, and as empty or full as this one leaves it."""
    yield _redis
    _redis.cont()
    _redis.command("CONFIG", "SET", "maxmemory", "0")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, _redis: RedisServer) -> Iterator[Server]:
    """Survives every test."""
    started = start(tmp_path_factory.mktemp("servers") / "server", _redis)
    BASELINES[started.process.pid] = holdings(started)
    yield started
    assert stop_server(started) == 0


@pytest.fixture
def doomed(tmp_path: Path, redis: RedisServer) -> Iterator[Server]:
    """Another one, whose interviews come to `server`."""
    started = start(tmp_path / "doomed", redis)
    yield started
    if started.process.poll() is None:
        os.kill(started.process.pid, signal.SIGCONT)
        stop_server(started)
    elif started.process.stdout is not None:
        started.process.stdout.close()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
    await asyncio.sleep(0.05)


async def heard(visitor: Visitor, number: int) -> None:
    """Asked, and now listened to. The first question comes after the greeting."""
    await visitor.sees("question", number=number, timeout_s=45)
    await visitor.listening(number)


async def answer(visitor: Visitor, number: int) -> None:
    await heard(visitor, number)
    visitor.send("text_answer", text=f"{CANARY} answer {number}.")


async def check_whole(
    server: Server, http: aiohttp.ClientSession, made: Any, *visitors: Visitor
) -> list[dict[str, Any]]:
    """All three answers are in the result, once, and the invariants hold."""
    for visitor in visitors:
        await visitor.candidate.leave()
    result = await get(server, http, f"/v1/interviews/{made['id']}/result")
    assert result["status"] == "completed"
    assert [CANARY in json.dumps(a["turns"]) for a in result["answers"]] == [True, True, True]
    baseline = BASELINES[server.process.pid]
    return await check_everything(server, http, made, visitors, baseline, secrets=[CANARY, SIGNING])


async def test_silent_for_ten_seconds(
    server: Server, redis: RedisServer, http: aiohttp.ClientSession
) -> None:
    """The call stays up, what is said meanwhile is kept, and it goes on."""
    made = await create(server, http)
    visitor = await Visitor(server, http, made["join_url"]).visit()
    await heard(visitor, 1)
    redis.pause()
    visitor.send("text_answer", text=f"{CANARY} answer 1.")
    started_s = time.monotonic()
    async with http.get(f"{server.url}/healthz") as alive:
        assert alive.status == 200
    await asyncio.sleep(10 - (time.monotonic() - started_s))
    redis.cont()
    await answer(visitor, 2)
    await answer(visitor, 3)
    await visitor.sees("completed", timeout_s=30)
    log = await check_whole(server, http, made, visitor)
    assert sum(e["type"] == "connected" for e in log) == 1, "the call was lost"


async def test_killed_and_restarted(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    """With all it had until the last second, then empty: the owner writes back what it misses."""
    redis = RedisServer(tmp_path / "redis", aof=True)
    redis.start()
    try:
        server = start(tmp_path / "server", redis)
        BASELINES[server.process.pid] = holdings(server)
        for empty in (False, True):
            await killed_and_restarted(server, redis, http, empty=empty)
        assert await asyncio.to_thread(stop_server, server) == 0
    finally:
        redis.stop()


async def ready(server: Server, http: aiohttp.ClientSession) -> int:
    async with http.get(f"{server.url}/readyz") as response:
        return response.status


async def killed_and_restarted(
    server: Server, redis: RedisServer, http: aiohttp.ClientSession, *, empty: bool
) -> None:
    async with asyncio.timeout(30):  # what it knows of a restart before is a second old
        while (await ready(server, http)) != 200:
            await asyncio.sleep(0.1)
    made = await create(server, http)
    forgotten = await create(server, http)
    visitor = await Visitor(server, http, made["join_url"]).visit()
    await answer(visitor, 1)
    await heard(visitor, 2)
    redis.restart(aof=not empty)
    await answer(visitor, 2)
    await answer(visitor, 3)
    await visitor.sees("completed", timeout_s=30)
    log = await check_whole(server, http, made, visitor)
    assert sum(e["type"] == "connected" for e in log) == 1, "the call was lost"
    if empty:
        link = forgotten["join_url"].rpartition("/")[2]
        async with http.post(f"{server.url}/v1/join", json={"link": link}) as gone:
            assert gone.status == 410
            assert (await gone.json())["code"] == "interview_gone"


async def test_emptied_while_nobody_writes(
    doomed: Server, server: Server, redis: RedisServer, http: aiohttp.ClientSession
) -> None:
    """A loss is noticed at the next renewal, before the next append: a second crash finds all."""
    made = await create(doomed, http)
    visitor = await Visitor(doomed, http, made["join_url"]).visit()
    await answer(visitor, 1)
    await heard(visitor, 2)
    redis.command("FLUSHALL")
    async with asyncio.timeout(15):
        while not await read_log(doomed, made["id"]):
            await asyncio.sleep(0.1)
    kill_server(doomed)
    await visitor.candidate.vanish()
    async with asyncio.timeout(60):
        again = await come_back(server, http, made["join_url"])
    await answer(again, 2)
    await answer(again, 3)
    await again.sees("completed", timeout_s=30)
    await check_whole(server, http, made, again)


async def test_out_of_memory(
    server: Server, redis: RedisServer, http: aiohttp.ClientSession
) -> None:
    """Nothing can be written for a while; the interview goes on from memory."""
    made = await create(server, http)
    visitor = await Visitor(server, http, made["join_url"]).visit()
    await heard(visitor, 1)
    redis.command("CONFIG", "SET", "maxmemory", "1")
    await answer(visitor, 1)
    await heard(visitor, 2)
    async with http.post(
        f"{server.url}/v1/interviews",
        json={"questions": [{"id": "q", "text": "What did you do?"}]},
        headers=AUTHORISED,
    ) as refused:
        assert refused.status == 503, "a new interview that could not be kept was accepted"
    redis.command("CONFIG", "SET", "maxmemory", "0")
    await answer(visitor, 2)
    await answer(visitor, 3)
    await visitor.sees("completed", timeout_s=30)
    await check_whole(server, http, made, visitor)


async def test_an_owner_that_was_frozen_is_fenced(
    doomed: Server, server: Server, http: aiohttp.ClientSession
) -> None:
    """Frozen until its lease ran out, and taken over: it wakes and says nothing."""
    made = await create(doomed, http)
    visitor = await Visitor(doomed, http, made["join_url"]).visit()
    await answer(visitor, 1)
    await heard(visitor, 2)
    told = len(visitor.messages)
    os.kill(doomed.process.pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(45):
            again = await come_back(server, http, made["join_url"])
    finally:
        os.kill(doomed.process.pid, signal.SIGCONT)
    await heard(again, 2)
    await asyncio.sleep(3.0)
    said = {m["type"] for m in visitor.messages[told:]}
    assert said <= {"pong"}, said
    await answer(again, 2)
    await answer(again, 3)
    await again.sees("completed", timeout_s=30)
    await visitor.candidate.vanish()
    await check_whole(server, http, made, again)


async def come_back(server: Server, http: aiohttp.ClientSession, link: str) -> Visitor:
    """By the link, again and again until the former owner's lease is over."""
    while True:
        again = Visitor(server, http, link)
        try:
            return await again.visit()
        except Exception as error:
            if "503" not in str(error):
                raise
        await asyncio.sleep(0.25)
