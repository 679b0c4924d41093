"""What is written down about a request, for the log and for who reads the result."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview.machine.draft import Draft
from media_server.interview.request_events import FaqAnswer, How
from media_server.interview.state import Turn

By = How


def note(
    draft: Draft,
    by: By,
    intent: str,
    effect: str,
    prompt_id: str | None = None,
    *,
    answer: FaqAnswer | None = None,
) -> None:
    """Write down what was asked for, in the candidate's words, and at which question: the one that
    is being answered where no other is named. `answer`: what is said to it. Once: a turn that is
    decided again after a lost connection has asked for it already."""
    if is_noted(draft, by, intent):
        return
    state = draft.state
    turn_epoch = _turn_of_request(draft) if by != "click" else None
    turn = state.turn(turn_epoch) if turn_epoch is not None else None
    asked = state.answering if prompt_id is None else prompt_id
    draft.emit(
        ev.Requested(
            intent=intent,
            by=by,
            effect=effect,
            turn_epoch=turn_epoch,
            text=turn.text if turn is not None else "",
            prompt_id=asked,
            round=state.round_of(asked),
            answer=answer,
        )
    )


def is_noted(draft: Draft, by: By, intent: str) -> bool:
    """Whether what this turn asks for was noted before."""
    turn_epoch = _turn_of_request(draft)
    noted = (one.request for one in reversed(draft.state.requests))
    return by != "click" and any(
        (one.turn_epoch, one.intent, one.by) == (turn_epoch, intent, by) for one in noted
    )


def asking_turn(draft: Draft) -> Turn | None:
    """The turn in which somebody asks for something now."""
    return draft.state.turn(_turn_of_request(draft))


def _turn_of_request(draft: Draft) -> int:
    """The turn that has ended; or the one before it, where this one has only said yes to it."""
    for event in draft.events:
        if isinstance(event, ev.Confirmed):
            return event.turn_epoch
    return draft.state.turn_epoch


def note_text(
    draft: Draft, by: By, intent: str, effect: str, text: str, prompt_id: str | None = None
) -> None:
    """Write down words that are no request and no turn of their own, for who reads the result.
    They were said to the prompt that is being answered where they name no other."""
    asked = draft.state.answering if prompt_id is None else prompt_id
    draft.emit(
        ev.Requested(
            intent=intent,
            by=by,
            effect=effect,
            text=text,
            prompt_id=asked,
            round=draft.state.round_of(asked),
        )
    )
