"""Is what arrives while the bot speaks its own voice, come back by the candidate's loudspeaker?

The server knows what it sends. An echo is that, later and softer: its levels in eight bands move
together with those of the voice, at one delay. Somebody who talks does not move with it at any
delay. So a stretch of 0.3 s tells the two apart without knowing how loud the echo is, over a
candidate's own words too as long as these are louder.

What is found is kept for the call: the path's delay and gain. With them each 20 ms is judged by
itself: what is no louder than the echo can be at that moment is echo.
"""

from __future__ import annotations

from enum import Enum, auto

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from media_server.audio.band_levels import BANDS, Levels, band_levels
from media_server.audio.sent_voice import FRAME_S, SentVoice
from media_server.audio.types import Pcm

LONGEST_S = 0.64
"""Network, the client's playout buffer, loudspeaker, microphone, network: an echo's delay."""
_LAGS = round(LONGEST_S / FRAME_S)
_BAND_RANGE_DB = 20.0
_RANGE_DB = 30.0
"""What is further below the loudest of the band, or of all, says nothing: noise lies there."""
_ROOM_FRAMES = 6
_ROOM_DB = 4.0
"""By so much at least a band falls in 20 ms: what a room keeps of it."""
_AUDIBLE_DBFS = -65.0
"""Of a band of the voice: below, nothing was sent that could come back."""
_FOLLOWS = 0.72
_FOLLOWS_AT_LENGTH = 0.66
"""Of a stretch of 0.6 s."""
_FOLLOWS_AS_BEFORE = 0.58
"""Where the delay is the one that was found before."""
_MAY_FOLLOW = 0.58
_AT_LENGTH_FRAMES = 30
_BEYOND_DOUBT = 0.85
_LIKELY_GAIN = 0.5
_LIKELY_RISE = 6.0
"""An echo as loud as this beside the voice, or so much louder than before, is doubted: who talks
is louder than an echo."""
_SAME_LAG = 2
_SURE_AFTER = 2
"""Stretches that agree on the delay before single frames are judged by it."""
_MARGIN = 10 ** (5 / 10)
_FAR_BEYOND = 10 ** (12 / 10)
_END_S = 0.2
"""Around the end of what is sent one frame alone is taken for speech from here on only: a turn
begins there, and one word of the question would be its first."""
_ABSENT = 0.1
"""An echo of which so little had come before the stretch is none."""
_HELD = 0.5
"""A frame counts as loud as the one before it less 3 dB: words have gaps."""

_MUST_BE_HEARD = 10 ** (-50 / 10)
"""An echo as loud as that is in no room noise."""
_MISSED = 10 ** (-12 / 10)
_MISSED_FRAMES = 15
"""More frames without the echo than with it, until the path is forgotten."""


class Verdict(Enum):
    """What a stretch of sound over the bot is."""

    ECHO = auto()
    UNSURE = auto()
    """Ask again when there is more of it."""
    OTHER = auto()
    """Something else: the candidate, or a noise."""


class EchoDetector:
    """One connection's echo path. Times are seconds on the clock that `SentVoice` goes by."""

    def __init__(self, sent: SentVoice) -> None:
        self._sent = sent
        self._lag: int | None = None
        """Frames between what was sent and its echo."""
        self._gain = 0.0
        """Power of the echo over that of the voice."""
        self._agreed = 0
        self._held = 0.0
        self._beyond = False
        self._absent = 0

    @property
    def delay_s(self) -> float | None:
        """Of the echo, as far as one was found."""
        return None if self._lag is None else self._lag * FRAME_S

    @property
    def gain_db(self) -> float | None:
        """Level of the echo over that of the voice that was sent."""
        return None if self._lag is None else float(10 * np.log10(self._gain))

    def may_come(self, at_s: float) -> bool:
        """Whether an echo can arrive at this time at all."""
        return at_s < self._sent.last_s + LONGEST_S

    def explains(self, power: float, from_s: float) -> bool:
        """Whether the known path gives an echo as loud as the 20 ms that begin at `from_s`.

        `power`: full scale is 1. Call it for every frame in order while the bot may be heard.
        """
        self._held = held = max(power, self._held * _HELD)
        if self._lag is None:
            return False
        echo = self._sent.power_around(from_s - self._lag * FRAME_S) * self._gain
        if self._is_missed(echo) or self._agreed < _SURE_AFTER:
            return False
        alone, self._beyond = not self._beyond, held > echo * _MARGIN
        if self._beyond and alone and from_s > self._sent.last_s - _END_S:
            return held <= echo * _FAR_BEYOND
        return not self._beyond

    def _is_missed(self, echo: float) -> bool:
        """Where the echo of the known path does not come again and again, there is no such path."""
        if echo > _MUST_BE_HEARD:
            absent = self._held < echo * _MISSED
            self._absent = self._absent + 1 if absent else max(0, self._absent - 1)
        if self._absent < _MISSED_FRAMES:
            return False
        self._lag, self._gain, self._agreed, self._absent = None, 0.0, 0, 0
        return True

    def judge(self, pcm: Pcm, from_s: float, before: int = 0) -> Verdict:
        """A stretch of 16 kHz that began to arrive at `from_s`: at least 0.3 s of it, after so many
        frames `before` it in which nobody seemed to speak."""
        heard = band_levels(pcm)
        sent = self._sent.levels(from_s - _LAGS * FRAME_S, len(heard) + _LAGS)
        quiet, quiet_sent = heard[:before], sent
        heard, sent = heard[before:], sent[before:]
        if len(heard) < 2 or float(sent.max()) < _AUDIBLE_DBFS:
            return Verdict.OTHER
        likeness = _likeness(heard, sent)
        at = int(np.argmax(likeness))
        best, lag = float(likeness[at]), _LAGS - at
        follows = _FOLLOWS if len(heard) < _AT_LENGTH_FRAMES else _FOLLOWS_AT_LENGTH
        known = self._lag
        if known is not None and best < follows:
            near = slice(max(0, _LAGS - known - _SAME_LAG), _LAGS - known + _SAME_LAG + 1)
            at = near.start + int(np.argmax(likeness[near]))
            if likeness[at] >= _FOLLOWS_AS_BEFORE:
                best, lag = follows, _LAGS - at
        source = sent[_LAGS - lag :][: len(heard)]
        gain = _gain(heard, source)
        likely = self._is_likely(gain)
        if best < _BEYOND_DOUBT and _is_absent(
            quiet, quiet_sent[_LAGS - lag :][:before], _powers(heard) / _powers(source)
        ):
            return Verdict.OTHER
        if best < follows:
            return Verdict.UNSURE if likely and best >= _MAY_FOLLOW else Verdict.OTHER
        if not likely and best < _BEYOND_DOUBT:
            return Verdict.UNSURE
        self._learn(lag, gain)
        return Verdict.ECHO

    def _is_likely(self, gain: float) -> bool:
        limit = _LIKELY_GAIN if self._lag is None else self._gain * _LIKELY_RISE
        return gain <= limit

    def _learn(self, lag: int, gain: float) -> None:
        if self._lag is not None and abs(self._lag - lag) <= _SAME_LAG:
            self._agreed += 1
            self._gain = max(gain, 0.7 * self._gain + 0.3 * gain)
        else:
            self._agreed = 1
            self._gain = gain
        self._lag = lag


def _likeness(heard: Levels, sent: Levels) -> Levels:
    """Correlation of the levels for each place of `heard` within `sent`, each band by itself.

    The bands' means are taken out: what a loudspeaker and a room do to the colour plays no part.
    """
    room = sent.copy()
    for frames in range(1, _ROOM_FRAMES + 1):
        faded = sent[:-frames] - np.float32(frames * _ROOM_DB)
        room[frames:] = np.maximum(room[frames:], faded)
    heard, sent = _within_range(heard), _within_range(room)
    frames = len(heard)
    heard = heard - heard.mean(axis=0)
    windows = sliding_window_view(sent, (frames, BANDS))[:, 0]
    centred = windows - windows.mean(axis=1, keepdims=True)
    flat = centred.reshape(len(centred), -1)
    together = flat @ heard.reshape(-1)
    sent_power = np.einsum("ij,ij->i", flat, flat)
    heard_power = np.float32(np.vdot(heard, heard))
    return np.asarray(together / np.sqrt(sent_power * heard_power + np.float32(1e-3)), np.float32)


def _powers(levels: Levels) -> Levels:
    """Of each band, summed."""
    return np.asarray(np.sum(np.float32(10) ** (levels / np.float32(10)), axis=0), np.float32)


def _is_absent(heard: Levels, sent: Levels, gains: Levels) -> bool:
    """Whether the voice was sent before, and the echo that it must have had did not come."""
    return float(_powers(heard).sum()) < _ABSENT * float((_powers(sent) * gains).sum())


def _within_range(levels: Levels) -> Levels:
    floor = levels.max(axis=0) - np.float32(_BAND_RANGE_DB)
    floor = np.maximum(floor, levels.max() - np.float32(_RANGE_DB))
    return np.asarray(np.maximum(levels, floor), np.float32)


def _gain(heard: Levels, sent: Levels) -> float:
    """Power of what was heard over what was sent: of the louder frames, near the most."""
    ten = np.float32(10)
    heard_power, sent_power = (np.sum(ten ** (levels / ten), axis=1) for levels in (heard, sent))
    loud = sent_power > sent_power.max() * np.float32(0.03)
    ratios = np.sort(heard_power[loud] / sent_power[loud])  # np.percentile takes 0.1 s at first
    return float(ratios[int(0.8 * (len(ratios) - 1))])
