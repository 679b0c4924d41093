"""The states of an interview, and the words for what happens to its parts."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class Status(StrEnum):
    CREATED = "created"
    JOINED = "joined"
    DECLINED = "declined"
    READY = "ready"
    GREETING = "greeting"
    ASKING = "asking"
    LISTENING = "listening"
    CLOSING_TURN = "closing_turn"
    DECIDING = "deciding"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    DISCONNECTED = "disconnected"
    PARKED = "parked"
    COMPLETED = "completed"
    ENDED_BY_CANDIDATE = "ended_by_candidate"
    ABANDONED = "abandoned"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"


TERMINAL = frozenset(
    {
        Status.DECLINED,
        Status.COMPLETED,
        Status.ENDED_BY_CANDIDATE,
        Status.ABANDONED,
        Status.EXPIRED,
        Status.CANCELLED,
        Status.FAILED,
    }
)
LIVE = frozenset(
    {
        Status.GREETING,
        Status.ASKING,
        Status.LISTENING,
        Status.CLOSING_TURN,
        Status.DECIDING,
        Status.WRAP_UP,
    }
)
"""The candidate is in conversation; the overall time limit runs."""

UtteranceKind = Literal[
    "greeting",
    "question",
    "repeat",
    "rephrase",
    "take_your_time",
    "offer_repeat",
    "offer_choices",
    "audio_lost",
    "audio_back",
    "lost_you",
    "not_heard",
    "skip_offer",
    "leave_offer",
    "human_note",
    "question_note",
    "faq_answer",
    "trouble_note",
    "confirm_request",
    "go_on",
    "bridge",
    "questions_noted",
    "more_questions",
    "recap",
    "no_summary",
    "nothing_so_far",
    "summary",
    "summary_check",
    "summary_noted",
    "summary_more",
    "summary_ask",
    "wrap_up",
]
AnswerStatus = Literal["not_asked", "open", "answered", "no_answer", "skipped", "cut_short"]
TurnEndReason = Literal[
    "silence",
    "soft_landing",
    "hard_limit",
    "done",
    "typed",
    "skip",
    "time_limit",
    "request",
    "disconnected",
    "paused",
    "left",
    "cancelled",
    "interjection",
    "cut_off_repaired",
]
"""interjection: what had stopped the bot was no answer, and the bot goes on. cut_off_repaired: the
candidate had not finished, and went on over the next question: see the turn after it. It is never
the reason of the event, which came before anybody knew."""
LADDER_KINDS = frozenset(
    {"take_your_time", "offer_repeat", "offer_choices", "audio_lost", "audio_back", "lost_you"}
)
"""Spoken while LISTENING, without leaving it."""
