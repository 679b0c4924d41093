"""Encoded speech on disk, bounded, shared by the processes of one machine.

Blocking: call it from a thread. Nothing here ever fails a caller: what cannot be read is made
again, what cannot be written stays uncached, and `problem` says why.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import time
from pathlib import Path

from media_server.tts.clip_codec import BadClip, seal, unseal

_SUFFIX = ".clip"
_TEMPORARY = ".part"
_MAX_FILE_BYTES = 8 * 1024 * 1024
_STALE_S = 3600
_SWEEP_EVERY_WRITES = 32
_KEEP_SHARE = 0.9
_OWNER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
"""An id that may become a folder's name."""


class SpeechCache:
    """Files named by their key, least recently used first to go."""

    def __init__(self, directory: Path, max_bytes: int) -> None:
        self._directory = directory
        self._max_bytes = max_bytes
        self._writes = 0
        self._bytes = 0
        self.problem = ""
        """Why the last write failed; empty when it worked."""
        self.damaged = 0

    def open(self) -> None:
        """Make the directory and remove what is stale or too much, or of the earlier layout, which
        kept everybody's words in one place."""
        try:
            _private(self._directory)
            self._directory.chmod(0o700)
        except OSError as error:
            self.problem = _reason(error)
            return
        for path in self._directory.glob("[0-9a-f][0-9a-f]"):
            shutil.rmtree(path, ignore_errors=True)
        self._sweep()

    def get(self, key: str, owner: str = "") -> bytes | None:
        """The body stored under the key; None where there is none, or a damaged one (removed).
        `owner`: the interview that says it, "" for what all of them say."""
        path = self._path(key, owner)
        try:
            with path.open("rb") as file:
                content = file.read(_MAX_FILE_BYTES + 1)
            body = unseal(key, content)
        except OSError:
            return None
        except BadClip:
            self.damaged += 1
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return body

    def put(self, key: str, body: bytes, owner: str = "") -> bool:
        """Atomic: readers see the whole file or none. False: it could not be written."""
        content = seal(key, body)
        if len(content) > min(self._max_bytes, _MAX_FILE_BYTES):
            return False
        path = self._path(key, owner)
        temporary = path.with_name(f"{path.stem}.{os.getpid()}.{secrets.token_hex(4)}{_TEMPORARY}")
        try:
            _private(path.parent)
            _write(temporary, content)
            temporary.replace(path)
        except OSError as error:
            self.problem = _reason(error)
            with contextlib.suppress(OSError):
                temporary.unlink()
            return False
        self.problem = ""
        self._writes += 1
        self._bytes += len(content)
        if self._bytes > self._max_bytes or self._writes % _SWEEP_EVERY_WRITES == 0:
            self._sweep()
        return True

    def discard(self, key: str, owner: str = "") -> None:
        with contextlib.suppress(OSError):
            self._path(key, owner).unlink()

    def erase(self, owner: str) -> None:
        """All that this interview alone has said. Raises OSError."""
        if not _OWNER.fullmatch(owner):
            return
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self._directory / "of" / owner)

    def owners(self) -> dict[str, float]:
        """Interviews with a folder, and when a clip was last added or went (wall clock)."""
        found: dict[str, float] = {}
        with contextlib.suppress(OSError), os.scandir(self._directory / "of") as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # gone meanwhile
                    found[entry.name] = entry.stat(follow_symlinks=False).st_mtime
        return found

    def _path(self, key: str, owner: str) -> Path:
        if owner and _OWNER.fullmatch(owner):
            return self._directory / "of" / owner / (key + _SUFFIX)
        return self._directory / "shared" / key[:2] / (key + _SUFFIX)

    def _sweep(self) -> None:
        """Count what is there (other processes write too) and evict down to nine tenths."""
        found: list[tuple[float, int, Path]] = []
        now_s = time.time()  # against modification times, which are of the wall clock
        for path in (*self._directory.glob("shared/??/*"), *self._directory.glob("of/*/*")):
            with contextlib.suppress(OSError):
                stat = path.stat()
                if path.suffix == _SUFFIX:
                    found.append((stat.st_mtime, stat.st_size, path))
                elif path.suffix == _TEMPORARY and now_s - stat.st_mtime > _STALE_S:
                    path.unlink()
        self._bytes = sum(size for _, size, _ in found)
        if self._bytes <= self._max_bytes:
            return
        for _, size, path in sorted(found):
            with contextlib.suppress(OSError):
                path.unlink()
                self._bytes -= size
                path.parent.rmdir()  # where it was the last
            if self._bytes <= self._max_bytes * _KEEP_SHARE:
                return


def _private(directory: Path) -> None:
    """Made with 0700, parents too."""
    if not directory.is_dir():
        if not directory.parent.is_dir():
            _private(directory.parent)
        with contextlib.suppress(FileExistsError):
            directory.mkdir(mode=0o700)


def _write(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "disk full"
    return os.strerror(error.errno) if error.errno else "disk error"
