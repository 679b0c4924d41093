"""Who holds the event loop is named in the log, with where it was and nothing of what it had."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import AsyncIterator

import pytest

from media_server.logging import SafeFormatter
from media_server.loop_lag import LoopLag
from media_server.loop_stalls import (
    FRAMES,
    LOOK_EVERY_S,
    LOOK_FROM_S,
    STALL_S,
    LoopStalls,
    lines_of,
    short,
    waits,
)
from tests.support.waiting import PATIENCE_S, until

pytestmark = pytest.mark.real_time

SECRET = "the words of a candidate"  # noqa: S105


@pytest.fixture
async def stalls() -> AsyncIterator[LoopStalls]:
    lag = LoopLag()
    watch = LoopStalls(lag)
    lag.start()
    watch.start()
    await until(lambda: lag.distribution().count > 3)
    yield watch
    watch.stop()
    lag.stop()


def sleeps_while_all_wait(words: str, seconds: float = 0.4) -> str:
    time.sleep(seconds)
    return words


def computes_while_all_wait() -> None:
    end_s = time.thread_time() + 0.3
    while time.thread_time() < end_s:
        pass


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        SafeFormatter().message(record)
        for record in caplog.records
        if record.name == "media_server.loop_stalls"
    ]


async def named(caplog: pytest.LogCaptureFixture, who: str) -> str:
    """The line with `who`. A busy machine may hold the loop elsewhere as well."""
    await until(lambda: any(who in line for line in told(caplog)), f"a line with {who}")
    return next(line for line in told(caplog) if who in line)


async def test_it_is_named(stalls: LoopStalls, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    sleeps_while_all_wait(SECRET)
    line = await named(caplog, "sleeps_while_all_wait")
    assert stalls.count
    assert "tests/test_loop_stalls.py" in line
    assert SECRET not in line
    held_ms = int(line.split(" ms")[0].rsplit(" ", 1)[1])
    assert held_ms >= 350


@pytest.mark.usefixtures("stalls")
async def test_computing_is_told_apart_from_waiting(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    for work, who, least_ms, most_ms in (
        (computes_while_all_wait, "computes_while_all_wait", 250, 10_000),
        (lambda: sleeps_while_all_wait(""), "sleeps_while_all_wait", 0, 150),
    ):
        work()
        line = await named(caplog, who)
        computing_ms = int(line.split(" ms of it")[0].rsplit(" ", 1)[1])
        assert least_ms <= computing_ms <= most_ms


@pytest.mark.usefixtures("stalls")
async def test_a_short_one_is_named_whenever_it_begins(caplog: pytest.LogCaptureFixture) -> None:
    """Just over the limit, at any moment between two looks. A machine that lets nobody look at the
    time has another try."""
    assert LOOK_FROM_S + LOOK_EVERY_S < STALL_S
    caplog.set_level(logging.WARNING)

    def ours() -> int:
        return sum("test_a_short_one_is_named" in line for line in told(caplog))

    for number in range(10):
        before, end_s = ours(), time.monotonic() + PATIENCE_S
        while ours() == before:
            assert time.monotonic() < end_s
            sleeps_while_all_wait("", 0.075)
            await asyncio.sleep(0.04 + 0.003 * number)


async def test_what_is_shorter_is_not_named(stalls: LoopStalls) -> None:
    """Found while it lasts, and let go when it is over: the machine may add some of its own."""
    before, longest_s = stalls.count, 0.0
    for _ in range(10):
        began_s = time.monotonic()
        sleeps_while_all_wait("", 0.035)
        await asyncio.sleep(0.03)
        longest_s = max(longest_s, time.monotonic() - began_s)
    if longest_s < STALL_S + 0.03:
        assert stalls.count == before


def test_a_loop_that_has_nothing_to_do_is_not_held() -> None:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        end_s = time.monotonic() + 45.0
        while not waits(sys._current_frames()[thread.ident or 0]):
            assert time.monotonic() < end_s
            time.sleep(0.01)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def test_its_thread_ends_with_it() -> None:
    lag = LoopLag()
    watch = LoopStalls(lag)
    lag.start()
    watch.start()
    watch.stop()
    lag.stop()
    assert "loop-stalls" not in [thread.name for thread in threading.enumerate()]


def test_a_stack_is_short() -> None:
    def deep(left: int) -> tuple[str, ...]:
        if left:
            return deep(left - 1)
        return lines_of(sys._getframe())

    assert len(deep(50)) == FRAMES
    assert short("/home/somebody/venv/lib/media_server/live/intake.py") == "live/intake.py"
