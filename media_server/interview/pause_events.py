"""The events of the candidate's speech, its pauses and the outages of its line: part of `events`,
which is where they are used from.
"""

from __future__ import annotations

from typing import Literal

from media_server.interview.event import Lazy, Volatile


class SpeechBegan(Volatile):
    type: Literal["speech_began"] = "speech_began"


class SpeechPaused(Volatile):
    type: Literal["speech_paused"] = "speech_paused"
    silence_ms: int = 0
    """How long it has been quiet."""
    spoken_ms: int = 0
    """First speech of the turn to the last."""


class PauseJudged(Volatile):
    """A model of ends of turn says whether more is to come."""

    type: Literal["pause_judged"] = "pause_judged"
    goes_on: float
    """0: that was all; 1: more is to come."""


class SpeechWentOn(Volatile):
    type: Literal["speech_went_on"] = "speech_went_on"
    pause_ms: int = 0
    """How long the pause was; 0: not told."""


class AudioLost(Lazy):
    """More than a second of the open turn never came in one piece; the line is back."""

    type: Literal["audio_lost"] = "audio_lost"
    lost_ms: int
    to_say: bool = False
    """The candidate is to be asked for it again."""
    told_ms: int = 0
    """How much was said to be lost, on the screen: this, and what was too little to speak of before
    it; 0: nothing was said."""


class SilenceExtended(Volatile):
    """The pause that runs may be as long as that, by its words and what is known of the talker."""

    type: Literal["silence_extended"] = "silence_extended"
    reason: str
    """`patience.Reason`."""
    wait_ms: int = 0
    """Before the accommodation."""


class Held(Lazy):
    type: Literal["held"] = "held"
    hold_s: float
    reason: str
    by: Literal["voice", "click"] = "voice"
    """click: in mid-speech it is meant for the next pause."""
