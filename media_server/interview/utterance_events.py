"""The events of what the bot says: part of `events`, which is where they are used from."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from media_server.delivery import PLAIN, Delivery
from media_server.interview.event import Event, Volatile
from media_server.interview.former import with_outcome
from media_server.interview.status import UtteranceKind


class UtteranceRequested(Volatile):
    type: Literal["utterance_requested"] = "utterance_requested"
    utterance_id: str
    kind: UtteranceKind
    text: str
    prompt_id: str = ""
    """For a question: the prompt it asks, or the current one when that is asked again."""
    delivery: Delivery = PLAIN


class UtteranceStarted(Event):
    """Appended immediately before the first packet."""

    type: Literal["utterance_started"] = "utterance_started"
    utterance_id: str
    kind: UtteranceKind
    text: str
    duration_s: float
    spoken: bool
    reason: str = ""
    prompt_id: str = ""
    """What it asks, or is said about; "" before anything was asked, and in older logs."""
    media_at_s: float | None = None
    """How much of the candidate had been heard then, on the interview's timeline: where the two
    sides lie against each other. None: nothing is heard of them, or an older log."""
    starts_s: tuple[float, ...] = ()
    """Where in the clip each of its sentences begins (`sentences.split_sentences`)."""
    clip: str = ""
    """The name under which the sound is kept beside the recording; "": it is not kept."""


UtteranceOutcome = Literal["heard", "shown", "interrupted", "gate_closed", "stopped"]
"""heard: to its end. shown: no voice, the text stood alone. interrupted: the candidate spoke.
gate_closed: nobody heard the rest, so it is said again. stopped: something else came first."""


class UtteranceEnded(Event):
    type: Literal["utterance_ended"] = "utterance_ended"
    utterance_id: str
    kind: UtteranceKind
    heard_s: float
    complete: bool
    outcome: UtteranceOutcome
    reason: str
    """For people."""
    judged: bool = True
    """False: `InterruptionJudged` says whether who spoke over it meant to interrupt."""
    media_from_s: float | None = None
    """As `UtteranceStarted.media_at_s`, at the moment when its first packet left: known better than
    before. None: it did not leave here, or an older log."""

    _of_former_releases = model_validator(mode="before")(with_outcome)
