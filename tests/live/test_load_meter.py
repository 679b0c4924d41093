"""How busy it is, is measured for as long as the server runs."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from media_server.live import load_meter
from media_server.live.load_meter import LoadMeter
from media_server.machine import Machine, Reading
from tests.support.waiting import until


class Kernel(Machine):
    """Reads nothing until `free` is set; fails while `failing`."""

    def __init__(self) -> None:
        super().__init__(Path("/none"), Path("/none"))
        self.free = threading.Event()
        self.failing = False
        self.begun = 0

    def read(self) -> Reading:
        self.begun += 1
        assert self.free.wait(30)
        if self.failing:
            raise ValueError
        return super().read()


@asynccontextmanager
async def measured(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[int]]:
    """One more for each second that was measured."""
    monkeypatch.setattr(load_meter, "INTERVAL_S", 0.01)
    monkeypatch.setattr(load_meter, "READ_WITHIN_S", 0.05)
    seconds: list[int] = []
    meter = LoadMeter(machine=kernel)
    meter.each_second = lambda: seconds.append(1)
    meter.start()
    try:
        yield seconds
    finally:
        kernel.free.set()
        await meter.close()


async def test_a_thread_that_is_held_up_is_waited_for_and_no_other_begun(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kernel = Kernel()
    with caplog.at_level(logging.WARNING):
        async with measured(kernel, monkeypatch) as seconds:
            await until(lambda: "does not say how busy it is" in caplog.text)
            await asyncio.sleep(0.1)
            assert (kernel.begun, seconds) == (1, [])
            kernel.free.set()
            await until(lambda: len(seconds) > 3)


async def test_what_fails_is_measured_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kernel = Kernel()
    kernel.free.set()
    kernel.failing = True
    with caplog.at_level(logging.WARNING):
        async with measured(kernel, monkeypatch) as seconds:
            await until(lambda: kernel.begun > 3)
            assert seconds == []
            assert caplog.text.count("not measured: ValueError") == 1
            kernel.failing = False
            await until(lambda: len(seconds) > 3)
