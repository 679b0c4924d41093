"""The candidate comes, goes, and goes on where the conversation stood."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.machine import asking_us, summing_up
from media_server.interview.machine.deciding import decide_when_heard
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.opening import begin, prepare_greeting, request_greeting
from media_server.interview.machine.pauses import say_what_was_cut_off
from media_server.interview.machine.rounds import plan, request_current, request_next
from media_server.interview.machine.turns import end_turn, is_open, open_turn
from media_server.interview.machine.utterances import request
from media_server.interview.phrases import time_up_words
from media_server.interview.state import State
from media_server.interview.status import Status


def watch_changed(draft: Draft, input_: inp.WatchChanged) -> None:
    """Nothing of the interview moves by it: it is logged, and the candidate's page shows it."""
    if input_.watchers != draft.state.watchers:
        draft.emit(ev.WatchChanged(watchers=input_.watchers, by=input_.by))


def call_connected(draft: Draft, input_: inp.CallConnected) -> None:
    was_open = is_open(draft.state)
    draft.emit(
        ev.Connected(
            connection_epoch=draft.state.connection_epoch + 1,
            media_offset_s=round(input_.media_offset_s, 3),
            microphone=input_.microphone,
            channel=input_.channel,
            resume_hash=input_.resume_hash,
            hidden_turns=hidden_turns(draft.state, input_.resumed_from),
            server=input_.server,
            vanished_s=round(input_.vanished_s, 1) if draft.state.connected else 0.0,
        )
    )
    if was_open:
        end_turn(draft, "disconnected", "superseded by a newer connection")
    prepare_greeting(draft)
    go_on(draft)


def hidden_turns(state: State, resumed_from: int) -> int:
    """The last turn that is not shown to who comes now. A device that was there before sees what it
    saw then; another one, nothing of it."""
    for record in state.connections:
        if record.connection_epoch == resumed_from:
            return record.hidden_turns
    return state.last_turn_epoch if state.connections else 0


def welcome_received(draft: Draft, input_: inp.WelcomeReceived) -> None:
    older = [e for e, _ in draft.state.resume_hashes if e < input_.connection_epoch]
    if older and input_.connection_epoch == draft.state.connection_epoch:
        draft.emit(ev.Welcomed(connection_epoch=input_.connection_epoch))


def call_ended(draft: Draft, input_: inp.CallEnded) -> None:
    if not any(c.connection_epoch == input_.connection_epoch for c in draft.state.connections):
        return
    current = input_.connection_epoch == draft.state.connection_epoch and draft.state.connected
    was_open = is_open(draft.state) and current
    draft.emit(
        ev.Disconnected(
            connection_epoch=input_.connection_epoch,
            reason=input_.reason,
            media_s=round(input_.media_s, 3),
            lost_ms=input_.lost_ms,
            concealed_ms=input_.concealed_ms,
            jitter_ms=round(input_.jitter_ms, 1),
            packets_received=input_.packets_received,
            packets_lost=input_.packets_lost,
            unkept_ms=input_.unkept_ms,
            away_s=round(input_.away_s, 3),
        )
    )
    if was_open:
        end_turn(draft, "disconnected", lost=input_.turn)


def resume_pressed(draft: Draft, _input: inp.ResumePressed) -> None:
    draft.emit(ev.Resumed(reason="asked for by the candidate"))
    go_on(draft)


def _begin_again(draft: Draft) -> None:
    """Nothing was asked yet."""
    state = draft.state
    if state.time_up:
        plan(draft, None, "the time is over")  # a restart forgets what was planned
        request_next(draft)
    elif state.greeting_heard:
        request_next(draft)
    elif state.greeting_text:
        request_greeting(draft)


def go_on(draft: Draft) -> None:
    """Go on where the conversation stood: nothing heard to its end is said again."""
    state = draft.state
    if state.status is Status.READY:
        if not state.channel and state.connected:
            begin(draft, "no data channel, so no Start button")
    elif state.status is Status.PAUSED:
        return
    elif state.status is Status.WRAP_UP:
        locale = state.spec.candidate.locale
        request(draft, "wrap_up", time_up_words(locale) if state.time_up else None)
    elif state.prompt is None:
        _begin_again(draft)
    elif state.status in (Status.CLOSING_TURN, Status.DECIDING):
        decide_when_heard(draft)
    elif asking_us.says_what_was_cut_off(draft):
        return
    elif summing_up.is_on(state) and (state.question_heard or summing_up.is_over(state)):
        summing_up.go_on(draft)
    elif not state.question_heard:
        request_current(draft)
    else:
        open_turn(draft, "the conversation goes on")
        say_what_was_cut_off(draft)
