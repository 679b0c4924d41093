"""The wall clock jumps, forth and back. Nothing that is measured notices; expiry
and the times of the API follow."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from tests.faults.invariants import check_everything, holdings
from tests.faults.visitor import AUTHORISED, Visitor, create, join
from tests.support.server import HURRIED, Server, start_server, stop_server
from tests.support.waiting import until

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300)]

JUMPY = """
import datetime, os, runpy, signal, sys, time
from media_server import wall_clock
wall_clock.CONFIRM_S, wall_clock.LOOK_EVERY_S = 0.5, 0.2
offset_s = float(os.environ.get("WRONG_BY_S", 0))
real = time.time
time.time = lambda: real() + offset_s
def jump(by_s):
    def handler(*_):
        global offset_s
        offset_s += by_s
        print(f"wall clock {time.ctime(time.time())}", file=sys.stderr, flush=True)
    return handler
by_s = float(os.environ.get("JUMP_S", 3600))
signal.signal(signal.SIGRTMIN, jump(by_s))
signal.signal(signal.SIGRTMIN + 1, jump(-2 * by_s))
sys.argv = ["media-server", *sys.argv[4:]]
runpy.run_module("media_server", run_name="__main__")
"""
"""Stands before `python -m media_server serve`, whose words it is given: runs it itself. A process
cannot have a wall clock of its own without privileges, so it is Python's that jumps."""


def start(tmp_path: Path, **settings: str) -> Server:
    jumpy = tmp_path / "jumpy.py"
    jumpy.write_text(JUMPY)
    return start_server(
        tmp_path,
        (sys.executable, str(jumpy)),
        MEDIA_SERVER_LEASE_TTL_S="3",
        MEDIA_SERVER_LEASE_RENEW_S="0.5",
        MEDIA_SERVER_LEASE_DOUBT_S="2",
        MEDIA_SERVER_RTC_GONE_S="3",
        MEDIA_SERVER_RTC_SUSPECT_S="1.5",
        MEDIA_SERVER_SWEEP_S="1",
        **HURRIED,
        **settings,
    )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = start(tmp_path)
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
    await until(lambda: log.read_text().count("wall clock") != known)


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
    again = await Visitor(server, http, made["join_url"]).call(await join(server, http, link))
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


DAY_S = 86_400.0


async def created(server: Server, http: aiohttp.ClientSession, in_s: float) -> int:
    """The answer to an interview whose link expires so long after the real now."""
    expires = datetime.now(UTC) + timedelta(seconds=in_s)
    body = {"questions": [{"id": "q", "text": "Who?"}], "expires_at": expires.isoformat()}
    url = f"{server.url}/v1/interviews"
    async with http.post(url, json=body, headers=AUTHORISED) as answer:
        return answer.status


async def followed(server: Server, times: int) -> None:
    log = server.data_dir / "serve.log"
    await until(lambda: log.read_text().count("the wall clock was set by") >= times)


async def test_started_three_days_off_and_corrected(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    server = start(tmp_path, WRONG_BY_S=str(-3 * DAY_S), JUMP_S=str(3 * DAY_S))
    try:
        assert await created(server, http, -DAY_S) == 201, "its clock is three days behind"
        soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        made = await create(server, http, expires_at=soon)
        visitor = await Visitor(server, http, made["join_url"]).visit()
        await visitor.listening(1)
        await jump(server, signal.SIGRTMIN)
        await followed(server, 1)
        assert await created(server, http, -3600) == 422
        fresh = await create(server, http)
        at = datetime.fromisoformat(fresh["created_at"])
        assert abs((datetime.now(UTC) - at).total_seconds()) < 60
        visitor.send("text_answer", text="The answer to question 1.")
        await visitor.listening(2)  # the call has not noticed

        await jump(server, signal.SIGRTMIN)  # now it is three days ahead
        await followed(server, 2)
        assert await created(server, http, DAY_S) == 422
        await jump(server, signal.SIGRTMIN + 1)
        await jump(server, signal.SIGRTMIN)
        await followed(server, 3)
        assert await created(server, http, DAY_S) == 201
        visitor.send("leave")
        await visitor.sees("completed")
        await visitor.candidate.leave()
        log = await check_everything(server, http, made, [visitor])
        times = [e["at_s"] for e in log]
        assert times == sorted(times)
        assert times[-1] - times[0] < 120, "no step got into a log"
    finally:
        code = stop_server(server)
    assert code == 0
