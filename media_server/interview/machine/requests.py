"""What a candidate asks for: said or clicked, one handler each.

A request that was said is the whole of its turn, which has ended by then. A click comes at any
time, so it stops the voice and closes the open turn first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import pacing
from media_server.interview.machine.draft import Draft, Handler
from media_server.interview.machine.rounds import leave_question, plan
from media_server.interview.machine.turns import end_turn, is_open, leave_turn, open_turn
from media_server.interview.machine.utterances import request, stop
from media_server.interview.settling import has_content
from media_server.interview.spoken_requests import Intent
from media_server.interview.status import Status, TurnEndReason

By = Literal["voice", "click"]
Request = Callable[[Draft, By], None]


def note(draft: Draft, by: By, intent: str, effect: str) -> None:
    """Write down what was asked for, in the candidate's words, and at which question."""
    state = draft.state
    turn = state.turn(state.turn_epoch) if by == "voice" else None
    draft.emit(
        ev.Requested(
            intent=intent,
            by=by,
            effect=effect,
            turn_epoch=state.turn_epoch if by == "voice" else None,
            text=turn.text if turn is not None else "",
            prompt_id=state.answering,
            round=state.round_of(state.answering),
        )
    )


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


# --- one handler for each request ---


def repeat(draft: Draft, by: By) -> None:
    note(draft, by, "repeat", "repeated")
    _say_question_again(draft)


def _say_question_again(draft: Draft) -> None:
    plan(draft, None, "the question is repeated")
    prompt = draft.state.prompt
    request(draft, "repeat", prompt.text if prompt is not None else None)


def rephrase(draft: Draft, by: By) -> None:
    """The question's clarification, once or twice; without one, the question again."""
    answer = draft.state.current
    other_words = answer.prompt.clarification if answer is not None else None
    if other_words is None or answer is None or answer.rephrased >= pacing.MAX_REPHRASED:
        note(draft, by, "rephrase", "repeated")
        _say_question_again(draft)
        return
    note(draft, by, "rephrase", "rephrased")
    plan(draft, None, "the question is rephrased")
    request(draft, "rephrase", other_words)


def skip(draft: Draft, by: By) -> None:
    """One gentle offer first; the second time the question is left."""
    answer = draft.state.current
    if answer is not None and answer.skip_offered:
        note(draft, by, "skip", "skipped")
        leave_question(draft, "skipped", "skipped by the candidate")
        return
    note(draft, by, "skip", "offered")
    plan(draft, None, "one gentle offer before skipping")
    request(draft, "skip_offer")


def pause(draft: Draft, by: By) -> None:
    note(draft, by, "pause", "paused")
    pause_because(draft, "asked for by voice" if by == "voice" else "asked for by the candidate")


def pause_because(draft: Draft, reason: str) -> None:
    was_open = is_open(draft.state)
    draft.emit(ev.Paused(reason=reason))
    if was_open:
        end_turn(draft, "paused")


def not_finished(draft: Draft, by: By) -> None:
    """Before the next prompt was asked the answer is reopened; afterwards a turn is added to it.

    Back to the earlier answer only while this one is empty; otherwise this one goes on.
    """
    note(draft, by, "not_finished", "reopened")
    state = draft.state
    position = state.position
    current = state.agenda[position].prompt_id
    if position > 0 and not has_content(state, current):
        current = state.agenda[position - 1].prompt_id
    open_turn(draft, "the candidate was not finished", current)


def think(draft: Draft, by: By) -> None:
    note(draft, by, "think", "held")
    open_turn(draft, "time to think")
    draft.emit(ev.Held(hold_s=pacing.THINK_HOLD_S, reason="asked for time to think"))


def leave(draft: Draft, by: By) -> None:
    """Said, it is only offered: one misheard word must not end an interview."""
    note(draft, by, "leave", "leave offered")
    plan(draft, None, "leaving is confirmed with the button")
    request(draft, "leave_offer")


def human(draft: Draft, by: By) -> None:
    note(draft, by, "human", "noted")
    plan(draft, None, "a person was asked for")
    request(draft, "human_note")


def interviewer_question(draft: Draft, by: By) -> None:
    note(draft, by, "interviewer_question", "noted")
    plan(draft, None, "a question to the interviewer was noted")
    request(draft, "question_note")


BY_INTENT: dict[Intent, Request] = {
    "repeat": repeat,
    "rephrase": rephrase,
    "skip": skip,
    "pause": pause,
    "think": think,
    "not_finished": not_finished,
    "leave": leave,
    "human": human,
    "interviewer_question": interviewer_question,
    "repeat_last": repeat,
    "slower": repeat,
    "louder": repeat,
    "cannot_hear": repeat,
    "trouble": repeat,
    "no_idea": skip,
}


# --- clicks ---


def _clear_the_floor(draft: Draft, reason: TurnEndReason) -> None:
    """Stop speaking and listening: a click asks for something else now."""
    stop(draft, "interrupted by a click")
    leave_turn(draft, reason)


def clicked(handle: Request, turn_ends_by: TurnEndReason = "request") -> Handler:
    """The handler of a button that asks for the same as these spoken words."""

    def on_click(draft: Draft, _input: inp.Input) -> None:
        if draft.state.current is None:
            return  # the time was up before anything was asked
        _clear_the_floor(draft, turn_ends_by)
        handle(draft, "click")

    return on_click


def pause_pressed(draft: Draft, _input: inp.PausePressed) -> None:
    """The pause itself stops voice and turn, so that the turn ends as paused."""
    pause(draft, "click")


def not_finished_pressed(draft: Draft, _input: inp.NotFinishedPressed) -> None:
    """While the candidate is heard, more patience; otherwise the answer goes on."""
    state = draft.state
    listening = state.listening
    if listening is not None and (listening.spoke or state.position == 0):
        note(draft, "click", "not_finished", "held")
        draft.emit(ev.Held(hold_s=pacing.THINK_HOLD_S, reason="not finished"))
        return
    if state.time_up:
        return
    _clear_the_floor(draft, "request")
    if state.status in (Status.CLOSING_TURN, Status.DECIDING):
        note(draft, "click", "not_finished", "reopened")
        open_turn(draft, "the candidate was not finished")
    else:
        not_finished(draft, "click")
