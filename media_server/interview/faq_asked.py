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
    if faq.is_echo(turn.text, _heard(state), state.spec.candidate.locale):
        return None
    return match(state, turn)


def _heard(state: State) -> list[str]:
    """What the candidate may be saying back: the question that is being answered, also in other
    words, and the answer that was given to them last."""
    given = state.given
    asked = (noted.request.answer for noted in reversed(state.requests))
    answer = next((found.text for found in asked if found is not None), "")
    prompt = (given.prompt.text, given.prompt.clarification or "") if given is not None else ()
    return [text for text in (*prompt, answer) if text]
