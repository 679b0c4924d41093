"""Is this frame the candidate's speech? webrtcvad, and the near gate for everything else.

webrtcvad alone hears speech in noise for ever, so that a turn in a noisy room never ends. The near
gate asks in addition that the last 100 ms come within 14 dB of the talker's own peak level: what
is further away than the talker is not the talker. The peak follows up at once and falls 0.5 dB/s.
"""

from __future__ import annotations

import webrtcvad

from media_server.audio.levels import SILENCE_DBFS, frame_power, power_dbfs
from media_server.audio.ring import FRAME_SAMPLES, Origin
from media_server.audio.types import SAMPLE_RATE

FRAME_MS = FRAME_SAMPLES * 1000 // SAMPLE_RATE
_GATE_DB = 14.0
_DECAY_DB = 0.5 * FRAME_MS / 1000
_LOWEST_PEAK_DBFS = -46.0
"""Before anybody has spoken; keeps room tone at -60 dBFS out."""
_WINDOW_FRAMES = 5


class SpeechGate:
    """Feed every 20 ms frame in order. Needs no clock; a lost frame is neither judged nor loud."""

    def __init__(self, mode: int = 3, *, votes: int = 3, of: int = 5) -> None:
        self._is_speech = webrtcvad.Vad(mode).is_speech
        self._powers = [0.0] * _WINDOW_FRAMES
        self._at = 0
        self._peak_db = _LOWEST_PEAK_DBFS
        self._history = 0
        self._mask = (1 << of) - 1
        self._votes = votes
        self.level_dbfs = SILENCE_DBFS
        """Of the last 100 ms."""
        self.power = 0.0
        """Mean square of the last frame."""

    @property
    def peak_dbfs(self) -> float:
        return self._peak_db

    def judge(self, frame: bytes, origin: int) -> bool:
        """True while `votes` of the last `of` frames were near speech."""
        if origin == Origin.RECEIVED or origin == Origin.FEC:
            power = frame_power(frame)
            voiced = self._is_speech(frame, SAMPLE_RATE)
        else:
            power, voiced = 0.0, False
        self.power = power
        powers = self._powers
        powers[self._at] = power
        self._at = (self._at + 1) % _WINDOW_FRAMES
        level = power_dbfs(sum(powers) / _WINDOW_FRAMES)
        self.level_dbfs = level
        peak = self._peak_db - _DECAY_DB
        if voiced and level > peak:
            peak = level
        self._peak_db = max(peak, _LOWEST_PEAK_DBFS)
        near = voiced and level > self._peak_db - _GATE_DB
        self._history = (self._history << 1 | near) & self._mask
        return self._history.bit_count() >= self._votes
