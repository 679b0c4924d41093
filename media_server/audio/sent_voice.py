"""What the bot has sent of its voice and when, on the process clock: the reference for its echo."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from media_server.audio.band_levels import BANDS, LOWEST_DBFS, Levels, unpack_levels

FRAME_S = 0.02
_STRETCHES = 8
"""A clip is one; a clip that the server was late with is two."""
_REMEMBERED_S = 2.0
_DECAY = 10 ** (-2.4 / 10)
"""How fast a room falls silent, each 20 ms: 60 dB in half a second."""
_DECAY_FRAMES = 12


@dataclass(slots=True)
class _Stretch:
    levels: Levels
    envelope: list[float]
    """The most power within a frame of each, with what a room keeps of it; full scale is 1."""
    begin_s: float
    """When the clip's beginning would have been sent."""
    first: int
    """The frame that was sent first."""
    end: int
    """The frame before which it ended."""

    @property
    def ended_s(self) -> float:
        return self.begin_s + self.end * FRAME_S


class SentVoice:
    """The last few stretches. `begin` with the first packet, `end` when no more is sent."""

    def __init__(self) -> None:
        self._stretches: deque[_Stretch] = deque(maxlen=_STRETCHES)
        self.last_s = float("-inf")
        """When the last of it is sent, or was."""

    def begin(self, packed_levels: bytes, position_s: float, now_s: float) -> None:
        """A clip is heard from `position_s` on, as of now. What played before is over."""
        self.end(now_s)
        while self._stretches and self._stretches[0].ended_s < now_s - _REMEMBERED_S:
            self._stretches.popleft()
        levels = unpack_levels(packed_levels)
        if not len(levels):
            return
        begin_s = now_s - position_s
        first = round(position_s / FRAME_S)
        stretch = _Stretch(levels, _envelope(levels, first), begin_s, first, len(levels))
        self._stretches.append(stretch)
        self.last_s = begin_s + len(levels) * FRAME_S

    def end(self, now_s: float) -> None:
        """Nothing more of it is sent. Harmless when it has ended."""
        if now_s < self.last_s and self._stretches:
            stretch = self._stretches[-1]
            stretch.end = max(stretch.first, round((now_s - stretch.begin_s) / FRAME_S))
            del stretch.envelope[stretch.end + _DECAY_FRAMES :]
            self.last_s = now_s

    def levels(self, from_s: float, frames: int) -> Levels:
        """Of `frames` frames from `from_s` on; the lowest level where nothing was sent."""
        found = np.full((frames, BANDS), LOWEST_DBFS, np.float32)
        for stretch in self._stretches:
            offset = round((from_s - stretch.begin_s) / FRAME_S)
            first = max(stretch.first, offset)
            end = min(stretch.end, offset + frames)
            if first < end:
                found[first - offset : end - offset] = stretch.levels[first:end]
        return found

    def power_around(self, at_s: float) -> float:
        """The most that was sent within 20 ms of `at_s`, with what a room keeps of it."""
        power = 0.0
        for stretch in self._stretches:
            at = int((at_s - stretch.begin_s) / FRAME_S + 0.5)
            if stretch.first - 1 <= at < len(stretch.envelope) and at >= 0:
                power = max(power, stretch.envelope[at])
        return power


def _envelope(levels: Levels, first: int) -> list[float]:
    power = np.zeros(len(levels) + _DECAY_FRAMES + 2, np.float32)
    power[first : len(levels)] = np.sum(np.float32(10) ** (levels[first:] / np.float32(10)), axis=1)
    envelope = power.copy()
    for frames in range(1, _DECAY_FRAMES + 1):
        faded = power[:-frames] * np.float32(_DECAY**frames)
        envelope[frames:] = np.maximum(envelope[frames:], faded)
    around = envelope.copy()
    around[1:] = np.maximum(around[1:], envelope[:-1])
    around[:-1] = np.maximum(around[:-1], envelope[1:])
    envelope_list: list[float] = around.tolist()
    return envelope_list
