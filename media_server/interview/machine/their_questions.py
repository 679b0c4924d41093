"""The candidate's own questions, after the last one: asked for, answered or passed on, one by one.

A prompt like any other, where the specification wants it. Each of its turns is a question: the FAQ
answers it, or it is noted for the employer; then there may be another. It ends with a no, with
Done and nothing said, after some time of silence, or when there were very many.
"""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import pacing
from media_server.interview.agenda import CANDIDATE_QUESTIONS_ID
from media_server.interview.machine import asking_us
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.notes import By, note
from media_server.interview.machine.rounds import leave_question, plan
from media_server.interview.machine.turns import end_turn
from media_server.interview.machine.utterances import request, stop
from media_server.interview.settling import has_content, said_something
from media_server.interview.state import State, Turn
from media_server.interview.status import UtteranceKind
from media_server.interview.their_replies import reply_to_floor

MAX_QUESTIONS = 30
"""Of one interview: then it goes on, and all of them are noted."""


def is_on(state: State) -> bool:
    return state.answering == CANDIDATE_QUESTIONS_ID and state.prompt is not None


def reply_by_s(state: State) -> float | None:
    """When it goes on without one; None: it does not, or not yet."""
    listening = state.listening
    if not is_on(state) or listening is None or listening.spoke:
        return None
    wait_s = pacing.THEIR_QUESTIONS_S * state.spec.accommodations.time_multiplier
    return listening.quiet_since_s + min(wait_s, pacing.SUMMARY_LONGEST_S)


def no_reply(draft: Draft) -> None:
    stop(draft, "no question came")
    end_turn(draft, "silence", "no reply")
    _over(draft, "no question came")


def follow(draft: Draft, turn: Turn) -> None:
    """A turn of theirs has ended, and asks for nothing else."""
    state = draft.state
    if turn.request:  # noted before a connection was lost
        if not asking_us.says_again(draft, turn):
            _say(draft, "more_questions")
    elif not said_something(state, turn) and not turn.typed:
        _nothing_heard(draft, turn)
    elif (found := reply_to_floor(turn.text, state.spec.candidate.locale)) == "over":
        note(draft, _by(turn), "no_question", "noted")
        _over(draft, "there are no more questions")
    elif found == "announced":
        plan(draft, None, "a question comes")
        request(draft, "go_on")
    elif not asking_us.answered(draft, _by(turn)):
        note(draft, _by(turn), "interviewer_question", "noted")
        _say(draft, "questions_noted")


def after_answer(draft: Draft) -> None:
    """The FAQ has answered one: is there another?"""
    _say(draft, "more_questions")


def _by(turn: Turn) -> By:
    return "voice" if turn.typed is None else "typed"


def _say(draft: Draft, kind: UtteranceKind) -> None:
    state = draft.state
    asked = sum(n.request.prompt_id == CANDIDATE_QUESTIONS_ID for n in state.requests)
    if asked >= MAX_QUESTIONS:
        _over(draft, "there were very many questions")
        return
    plan(draft, None, "there may be another question")
    request(draft, kind)


def _nothing_heard(draft: Draft, turn: Turn) -> None:
    state = draft.state
    if turn.end_reason == "done" or state.answers[CANDIDATE_QUESTIONS_ID].not_heard_said:
        _over(draft, "no question came")
        return
    draft.emit(ev.NotHeard(reason="a turn without a word"))
    plan(draft, None, "nothing was heard, said once")
    request(draft, "not_heard")


def _over(draft: Draft, reason: str) -> None:
    some = has_content(draft.state, CANDIDATE_QUESTIONS_ID)
    leave_question(draft, "answered" if some else "no_answer", reason)
