"""How far below the talker may a sound be and still be the talker? Levels alone, in decibels.

The talker's level follows speech that passed: up with a time constant of 0.1 s, so that a word of
0.35 s is enough to be known by, and a knock moves it little; down 0.5 dB/s, and only while somebody
speaks, so that silence forgets nobody.

In quiet everything down to 36 dB below it counts: the end of a sentence, a word said softly. (It is
the level of the loudest vowels; the mean of speech is 5 to 8 dB lower.) Speech that goes on for
more than 1.3 s, and none of it within 7 dB of the talker, is somebody else's: then the bar rises to
just above it, 20 dB/s, up to those 7 dB. It falls again, 3 dB/s, when nothing is heard, or only
what is well below. So the gate is deep in a quiet room and shallow among people, and a talker's own
soft words, which come between loud ones, do not shut him out.

A talker may have become softer: leant back, or changed the microphone. So the bar rises only in a
turn in which the talker was heard near, and for 6 s at most. Otherwise the talker's level falls to
what is heard, 6 dB/s.
"""

from __future__ import annotations

import math

from media_server.audio.levels import SILENCE_DBFS
from media_server.audio.ring import FRAME_MS

DEEPEST_DB = 36.0
SHALLOWEST_DB = 7.0
"""Far babble and near speech overlap by more."""
_SOMEBODY_ELSE_S = 1.3
"""Soft sentence ends last about a second; a talker's soft syllables far less."""
_CLOSE_DB_PER_S, _OPEN_DB_PER_S = 20.0, 3.0
_NEAR_S = 0.5
"""Of near speech in a turn, until the talker is taken for there and as loud as before."""
_SOFTER_AFTER_S = 6.0
"""Speech that is never near, for longer than anybody waits for the end of a turn among people."""
_SOFTER_DB_PER_S = 6.0
_ABOVE_OTHERS_DB = 3.0
_WELL_BELOW_DB = 6.0
_FOLLOW_S = 0.1
_FORGET_DB_PER_S = 0.5
_KNOWN_S = 0.2
"""Of speech, until the talker's level is taken for known."""
_UNKNOWN_DBFS = -46.0
"""The talker's level before anybody has spoken."""
_LOWEST_BAR_DBFS = -66.0
"""Room tone; also for a talker who is hardly louder."""
_STRICT_DB = 14.0
_STRICT_UNKNOWN_DBFS = -46.0
"""Where nobody can say what is speech: what near talkers exceed, and few noises do."""
_FRAME_S = FRAME_MS / 1000
_CLOSE_DB, _OPEN_DB = _CLOSE_DB_PER_S * _FRAME_S, _OPEN_DB_PER_S * _FRAME_S
_SOFTER_DB, _FORGET_DB = _SOFTER_DB_PER_S * _FRAME_S, _FORGET_DB_PER_S * _FRAME_S
_FOLLOWED = _FRAME_S / _FOLLOW_S
"""The same of one frame."""
_WINDOW_FRAMES = 5
_FULL_SCALE = _WINDOW_FRAMES * 32768.0**2
_NOTHING = _FULL_SCALE * 10 ** (SILENCE_DBFS / 10)


class NearGate:
    """For every frame `measure`, then `follow` with what was found out about it; or `pass_over`,
    where there is nothing to find out."""

    __slots__ = (
        "_at", "_far_s", "_known_s", "_level", "_lowest", "_near_s", "_other_s", "_powers",
        "bar", "peak",
    )  # fmt: skip

    def __init__(self, talker_dbfs: float | None = None) -> None:
        """`talker_dbfs`: the talker's `peak` as it was found before; None: nobody has spoken."""
        self._powers = [0.0] * _WINDOW_FRAMES
        self._at = 0
        self._other_s = 0.0
        self._near_s = 0.0
        self._far_s = 0.0
        self._known_s = 0.0 if talker_dbfs is None else _KNOWN_S
        self._level = SILENCE_DBFS
        """Of the 100 ms that were measured last, in dBFS."""
        self.peak = _UNKNOWN_DBFS if talker_dbfs is None else max(talker_dbfs, _UNKNOWN_DBFS)
        """Of the talker, in dBFS."""
        self._lowest = max(_LOWEST_BAR_DBFS, self.peak - DEEPEST_DB)
        """Where the bar may be at most so low, by the talker's level."""
        self.bar = self._lowest
        """What is not above it is not the talker, in dBFS."""

    def pass_over(self, power: float, learn: bool) -> None:
        """A frame that is no voice: as `measure`, and `follow` if `learn`."""
        at = self._at
        self._powers[at] = power
        self._at = at + 1 if at < _WINDOW_FRAMES - 1 else 0
        if learn and self.bar > self._lowest:
            self.bar = max(self.bar - _OPEN_DB, self._lowest)

    def measure(self, power: float, strict: bool) -> float:
        """By how many decibels the last 100 ms are above the bar; negative: they are below.

        `strict`: nobody can say what is speech, so the level must do.
        """
        powers, at = self._powers, self._at
        powers[at] = power
        self._at = at + 1 if at < _WINDOW_FRAMES - 1 else 0
        self._level = level = 10 * math.log10((sum(powers) + _NOTHING) / _FULL_SCALE)
        bar = self.bar
        if strict:
            known = self._known_s >= _KNOWN_S
            bar = max(bar, self.peak - _STRICT_DB if known else _STRICT_UNKNOWN_DBFS)
        return level - bar

    def turn_begins(self) -> None:
        """The talker may be softer than in the turn before."""
        self._near_s = 0.0

    def follow(self, speech: bool, passed: bool) -> None:
        """Learn from the voice that was measured: `speech` of anybody, that `passed`."""
        level, peak, bar = self._level, self.peak, self.bar
        if passed:
            self._known_s += _FRAME_S
            peak -= _FORGET_DB
            if level > peak:
                peak += (level - peak) * _FOLLOWED
        if speech and level > peak - SHALLOWEST_DB:
            self._other_s = self._far_s = 0.0
            self._near_s += _FRAME_S
        elif speech and self._may_be_softer():
            peak -= _SOFTER_DB
        elif speech:
            self._other_s += _FRAME_S
            if self._other_s > _SOMEBODY_ELSE_S and level > bar - _ABOVE_OTHERS_DB:
                bar += _CLOSE_DB
        elif level < bar - _WELL_BELOW_DB:
            bar -= _OPEN_DB
        if peak != self.peak:
            self.peak = peak = max(peak, _UNKNOWN_DBFS)
            self._lowest = max(_LOWEST_BAR_DBFS, peak - DEEPEST_DB)
        self.bar = min(max(bar, self._lowest), peak - SHALLOWEST_DB)

    def _may_be_softer(self) -> bool:
        self._far_s += _FRAME_S
        return self._near_s < _NEAR_S or self._far_s > _SOFTER_AFTER_S
