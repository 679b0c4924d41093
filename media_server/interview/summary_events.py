"""The events of a summary, what the state keeps of it, and how they are folded. Pure.

At the end the candidate may hear or read what was understood, and correct it. What the machine does
about that is in `machine.summing_up`, which words are given in `summing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from media_server.interview.event import Event, Lazy
from media_server.interview.status import UtteranceKind

SUMMARY_ID = ":summary"
"""Of its prompt. The colon is in no id of a question."""
SAID_IN_IT: frozenset[UtteranceKind] = frozenset(
    {"summary", "summary_check", "summary_noted", "summary_more", "summary_ask"}
)
"""What the bot says after the offer."""
By = Literal["voice", "text", "click", "deadline"]
Outcome = Literal["confirmed", "declined", "no_reply"]
"""confirmed: the candidate said that it is right, or had no more to correct. declined: it was not
wanted. no_reply: nothing was said for long, so the interview went on."""


Source = Literal["key_sentences", "model", "candidate"]
"""key_sentences: words of the answer, taken out by code. model: words of the answer that a model
chose and said back, checked by code. candidate: what was written in their place."""


class SummarySentence(BaseModel):
    """What was understood of one answer."""

    model_config = ConfigDict(frozen=True)
    prompt_id: str
    text: str
    spoken: bool = True
    """False: of a long interview, shown and not said."""
    source: Source = "key_sentences"


@dataclass(frozen=True, slots=True)
class SentenceAhead:
    """What is given of one answer, prepared while others were given."""

    of: str
    """The words that it tells: of other words it is not used."""
    text: str
    source: Source = "key_sentences"


@dataclass(frozen=True, slots=True)
class SummaryCorrection:
    """What the candidate said about one of them. It stands beside what was heard."""

    prompt_id: str
    """Of the answer; `SUMMARY_ID` where it is not known which was meant."""
    text: str
    original: str
    """What it corrects, as it was given; "": none in particular."""
    by: By
    turn_epoch: int | None
    """Of what was spoken: the turn, whose words may still get better."""
    at_s: float


class SummaryTold(Event):
    """The candidate wanted the summary; again: wanted it once more."""

    type: Literal["summary_told"] = "summary_told"
    sentences: tuple[SummarySentence, ...]
    by: By
    turn_epoch: int
    """The newest turn whose words are in it."""


class SummaryAsked(Lazy):
    """Something is wrong, and the candidate did not say what."""

    type: Literal["summary_asked"] = "summary_asked"
    turn_epoch: int


class SummaryCorrected(Event):
    type: Literal["summary_corrected"] = "summary_corrected"
    prompt_id: str
    text: str
    original: str = ""
    by: By
    turn_epoch: int | None = None
    told_turn: int = 0
    """`SummaryTold.turn_epoch` of what it corrects."""

    def at(self, at_s: float) -> SummaryCorrection:
        return SummaryCorrection(
            prompt_id=self.prompt_id,
            text=self.text,
            original=self.original,
            by=self.by,
            turn_epoch=self.turn_epoch,
            at_s=at_s,
        )


class SummarySettled(Event):
    """Nothing more follows in it."""

    type: Literal["summary_settled"] = "summary_settled"
    outcome: Outcome
    by: By


@dataclass(frozen=True, slots=True)
class Summary:
    """Where the summary stands, from the moment when it was wanted or declined."""

    sentences: tuple[SummarySentence, ...] = ()
    told_s: float | None = None
    """When it was wanted; None: it was not."""
    turn_epoch: int = 0
    """The newest turn whose words are in it."""
    heard_turn: int = 0
    """The newest turn about it that something was done about."""
    next_piece: int = 0
    """Of what is said of it, the first piece that was not heard."""
    remark: UtteranceKind | Literal[""] = ""
    """To be said before it goes on."""
    checked: bool = False
    """Whether it is right was asked, and heard."""
    question: UtteranceKind | Literal[""] = ""
    """What the candidate was asked last in it: "yes" and "no" are said to that."""
    corrections: tuple[SummaryCorrection, ...] = ()
    outcome: Outcome | Literal[""] = ""
    by: By | Literal[""] = ""
    settled_s: float | None = None
