"""One thread for the files of received audio, so that no disk ever holds the event loop."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import errno
import logging
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from media_server.ports import StoreUnavailable

logger = logging.getLogger(__name__)

T = TypeVar("T")

QUEUE_LIMIT = 1024
"""Calls that may wait: beyond it the disk hangs, and memory must not grow for it."""
TICK_S = 1.0
"""Received audio is written this often; the contract says within 2 s."""
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")


def safe_name(name: str) -> str:
    """An id that may become a file name: no separator, no leading dot. Raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError("an id is 1 to 64 of A-Z a-z 0-9 . _ - and does not begin with a dot")
    return name


def private_directory(path: Path) -> Path:
    """Make it with mode 0700, parents too, whatever the umask. One that is there stays as it is.

    Blocking. Raises OSError.
    """
    if not path.is_dir():
        if not path.parent.is_dir():
            private_directory(path.parent)
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
    return path


def directories(*places: Path) -> dict[str, float]:
    """Names of the directories below, with the newest time (Unix) at which one of them changed.

    Blocking. Raises OSError for a place that is there and cannot be listed.
    """
    found: dict[str, float] = {}
    for place in places:
        with contextlib.suppress(FileNotFoundError), os.scandir(place) as entries:
            for entry in entries:
                if _NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                    with contextlib.suppress(FileNotFoundError):  # gone meanwhile
                        changed_s = entry.stat(follow_symlinks=False).st_mtime
                        found[entry.name] = max(changed_s, found.get(entry.name, 0.0))
    return found


def create_private(path: Path, *, exclusive: bool = True) -> int:
    """A descriptor to append to a new file of mode 0600; never follows a link.

    `exclusive`: raises FileExistsError where there is one; without it, that one is emptied.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    return os.open(path, flags | (os.O_EXCL if exclusive else os.O_TRUNC), 0o600)


def write_all(descriptor: int, data: bytes) -> None:
    """All of `data`, however little of it the kernel takes at a time (write(2)).

    Blocking. Raises OSError: a part of it may be in the file then.
    """
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def reason(error: OSError) -> str:
    """Short, for a field or a metric; no path, for it may name an interview."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "disk full"
    return errno.errorcode.get(error.errno or 0, "disk error")


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[], Any]
    future: asyncio.Future[Any]


class DiskThread:
    """Runs `call`s in order, and every ticker once per `TICK_S`.

    `start` first, `close` last; `close` runs every ticker once more, so what was buffered is
    written. A ticker that raises is logged and called again.
    """

    def __init__(self, *, tick_s: float = TICK_S, call_timeout_s: float = 5.0) -> None:
        self._tick_s = tick_s
        self._call_timeout_s = call_timeout_s
        self._jobs: collections.deque[_Job] = collections.deque()
        self._tickers: list[Callable[[], None]] = []
        self._wake = threading.Condition()
        self._closing = True
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop
        self._ended: asyncio.Future[None]

    def add_ticker(self, ticker: Callable[[], None]) -> None:
        """`ticker` runs in the thread and may block it; call this before `start`."""
        self._tickers.append(ticker)

    async def start(self) -> None:
        """Start the thread; `call` is for this event loop then. Raises RuntimeError if it runs."""
        if self._thread is not None:
            raise RuntimeError("already started")
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="audio-disk", daemon=True)
        self._thread.start()

    async def close(self, *, timeout_s: float = 5.0) -> None:
        """Do the work that waits, call every ticker once more, and end the thread.

        Raises StoreUnavailable when that takes over `timeout_s` seconds; the thread then ends as
        soon as the disk lets it, and does not keep the process. Nothing when it does not run.
        """
        thread, self._thread = self._thread, None
        if thread is None:
            return
        with self._wake:
            self._closing = True
            self._wake.notify()
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.shield(self._ended)
        except TimeoutError:
            if not self._ended.done():
                raise StoreUnavailable(f"the disk did not answer within {timeout_s} s") from None
        thread.join()

    async def call(self, work: Callable[[], T]) -> T:
        """Result of `work` in the thread. OSError becomes StoreUnavailable, others pass through.

        Raises StoreUnavailable also when too many calls wait, and after `call_timeout_s` seconds:
        work that had not begun by then is never done, work that had is not undone.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        with self._wake:
            if self._closing:
                raise StoreUnavailable("the audio disk thread is not running")
            if len(self._jobs) >= QUEUE_LIMIT:
                raise StoreUnavailable(f"{QUEUE_LIMIT} calls wait for the disk: too slow")
            self._jobs.append(_Job(work, future))
            self._wake.notify()
        try:
            async with asyncio.timeout(self._call_timeout_s):
                return await future
        except TimeoutError:
            if future.done() and not future.cancelled():
                return future.result()  # it came, and the loop was late
            raise StoreUnavailable(f"no answer from the disk in {self._call_timeout_s} s") from None

    def _run(self) -> None:
        next_tick_s = time.monotonic() + self._tick_s
        while True:
            with self._wake:
                while not self._jobs and not self._closing:
                    wait_s = next_tick_s - time.monotonic()
                    if wait_s <= 0:
                        break
                    self._wake.wait(wait_s)
                job = self._jobs.popleft() if self._jobs else None
                ending = self._closing and job is None
            if job is not None:
                self._perform(job)
            if ending or time.monotonic() >= next_tick_s:
                for ticker in self._tickers:
                    try:
                        ticker()
                    except Exception as error:  # the other's files are not to suffer
                        logger.exception("writing audio: %s", type(error).__name__)
                next_tick_s = time.monotonic() + self._tick_s
            if ending:
                self._settle(self._ended, None, None)
                return

    def _perform(self, job: _Job) -> None:
        if job.future.cancelled():
            return
        try:
            result = job.work()
        except OSError as error:
            self._settle(job.future, None, StoreUnavailable(reason(error)))
        except Exception as error:  # whatever it is, its own caller gets it
            self._settle(job.future, None, error)
        else:
            self._settle(job.future, result, None)

    def _settle(self, future: asyncio.Future[Any], value: object, error: Exception | None) -> None:
        def settle() -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(value)

        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody is waiting any more
            self._loop.call_soon_threadsafe(settle)
