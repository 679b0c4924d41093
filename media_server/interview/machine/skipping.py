"""A question is left out: at once where that was asked for, after an offer where it was not."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.notes import By, note
from media_server.interview.machine.rounds import leave_question, plan
from media_server.interview.machine.turns import leave_turn, open_turn
from media_server.interview.machine.utterances import request, stop
from media_server.interview.settling import has_content
from media_server.interview.state import State
from media_server.interview.status import AnswerStatus


def skip(draft: Draft, by: By) -> None:
    """A skip can be undone for some seconds: see `undo_pressed`."""
    note(draft, by, "skip", "skipped")
    leave_skipped(draft)


def is_skipped(state: State) -> bool:
    """Whether the answer being given was skipped, and nothing was said to it since. A plan does not
    outlive a pause or a connection; that it was asked for does."""
    asked = (n for n in reversed(state.requests) if n.request.prompt_id == state.answering)
    last = next((n for n in asked if n.request.effect in _SKIPPED_OR_NOT), None)
    turn = state.turn(state.turn_epoch)
    if last is None or turn is None or last.request.effect != "skipped":
        return False
    since = turn.opened_s > last.at_s or (turn.typed is not None and turn.opened_s == last.at_s)
    given = state.given.turns if state.given is not None else ()
    typed = any(t.late and t.opened_s >= last.at_s for t in given)
    return turn.prompt_id == state.answering and not since and not typed


_SKIPPED_OR_NOT = ("skipped", "undone", "reopened")


def leave_skipped(draft: Draft) -> None:
    leave_question(draft, "skipped", "skipped by the candidate")


def no_idea(draft: Draft, by: By) -> None:
    """One gentle offer first; the second time the question is left."""
    answer = draft.state.current
    if answer is not None and answer.skip_offered:
        note(draft, by, "no_idea", "skipped")
        leave_skipped(draft)
        return
    note(draft, by, "no_idea", "offered")
    plan(draft, None, "one gentle offer before skipping")
    request(draft, "skip_offer")


def undo_pressed(draft: Draft, _input: inp.SkipUndone) -> None:
    """Back to the question that was skipped, by a turn that is added to its answer: the round never
    goes back. What is asked now is asked again afterwards."""
    state = draft.state
    if state.skipped is None or state.time_up:
        return
    prompt_id = state.skipped.prompt_id
    stop(draft, "interrupted by a click")
    leave_turn(draft, "request")
    note(draft, "click", "undo_skip", "undone", prompt_id)
    if state.answers[prompt_id].status != "open":
        draft.emit(
            ev.AnswerReopened(
                prompt_id=prompt_id,
                round=state.round_of(prompt_id),
                status=_status_again(draft, prompt_id),
                reason="the skip was undone",
            )
        )
    open_turn(draft, "the skip was undone", prompt_id)


def _status_again(draft: Draft, prompt_id: str) -> AnswerStatus:
    """As if it had not been skipped; from here on it follows what is said."""
    state = draft.state
    if state.prompt is not None and state.prompt.prompt_id == prompt_id:
        return "open"
    return "answered" if has_content(state, prompt_id) else "no_answer"


def undo_is_over(draft: Draft) -> None:
    draft.emit(ev.UndoOver())
