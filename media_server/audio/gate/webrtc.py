"""webrtcvad, and the near-talker filter for everything else: the gate of a small machine.

webrtcvad alone hears speech in noise for ever, so that a turn in a noisy room never ends. The near-
talker filter asks in addition that the last 100 ms come within 14 dB of the talker's own peak
level: what is further away than the talker is not the talker. The peak falls 0.5 dB/s and rises 30
dB/s: if it followed at once, a knock on the desk would deafen it to the talker for many seconds. A
second filter asks the same of the speech band alone, within 18 dB: a rumble as loud as the talker
(fans, traffic, a train) passes the first and not the second.
"""

from __future__ import annotations

import webrtcvad

from media_server.audio.gate.policy import GateCounts
from media_server.audio.levels import SpeechBand, dbfs_power, power_dbfs
from media_server.audio.ring import FRAME_MS, FRAME_SAMPLES, Origin
from media_server.audio.types import SAMPLE_RATE

_RANGE_DB = 14.0
_BAND_RANGE_DB = 18.0


def _factor(db: float) -> float:
    return float(10 ** (db / 10))


_DECAY = _factor(-0.5 * FRAME_MS / 1000)
_RISE = _factor(30.0 * FRAME_MS / 1000)
_LOWEST_PEAK_DBFS = -46.0
"""Before anybody has spoken; keeps room tone at -60 dBFS out."""
_LOWEST_BAND_PEAK_DBFS = -60.0
_WINDOW_FRAMES = 5
_REAL_SOUND = (int(Origin.RECEIVED), int(Origin.FEC))


class _Near:
    """Level of the last 100 ms against its own slowly falling peak.

    Kept as powers, so that a frame costs no logarithm: decibels are factors here.
    """

    __slots__ = ("_at", "_lowest", "_powers", "_range", "level", "peak")

    def __init__(self, range_db: float, lowest_dbfs: float) -> None:
        self._range = _factor(-range_db)
        self._lowest = dbfs_power(lowest_dbfs)
        self._powers = [0.0] * _WINDOW_FRAMES
        self._at = 0
        self.peak = self._lowest
        self.level = 0.0

    def passes(self, power: float, voiced: bool) -> bool:
        powers, at = self._powers, self._at
        powers[at] = power
        self._at = at + 1 if at + 1 < _WINDOW_FRAMES else 0
        self.level = level = sum(powers) / _WINDOW_FRAMES
        peak = self.peak * _DECAY
        if voiced and level > peak:
            peak = min(level, peak * _RISE)
        self.peak = peak = max(peak, self._lowest)
        return level > peak * self._range


class WebrtcGate:
    """A `SpeechGate`. That the bot speaks makes no difference to it."""

    def __init__(self, mode: int = 3, *, votes: int = 3, of: int = 5) -> None:
        self._is_speech = webrtcvad.Vad(mode).is_speech
        self._power = SpeechBand(FRAME_SAMPLES).power
        self._all = _Near(_RANGE_DB, _LOWEST_PEAK_DBFS)
        self._band = _Near(_BAND_RANGE_DB, _LOWEST_BAND_PEAK_DBFS)
        self._history = 0
        self._mask = (1 << of) - 1
        self._votes = votes
        self._far = 0
        self.power = 0.0

    @property
    def level_dbfs(self) -> float:
        """Of the last 100 ms, the whole band."""
        return power_dbfs(self._all.level)

    @property
    def peak_dbfs(self) -> float:
        """Of the talker, as far as anybody has spoken."""
        return power_dbfs(self._all.peak)

    @property
    def counts(self) -> GateCounts:
        """It knows one reason: too far away."""
        return GateCounts(far=self._far)

    def bot_speaking(self, speaking: bool) -> None:
        """One measure for everything."""

    def judge(self, frame: bytes, origin: int) -> bool:
        """Whether `votes` of the last `of` frames were near speech."""
        if origin in _REAL_SOUND:
            power, band = self._power(frame)
            voiced = self._is_speech(frame, SAMPLE_RATE, FRAME_SAMPLES)
        else:
            power, band, voiced = 0.0, 0.0, False
        self.power = power
        near = self._all.passes(power, voiced) & self._band.passes(band, voiced) & voiced
        self._far += voiced and not near
        self._history = (self._history << 1 | near) & self._mask
        return self._history.bit_count() >= self._votes
