"""Received audio: spool and recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True)  # not frozen: 50 a second and call, and freezing makes each cost 4 times
class SpooledPacket:
    """One Opus packet as it came, without its RTP header."""

    connection_epoch: int
    media_s: float
    """Media time of the packet's first sample on its connection."""
    opus: bytes


@dataclass(frozen=True, slots=True)
class SpoolDamage:
    """What of a connection's spooled audio cannot be read."""

    damaged_bytes: int = 0
    lost_s: float = 0.0

    def __add__(self, other: SpoolDamage) -> SpoolDamage:
        return SpoolDamage(self.damaged_bytes + other.damaged_bytes, self.lost_s + other.lost_s)


class Spool(Protocol):
    """Received Opus packets until the final of their segment is in the log.

    `put` returns at once (bounded buffer); packets reach the disk or Redis within 2 s.
    """

    def put(self, interview_id: str, packets: Sequence[SpooledPacket]) -> None:
        """Keep `packets`, in order. Never raises: what finds no room is dropped and counted."""

    async def flush(self) -> None:
        """Return when all that was `put` before is on the disk or in Redis, or was given up."""

    async def interviews(self) -> tuple[str, ...]:
        """Those that have audio on the disk or in Redis; a listing, no audio is read."""

    async def read(self, interview_id: str) -> tuple[SpooledPacket, ...]:
        """All of an interview, by connection and media time; () for one that has none. What is
        damaged is left out (`damage`). Raises StoreUnavailable."""

    async def damage(self, interview_id: str) -> Mapping[int, SpoolDamage]:
        """By connection_epoch, what of its spooled audio cannot be read; {} as a rule."""

    async def trim(
        self,
        interview_id: str,
        connection_epoch: int,
        until_s: float,
        keep: Sequence[tuple[float, float]] = (),
    ) -> None:
        """Packets of this connection that begin before `until_s` go, but not those that begin in
        a stretch of `keep`: from, to (not included), in its media time."""

    async def empty(self, interview_id: str) -> None:
        """All that is there goes; what comes later is kept."""

    async def erase(self, interview_id: str) -> None:
        """For good: what comes later is not kept either."""


class Recording(Protocol):
    """The candidate's audio of one connection, Ogg Opus as it came. Never raises after opening:
    a full disk turns it off, `failed` says why, and the interview goes on."""

    failed: str
    """Why it records no more; empty: it does."""

    def add(self, media_s: float, opus: bytes) -> None:
        """The next packet; `media_s`: media time of its first sample. Returns at once."""

    async def close(self) -> None:
        """Write what waits and end the file, so that players know its length (RFC 3533)."""


class Recordings(Protocol):
    """The recordings of every interview, Ogg Opus (RFC 7845). They are written on this machine, and
    read through `ports.Blobs`, under the names of `files`."""

    def open(self, interview_id: str, connection_epoch: int) -> Recording:
        """A new file. Never raises: where none can be made, `failed` of the recording says why."""

    async def files(self, interview_id: str) -> tuple[str, ...]:
        """Names, as the result has them, in the order of their connections, wherever they lie.
        Raises StoreUnavailable."""

    async def erase(self, interview_id: str) -> int:
        """Delete all blobs of an interview, wherever they lie; how many recordings were among
        them. One that is being made is turned off. Raises StoreUnavailable."""
