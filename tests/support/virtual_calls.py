"""Whole calls on a clock that jumps: candidate and server share one loop, their sockets are real.

A test marked `virtual_time` that takes `calls_in_virtual_time` waits for no pause, no clip and no
silence: what took ten seconds takes as long as its packets need to be made and read. A slow machine
changes nothing: nobody is late on a clock that stands still while somebody works.

Beside the loop's clock it moves `time.monotonic` and `time.time`, for whoever reads them in the
loop. What is handed to the threads of the stores and of the voices' files keeps real time.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from media_server.endings import end
from media_server.ports import StoreUnavailable
from media_server.redis_link.link import RedisLink
from media_server.sound import host as sound_host
from media_server.store.disk import DiskThread
from media_server.store.sqlite_worker import SqliteWorker
from media_server.tts.disk_calls import DiskCalls
from media_server.tts.host import ChildHost
from tests.support.virtual_time import START_S, VirtualTimeLoop

NEVER_S = 1e6


def virtual_loop() -> VirtualTimeLoop | None:
    """The one that runs in this thread now, if it is one of those."""
    loop = asyncio._get_running_loop()
    return loop if isinstance(loop, VirtualTimeLoop) else None


def take_time(patch: pytest.MonkeyPatch) -> None:
    """`time.monotonic` and `time.time` are those of the loop that asks."""
    for name in ("monotonic", "time"):
        real: Callable[[], float] = getattr(time, name)
        patch.setattr(time, name, _clock(real, real() - START_S))


def _clock(real: Callable[[], float], ahead_s: float) -> Callable[[], float]:
    def now() -> float:
        loop = virtual_loop()
        return loop.time() + ahead_s if loop is not None else real()

    return now


def wait_for_others(patch: pytest.MonkeyPatch) -> None:
    """The clock goes on as the real one while somebody outside the loop is waited for: a thread
    of the stores, a Redis, a process for voices or sound."""
    for owner, names in (
        (DiskThread, ("start", "call", "close")),
        (SqliteWorker, ("start", "_submit", "close")),
        (DiskCalls, ("must",)),
        (RedisLink, ("call", "close")),
        (ChildHost, ("_spawn", "_exchange", "_kill")),
        (sound_host, ("_spool",)),
    ):
        for name in names:
            patch.setattr(owner, name, _in_real_time(getattr(owner, name)))
    _wait_for_cache(patch)
    _tick_in_virtual_time(patch)


def _wait_for_cache(patch: pytest.MonkeyPatch) -> None:
    submit = DiskCalls.submit

    def counted(self: DiskCalls, work: Callable[[], Any]) -> Future[Any] | None:
        running, loop = submit(self, work), virtual_loop()
        if running is not None and loop is not None:
            loop.begin_in_thread()
            running.add_done_callback(lambda _: loop.call_soon_threadsafe(loop.end_in_thread))
        return running

    patch.setattr(DiskCalls, "submit", counted)


def _tick_in_virtual_time(patch: pytest.MonkeyPatch) -> None:
    """Received audio is written once per second of the loop's, not of the disk thread's."""
    start, close = DiskThread.start, DiskThread.close
    ticking: dict[DiskThread, asyncio.Task[None]] = {}

    async def tick(disk: DiskThread, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            with contextlib.suppress(StoreUnavailable):
                await disk.call(lambda: [ticker() for ticker in disk._tickers])

    async def started(self: DiskThread) -> None:
        every_s, self._tick_s = self._tick_s, NEVER_S
        await start(self)
        ticking[self] = asyncio.create_task(tick(self, every_s), name="ticks of the disk")

    async def closed(self: DiskThread, **named: Any) -> None:
        if (task := ticking.pop(self, None)) is not None:
            await end([task])
        await close(self, **named)

    patch.setattr(DiskThread, "start", started)
    patch.setattr(DiskThread, "close", closed)


def _in_real_time(call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(call)
    async def timed(*args: Any, **kwargs: Any) -> Any:
        with real_time():
            return await call(*args, **kwargs)

    return timed


@contextlib.contextmanager
def real_time() -> Iterator[None]:
    """The clock goes on as the real one meanwhile: somebody outside the loop is waited for."""
    loop = virtual_loop()
    if loop is None:
        yield
        return
    loop.begin_in_thread()
    try:
        yield
    finally:
        loop.end_in_thread()
