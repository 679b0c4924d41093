"""What the bot had said last when the candidate asked for it once more: "slower" after an answer
from the FAQ means that answer, and no question. Pure.

A request that was noted tells what was said to it. Ladder phrases ("take your time") are left out:
who asks for something after them means the question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from media_server.interview.agenda import CANDIDATE_QUESTIONS_ID
from media_server.interview.phrases import phrase
from media_server.interview.request_events import FaqAnswer, Requested
from media_server.interview.state import Noted, State, Turn
from media_server.interview.status import UtteranceKind

_HINTS: Mapping[tuple[str, str], UtteranceKind] = {
    ("interviewer_question", "noted"): "question_note",
    ("human", "noted"): "human_note",
    ("trouble", "noted"): "trouble_note",
    ("no_idea", "offered"): "skip_offer",
    ("leave", "leave offered"): "leave_offer",
}
"""By what was asked for and what came of it."""
_SAYS_IT_AGAIN = frozenset({"repeat_last", "slower", "louder", "cannot_hear"})
"""They say what was said before them: see there."""


@dataclass(frozen=True, slots=True)
class Said:
    kind: UtteranceKind
    text: str
    answer: FaqAnswer | None = None
    """Of `faq_answer`."""


def said_before(state: State, turn: Turn) -> Said | None:
    """What was said last before this turn, which asks for it; None: it means the question."""
    for noted in reversed(state.requests):
        one = noted.request
        if one.prompt_id != state.answering or _spoke_since(state, noted, turn):
            return None
        if one.answer is not None:
            return Said("faq_answer", one.answer.text, one.answer)
        if one.effect == "rephrased":
            return _other_words(state)
        hint = _HINTS.get((one.intent, one.effect))
        if hint == "question_note" and state.answering == CANDIDATE_QUESTIONS_ID:
            hint = "questions_noted"
        if hint is not None:
            return Said(hint, phrase(hint, state.spec.candidate.locale))
        if one.intent not in _SAYS_IT_AGAIN:
            return None
    return None


def _other_words(state: State) -> Said | None:
    given = state.given
    words = given.prompt.clarification if given is not None else None
    return Said("rephrase", words) if words else None


def _spoke_since(state: State, noted: Noted, turn: Turn) -> bool:
    """Whether there is something of an answer between the request and this turn."""
    return any(
        one.text and one.counts and one.turn_epoch < turn.turn_epoch
        for one in state.turns
        if _is_after(one, noted.request, noted.at_s)
    )


def _is_after(turn: Turn, request: Requested, at_s: float) -> bool:
    if request.turn_epoch is not None:
        return turn.turn_epoch > request.turn_epoch
    return turn.opened_s > at_s
