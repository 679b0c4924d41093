"""What a call in virtual time reads from the clock, and whom it waits for."""

from __future__ import annotations

import asyncio
import time

import pytest

from media_server.store.disk import DiskThread
from tests.support import virtual_calls
from tests.support.virtual_calls import real_time

pytestmark = pytest.mark.virtual_time
WORKS_S = 0.2


@pytest.fixture(autouse=True)
def _patched(monkeypatch: pytest.MonkeyPatch) -> None:
    virtual_calls.take_time(monkeypatch)
    virtual_calls.wait_for_others(monkeypatch)


async def test_every_clock_of_the_loop_jumps_with_it() -> None:
    before = time.monotonic(), time.time(), asyncio.get_running_loop().time()
    await asyncio.sleep(3_600)
    after = time.monotonic(), time.time(), asyncio.get_running_loop().time()
    passed_s = [now - then for now, then in zip(after, before, strict=True)]
    assert passed_s == pytest.approx([3_600] * 3)
    assert abs(time.time() - await asyncio.to_thread(time.time) - 3_600) < 60, "Unix time, ahead"


async def test_what_a_thread_works_on_takes_as_long_as_it_takes() -> None:
    disk, loop = DiskThread(call_timeout_s=60.0), asyncio.get_running_loop()
    await disk.start()
    ticking = asyncio.create_task(asyncio.sleep(600))
    began_s = loop.time()
    await disk.call(lambda: time.sleep(WORKS_S))
    assert WORKS_S * 0.9 <= loop.time() - began_s < 60.0
    await ticking
    await disk.close(timeout_s=60.0)


async def test_audio_is_written_once_per_second_of_the_loop() -> None:
    disk, written = DiskThread(tick_s=1.0, call_timeout_s=60.0), []
    disk.add_ticker(lambda: written.append(1))
    await disk.start()
    await asyncio.sleep(30.5)
    assert len(written) in (29, 30), "each takes a moment of real time"
    await disk.close(timeout_s=60.0)
    assert len(written) in (30, 31), "and once more at the end"


async def test_somebody_outside_is_waited_for_in_real_time() -> None:
    loop = asyncio.get_running_loop()
    asked_s, asked_real_s = loop.time(), time.perf_counter()
    with real_time():
        await asyncio.sleep(WORKS_S)
    assert time.perf_counter() - asked_real_s > 0.9 * WORKS_S
    assert loop.time() - asked_s >= 0.9 * WORKS_S
