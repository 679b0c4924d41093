"""What a candidate asks for: said or clicked, one handler each.

A request that was said is the whole of its turn, which has ended by then. A click comes at any
time, so it stops the voice and closes the open turn first.
"""

from __future__ import annotations

from collections.abc import Callable

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import pacing, summing
from media_server.interview.machine import asking_us, saying_again, skipping, summing_up
from media_server.interview.machine.draft import Draft, Handler
from media_server.interview.machine.notes import By, note, note_text
from media_server.interview.machine.rounds import plan
from media_server.interview.machine.turns import end_turn, hold, is_open, leave_turn, open_turn
from media_server.interview.machine.utterances import request, show_hint, stop
from media_server.interview.settling import has_content
from media_server.interview.spoken_requests import Intent
from media_server.interview.status import Status, TurnEndReason

Request = Callable[[Draft, By], None]


# --- one handler for each request ---


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
    hold(draft)


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
    """Answered from the integrator's FAQ where that is sure; otherwise passed on."""
    if asking_us.answered(draft, by):
        return
    note(draft, by, "interviewer_question", "noted")
    plan(draft, None, "a question to the interviewer was noted")
    request(draft, "question_note")


def summarise(draft: Draft, by: By) -> None:
    """What was understood so far: of the answer that is being given, else of those before it. The
    answer goes on after it."""
    state = draft.state
    if state.spec.summary != "offer":
        note(draft, by, "summarise", "not offered")
        plan(draft, None, "a summary was asked for where there is none")
        request(draft, "no_summary")
        return
    if summing_up.is_on(state):
        summing_up.asked_for(draft, by)
        return
    note(draft, by, "summarise", "summed up")
    text = summing.so_far(draft.state)  # without these words
    plan(draft, None, "a summary was asked for")
    request(draft, "recap" if text else "nothing_so_far", text or None)


def trouble(draft: Draft, by: By) -> None:
    """The line, the microphone, the page: what helps is said, and shown to who does not hear it."""
    note(draft, by, "trouble", "noted")
    show_hint(draft, "trouble")
    plan(draft, None, "technical trouble was noted")
    request(draft, "trouble_note")


BY_INTENT: dict[Intent, Request] = {
    "repeat": saying_again.repeat,
    "repeat_last": saying_again.repeat_last,
    "rephrase": saying_again.rephrase,
    "slower": saying_again.slower,
    "louder": saying_again.louder,
    "cannot_hear": saying_again.cannot_hear,
    "skip": skipping.skip,
    "no_idea": skipping.no_idea,
    "pause": pause,
    "think": think,
    "not_finished": not_finished,
    "leave": leave,
    "human": human,
    "interviewer_question": interviewer_question,
    "summarise": summarise,
    "trouble": trouble,
}
LISTENING_ON: frozenset[Intent] = frozenset({"think", "not_finished"})
"""What is asked for is to be listened to: done at once, and the words stay with the answer, where
it is not sure that they were the request."""


def listen_on(draft: Draft, intent: Intent, text: str) -> None:
    """Nothing has to be asked: whether it was the request or not, the turn goes on."""
    note_text(draft, "voice", intent, "held", text)
    open_turn(draft, "it may not be all")
    if intent == "think":
        hold(draft)


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


_skip = clicked(skipping.skip, "skip")


def skip_pressed(draft: Draft, input_: inp.SkipPressed) -> None:
    """Only what was meant: a click that crossed the next question on its way leaves that alone."""
    if input_.prompt_id in (None, draft.state.answering):
        _skip(draft, input_)


def before_reply(handler: Handler) -> Handler:
    """While nothing is said because a reply is awaited. After that the next words are on their way,
    and a click is too late for what they leave behind."""

    def on_click(draft: Draft, input_: inp.Input) -> None:
        if draft.state.awaits_reply:
            handler(draft, input_)

    return on_click


def while_time_is_left(handler: Handler) -> Handler:
    """Where words are awaited, up to 20 s, nobody has to wait for them to be asked something again
    or to leave it out: they are taken in when they come. With the time over the farewell follows,
    whatever is wished."""

    def on_click(draft: Draft, input_: inp.Input) -> None:
        if not draft.state.time_up:
            handler(draft, input_)

    return on_click


def think_pressed(draft: Draft, _input: inp.ThinkPressed) -> None:
    """Nothing is said meanwhile. Again, it is as long from then on. A turn that has just ended goes
    on, for who asks for time is not finished."""
    state, listening = draft.state, draft.state.listening
    if listening is not None:
        if listening.closing is not None:
            return  # Done was pressed, or the time is over
        stop(draft, "interrupted by a click")
    elif state.time_up or (state.plan is not None and state.plan.answer == "skipped"):
        return
    if listening is None or not listening.thinks:
        note(draft, "click", "think", "held")
    if listening is None:
        open_turn(draft, "time to think")
    hold(draft, "click")


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
