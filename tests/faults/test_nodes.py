"""Two real servers on one real Redis: drained or killed, the interview goes on at the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from media_server.audio.types import Pcm
from tests.faults.invariants import Holdings, check_everything, check_silence, holdings
from tests.faults.visitor import Visitor, create, get
from tests.support.redis_server import RedisServer
from tests.support.server import (
    HURRIED,
    REAL_RECOGNISER,
    Server,
    kill_server,
    start_server,
    stop_server,
)
from tests.support.speak import read_wav, speak_wav
from tests.support.waiting import until

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300)]
TEXT = "I worked as a teacher in a small school."
SIGNING = "a-signing-secret-that-both-servers-share"
LEASE = {
    "MEDIA_SERVER_LEASE_TTL_S": "6",
    "MEDIA_SERVER_LEASE_DOUBT_S": "4.5",
    "MEDIA_SERVER_LEASE_RENEW_S": "1",
}
"""Shorter than usual: a server that was killed keeps its interviews until it is over."""


@dataclass
class Pair:
    one: Server
    two: Server
    baseline: Holdings
    """Of `two`, the one that is left."""
    redis: RedisServer


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pcm, int]:
    return read_wav(speak_wav(TEXT, tmp_path_factory.mktemp("speech") / "a.wav"))


def start(directory: Path, redis: RedisServer) -> Server:
    directory.mkdir()
    settings = {
        "MEDIA_SERVER_STORE_URL": redis.url,
        "MEDIA_SERVER_SECRETS": SIGNING,
        "MEDIA_SERVER_DRAIN_S": "20",
        **LEASE,
        **REAL_RECOGNISER,
        **HURRIED,
    }
    return start_server(directory, **settings)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def survivor(
    tmp_path_factory: pytest.TempPathFactory, redis: RedisServer
) -> Iterator[tuple[Server, Holdings]]:
    """`two` of every pair, and what it held when it had just become ready."""
    server = start(tmp_path_factory.mktemp("servers") / "two", redis)
    yield server, holdings(server)
    assert stop_server(server) == 0


@pytest.fixture
def pair(tmp_path: Path, redis: RedisServer, survivor: tuple[Server, Holdings]) -> Iterator[Pair]:
    """`one` is new, `two` has been there for longer."""
    one = start(tmp_path / "one", redis)
    yield Pair(one, *survivor, redis)
    if one.process.poll() is None:
        stop_server(one)
    elif one.process.stdout is not None:
        one.process.stdout.close()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
    await asyncio.sleep(0.05)


async def back_at(server: Server, visitor: Visitor, link: str) -> Visitor:
    """As a client does it: by the resume token, again and again until the lease is free."""
    token = visitor.of("welcome")[-1]["resume_token"]
    url = f"{server.url}/v1/join"
    async with visitor.http.post(url, json={"resume": token}) as answer:
        assert answer.status == 200, await answer.text()
        joined = await answer.json()
    async with asyncio.timeout(40):
        while True:
            again = Visitor(server, visitor.http, link)
            try:
                await again.candidate.connect(
                    f"{server.url}/whip/{joined['interview']}", joined["token"], visitor.http
                )
            except Exception as error:
                if "503" not in str(error):
                    raise
                await asyncio.sleep(0.25)
                continue
            again.send("hello", last_seq=0)
            return again


async def until_readyz(server: Server, http: aiohttp.ClientSession, status: int) -> None:
    async with asyncio.timeout(10):
        while True:
            async with http.get(f"{server.url}/readyz") as answer:
                if answer.status == status:
                    return
            await asyncio.sleep(0.05)


async def spooled(redis: RedisServer, interview_id: str) -> None:
    """What was said until now stands in Redis: each entry has all that came since the last."""

    def entries() -> int:
        return int(redis.command("XLEN", f"ms:{{{interview_id}}}:spool")[1:])

    known = entries()
    await until(lambda: entries() >= known + 2, "two more entries of the spool")


async def finish(visitor: Visitor, last: int = 3) -> None:
    number = max(m["number"] for m in visitor.of("question"))
    while True:
        await visitor.listening(number)
        visitor.send("text_answer", text=f"The rest of answer {number}.")
        if number == last:
            break
        number += 1
        await visitor.sees("question", number=number, timeout_s=30)
    await visitor.sees("completed", timeout_s=30)
    await visitor.candidate.leave()


async def settle(
    pair: Pair, http: aiohttp.ClientSession, made: dict[str, Any], visitors: list[Visitor]
) -> list[dict[str, Any]]:
    """At the one that is left (or both); `one` may be dead."""
    log = await check_everything(
        pair.two, http, made, visitors, pair.baseline, others=[pair.one], secrets=[TEXT, SIGNING]
    )
    assert any(entry["type"] == "ended" for entry in log)
    return log


async def test_drained_while_an_answer_is_given(
    pair: Pair, http: aiohttp.ClientSession, speech: tuple[Pcm, int]
) -> None:
    made = await create(pair.one, http)
    visitor = await Visitor(pair.one, http, made["join_url"]).visit()
    await visitor.sees("question", number=1, timeout_s=45)  # after the greeting
    await visitor.listening(1)
    speaking = asyncio.ensure_future(visitor.speak(*speech))
    await asyncio.sleep(0.5)
    pair.one.process.terminate()
    await until_readyz(pair.one, http, 503)
    async with http.post(f"{pair.one.url}/v1/join", json={"link": visitor.link}) as refused:
        assert refused.status == 503
        assert "Retry-After" in refused.headers
    await speaking
    await visitor.sees("error", code="moved", recoverable=True, timeout_s=40)
    assert [m["number"] for m in visitor.of("question")] == [1], "cut at the boundary"
    again = await back_at(pair.two, visitor, made["join_url"])
    await again.sees("question", number=2, timeout_s=30)
    check_silence(visitor.messages, "moved")
    await visitor.candidate.vanish()
    assert pair.one.process.wait(30) == 0
    await finish(again)
    log = await settle(pair, http, made, [visitor, again])
    turns = [e["data"]["reason"] for e in log if e["type"] == "turn_ended"]
    assert turns[0] == "silence"
    assert not [e for e in log if e["type"] == "segment_transcribed" and e["data"]["untranscribed"]]


@pytest.mark.parametrize("how", ["twice", "killed"])
async def test_cut_in_the_middle_of_an_answer(
    pair: Pair, http: aiohttp.ClientSession, speech: tuple[Pcm, int], how: str
) -> None:
    """Asked twice to stop, or kill -9: what was said is written down by the other server."""
    # Long turns: this one is still open when the server goes.
    turn = {"silence_ms": 5000, "min_turn_ms": 500}
    made = await create(pair.one, http, turn=turn)
    visitor = await Visitor(pair.one, http, made["join_url"]).visit()
    await visitor.sees("question", number=1, timeout_s=45)  # after the greeting
    await visitor.listening(1)
    await visitor.speak(*speech)
    if how == "twice":
        pair.one.process.terminate()
        await until_readyz(pair.one, http, 503)
        pair.one.process.terminate()
        await visitor.sees("error", code="moved", recoverable=True)
        assert await asyncio.to_thread(pair.one.process.wait, 20) == 0
        check_silence(visitor.messages, "moved")
    else:
        await spooled(pair.redis, made["id"])
        kill_server(pair.one)
    await visitor.candidate.vanish()
    again = await back_at(pair.two, visitor, made["join_url"])
    await again.sees("question", number=1)
    await again.sees("transcript", final=True, timeout_s=40)
    await finish(again)
    await settle(pair, http, made, [visitor, again])
    result = await get(pair.two, http, f"/v1/interviews/{made['id']}/result")
    words = result["answers"][0]["text"].lower()
    assert "teacher" in words or "school" in words or "worked" in words, words


async def test_another_server_takes_it_when_the_candidate_comes_there(
    pair: Pair, http: aiohttp.ClientSession
) -> None:
    """The newest window wins: the owner is asked to let go, tells its window, and does."""
    made = await create(pair.one, http)
    visitor = await Visitor(pair.one, http, made["join_url"]).visit()
    await visitor.sees("state")
    other = await Visitor(pair.two, http, made["join_url"]).visit()
    await visitor.sees("error", code="superseded", recoverable=False)
    check_silence(visitor.messages, "superseded")
    await visitor.candidate.vanish()
    await other.sees("question", number=1, timeout_s=45)  # after the greeting
    await other.listening(1)
    await finish(other)
    await settle(pair, http, made, [visitor, other])
