"""Recordings in `DATA_DIR/recordings/<interview>/`: what the candidate sent, never re-encoded.

One Ogg Opus file per connection. Every second the pages of that second are complete and with the
kernel, so a killed process leaves a file that plays up to its last second; it is synced to the
disk when the call ends. A disk that is full, or too slow for 20 s, turns this recording off and
nothing else.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from media_server.audio.ogg import OggOpusWriter
from media_server.ports import Blobs, Public, StoreUnavailable
from media_server.ports.blobs import RECORDING_PREFIX
from media_server.store.blobs.local import LocalBlobs, delete_directory
from media_server.store.blobs.waiting_files import OpenRecording, lock
from media_server.store.disk import (
    DiskThread,
    create_private,
    private_directory,
    reason,
    safe_name,
    write_all,
)

logger = logging.getLogger(__name__)

BUFFER_PACKETS = 1000
"""20 s of one connection."""


@dataclass(slots=True)
class RecordingCounters:
    """Of this process, since its start. Written by loop and thread, read by /metrics."""

    opened: int = 0
    """Connections to be recorded; the file of one without any audio is never made."""
    failed: int = 0
    """Recordings that were turned off: raise an alarm whenever this grows."""
    bytes_written: int = 0


class DiskRecording:
    """`Recording` of `media_server.ports`. `add` from the loop; the rest in the disk's thread."""

    def __init__(self, directory: Path, connection_epoch: int, owner: DiskRecordings) -> None:
        self.failed = ""
        self._directory = directory
        self._connection_epoch = connection_epoch
        self._owner = owner
        self._lock = threading.Lock()
        self._buffer: list[tuple[float, bytes]] = []
        self._closed = False
        self._writer = OggOpusWriter(serial=secrets.randbits(32))
        self._descriptor: int | None = None
        self._good_bytes = 0
        self._name = ""

    def add(self, media_s: float, opus: bytes) -> None:
        """On the loop. Ignored after `close` and once it is off; 20 s that wait turn it off."""
        if self.failed or self._closed:
            return
        with self._lock:
            if len(self._buffer) < BUFFER_PACKETS:
                self._buffer.append((media_s, opus))
                return
        self.fail("disk too slow")

    async def close(self) -> None:
        """Returns when the file is synced, or `failed` says why not. Harmless a second time."""
        self._closed = True
        await self._owner.close_recording(self)

    def fail(self, why: str) -> None:
        """Off for good; what is on the disk stays and plays."""
        with self._lock:
            self._buffer = []
        if self.failed:
            return
        self.failed = why
        self._owner.counters.failed += 1
        logger.error("recording turned off: %s", Public(why))

    def discard(self) -> None:
        """Its interview is being erased: nothing more is kept, and that is no failure."""
        with self._lock:
            self._buffer = []
        self.failed = self.failed or "erased"

    # --- in the thread ------------------------------------------------------------------------

    def write(self, *, last: bool = False) -> None:
        """What has come since the last time, as whole pages. Never raises: a disk that fails turns
        this recording off. `last`: end the file, sync it, and close the descriptor."""
        try:
            if not self.failed:
                self._write(last=last)
        except OSError as error:
            self.fail(reason(error))
        if self._descriptor is not None and (last or self.failed):
            if self.failed:
                with contextlib.suppress(OSError):  # half a page is of no use
                    os.ftruncate(self._descriptor, self._good_bytes)
            os.close(self._descriptor)
            self._descriptor = None

    def _write(self, *, last: bool) -> None:
        with self._lock:
            packets, self._buffer = self._buffer, []
        if not packets and self._descriptor is None:
            return
        pages = []
        if self._descriptor is None:
            self._descriptor = self._create()
            pages.append(self._writer.header())
        pages += [self._writer.add(media_s, opus) for media_s, opus in packets]
        pages.append(self._writer.finish() if last else self._writer.flush())
        data = b"".join(pages)
        write_all(self._descriptor, data)
        if last:
            os.fsync(self._descriptor)
        self._good_bytes += len(data)
        self._owner.counters.bytes_written += len(data)

    def _create(self) -> int:
        """Locked before its first byte: while somebody records, nobody takes the file elsewhere."""
        first = stem = f"{RECORDING_PREFIX}{self._connection_epoch:04d}"
        for attempt in range(2, 100):
            try:
                private_directory(self._directory)
                descriptor = create_private(self._directory / f"{stem}.ogg")
            except FileNotFoundError:  # another process has just taken the last file of it
                continue
            except FileExistsError:  # a connection number used again after data was lost
                stem = f"{first}-{attempt}"
                continue
            lock(descriptor)
            self._name = f"{stem}.ogg"
            return descriptor
        raise FileExistsError(stem)

    # --- from the loop ------------------------------------------------------------------------

    def being_made(self, interview_id: str) -> OpenRecording | None:
        """None: it has no file yet, or is over."""
        if not self._good_bytes or self.failed or self._closed:
            return None
        return OpenRecording(interview_id, self._name, self._good_bytes)


class DiskRecordings:
    """`Recordings` of `media_server.ports`. The thread is shared and is started by its owner."""

    def __init__(self, directory: Path, disk: DiskThread) -> None:
        self._directory = directory
        self._disk = disk
        self._lock = threading.Lock()
        self._recordings: dict[DiskRecording, str] = {}
        self.here = LocalBlobs(directory, disk)
        """What is on this machine, also of recordings that are being made."""
        self.blobs: Blobs = self.here
        """Where they are in the end: the same, or an object storage as well (`store.factory`)."""
        self.on_end: Callable[[], None] = lambda: None
        """Called when a recording has ended."""
        self.counters = RecordingCounters()
        disk.add_ticker(self._write_all)

    def open(self, interview_id: str, connection_epoch: int) -> DiskRecording:
        """Returns at once; the first second of audio makes the file. ValueError for a bad id."""
        directory = self._directory / safe_name(interview_id)
        recording = DiskRecording(directory, connection_epoch, self)
        self.counters.opened += 1
        with self._lock:
            self._recordings[recording] = interview_id
        return recording

    async def files(self, interview_id: str) -> tuple[str, ...]:
        """Names in the order of connections. Raises StoreUnavailable; ValueError for a bad id."""
        return recordings_among([blob.name for blob in await self.blobs.list(interview_id)])

    async def erase(self, interview_id: str) -> int:
        """How many files went. A recording still open is turned off. Raises StoreUnavailable."""
        safe_name(interview_id)
        gone = set(await self._disk.call(lambda: self._erase(interview_id)))
        if self.blobs is not self.here:
            gone.update(await self.blobs.delete(interview_id))
        return len(recordings_among(gone))

    def being_made(self) -> list[OpenRecording]:
        """Those of this process that have a file."""
        with self._lock:
            mine = list(self._recordings.items())
        made = (recording.being_made(interview_id) for recording, interview_id in mine)
        return [found for found in made if found is not None]

    async def close_recording(self, recording: DiskRecording) -> None:
        """For `DiskRecording.close`. A disk silent for 5 s shows in its `failed`: no error is
        raised."""
        try:
            await self._disk.call(lambda: self._finish(recording))
        except StoreUnavailable as error:
            recording.fail(str(error))
        self.on_end()

    async def close(self) -> None:
        """Every recording still open is finished; the thread goes on."""
        for recording in self._open():
            await recording.close()

    # --- in the thread ------------------------------------------------------------------------

    def _open(self) -> list[DiskRecording]:
        with self._lock:
            return list(self._recordings)

    def _write_all(self) -> None:
        for recording in self._open():
            recording.write()

    def _finish(self, recording: DiskRecording) -> None:
        recording.write(last=True)
        with self._lock:
            self._recordings.pop(recording, None)

    def _erase(self, interview_id: str) -> tuple[str, ...]:
        with self._lock:
            mine = [r for r, owner in self._recordings.items() if owner == interview_id]
        for recording in mine:
            recording.discard()
            self._finish(recording)
        return delete_directory(self._directory / interview_id)


def recordings_among(names: Iterable[str]) -> tuple[str, ...]:
    """In the order of their connections; the rest are other blobs of the interview."""
    return tuple(sorted(n for n in names if n.startswith(RECORDING_PREFIX) and n.endswith(".ogg")))
