"""A call as one WAV: the interviewer on the left, the candidate on the right, 16 kHz."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from media_server.audio.opus import OpusDecoder, OpusError
from media_server.audio.types import RTP_CLOCK_RATE, SAMPLE_RATE, Pcm

MAX_S = 3600.0
"""What comes after an hour is left out: 230 MB."""
_JUMP_S = 0.5
"""A timestamp that is this far from its arrival belongs to another stretch of sound."""


class TwoSidedWav:
    """Times are of one monotonic clock; `save` once at the end."""

    def __init__(self) -> None:
        self._began_s: float | None = None
        self._sides: tuple[list[tuple[int, Pcm]], list[tuple[int, Pcm]]] = ([], [])
        self._decoder = OpusDecoder(SAMPLE_RATE)
        self._anchor: tuple[float, int] | None = None
        """(arrival, RTP timestamp) from which the bot's sound is placed."""

    def heard(self, payload: bytes, timestamp: int, now_s: float) -> None:
        """A packet of the bot's."""
        try:
            pcm = self._decoder.decode(payload)
        except OpusError:
            return
        if self._anchor is None or abs(self._due_s(timestamp) - now_s) > _JUMP_S:
            self._anchor = (now_s, timestamp)
        self._put(0, self._due_s(timestamp), pcm)

    def said(self, pcm: Pcm, now_s: float) -> None:
        """A frame of the candidate's; `now_s`: when it was due."""
        self._put(1, now_s, pcm)

    def save(self, path: Path) -> None:
        """Raises OSError."""
        self._decoder.close()
        length = max((at + len(pcm) for side in self._sides for at, pcm in side), default=0)
        both = np.zeros((length, 2), np.int16)
        for number, side in enumerate(self._sides):
            for at, pcm in side:
                both[at : at + len(pcm), number] = pcm
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(both.tobytes())

    def _due_s(self, timestamp: int) -> float:
        assert self._anchor is not None  # noqa: S101  # set above
        since_s, first = self._anchor
        ahead = (timestamp - first + (1 << 31)) % (1 << 32) - (1 << 31)
        return since_s + ahead / RTP_CLOCK_RATE

    def _put(self, side: int, at_s: float, pcm: Pcm) -> None:
        if self._began_s is None:
            self._began_s = at_s
        since_s = at_s - self._began_s
        if 0 <= since_s < MAX_S and pcm.any():
            self._sides[side].append((round(since_s * SAMPLE_RATE), pcm))
