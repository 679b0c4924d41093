"""Files of this machine that are to go to object storage. All of it blocks: for a thread."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from media_server.ports.blobs import RECORDING_PREFIX
from media_server.store.disk import safe_name

READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """One, as it was when it was looked at."""

    interview_id: str
    name: str
    size: int
    changed_s: float
    """Unix seconds."""

    @property
    def is_recording(self) -> bool:
        """Only grows, and takes the place of nothing."""
        return self.name.startswith(RECORDING_PREFIX)


@dataclass(frozen=True, slots=True)
class OpenRecording:
    """A recording that is being made by this process."""

    interview_id: str
    name: str
    good_bytes: int
    """Written, and ending with a whole page."""


def backlog(root: Path, max_bytes: int) -> list[WaitingFile]:
    """All files below, oldest first, without those that somebody writes to or takes. Empty ones and
    drafts are none. Raises OSError where `root` cannot be listed."""
    found = []
    with contextlib.suppress(FileNotFoundError), os.scandir(root) as directories:
        for directory in directories:
            if directory.name.startswith(".") or not directory.is_dir(follow_symlinks=False):
                continue
            with contextlib.suppress(FileNotFoundError), os.scandir(directory.path) as entries:
                found += [
                    waits
                    for entry in entries
                    if (waits := _waits(directory.name, entry, max_bytes)) is not None
                ]
    return sorted(found, key=lambda waits: waits.changed_s)


def _waits(interview_id: str, entry: os.DirEntry[str], max_bytes: int) -> WaitingFile | None:
    with contextlib.suppress(FileNotFoundError, ValueError):
        safe_name(interview_id)
        if not safe_name(entry.name) or not entry.is_file(follow_symlinks=False):
            return None
        known = entry.stat(follow_symlinks=False)
        if 0 < known.st_size <= max_bytes and not is_written(Path(entry.path)):
            return WaitingFile(interview_id, entry.name, known.st_size, known.st_mtime)
    return None


def is_written(path: Path) -> bool:
    """Whether somebody holds its lock. Raises FileNotFoundError."""
    claim = Claim.of(path)
    if claim is None:
        return True
    claim.close()
    return False


def lock(descriptor: int) -> bool:
    """Whether nobody else holds the lock; this process then does, until the file is closed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Claim:
    """A file that nobody else writes to or takes, until `close`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def of(cls, path: Path) -> Claim | None:
        """None: somebody else has it, or it is gone."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        claim = cls(path, descriptor)
        try:
            if lock(descriptor) and claim.stands():
                return claim
        except BaseException:
            claim.close()
            raise
        claim.close()
        return None

    def stands(self) -> bool:
        """Whether the file still has its name: nobody deleted it, or put another in its place."""
        ours = os.fstat(self._descriptor)
        try:
            there = self._path.lstat()
        except FileNotFoundError:
            return False
        return stat.S_ISREG(there.st_mode) and os.path.samestat(ours, there)

    def digest(self) -> tuple[int, bytes]:
        """Bytes, and their SHA-256."""
        digest, size = hashlib.sha256(), 0
        while data := os.pread(self._descriptor, READ_BYTES, size):
            digest.update(data)
            size += len(data)
        return size, digest.digest()

    def delete(self) -> None:
        """The file, where it still has its name, and its directory, where that is empty then."""
        if self.stands():
            self._path.unlink()
            with contextlib.suppress(OSError):
                self._path.parent.rmdir()

    def close(self) -> None:
        """Let it go. Once."""
        os.close(self._descriptor)
