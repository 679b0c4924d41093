"""What a job has made and its reader has not taken yet: in memory, then in a file without a name.

So a reader at 1 KB/s keeps a file, and not the process that made it. The file is gone with the last
who has it open, also after kill -9.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import AsyncGenerator, Callable

IN_MEMORY_BYTES = 1024 * 1024
"""An answer of three minutes; what is longer goes to the directory for temporary files."""
CHUNK_BYTES = 64 * 1024
MOST_BYTES = 32 * 1024 * 1024
"""Of a file, two and a half hours of sound: what is longer is made on when all of that is read. The
directory may be memory, as it is in a container."""
MIN_BYTES_PER_S = 8 * 1024
"""Of a reader, on average, twice what sound of this kind needs to be heard while it comes."""
GRACE_S = 60.0
"""So much longer a reader may take in all."""


class TooSlow(Exception):
    """The reader took less than MIN_BYTES_PER_S."""


class Full(Exception):
    """There is no room for it. The text says why, without a path."""


class Spool:
    """One writer and one reader, of one event loop. `close` last: what comes later is lost."""

    def __init__(self, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  # `close`
        self._lock = threading.Lock()
        self._now_s = now_s
        self._moved = asyncio.Event()
        self._room = asyncio.Event()
        """Cleared while the writer waits for its reader."""
        self._room.set()
        self._size = 0
        self._whole = False

    async def write(self, part: bytes) -> None:
        """Behind what is there, once there is room. Raises Full."""
        if self._size and self._size + len(part) > MOST_BYTES:
            self._room.clear()
            self._moved.set()
            await self._room.wait()
        at = self._size
        try:
            await asyncio.to_thread(self._write, at, part)
        except OSError as error:
            raise Full(error.strerror or "the disk fails") from None
        self._size = at + len(part)
        self._moved.set()

    def end(self) -> None:
        """Nothing more comes."""
        self._whole = True
        self._moved.set()

    async def read(self) -> AsyncGenerator[bytes, None]:
        """All of it, as it comes. Raises TooSlow: the time for which it was the reader that was
        waited for is too long for what was read."""
        at, taken, waited_s = 0, 0, 0.0
        while at < self._size or not self._whole:
            if at == self._size:
                if not self._room.is_set():
                    await asyncio.to_thread(self._empty)
                    at = self._size = 0
                    self._room.set()
                    continue  # it may have ended meanwhile
                self._moved.clear()
                await self._moved.wait()
                continue
            part = await asyncio.to_thread(self._read, at, min(CHUNK_BYTES, self._size - at))
            given_s = self._now_s()
            yield part
            at += len(part)
            taken += len(part)
            waited_s += self._now_s() - given_s
            if waited_s > GRACE_S + taken / MIN_BYTES_PER_S:
                raise TooSlow

    async def close(self) -> None:
        """The file goes."""
        closing = asyncio.get_running_loop().run_in_executor(None, self._close)
        await asyncio.shield(closing)

    def _write(self, at: int, part: bytes) -> None:
        with self._lock:
            if not self._file.closed:
                self._file.seek(at)
                self._file.write(part)

    def _read(self, at: int, size: int) -> bytes:
        with self._lock:
            if self._file.closed:
                return b""
            self._file.seek(at)
            return self._file.read(size)

    def _empty(self) -> None:
        with self._lock:
            if not self._file.closed:
                self._file.seek(0)
                self._file.truncate()

    def _close(self) -> None:
        with self._lock:
            self._file.close()
