"""Which prompt comes next, and what becomes of the answer before it."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import summing
from media_server.interview.agenda import Prompt, next_prompt
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.utterances import request
from media_server.interview.phrases import phrase, time_up_words
from media_server.interview.settling import NO_WORD, has_content, is_empty
from media_server.interview.status import AnswerStatus


def request_prompt(draft: Draft, prompt: Prompt) -> None:
    """Have it asked: for the first time, or again."""
    request(draft, "question", prompt.text, prompt.prompt_id)


def request_current(draft: Draft) -> None:
    """Have the current prompt asked again."""
    state, prompt = draft.state, draft.state.prompt
    told = state.summary is not None and state.summary.told_s is not None
    if prompt is not None and prompt.kind == "summary" and told:
        again = phrase("summary_check", state.spec.candidate.locale)
        kind, words = summing.next_words(state) or ("summary_check", again)
        request(draft, kind, words, prompt.prompt_id)
    elif prompt is not None:
        request_prompt(draft, prompt)


def request_next(draft: Draft) -> None:
    """The next prompt of the agenda, or the farewell after the last one."""
    following = next_prompt(draft.state)
    if draft.state.time_up:
        request(draft, "wrap_up", time_up_words(draft.state.spec.candidate.locale))
    elif following is not None:
        request_prompt(draft, following)
    elif summing.is_due(draft.state):
        offer = summing.offer(draft.state.spec.candidate.locale)
        draft.emit(ev.AgendaExtended(prompt=offer, reason="nothing else is left to ask"))
        request_prompt(draft, offer)
    else:
        request(draft, "wrap_up")


def plan(
    draft: Draft, answer: AnswerStatus | None, reason: str, *, awaits_reply: bool = False
) -> None:
    """Decide what becomes of the current answer once the next words are heard; None: stays open."""
    draft.emit(ev.PlanMade(answer=answer, reason=reason, awaits_reply=awaits_reply))


def leave_question(draft: Draft, answer: AnswerStatus, reason: str) -> None:
    """On to the next prompt, or back to the current one after an addition to an earlier."""
    if draft.state.is_answering_earlier:
        plan(draft, None, reason)
        request_current(draft)
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
        status = "cut_short" if has_content(draft.state, answer.prompt.prompt_id) else "no_answer"
    reason = planned.reason if planned is not None else "the interview went on"
    if status in ("answered", "cut_short") and is_empty(draft.state, answer.prompt.prompt_id):
        status, reason = "no_answer", NO_WORD  # the last final came after the plan
    draft.emit(
        ev.AnswerClosed(
            prompt_id=answer.prompt.prompt_id,
            round=answer.prompt.round,
            status=status,
            reason=reason,
        )
    )


def advance(draft: Draft, prompt: Prompt) -> None:
    """On to the next prompt: the only place where the round moves, by exactly one."""
    planned = draft.state.plan
    why = planned.reason if planned is not None else "greeting is over"
    close_answer(draft)
    if prompt.kind == "question" and prompt.round is not None:
        draft.emit(
            ev.RoundAdvanced(
                prompt_id=prompt.prompt_id,
                round=prompt.round,
                question_id=prompt.prompt_id,
                reason=why,
            )
        )
    else:
        draft.emit(ev.PromptAsked(prompt_id=prompt.prompt_id, round=prompt.round, reason=why))
