"""How far below the talker may a sound be and still be the talker? Levels alone, in decibels.

The talker's level follows speech that passed: up with a time constant of 0.1 s, so that a word of
0.35 s is enough to be known by, and a knock moves it little; down 0.5 dB/s, and only while somebody
speaks, so that silence forgets nobody.

In quiet everything down to 36 dB below it counts: the end of a sentence, a word said softly. (It is
the level of the loudest vowels; the mean of speech is 5 to 8 dB lower.)

A room is never quieter than its quietest 0.1 s of the last 8 s: the floor. One talker leaves gaps
down to the floor of a quiet room; six at once do not. Where the floor is less than 40 dB below the
talker, what lies less than 1.5 times the room's own restlessness above it is the room. That is the
median of what is heard above the floor while nobody near speaks: 1 dB in steady noise, 9 dB among
voices. So the gate knows the room before the pause comes, and a pause can end. A talker's soft
words, which come between loud ones, are heard by the time: 0.45 s after a loud one the bar of a
quiet room holds.

Speech that goes on for more than 1.3 s, and none of it within 7 dB of the talker, is somebody
else's, whatever the floor: then the bar rises to just above it, 20 dB/s, and at once after 2 s, up
to those 7 dB. It falls again, 3 dB/s, when nothing is heard, or only what is well below.

A talker may have become softer: leant back, or changed the microphone. So the bar rises only in a
turn in which the talker was heard near, and for 6 s at most. Otherwise the talker's level falls to
what is heard above the room, 6 dB/s; after 2 s of speech in a turn in which nobody was near, to
what sounds like a room as well.
"""

from __future__ import annotations

import math
from collections import deque

from media_server.audio.levels import SILENCE_DBFS
from media_server.audio.ring import FRAME_MS

DEEPEST_DB = 36.0
SHALLOWEST_DB = 7.0
"""Far babble and near speech overlap by more."""
_SOMEBODY_ELSE_S = 1.3
"""Soft sentence ends last about a second; a talker's soft syllables far less."""
_CLOSE_DB_PER_S, _OPEN_DB_PER_S = 20.0, 3.0
_AT_ONCE_S, _ABOVE_LOUDEST_DB = 2.0, 1.0
"""Longer than any soft sentence end: the bar rises to just above the loudest of it."""
_NEAR_S = 0.5
"""Of near speech in a turn, until the talker is taken for there and as loud as before."""
_SOFTER_AFTER_S = 6.0
"""Speech that is never near, for longer than anybody waits for the end of a turn among people."""
_UNHEARD_S = 2.0
"""Of speech in a turn, none of it near: then it is the talker's, even if it sounds like a room."""
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
_NOISY_DB = 40.0
"""Where the floor is this much below the talker's level, or more, the room is quiet."""
_NOISY_DBFS = -60.0
"""A floor below it is quiet for any talker."""
_LOW_FRAMES, _LOWS = 25, 16
"""The floor: the lowest of so many stretches of 0.5 s."""
_RESTLESS_TIMES, _MOST_RESTLESS_DB, _MOST_ROOM_DB = 1.5, 15.5, 14.0
_RESTLESS_FRAMES, _RESTLESS_SPEECH_FRAMES = 5, 25
"""Since the last near frame, until what is no speech, and what is, belongs to the room."""
_RESTLESS_STEP_DB, _RESTLESS_SPEECH_STEP_DB = 0.2, 0.05
"""A frame. A talker's soft words are speech, too, and must teach little."""
_STEADY_DB = 1.0
"""Nothing that is steady is speech to the network: it needs no bar."""
_ROOM_FALLS_DB_PER_S = 4.0
"""A gap in what many say at once is no quiet room yet."""
_CROWDED_DB = 5.0
_AFTER_NEAR_FRAMES = 23
"""0.45 s: the end of a word, and a soft one after a loud one."""
_LOUDER_THAN_ROOM_DB = 5.0
_STANDS_OUT_DB = 10.0
_STRICT_DB = 14.0
_STRICT_UNKNOWN_DBFS = -46.0
"""Where nobody can say what is speech: what near talkers exceed, and few noises do."""
_FRAME_S = FRAME_MS / 1000
_FORGET_DB, _SOFTER_DB, _OPEN_DB, _ROOM_FALLS_DB = (
    rate * _FRAME_S
    for rate in (_FORGET_DB_PER_S, _SOFTER_DB_PER_S, _OPEN_DB_PER_S, _ROOM_FALLS_DB_PER_S)
)
_FOLLOW = _FRAME_S / _FOLLOW_S
_WINDOW_FRAMES = 5
_FULL_SCALE = _WINDOW_FRAMES * 32768.0**2
_NOTHING = _FULL_SCALE * 10 ** (SILENCE_DBFS / 10)


class NearGate:
    """For every frame `measure`, then `follow` with what was found out about it.

    Over 20 attributes on purpose: what is known of the talker, of others and of the room is one
    judgement, made 50 times a second for each call.
    """

    __slots__ = (
        "_after_near", "_at", "_deep", "_far_s", "_known_s", "_loudest_other", "_low", "_lows",
        "_near_s", "_other_s", "_over_others", "_over_room", "_powers", "_restless", "_room",
        "_run", "_since_near", "bar", "floor", "level", "peak",
    )  # fmt: skip

    def __init__(self, talker_dbfs: float | None = None) -> None:
        """`talker_dbfs`: the talker's `peak` as it was found before; None: nobody has spoken."""
        self._powers = [0.0] * _WINDOW_FRAMES
        self._at = 0
        self._other_s = 0.0
        self._loudest_other = SILENCE_DBFS
        self._near_s = 0.0
        self._far_s = 0.0
        self._known_s = 0.0 if talker_dbfs is None else _KNOWN_S
        self._after_near = 0
        """Frames for which the bar of a quiet room holds."""
        self._since_near = _RESTLESS_SPEECH_FRAMES + 1
        self._run = 0
        """Frames heard in one piece, since the last stretch of the floor was full."""
        self._low = 0.0
        self._lows: deque[float] = deque(maxlen=_LOWS)
        self._restless = 0.0
        """The median of what is heard of the room, in dB above the floor."""
        self._room = 0.0
        """How much above the floor the room's own sounds are, in dB; 0: a quiet room."""
        self.level = SILENCE_DBFS
        """Of the last 100 ms, in dBFS."""
        self.floor = SILENCE_DBFS
        """Of the quietest 100 ms of the last seconds, in dBFS."""
        self.peak = _UNKNOWN_DBFS if talker_dbfs is None else max(talker_dbfs, _UNKNOWN_DBFS)
        """Of the talker, in dBFS."""
        self.bar = max(_LOWEST_BAR_DBFS, self.peak - DEEPEST_DB)
        """What is not above it is not the talker, in dBFS."""
        self._deep = self._over_others = self.bar
        """What it is where nobody else is heard; what it is without the room's own sounds."""
        self._over_room = SILENCE_DBFS

    @property
    def crowded(self) -> bool:
        """Other voices may be what is heard: what is not near must last to be the talker's."""
        return self._room > _CROWDED_DB

    @property
    def is_clear(self) -> bool:
        """As loud as the talker's own loud sounds, or well above the bar."""
        return self.level > min(self.peak - SHALLOWEST_DB, self.bar + _LOUDER_THAN_ROOM_DB)

    @property
    def stands_out(self) -> bool:
        """Above a room in which nobody else speaks."""
        return self.level > self.floor + _STANDS_OUT_DB and not self.crowded

    def measure(self, power: float, strict: bool, heard: bool = True) -> float:
        """By how many decibels the last 100 ms are above the bar; negative: they are below.

        `strict`: nobody can say what is speech, so the level must do. `heard`: the frame was
        received; what was lost says nothing of the room.
        """
        powers, at = self._powers, self._at
        powers[at] = power
        self._at = at + 1 if at + 1 < _WINDOW_FRAMES else 0
        total = sum(powers)
        self.level = level = 10 * math.log10((total + _NOTHING) / _FULL_SCALE)
        if heard:
            self._run = run = self._run + 1
            if run >= _WINDOW_FRAMES:
                if level < self._low:
                    self._low = level
                    if level < self.floor:
                        self.floor = level
                if run >= _LOW_FRAMES + _WINDOW_FRAMES:
                    self._stretch_is_over()
        else:
            self._run = 0
        bar = self.bar
        if self._after_near:
            self._after_near -= 1
            bar = self._deep
        if strict:
            known = self._known_s >= _KNOWN_S
            bar = max(bar, self.peak - _STRICT_DB if known else _STRICT_UNKNOWN_DBFS)
        return level - bar

    def _stretch_is_over(self) -> None:
        self._lows.append(self._low)
        self._low = 0.0
        self._run = _WINDOW_FRAMES
        self.floor = min(self._lows)

    def turn_begins(self) -> None:
        """The talker may be softer than in the turn before."""
        self._near_s = 0.0

    def follow(self, speech: bool, passed: bool, voiced: bool) -> None:  # noqa: C901
        """Learn from the frame that was measured: `speech` of anybody, that `passed`.

        Over 50 lines and without a call in the common case on purpose: it runs for every frame of
        every call.
        """
        level, peak, bar = self.level, self.peak, self._over_others
        restless = self._restless
        if passed:
            self._known_s += _FRAME_S
            peak -= _FORGET_DB
            if level > peak:
                peak += (level - peak) * _FOLLOW
        if speech and level > peak - SHALLOWEST_DB:
            self._other_s = self._far_s = 0.0
            self._loudest_other = SILENCE_DBFS
            self._near_s += _FRAME_S
            self._since_near = 0
            self._after_near = _AFTER_NEAR_FRAMES
        else:
            self._since_near = since = self._since_near + 1
            # In a turn in which nobody was near yet, speech may be the talker's own.
            known = not speech or self._near_s > 0
            learns = known and since > (_RESTLESS_SPEECH_FRAMES if speech else _RESTLESS_FRAMES)
            if learns and self._run >= _WINDOW_FRAMES:
                # The median, by steps up and down: what is rare and loud moves it little.
                above_db = level - self.floor
                step = _RESTLESS_SPEECH_STEP_DB if speech else _RESTLESS_STEP_DB
                if above_db > restless + 0.5:
                    restless += step if restless < _MOST_RESTLESS_DB else 0.0
                elif above_db < restless - 0.5:
                    restless -= step
                self._restless = restless
            if not speech:
                if not voiced or level < bar - _WELL_BELOW_DB:
                    bar -= _OPEN_DB
            elif self._may_be_softer():
                peak -= _SOFTER_DB
            else:
                bar = self._bar_over_others()
        if peak < _UNKNOWN_DBFS:
            peak = _UNKNOWN_DBFS
        lowest, highest = peak - DEEPEST_DB, peak - SHALLOWEST_DB
        if lowest < _LOWEST_BAR_DBFS:
            lowest = _LOWEST_BAR_DBFS
        if bar < lowest:
            bar = lowest
        if bar > highest:
            bar = highest
        self.peak, self._deep, self._over_others = peak, lowest, bar
        floor, over_room, room = self.floor, SILENCE_DBFS, 0.0
        if floor > _NOISY_DBFS and floor > peak - _NOISY_DB and restless > _STEADY_DB:
            room = min(restless * _RESTLESS_TIMES, _MOST_ROOM_DB)
            over_room = max(floor + room, self._over_room - _ROOM_FALLS_DB)
        self._room, self._over_room = room, over_room
        if over_room > bar:
            bar = min(over_room, highest)
        self.bar = bar

    def _is_room(self) -> bool:
        room = self._room
        return room > _CROWDED_DB and self.level < self.floor + room + _LOUDER_THAN_ROOM_DB

    def _bar_over_others(self) -> float:
        self._other_s += _FRAME_S
        self._loudest_other = loudest = max(self._loudest_other, self.level)
        bar = self.bar
        if self._other_s > _AT_ONCE_S:
            return max(bar, loudest + _ABOVE_LOUDEST_DB)
        if self._other_s <= _SOMEBODY_ELSE_S:
            return self._over_others
        return bar + _CLOSE_DB_PER_S * _FRAME_S if self.level > bar - _ABOVE_OTHERS_DB else bar

    def _may_be_softer(self) -> bool:
        if self._is_room() and (self._near_s or self._other_s < _UNHEARD_S):
            return False
        self._far_s += _FRAME_S
        return self._near_s < _NEAR_S or self._far_s > _SOFTER_AFTER_S
