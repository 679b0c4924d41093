"""Packets that wait to be written, bounded; shared by both spools. Thread-safe."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from media_server.ports import SpooledPacket
from media_server.store.spans import Span, stays

BUFFER_BYTES = 32 * 1024 * 1024
"""Of all interviews together; at 32 kb/s and 400 calls that is 20 s of a disk that hangs."""
OVER_KEPT = 10_000
"""Erased interviews that are remembered: their sessions end within a renewal of the lease."""


@dataclass(slots=True)
class SpoolCounters:
    """Of one spool, since its process began. Packets, 20 ms of audio each as a rule."""

    written: int = 0
    """With the kernel, or in Redis."""
    dropped: int = 0
    """Given up: the buffer was full because the store refused for long, or writing them raised
    what it would raise again."""
    damaged: int = 0
    """Connections whose spooled audio could not be read whole after a crash."""


class SpoolBuffer:
    """At most `limit_bytes` of Opus. Filled on the loop, emptied by whoever writes."""

    def __init__(self, limit_bytes: int = BUFFER_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._packets: dict[str, list[SpooledPacket]] = {}
        self._bytes = 0
        self._over: dict[str, None] = {}
        """Whose audio was erased: only what is over is, so nothing of it is wanted any more."""
        self.counters = SpoolCounters()

    def put(self, interview_id: str, packets: Sequence[SpooledPacket]) -> None:
        """Keep all of them or none: what finds no room is dropped and counted.

        Audio of an interview that was erased (`drop` with `over`) is ignored.
        """
        size = _size(packets)
        with self._lock:
            if interview_id in self._over:
                return
            if self._bytes + size > self._limit_bytes:
                self.counters.dropped += len(packets)
                return
            self._bytes += size
            self._packets.setdefault(interview_id, []).extend(packets)

    def put_back(self, interview_id: str, packets: Sequence[SpooledPacket]) -> None:
        """What could not be written goes before what has come since, within the same bound."""
        size = _size(packets)
        with self._lock:
            if interview_id in self._over:
                return
            if self._bytes + size > self._limit_bytes:
                self.counters.dropped += len(packets)
                return
            self._bytes += size
            self._packets[interview_id] = [*packets, *self._packets.get(interview_id, ())]

    def take(self) -> dict[str, list[SpooledPacket]]:
        """All of it; the taker owns it now."""
        with self._lock:
            packets, self._packets = self._packets, {}
            self._bytes = 0
        return packets

    def peek(self, interview_id: str) -> tuple[SpooledPacket, ...]:
        """What waits of one interview, in order of arrival. It goes on waiting."""
        with self._lock:
            return tuple(self._packets.get(interview_id, ()))

    def drop(self, interview_id: str, *, over: bool) -> None:
        """All of it; where it is over, what comes later as well."""
        with self._lock:
            if over:
                self._over[interview_id] = None
                if len(self._over) > OVER_KEPT:
                    del self._over[next(iter(self._over))]
            self._bytes -= _size(self._packets.pop(interview_id, []))

    def trim(
        self, interview_id: str, connection_epoch: int, until_s: float, keep: Sequence[Span]
    ) -> None:
        """As `Spool.trim`, of what waits to be written."""
        with self._lock:
            packets = self._packets.pop(interview_id, [])
            kept = [
                packet
                for packet in packets
                if packet.connection_epoch != connection_epoch
                or stays(packet.media_s, until_s, keep)
            ]
            self._bytes += _size(kept) - _size(packets)
            if kept:
                self._packets[interview_id] = kept


def _size(packets: Sequence[SpooledPacket]) -> int:
    return sum(len(packet.opus) for packet in packets)
