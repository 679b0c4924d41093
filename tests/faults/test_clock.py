"""FAULTS 38: the wall clock jumps by an hour, forth and back, and nobody notices."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.faults.invariants import check_everything, holdings
from tests.faults.visitor import Visitor, create, join
from tests.support.server import Server, start_server, stop_server

pytestmark = pytest.mark.timeout(90)

JUMPY = """
import datetime, runpy, signal, sys, time
offset_s = 0.0
real = time.time
time.time = lambda: real() + offset_s
def jump(by_s):
    def handler(*_):
        global offset_s
        offset_s += by_s
        print(f"wall clock {time.ctime(time.time())}", file=sys.stderr, flush=True)
    return handler
signal.signal(signal.SIGRTMIN, jump(3600.0))
signal.signal(signal.SIGRTMIN + 1, jump(-7200.0))
sys.argv = ["media-server", *sys.argv[4:]]
runpy.run_module("media_server", run_name="__main__")
"""
"""Stands before `python -m media_server serve`, whose words it is given: runs it itself. A process
cannot have a wall clock of its own without privileges, so it is Python's that jumps."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    jumpy = tmp_path / "jumpy.py"
    jumpy.write_text(JUMPY)
    started = start_server(
        tmp_path,
        (sys.executable, str(jumpy)),
        MEDIA_SERVER_LEASE_TTL_S="3",
        MEDIA_SERVER_LEASE_RENEW_S="0.5",
        MEDIA_SERVER_LEASE_DOUBT_S="2",
        MEDIA_SERVER_RTC_GONE_S="3",
        MEDIA_SERVER_RTC_SUSPECT_S="1.5",
        MEDIA_SERVER_SWEEP_S="1",
    )
    yield started
    if started.process.poll() is None:
        stop_server(started)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
    await asyncio.sleep(0.05)


async def jump(server: Server, number: int) -> None:
    """Returns when the process tells of another time."""
    log = server.data_dir / "serve.log"
    known = log.read_text().count("wall clock")
    server.process.send_signal(number)
    async with asyncio.timeout(5):
        while log.read_text().count("wall clock") == known:
            await asyncio.sleep(0.02)


async def test_an_hour_forth_and_two_back(server: Server, http: aiohttp.ClientSession) -> None:
    baseline = holdings(server)
    made = await create(server, http, limits={"resume_window_s": 30})
    waiting = await create(server, http)  # at rest, its link good for days
    link = made["join_url"].rpartition("/")[2]
    joined = await join(server, http, link)
    visitor = await Visitor(server, http, made["join_url"]).call(joined)
    await visitor.listening(1)
    for number, by in ((1, signal.SIGRTMIN), (2, signal.SIGRTMIN + 1)):
        await jump(server, by)
        visitor.send("ping", t_ms=number)
        await visitor.sees("pong", t_ms=number, timeout_s=2)
        await asyncio.sleep(2.5)  # past doubt, past several renewals, and past two sweeps
        visitor.send("text_answer", text=f"The answer to question {number}.")
        await visitor.sees("question", number=number + 1)
        await visitor.listening(number + 1)
    await visitor.candidate.leave()
    await jump(server, signal.SIGRTMIN)
    again = await Visitor(server, http, made["join_url"]).call(joined)  # a token of before
    await again.sees("question", number=3)
    await again.listening(3)
    again.send("text_answer", text="The answer to question 3.")
    await again.sees("completed", timeout_s=20)
    await again.candidate.leave()
    other = await join(server, http, waiting["join_url"].rpartition("/")[2])
    assert other["token"]
    log = await check_everything(server, http, made, [visitor, again], baseline)
    assert next(e["data"]["reason"] for e in log if e["type"] == "disconnected") == "left"
    assert not {"parked", "paused"} & {e["type"] for e in log}
    times = [e["at_s"] for e in log]
    assert times == sorted(times), "the log's own time went back"
    assert times[-1] - times[0] < 60, "an hour got into the log"
    text = (server.data_dir / "serve.log").read_text()
    assert "in doubt" not in text
    assert "is lost" not in text
    assert stop_server(server) == 0
