"""SIGTERM while candidates talk, think and are being talked to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from media_server.audio.types import Pcm
from tests.faults.invariants import (
    check_everything,
    check_gate,
    check_log,
    check_logs_are_private,
    holdings,
    read_sqlite_log,
)  # fmt: skip
from tests.faults.visitor import Visitor, create, get
from tests.support.env import free_port
from tests.support.server import HURRIED, REAL_RECOGNISER, Server, start_server, stop_server
from tests.support.speak import read_wav, speak_wav

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300)]
TEXT = "I worked as a teacher in a small school."
DRAIN_S = 4.0


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pcm, int]:
    return read_wav(speak_wav(TEXT, tmp_path_factory.mktemp("speech") / "a.wav"))


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
    await asyncio.sleep(0.05)


async def readyz(server: Server, http: aiohttp.ClientSession) -> int:
    async with http.get(f"{server.url}/readyz") as answer:
        return answer.status


@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
async def test_stopped_under_load(
    twice: bool, tmp_path: Path, http: aiohttp.ClientSession, speech: tuple[Pcm, int]
) -> None:
    loop = asyncio.get_running_loop()
    drain_s = 60.0 if twice else DRAIN_S
    port = str(free_port())
    settings = {"PORT": port, "MEDIA_SERVER_DRAIN_S": str(drain_s), **REAL_RECOGNISER, **HURRIED}
    server = start_server(tmp_path, **settings)
    made = [await create(server, http) for _ in range(4)]
    talker, thinker, second, paused = visitors = [
        await Visitor(server, http, m["join_url"]).visit() for m in made
    ]
    await asyncio.gather(*(v.listening(1) for v in visitors))
    paused.send("pause")
    await paused.sees("state", stage="paused")
    for _ in range(4):  # past the deadline, without a pause that would end the answer
        talker.candidate.say(*speech)
    second.candidate.say(*speech)
    await asyncio.sleep(2.0)
    server.process.terminate()
    asked_s = loop.time()
    async with asyncio.timeout(DRAIN_S):
        while await readyz(server, http) != 503:
            await asyncio.sleep(0.02)
    async with http.post(f"{server.url}/v1/join", json={"link": thinker.link}) as refused:
        assert refused.status == 503
    await paused.sees("error", code="moved", recoverable=True, timeout_s=3)
    assert not talker.of("error"), "cut off in the middle of a word"
    if twice:
        server.process.terminate()
        asked_s, drain_s = loop.time(), 0.0
    for visitor in (talker, thinker, second):
        await visitor.sees("error", code="moved", recoverable=True, timeout_s=drain_s + 5)
    assert talker.gate_closed_s is not None
    told_s = talker.gate_closed_s - asked_s
    assert drain_s - 0.5 <= told_s <= drain_s + 3.0, f"told after {told_s:.1f} s"
    assert await asyncio.to_thread(server.process.wait, 12) == 0
    assert loop.time() - asked_s <= drain_s + 10
    assert server.process.stdout is not None
    server.process.stdout.close()
    await asyncio.sleep(0.3)
    for visitor, m in zip(visitors, made, strict=True):
        check_gate(visitor)
        check_log(read_sqlite_log(tmp_path, m["id"]))
        await visitor.candidate.vanish()
    await goes_on(tmp_path, port, http, made[0], talker)
    check_logs_are_private(
        tmp_path.glob("serve*.log"), [TEXT, *(s for v in visitors for s in v.secrets)]
    )


async def goes_on(
    tmp_path: Path, port: str, http: aiohttp.ClientSession, made: dict[str, Any], was: Visitor
) -> None:
    """At the next server, in the same question, with the words that were being said."""
    server = start_server(tmp_path, PORT=port, **REAL_RECOGNISER, **HURRIED)
    try:
        baseline = holdings(server)
        again = await Visitor(server, http, made["join_url"]).visit()
        await again.sees("question", number=1)
        await again.listening(1)
        async with asyncio.timeout(90):  # long: a machine under load is slow, not wrong
            while not {"worked", "teacher", "school"} & {
                *(await words(server, http, made)).split()
            }:
                await asyncio.sleep(0.2)
        again.send("leave")
        await again.sees("completed")
        await again.candidate.leave()
        await check_everything(server, http, made, [was, again], baseline, secrets=[TEXT])
    finally:
        code = stop_server(server)
    assert code == 0


async def words(server: Server, http: aiohttp.ClientSession, made: dict[str, Any]) -> str:
    result = await get(server, http, f"/v1/interviews/{made['id']}/result")
    return str(result["answers"][0]["text"]).lower()


@pytest.mark.redis
async def test_at_the_word_ready_on_redis(tmp_path: Path, redis_url: str) -> None:
    """The first commands of retention and the watchdog are just on their way then."""
    server = start_server(
        tmp_path, MEDIA_SERVER_STORE_URL=redis_url, MEDIA_SERVER_DRAIN_S="2", PORT=str(free_port())
    )
    asked_s = time.monotonic()
    assert await asyncio.to_thread(stop_server, server) == 0
    assert time.monotonic() - asked_s <= 2 + 10
    assert "did not end in time" not in (tmp_path / "serve.log").read_text()
