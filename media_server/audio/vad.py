"""Is this frame the candidate's speech? webrtcvad, and the near gate for everything else.

webrtcvad alone hears speech in noise for ever, so that a turn in a noisy room never ends. The near
gate asks in addition that the last 100 ms come within 14 dB of the talker's own peak level: what
is further away than the talker is not the talker. The peak falls 0.5 dB/s and rises 30 dB/s: if it
followed at once, a knock on the desk would make the ear deaf to the talker for many seconds.
A second gate asks the same of the speech band alone, within 18 dB: a rumble as loud as the talker
(fans, traffic, a train) passes the first and not the second.
"""

from __future__ import annotations

import webrtcvad

from media_server.audio.levels import SILENCE_DBFS, power_dbfs, speech_band_power
from media_server.audio.ring import FRAME_SAMPLES, Origin
from media_server.audio.types import SAMPLE_RATE

FRAME_MS = FRAME_SAMPLES * 1000 // SAMPLE_RATE
_GATE_DB = 14.0
_BAND_GATE_DB = 18.0
_DECAY_DB = 0.5 * FRAME_MS / 1000
_RISE_DB = 30.0 * FRAME_MS / 1000
_LOWEST_PEAK_DBFS = -46.0
"""Before anybody has spoken; keeps room tone at -60 dBFS out."""
_LOWEST_BAND_PEAK_DBFS = -60.0
_WINDOW_FRAMES = 5
_REAL_SOUND = (int(Origin.RECEIVED), int(Origin.FEC))


class _Near:
    """Level of the last 100 ms against its own slowly falling peak."""

    __slots__ = ("_at", "_gate_db", "_lowest_db", "_powers", "level_db", "peak_db")

    def __init__(self, gate_db: float, lowest_db: float) -> None:
        self._gate_db = gate_db
        self._lowest_db = lowest_db
        self._powers = [0.0] * _WINDOW_FRAMES
        self._at = 0
        self.peak_db = lowest_db
        self.level_db = SILENCE_DBFS

    def passes(self, power: float, voiced: bool) -> bool:
        powers = self._powers
        powers[self._at] = power
        self._at = (self._at + 1) % _WINDOW_FRAMES
        self.level_db = level = power_dbfs(sum(powers) / _WINDOW_FRAMES)
        peak = self.peak_db - _DECAY_DB
        if voiced and level > peak:
            peak = min(level, peak + _RISE_DB)
        self.peak_db = peak = max(peak, self._lowest_db)
        return level > peak - self._gate_db


class SpeechGate:
    """Feed every 20 ms frame in order. Needs no clock; a lost frame is neither judged nor loud."""

    def __init__(self, mode: int = 3, *, votes: int = 3, of: int = 5) -> None:
        self._is_speech = webrtcvad.Vad(mode).is_speech
        self._all = _Near(_GATE_DB, _LOWEST_PEAK_DBFS)
        self._band = _Near(_BAND_GATE_DB, _LOWEST_BAND_PEAK_DBFS)
        self._history = 0
        self._mask = (1 << of) - 1
        self._votes = votes
        self.power = 0.0
        """Mean square of the last frame."""

    @property
    def level_dbfs(self) -> float:
        """Of the last 100 ms."""
        return self._all.level_db

    @property
    def peak_dbfs(self) -> float:
        """The talker's own level, as far as it is known."""
        return self._all.peak_db

    def judge(self, frame: bytes, origin: int) -> bool:
        """True while `votes` of the last `of` frames were near speech."""
        if origin in _REAL_SOUND:
            power, band = speech_band_power(frame)
            voiced = self._is_speech(frame, SAMPLE_RATE)
        else:
            power, band, voiced = 0.0, 0.0, False
        self.power = power
        near = self._all.passes(power, voiced) & self._band.passes(band, voiced) & voiced
        self._history = (self._history << 1 | near) & self._mask
        return self._history.bit_count() >= self._votes
