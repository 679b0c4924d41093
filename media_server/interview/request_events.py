"""The events of what a candidate asks for: part of `events`, which is where they are used from."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from media_server.delivery import Delivery
from media_server.interview.event import Lazy, OfPrompt, Volatile
from media_server.interview.spoken_requests import Intent
from media_server.interview.status import AnswerStatus

How = Literal["voice", "click", "typed"]


class FaqAnswer(BaseModel):
    """What was answered to a question to the interviewer, and from what."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    index: int = Field(ge=0)
    """Of the entry in `faq` of the specification."""
    q: str
    """The entry's own question."""
    text: str
    """What the interviewer said: the entry's answer, or that in other words."""


class Requested(OfPrompt, Lazy):
    """Something the candidate asked for, by voice, by click, or in writing."""

    type: Literal["requested"] = "requested"
    intent: str
    by: How
    effect: str
    turn_epoch: int | None = None
    """The turn that was nothing but the request, and so is no part of the answer."""
    text: str = ""
    """What was said; "" for a click."""
    answer: FaqAnswer | None = None
    """Of a question that the FAQ answers, and of the wish to hear that answer again."""
    flags_turn: int | None = None
    """The turn of an answer that is flagged for readers, and stays part of it."""


class DeliverySet(Lazy):
    """How the bot speaks from now on: slower, or louder."""

    type: Literal["delivery_set"] = "delivery_set"
    delivery: Delivery


class ConfirmAsked(OfPrompt, Lazy):
    """A turn looks like a request and may be an answer: the candidate is to be asked which."""

    type: Literal["confirm_asked"] = "confirm_asked"
    intent: Intent
    turn_epoch: int


ConfirmOutcome = Literal["yes", "no", "answer", "none"]
"""none: nobody said which, so the words are the answer."""


class Confirmed(OfPrompt, Lazy):
    """What the candidate said to that, by voice or click; or that the time for it was over."""

    type: Literal["confirmed"] = "confirmed"
    choice: ConfirmOutcome
    by: Literal["voice", "click", "deadline"]
    turn_epoch: int
    """The turn that was asked about."""
    reply_turn_epoch: int | None = None
    """The turn that was nothing but the reply, and so is no part of the answer."""


class AnswerReopened(OfPrompt, Lazy):
    """It was skipped, and that was undone."""

    type: Literal["answer_reopened"] = "answer_reopened"
    status: AnswerStatus
    """As if it had not been skipped."""
    reason: str


class TypedLate(OfPrompt):
    """An answer that was typed to this prompt, and came when another was being answered, or none:
    a turn of its own. The turn that is open, if one is, goes on."""

    type: Literal["typed_late"] = "typed_late"
    turn_epoch: int
    typed: str


class UndoOver(Volatile):
    """A skip can be undone no longer."""

    type: Literal["undo_over"] = "undo_over"
