"""Which question comes next, and what becomes of the answer before it."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview.events import AnswerStatus
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.utterances import request
from media_server.interview.phrases import TIME_UP_WRAP_UP
from media_server.interview.settling import NO_WORD, has_content, is_empty


def request_question(draft: Draft, round_: int) -> None:
    request(draft, "question", draft.state.spec.questions[round_].text, round_)


def request_next(draft: Draft) -> None:
    """The next question, or the farewell after the last one."""
    following = draft.state.round + 1
    if draft.state.time_up:
        request(draft, "wrap_up", TIME_UP_WRAP_UP)
    elif following < len(draft.state.spec.questions):
        request_question(draft, following)
    else:
        request(draft, "wrap_up")


def plan(draft: Draft, answer: AnswerStatus | None, reason: str) -> None:
    """Decide what becomes of the current answer once the next words are heard; None: stays open."""
    draft.emit(ev.PlanMade(answer=answer, reason=reason))


def leave_question(draft: Draft, answer: AnswerStatus, reason: str) -> None:
    """On to the next question, or back to the current one after an addition to an earlier."""
    if draft.state.answering < draft.state.round:
        plan(draft, None, reason)
        request_question(draft, draft.state.round)
        return
    plan(draft, answer, reason)
    request_next(draft)


def close_answer(draft: Draft) -> None:
    """Give the current answer its status, as planned or as far as it came."""
    answer = draft.state.current
    if answer is None or answer.status != "open":
        return
    planned = draft.state.plan
    status = planned.answer if planned is not None and planned.answer is not None else None
    if status is None:
        status = "cut_short" if has_content(draft.state, draft.state.round) else "no_answer"
    reason = planned.reason if planned is not None else "the interview went on"
    if status in ("answered", "cut_short") and is_empty(draft.state, draft.state.round):
        status, reason = "no_answer", NO_WORD  # the last final came after the plan
    draft.emit(ev.AnswerClosed(round=draft.state.round, status=status, reason=reason))


def advance(draft: Draft, round_: int) -> None:
    """The only place where the round moves, by exactly one."""
    question = draft.state.spec.questions[round_]
    planned = draft.state.plan
    why = planned.reason if planned is not None else "greeting is over"
    close_answer(draft)
    draft.emit(ev.RoundAdvanced(round=round_, question_id=question.id, reason=why))
