"""Calls to the disk's cache from a loop: in threads, few at a time, waited for briefly."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
TIMEOUT_S = 1.0
CALLS_LIMIT = 64


class DiskCalls:
    """`start` first, `close` last; without it nothing is called."""

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None
        self._running = 0

    def start(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="speech-cache")

    def close(self) -> None:
        """Without waiting: a disk may hang."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None

    async def must(self, work: Callable[[], T], timeout_s: float) -> T | None:
        """However busy the disk is. Raises TimeoutError and what `work` raises."""
        if self._threads is None:
            return None
        async with asyncio.timeout(timeout_s):
            return await asyncio.wrap_future(self._threads.submit(work))

    def submit(self, work: Callable[[], T]) -> Future[T] | None:
        """Not waited for. None when the disk is too busy."""
        if self._threads is None or self._running >= CALLS_LIMIT:
            return None
        self._running += 1
        loop = asyncio.get_running_loop()
        running = self._threads.submit(work)
        running.add_done_callback(lambda _: self._release(loop))
        return running

    async def call(self, work: Callable[[], T]) -> T | None:
        """None when the disk is too slow or too busy: the cache is a convenience."""
        running = self.submit(work)
        if running is None:
            return None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await asyncio.wrap_future(running)
        except TimeoutError:
            return None

    def _release(self, loop: asyncio.AbstractEventLoop) -> None:
        """From the disk's thread: a call that hangs keeps its place until it really ends."""

        def release() -> None:
            self._running -= 1

        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(release)
