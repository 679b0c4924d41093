"""An answer that was typed to one prompt and comes when another is being answered, or none."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.notes import note_text
from media_server.interview.machine.utterances import show_hint
from media_server.interview.settling import ADDED_TO, settled
from media_server.interview.state import Answer, State


def is_meant_elsewhere(state: State, input_: inp.AnswerTyped) -> bool:
    """Whether it names another prompt than the one that is being answered."""
    return input_.prompt_id not in (None, state.answering)


def take(draft: Draft, input_: inp.AnswerTyped) -> None:
    """Into the answer it was typed to, where that was asked; what goes on now goes on. Else it is
    noted for the result. Either way a hint says so."""
    state = draft.state
    named = state.answers.get(input_.prompt_id) if input_.prompt_id is not None else None
    if named is not None and named.status != "not_asked":
        _add(draft, named, input_.text)
        return
    about = named.prompt.prompt_id if named is not None else ""
    whose = None if input_.prompt_id is None else about
    note_text(draft, "click", "typed_out_of_turn", "noted", input_.text, whose)
    show_hint(draft, "typed_early" if state.prompt is None else "typed_late")


def _add(draft: Draft, answer: Answer, text: str) -> None:
    prompt = answer.prompt
    if answer.turns and answer.turns[-1].typed == text:
        show_hint(draft, "typed_late")  # it was sent twice, and is there
        return
    draft.emit(
        ev.TypedLate(
            prompt_id=prompt.prompt_id,
            round=prompt.round,
            turn_epoch=draft.state.last_turn_epoch + 1,
            typed=text,
        )
    )
    closed = settled(draft.state, prompt.prompt_id)
    if answer.status == "skipped":  # who writes an answer after all has not left it out
        closed = ev.AnswerClosed(
            prompt_id=prompt.prompt_id, round=prompt.round, status="answered", reason=ADDED_TO
        )
    if closed is not None:
        draft.emit(closed)
    show_hint(draft, "typed_added")
