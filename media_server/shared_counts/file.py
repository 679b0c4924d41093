"""The file, its lock and its key.

| bytes | what |
|---|---|
| 0 to 31 | the key of the hashes that stand for names: nobody can choose where one lies |
| 64 to `BUCKETS_END` | `buckets` |
| `BUCKETS_END` to `SIZE` | `places` |
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import math
import mmap
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from media_server.ports import Public
from media_server.roles import Role

logger = logging.getLogger(__name__)

NAME = "counts-1"
"""In the directory of the sockets. The number is that of this layout: of two versions that work
together for a while each counts with its own."""
WAIT_S = 0.004
"""A holder has the lock for half a millisecond at most (`SharedPlaces.refresh` of 400 interviews),
unless the system has taken it from its core, or stopped it."""
AGAIN_S = 0.05
"""So long this process does not wait again after it had waited in vain."""
SAY_S = 60.0
"""A line in the log about it is enough for so long."""
HEAD_BYTES = 64
BUCKETS_END = HEAD_BYTES + 384 * 1024
SIZE = BUCKETS_END + 640 * 1024
_KEY_BYTES = 32
_PAUSE_S = 0.0001
_TAKEN = (errno.EACCES, errno.EAGAIN)


class CountsFile:
    """`close` once. Not to be inherited: a child's locks would be its own. Raises OSError."""

    def __init__(self, path: Path, *, now_s: Callable[[], float] = time.monotonic) -> None:
        """`now_s`: a clock that all processes of the machine share."""
        self.now_s = now_s
        self._closed = False
        self._own_until_s = self._said_s = -math.inf
        """Until then this process does not ask for the lock; when the log has said so."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
            if os.fstat(self._descriptor).st_size < SIZE:
                # Written whole: a hole of a mapped file on a full disk ends who writes into it.
                content = secrets.token_bytes(_KEY_BYTES).ljust(SIZE, b"\0")
                if os.pwrite(self._descriptor, content, 0) < SIZE:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self.memory = mmap.mmap(self._descriptor, SIZE)
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN)
        except BaseException:
            os.close(self._descriptor)
            raise
        self._key = self.memory[:_KEY_BYTES]

    def close(self) -> None:
        """The counts stay, for the others; from now on whoever asks here counts by itself."""
        self._closed = True
        os.close(self._descriptor)
        with suppress(BufferError):  # `SharedPlaces` has a view of it, and lets it go with itself
            self.memory.close()

    def number_of(self, kind: str, name: str) -> int:
        """64 bits that stand for a name in the file, never 0."""
        text = f"{kind}\0{name}".encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(text, digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "little") or 1

    @contextmanager
    def held(self, *, again: bool = False) -> Iterator[bool]:
        """Whether nobody else changes it until this ends; False: count without it. `again`: try it
        even if somebody here has just waited in vain, but without another wait."""
        got = self._lock(again=again)
        try:
            yield got
        finally:
            if got:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN)

    def _lock(self, *, again: bool) -> bool:
        began_s = self.now_s()
        in_vain = began_s < self._own_until_s
        if self._closed or (in_vain and not again):
            return False
        while True:
            try:
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except OSError as error:
                why = error.errno
            now_s = self.now_s()
            if in_vain or why not in _TAKEN or now_s - began_s > WAIT_S:
                if not in_vain:
                    self._own_until_s = now_s + AGAIN_S
                    self._say(why or 0, now_s)
                return False
            time.sleep(_PAUSE_S)

    def _say(self, why: int, now_s: float) -> None:
        if now_s - self._said_s > SAY_S:
            self._said_s = now_s
            logger.warning(
                "limits: this worker counts by itself for a moment: %s", Public(os.strerror(why))
            )


def counts_of(role: Role) -> CountsFile | None:
    """What this process counts together with others; None: nothing, because it is alone, or no
    such file can be had. Then it counts by itself, which is better than not to serve."""
    if role.kind != "worker" or role.run_dir is None:
        return None
    try:
        return CountsFile(role.run_dir / NAME)
    except OSError as error:
        logger.error(
            "limits: this worker counts by itself, because there is no file to count in: %s",
            Public(error.strerror or "unknown"),
        )
        return None
