"""Whether a turn is a question to the interviewer that the FAQ answers. Pure."""

from __future__ import annotations

from media_server.interview import faq
from media_server.interview.faq_form import QUESTION_MARKS
from media_server.interview.state import State, Turn


def match(state: State, turn: Turn) -> faq.FaqMatch | None:
    """The entry that answers the words of this turn, whatever their form."""
    return faq.find(state.spec.faq, turn.text, state.spec.candidate.locale)


def question_match(state: State, turn: Turn) -> faq.FaqMatch | None:
    """The entry that answers this turn, where all of it is a question: the FAQ is the evidence that
    it is one to the interviewer. In writing it must end with a question mark."""
    if not state.spec.faq or not faq.is_question(turn.text, state.spec.candidate.locale):
        return None
    if turn.typed is not None and not turn.typed.rstrip().endswith(QUESTION_MARKS):
        return None
    return match(state, turn)
