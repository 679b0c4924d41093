"""SIGHUP while candidates are in calls at both workers: each goes on where they were."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.faults.invariants import check_everything, children_of
from tests.faults.test_workers import all_ready, back, roles
from tests.faults.visitor import Visitor, create
from tests.support.server import HURRIED, Server, start_server, stop_server
from tests.support.waiting import until

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300)]
CALLS = 6
BACK_S = 15.0
PROCESSES = 4


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
    await asyncio.sleep(0.05)


class Candidate:
    """One interview, with each of its calls. `question`: where they are."""

    def __init__(self, server: Server, http: aiohttp.ClientSession, made: dict[str, Any]) -> None:
        self.made = made
        self.calls = [Visitor(server, http, made["join_url"])]
        self.question = 1
        self.away_s: list[float] = []
        """From `moved` until the question was there again, each time."""

    async def begin(self, question: int) -> None:
        await self.calls[-1].visit()
        await self.calls[-1].listening(1)
        if question == 2:
            self.calls[-1].send("text_answer", text="I bake bread in a small shop.")
            await self.calls[-1].listening(2)
        self.question = question

    async def follow(self, done: asyncio.Event) -> None:
        """As the page does it: whenever this call was moved, another one, until `done`."""
        loop = asyncio.get_running_loop()
        while not (done.is_set() and not self._moved):
            if not self._moved:
                await asyncio.sleep(0.05)
                continue
            gone_s = self.calls[-1].gate_closed_s
            assert gone_s is not None
            self.calls.append(await back(self.calls[-1], self.made))
            await until(lambda: self._moved or self.question in self.shown)
            if self.question in self.shown:
                self.away_s.append(loop.time() - gone_s)

    @property
    def shown(self) -> set[int]:
        """Numbers of questions on this call: those before the one that is open are sent again."""
        return {message["number"] for message in self.calls[-1].of("question")}

    @property
    def _moved(self) -> bool:
        return any(m["code"] == "moved" for m in self.calls[-1].of("error"))


async def test_every_process_is_replaced_and_no_interview_is_dropped(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    server = await asyncio.to_thread(
        lambda: start_server(
            tmp_path,
            MEDIA_SERVER_SUPERVISE="on",
            MEDIA_SERVER_WORKERS="2",
            MEDIA_SERVER_DRAIN_S="2",
            MEDIA_SERVER_ADMIT_BY_LOAD="off",
            **HURRIED,
        )
    )
    await all_ready(server, http)
    candidates = [Candidate(server, http, await create(server, http)) for _ in range(CALLS)]
    await asyncio.gather(*(one.begin(1 + n % 2) for n, one in enumerate(candidates)))

    before, done = set(children_of(server.process.pid)), asyncio.Event()
    following = [asyncio.ensure_future(one.follow(done)) for one in candidates]
    server.process.send_signal(signal.SIGHUP)
    await until(lambda: _replaced(server, before), within_s=120)
    done.set()
    async with asyncio.timeout(60):
        await asyncio.gather(*following)

    away_s = sorted(s for one in candidates for s in one.away_s)
    assert len(away_s) >= CALLS, "each worker was replaced, so each call was moved"
    assert away_s[-1] < BACK_S, away_s
    for one in candidates:
        await one.calls[-1].listening(one.question)
        assert max(one.shown) == one.question
        one.calls[-1].send("leave")
        await one.calls[-1].sees("completed")
        await one.calls[-1].candidate.leave()
        log = await check_everything(server, http, one.made, one.calls)
        rounds = [entry["data"]["round"] for entry in log if entry["type"] == "round_advanced"]
        assert rounds == list(range(one.question)), "the round that was open, and no other"
    assert await asyncio.to_thread(stop_server, server) == 0


def _replaced(server: Server, before: set[int]) -> bool:
    now = set(children_of(server.process.pid))
    return len(roles(server)) == PROCESSES and not before & now
