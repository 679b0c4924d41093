"""Blobs as files: `DIRECTORY/<interview>/<name>`, readable by the server's user alone.

This is what DATA_DIR/recordings has been from the first release on. Recordings are written here by
`store.recordings`; everything else comes by `put`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any, TypeVar

from media_server.ports import StoreUnavailable
from media_server.ports.blobs import CHUNK_BYTES, RECORDING_PREFIX, Blob
from media_server.store.disk import (
    DiskThread,
    create_private,
    private_directory,
    reason,
    safe_name,
    write_all,
)

T = TypeVar("T")

READ_S = 10.0
"""For one chunk. A disk that takes longer hangs."""


def etag_of(name: str, size: int, version: str) -> str:
    """Of a recording its size is enough, on whichever server; of others `version` counts."""
    return f"{size:x}" if name.startswith(RECORDING_PREFIX) else f"{size:x}-{version}"


class LocalBlobs:
    """`Blobs` of `media_server.ports`. Reading has threads of its own, so that a slow reader never
    keeps the disk's thread, which writes what candidates say."""

    def __init__(self, directory: Path, disk: DiskThread) -> None:
        self.directory = directory
        self._disk = disk

    def path(self, interview_id: str, name: str) -> Path:
        """Where it lies, or would. Raises ValueError for names that lead elsewhere."""
        return self.directory / safe_name(interview_id) / safe_name(name)

    async def put(self, interview_id: str, name: str, data: bytes) -> None:
        """Synced to the disk before it has its name."""
        path = self.path(interview_id, name)
        await self._disk.call(lambda: _write_whole(path, data))

    async def find(self, interview_id: str, name: str) -> Blob | None:
        """One that still grows has the size of now."""
        path = self.path(interview_id, name)
        return await self._disk.call(lambda: _blob(interview_id, path))

    async def list(self, interview_id: str) -> tuple[Blob, ...]:
        """Links, directories and what begins with a dot are none."""
        directory = self.directory / safe_name(interview_id)
        return await self._disk.call(lambda: _blobs(interview_id, directory))

    async def delete(self, interview_id: str, name: str | None = None) -> tuple[str, ...]:
        """Of a recording that is being made too; use `Recordings.erase`, which ends it first."""
        directory = self.directory / safe_name(interview_id)
        if name is None:
            return await self._disk.call(lambda: delete_directory(directory))
        path = self.path(interview_id, name)
        return await self._disk.call(lambda: _delete(path))

    async def sign(self, interview_id: str, name: str, *, ttl_s: int) -> None:  # noqa: ARG002
        """There is no such URL."""
        self.path(interview_id, name)

    async def in_disk_thread(self, work: Callable[[], T]) -> T:
        """Between what is written there, never beside it. Raises StoreUnavailable."""
        return await self._disk.call(work)


# --- in the disk's thread ---------------------------------------------------------------------


def _write_whole(path: Path, data: bytes) -> None:
    private_directory(path.parent)
    draft = path.with_name(f".{secrets.token_hex(8)}")
    descriptor = create_private(draft)
    try:
        try:
            write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _blob(interview_id: str, path: Path) -> Blob | None:
    """None also for what is no file of ours: a link, a directory, a draft."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return Blob(
        interview_id,
        path.name,
        found.st_size,
        etag_of(path.name, found.st_size, f"{found.st_mtime_ns:x}"),
        found.st_mtime,
        lambda start, end: _read(path, start, end),
    )


def _blobs(interview_id: str, directory: Path) -> tuple[Blob, ...]:
    found = []
    with contextlib.suppress(FileNotFoundError):
        for path in sorted(directory.iterdir()):
            if not path.name.startswith("."):
                blob = _blob(interview_id, path)
                if blob is not None:
                    found.append(blob)
    return tuple(found)


def _delete(path: Path) -> tuple[str, ...]:
    try:
        path.unlink()
    except FileNotFoundError:
        return ()
    with contextlib.suppress(OSError):  # there are others
        path.parent.rmdir()
    return (path.name,)


def delete_directory(directory: Path) -> tuple[str, ...]:
    """All files of an interview, drafts too; the names that went. Blocking. Raises OSError."""
    names: tuple[str, ...] = ()
    with contextlib.suppress(FileNotFoundError):
        names = tuple(sorted(p.name for p in directory.iterdir() if not p.name.startswith(".")))
        shutil.rmtree(directory)
    return names


# --- in threads of their own ------------------------------------------------------------------


async def _read(path: Path, start: int, end: int) -> AsyncGenerator[bytes, None]:
    """Each chunk opens the file again: a reader who is cancelled while a thread has it open leaves
    no descriptor behind."""
    while start < end:
        chunk = await in_own_thread(_part, path, start, min(CHUNK_BYTES, end - start))
        if not chunk:
            raise StoreUnavailable("the file is shorter than it was")
        yield chunk
        start += len(chunk)


def _part(path: Path, start: int, size: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0))
    try:
        return os.pread(descriptor, size, start)
    finally:
        os.close(descriptor)


async def in_own_thread(work: Callable[..., T], *args: Any, limit_s: float = READ_S) -> T:
    """Work that may take long and writes nothing. Raises StoreUnavailable; FileNotFoundError
    passes."""
    try:
        async with asyncio.timeout(limit_s):
            return await asyncio.to_thread(work, *args)
    except TimeoutError:
        raise StoreUnavailable(f"no answer from the disk in {limit_s:g} s") from None
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreUnavailable(reason(error)) from error
