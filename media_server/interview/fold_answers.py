"""The state with an answer, or a turn of one, changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from media_server.interview import events as ev
from media_server.interview.replacing import replace
from media_server.interview.state import Answer, Confirming, State, Turn, prompt_id_of


def with_answer(state: State, prompt_id: str, **changes: Any) -> Mapping[str, Answer]:
    answer = state.answers.get(prompt_id)
    if answer is None:
        return state.answers
    return MappingProxyType({**state.answers, prompt_id: replace(answer, **changes)})


def with_turn(state: State, turn_epoch: int, prompt_id: str, at_s: float, **changes: Any) -> State:
    """Change a turn, creating it where the log has not told of it yet."""
    answer = state.answers.get(prompt_id)
    if answer is None:
        return state
    turns = list(answer.turns)
    for index, turn in enumerate(turns):
        if turn.turn_epoch == turn_epoch:
            turns[index] = replace(turn, **changes)
            break
    else:
        begun = Turn(turn_epoch, prompt_id, at_s, connection_epoch=state.connection_epoch)
        turns.append(replace(begun, **changes))
    return replace(state, answers=with_answer(state, prompt_id, turns=tuple(turns)))


def typed_late(s: State, e: ev.TypedLate, at_s: float) -> State:
    prompt_id = prompt_id_of(s.spec, e)
    return with_turn(s, e.turn_epoch, prompt_id, at_s, end_reason="typed", typed=e.typed, late=True)


def confirm_asked(s: State, e: ev.ConfirmAsked, _at_s: float) -> State:
    return replace(s, confirming=Confirming(e.intent, e.turn_epoch))


def confirmed(s: State, e: ev.Confirmed, at_s: float) -> State:
    answers = with_answer(s, e.prompt_id, confirm=e.choice)
    s = replace(s, confirming=None, answers=answers)
    turn = s.turn(e.reply_turn_epoch) if e.reply_turn_epoch is not None else None
    if turn is None:
        return s
    return with_turn(s, turn.turn_epoch, turn.prompt_id, at_s, request="confirm")
