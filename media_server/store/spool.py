"""Spool in `DATA_DIR/spool/<interview>/`: small append-only files, one connection each.

Written every second without fsync: what `write` has handed to the kernel survives the death of
the process, which is what the spool is for. Surviving a power cut would cost an fsync per call
and second, against at most the words since the last final. A file is closed after 5 s of media,
so a final usually removes whole files; where one lies across its end, the rest is written again.
Names carry a number of the writing process, so that a taken-over interview has no file with two
writers. The new owner may read and trim what the former has written.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from media_server.ports import Public, SpoolDamage, SpooledPacket
from media_server.store import spool_file
from media_server.store.disk import (
    DiskThread,
    create_private,
    directories,
    private_directory,
    reason,
    safe_name,
    write_all,
)
from media_server.store.spans import Span, stays, touching
from media_server.store.spool_buffer import SpoolBuffer

logger = logging.getLogger(__name__)

FILE_S = 5.0
"""Media time of one file, so that a final usually removes whole files."""
IDLE_S = 10.0
"""A file that nothing was written to for so long is closed: its call may be over."""


@dataclass(slots=True)
class _OpenFile:
    path: Path
    descriptor: int
    connection_epoch: int
    first_media_s: float
    last_media_s: float = 0.0
    written_s: float = 0.0
    """Monotonic."""


@dataclass(slots=True)
class _Read:
    """A file that need not be read again to be trimmed, as long as nobody writes to it."""

    first_s: float
    last_s: float
    size: int | None = None
    """In bytes; None: no other process writes to it."""
    kept: tuple[Span, ...] | None = None
    """Nothing of it is left but what lies in these."""


class DiskSpool:
    """`Spool` of `media_server.ports`. The thread is shared and is started by its owner."""

    def __init__(self, directory: Path, disk: DiskThread) -> None:
        self._directory = directory
        self._disk = disk
        self._buffer = SpoolBuffer()
        self._open: dict[str, _OpenFile] = {}  # the thread's own, as is what follows
        self._known: dict[str, dict[Path, _Read]] = {}
        self._process = secrets.token_hex(4)
        self._number = 0
        self.counters = self._buffer.counters
        self.failed = ""
        """Why the last write failed; "" again as soon as one succeeds."""
        disk.add_ticker(self._write_buffered)

    def put(self, interview_id: str, packets: Sequence[SpooledPacket]) -> None:
        """Returns at once. Over 32 MiB unwritten: dropped and counted. ValueError for a bad id."""
        safe_name(interview_id)
        self._buffer.put(interview_id, packets)

    async def flush(self) -> None:
        """Raises StoreUnavailable only when the disk hangs; a full disk is in `failed`."""
        await self._disk.call(self._write_buffered)

    async def interviews(self) -> tuple[str, ...]:
        """Names of directories with a file in them: what is only buffered is not among them yet."""
        return await self._disk.call(self._interviews)

    async def read(self, interview_id: str) -> tuple[SpooledPacket, ...]:
        """Everything not trimmed, ordered by connection and media time, without duplicates."""
        safe_name(interview_id)
        return await self._disk.call(lambda: self._read(interview_id))

    async def damage(self, interview_id: str) -> Mapping[int, SpoolDamage]:
        """Reads every file of it, in the thread, and counts the connections found as damaged."""
        safe_name(interview_id)
        found = await self._disk.call(lambda: self._damage(interview_id))
        self.counters.damaged += len(found)
        return found

    async def trim(
        self, interview_id: str, connection_epoch: int, until_s: float, keep: Sequence[Span] = ()
    ) -> None:
        """Packets of this connection that begin before `until_s`, and in no stretch of `keep`, go
        from buffer and disk."""
        safe_name(interview_id)
        await self._disk.call(lambda: self._trim(interview_id, connection_epoch, until_s, keep))

    async def empty(self, interview_id: str) -> None:
        """Buffer and disk. Raises StoreUnavailable: call it again; ValueError for a bad id."""
        safe_name(interview_id)
        await self._disk.call(lambda: self._erase(interview_id, over=False))

    async def erase(self, interview_id: str) -> None:
        """As `empty`. A process that still has the call may write on: `store.orphans` finds it."""
        safe_name(interview_id)
        await self._disk.call(lambda: self._erase(interview_id, over=True))

    async def close(self) -> None:
        """What is buffered is written, files are closed; the thread goes on."""
        with contextlib.suppress(asyncio.CancelledError):
            await self._disk.call(self._close_all)

    # --- in the thread ------------------------------------------------------------------------

    def _write_buffered(self) -> None:
        for interview_id, packets in self._buffer.take().items():
            try:
                self._write(interview_id, packets)
            except OSError as error:
                self._close(interview_id)
                self._buffer.put_back(interview_id, packets)
                if self.failed != (why := reason(error)):
                    self.failed = why
                    logger.error("received audio cannot be spooled: %s", Public(why))
            except Exception as error:  # it would go wrong again: these are given up alone
                self._close(interview_id)
                self.counters.dropped += len(packets)
                logger.exception("received audio cannot be spooled: %s", type(error).__name__)
            else:
                self._open[interview_id].written_s = time.monotonic()
                self.counters.written += len(packets)
                self.failed = ""
        idle_before_s = time.monotonic() - IDLE_S
        for interview_id in [i for i, f in self._open.items() if f.written_s < idle_before_s]:
            self._close(interview_id)

    def _write(self, interview_id: str, packets: Sequence[SpooledPacket]) -> None:
        start = 0
        for index, packet in enumerate(packets):
            file = self._open.get(interview_id)
            if file is None or not _belongs(file, packet):
                if file is not None and index > start:
                    file.last_media_s = max(
                        file.last_media_s, *(p.media_s for p in packets[start:index])
                    )
                    write_all(file.descriptor, spool_file.encode(packets[start:index]))
                self._begin(interview_id, packet)
                start = index
        file = self._open[interview_id]
        file.last_media_s = max(file.last_media_s, *(p.media_s for p in packets[start:]))
        write_all(file.descriptor, spool_file.encode(packets[start:]))

    def _begin(self, interview_id: str, first: SpooledPacket) -> None:
        self._close(interview_id)
        self._number += 1
        directory = private_directory(self._directory / interview_id)
        path = directory / (
            f"{first.connection_epoch:06d}-{self._process}-{self._number:08d}.spool"
        )
        descriptor = create_private(path)
        self._open[interview_id] = _OpenFile(
            path, descriptor, first.connection_epoch, first.media_s
        )
        write_all(descriptor, spool_file.header(first.connection_epoch))

    def _close(self, interview_id: str) -> None:
        if (file := self._open.pop(interview_id, None)) is not None:
            os.close(file.descriptor)
            known = self._known.setdefault(interview_id, {})
            known[file.path] = _Read(file.first_media_s, file.last_media_s)

    def _close_all(self) -> None:
        self._write_buffered()
        for interview_id in list(self._open):
            self._close(interview_id)

    def _files(self, interview_id: str, prefix: str = "") -> list[Path]:
        try:
            found = list((self._directory / interview_id).iterdir())
        except FileNotFoundError:  # another server may have erased it
            return []
        return sorted(p for p in found if p.suffix == ".spool" and p.name.startswith(prefix))

    def _interviews(self) -> tuple[str, ...]:
        return tuple(sorted(name for name in directories(self._directory) if self._files(name)))

    def _read(self, interview_id: str) -> tuple[SpooledPacket, ...]:
        self._write_buffered()
        found: dict[tuple[int, float], SpooledPacket] = {}
        unwritten = self._buffer.peek(interview_id)
        for packets in (*map(_load, self._files(interview_id)), unwritten):
            for packet in packets:
                found.setdefault((packet.connection_epoch, packet.media_s), packet)
        return tuple(found[key] for key in sorted(found))

    def _damage(self, interview_id: str) -> dict[int, SpoolDamage]:
        found: dict[int, SpoolDamage] = {}
        for path in self._files(interview_id):
            decoded = spool_file.decode(_content(path))
            if decoded.damaged_bytes:
                epoch = int(path.name.partition("-")[0])
                damage = SpoolDamage(decoded.damaged_bytes, decoded.lost_s)
                found[epoch] = found.get(epoch, SpoolDamage()) + damage
        return found

    def _trim(
        self, interview_id: str, connection_epoch: int, until_s: float, keep: Sequence[Span]
    ) -> None:
        self._buffer.trim(interview_id, connection_epoch, until_s, keep)
        self._close(interview_id)
        for leftover in (self._directory / interview_id).glob("*.part"):
            leftover.unlink(missing_ok=True)
        known = self._known.setdefault(interview_id, {})
        for path in self._files(interview_id, f"{connection_epoch:06d}-"):
            left = _trim_file(path, known.get(path), connection_epoch, until_s, keep)
            if left is None:
                path.unlink(missing_ok=True)
                known.pop(path, None)
            else:
                known[path] = left
        with contextlib.suppress(OSError):  # not empty, or not there
            (self._directory / interview_id).rmdir()
        if not (self._directory / interview_id).exists():
            self._known.pop(interview_id, None)

    def _erase(self, interview_id: str, *, over: bool) -> None:
        self._buffer.drop(interview_id, over=over)
        self._close(interview_id)
        self._known.pop(interview_id, None)
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self._directory / interview_id)


def _load(path: Path) -> tuple[SpooledPacket, ...]:
    return spool_file.decode(_content(path)).packets


def _content(path: Path) -> bytes:
    """Empty where the file has gone since it was listed: another server may have erased it."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _trim_file(
    path: Path, known: _Read | None, connection_epoch: int, until_s: float, keep: Sequence[Span]
) -> _Read | None:
    """What is known of the file then; None: nothing of it stays. The old bytes go only when the
    new file is whole."""
    size = path.stat().st_size
    if known is not None and known.last_s < until_s and known.size in (None, size):
        wanted = touching(keep, known.first_s, known.last_s)
        if not wanted:
            return None
        if wanted == known.kept:
            return known
    packets = _load(path)
    kept = [packet for packet in packets if stays(packet.media_s, until_s, keep)]
    if not kept:
        return None
    if len(kept) < len(packets):
        data = spool_file.header(connection_epoch) + spool_file.encode(kept)
        _replace(path, data)
        size = len(data)
    times_s = [packet.media_s for packet in kept]
    first_s, last_s = min(times_s), max(times_s)
    only = touching(keep, first_s, last_s) if last_s < until_s else None
    own = known is not None and known.size is None
    return _Read(first_s, last_s, None if own else size, only)


def _belongs(file: _OpenFile, packet: SpooledPacket) -> bool:
    return (
        packet.connection_epoch == file.connection_epoch
        and 0 <= packet.media_s - file.first_media_s < FILE_S
    )


def _replace(path: Path, data: bytes) -> None:
    """The old bytes go only when the new file is whole."""
    temporary = path.with_suffix(".part")
    descriptor = create_private(temporary, exclusive=False)
    try:
        write_all(descriptor, data)
    finally:
        os.close(descriptor)
    temporary.replace(path)
