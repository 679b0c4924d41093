"""Packets of a clip whose last ones are still being encoded. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from media_server.audio.types import SpeechClip


class GrowingPackets(Sequence[bytes]):
    """Their number is known from the start, so that the clip has a length. One that is not made
    yet is `b""`, which no Opus packet is.

    Where the rest cannot be made there are only those that were: then `cut` is true.
    """

    def __init__(self, total: int) -> None:
        self._made: list[bytes] = []
        self._total = total
        self._tell: list[Callable[[], None]] = []
        self.ended = False
        """No more will come."""
        self.cut = False

    def __len__(self) -> int:
        return self._total

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[bytes, ...]: ...
    def __getitem__(self, index: int | slice) -> bytes | tuple[bytes, ...]:
        if isinstance(index, slice):
            return tuple(self[at] for at in range(*index.indices(self._total)))
        at = index + self._total if index < 0 else index
        if not 0 <= at < self._total:
            raise IndexError("there are not so many packets")
        return self._made[at] if at < len(self._made) else b""

    def add(self, at: int, packets: Sequence[bytes]) -> None:
        """`packets`: from the one numbered `at` on. Those that are there stay as they are, also
        where a text was begun again."""
        if not self.ended and at <= len(self._made):
            self._made += packets[len(self._made) - at : self._total - at]

    def end(self) -> None:
        """Nothing more comes. Once; harmless when done twice."""
        if self.ended:
            return
        self.ended = True
        self.cut = len(self._made) < self._total
        self._total = len(self._made)
        tell, self._tell = self._tell, []
        for one in tell:
            one()

    def when_ended(self, tell: Callable[[], None]) -> None:
        """Called once, at the end; at once where that has come."""
        if self.ended:
            tell()
        else:
            self._tell.append(tell)


def is_cut(clip: SpeechClip) -> bool:
    """Whether its end could not be made."""
    return isinstance(clip.packets, GrowingPackets) and clip.packets.cut
