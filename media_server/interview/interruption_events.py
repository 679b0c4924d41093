"""Events of speech over the bot: see `interruptions`."""

from __future__ import annotations

from typing import Literal

from media_server.delivery import PLAIN, Delivery
from media_server.interview.event import Lazy, OfPrompt
from media_server.interview.interruptions import Verdict
from media_server.interview.status import UtteranceKind


class BargedIn(Lazy):
    type: Literal["barged_in"] = "barged_in"
    utterance_id: str
    heard_s: float
    resume_from_s: float
    """Start of the sentence that was cut: where the bot goes on if it was no interruption."""
    start_s: float = 0.0
    """Where the speech began, on this connection's media time."""
    speech_s: float = 0.3
    """How long it had been going on."""
    judged: bool = True
    """False: its words will be judged, and `InterruptionJudged` says what it was."""
    repairs: int = 0
    """The turn of the earlier answer that it may go on with; 0: none."""


SetAside = Literal["", "echo", "backchannel"]


class InterruptionJudged(OfPrompt, Lazy):
    """What it was that had stopped the bot, by its words."""

    type: Literal["interruption_judged"] = "interruption_judged"
    turn_epoch: int
    """Its words are this turn's, and from now on of the answer to the prompt named here."""
    verdict: Verdict
    repairs: int = 0
    """The turn of the earlier answer that turns out to have been cut off; 0: none."""
    question_heard: bool = False
    """The question that was interrupted is not asked again by itself."""

    @property
    def set_aside(self) -> SetAside:
        """Its words are no part of an answer: why."""
        if self.verdict == "echo" or self.verdict == "backchannel":
            return self.verdict
        return ""


class EchoHeard(Lazy):
    """The bot's own voice came back from the candidate's loudspeaker: once per interview."""

    type: Literal["echo_heard"] = "echo_heard"
    by: Literal["words", "signal"]


class UtteranceResumed(Lazy):
    """Nobody meant to interrupt: the bot goes on from the start of the sentence that was cut, or,
    where that was cut more than once, from where it was."""

    type: Literal["utterance_resumed"] = "utterance_resumed"
    utterance_id: str
    kind: UtteranceKind
    text: str
    prompt_id: str = ""
    """As that of `UtteranceStarted`; "" in older logs."""
    duration_s: float
    """Of the whole clip."""
    from_s: float
    again: int = 0
    """How often in a row it goes on at this very sentence."""
    delivery: Delivery = PLAIN
    media_at_s: float | None = None
    """As that of `UtteranceStarted`."""
