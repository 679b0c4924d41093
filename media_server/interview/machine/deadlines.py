"""What happens by itself, and when: every state that is not an end has a deadline.

Each status has its own; what is being said, the closed gate and the overall time limit add theirs
in every live state. So a deadline never depends on which way a state was reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import needed_words, pacing
from media_server.interview.machine import (
    confirming,
    connection,
    deciding,
    ending,
    interrupted,
    no_audio,
    opening,
    replying,
    skipping,
    speaking,
    summing_up,
    their_questions,
)
from media_server.interview.machine.draft import Draft, Due
from media_server.interview.machine.requests import pause_because
from media_server.interview.machine.rounds import plan, request_next
from media_server.interview.machine.turns import is_open
from media_server.interview.machine.utterances import request, show_hint, stop
from media_server.interview.state import State
from media_server.interview.status import LIVE, Status, UtteranceKind


def deadline(state: State) -> float | None:
    """When `Tick` is due; None in a terminal state only."""
    return min((due.at_s for due in dues(state)), default=None)


def tick(draft: Draft, _input: inp.Tick) -> None:
    """Fire what is due, earliest first, one at a time: each may change what the others mean."""
    due = min(dues(draft.state), key=lambda due: due.at_s, default=None)
    if due is not None and due.at_s <= draft.now_s:
        due.act(draft)


def dues(state: State) -> Iterable[Due]:
    """All that is to happen by itself from this state on, in no order."""
    own = _BY_STATUS.get(state.status)
    if own is not None:
        yield from own(state)
    if state.status in LIVE:
        if not state.time_up:
            yield _overall_limit(state)
        yield from _gate_dues(state)
        if state.skipped is not None:
            yield Due(state.skipped.at_s + pacing.UNDO_S, "undo", skipping.undo_is_over)
    if state.utterance is not None:
        yield from _utterance_dues(state)


# --- in every live state ---


def _overall_limit(state: State) -> Due:
    left_s = state.spec.limits.total_ms / 1000 - state.active_s
    since_s = state.active_since_s if state.active_since_s is not None else state.entered_s
    return Due(since_s + left_s, "overall time limit", _time_is_up)


def _time_is_up(draft: Draft) -> None:
    draft.emit(ev.TimeUp(reason=f"{draft.state.spec.limits.total_ms / 1000:g} s of conversation"))
    show_hint(draft, "time_up")
    state = draft.state
    if is_open(state):
        draft.emit(ev.TurnClosing(reason="time_limit"))
    elif state.status in (Status.GREETING, Status.ASKING, Status.LISTENING):
        stop(draft, "the time is over")
        plan(draft, None, "the time is over")
        request_next(draft)
    elif state.status is Status.DECIDING:
        request_next(draft)


def _gate_dues(state: State) -> Iterable[Due]:
    if state.gate_closed_s is not None:
        if not is_open(state):  # else the candidate is heard, and the ladder runs
            at_s = max(state.gate_closed_s, state.entered_s) + pacing.GATE_LIMIT_S
            yield Due(at_s, "gate", lambda d: pause_because(d, "nothing could be said for long"))
    elif state.cut_off is not None:
        at_s = state.cut_off.since_s + pacing.SAY_AGAIN_S
        yield Due(at_s, "say again", speaking.say_what_waited)


def _utterance_dues(state: State) -> Iterable[Due]:
    utterance = state.utterance
    if utterance is None:
        return
    if utterance.playing_since_s is not None:
        left_s = utterance.duration_s - utterance.from_s
        at_s = utterance.playing_since_s + left_s + pacing.PLAYOUT_MARGIN_S
        yield Due(at_s, "playout", speaking.playout_overdue)
    elif state.gate_closed_s is None:  # else it waits for the gate
        at_s = utterance.requested_s + pacing.VOICE_DEADLINE_S
        yield Due(at_s, "voice", lambda d: speaking.show_instead(d, "no voice within its deadline"))


# --- before and between conversations ---


def _link_dues(state: State) -> Iterable[Due]:
    at_s = max(state.expires_s + state.clock_ahead_s, state.entered_s)
    yield Due(at_s, "expiry", ending.expire)


def _ready_dues(state: State) -> Iterable[Due]:
    if not state.connected:
        yield from _link_dues(state)
        return
    reason = f"connected for {pacing.START_WAIT_S:g} s without Start"
    at_s = state.connections[-1].connected_at_s + pacing.START_WAIT_S
    yield Due(at_s, "start", lambda d: opening.begin(d, reason))


def _paused_dues(state: State) -> Iterable[Due]:
    left_s = max(0.0, state.spec.limits.pause_budget_ms / 1000 - state.paused_used_s)
    parked = ev.Parked(reason="pause budget used")
    yield Due(state.entered_s + left_s, "pause", lambda d: d.emit(parked))


def _disconnected_dues(state: State) -> Iterable[Due]:
    window_s = state.spec.limits.resume_window_s
    parked = ev.Parked(reason=f"not back within {window_s:g} s")
    yield Due(state.entered_s + window_s, "resume window", lambda d: d.emit(parked))


# --- the bot speaks, or should ---


def _greeting_dues(state: State) -> Iterable[Due]:
    if not state.greeting_text and not state.greeting_heard:
        at_s = state.entered_s + pacing.GREETING_WAIT_AFTER_START_S
        yield Due(at_s, "greeting", lambda d: opening.fall_back(d, "not ready 1 s after Start"))
    elif state.utterance is None and state.cut_off is None:
        yield Due(state.entered_s + pacing.LIVE_STATE_LIMIT_S, "greeting", connection.go_on)


def _speaking_dues(state: State) -> Iterable[Due]:
    if state.utterance is None and state.cut_off is None:
        at_s = state.entered_s + pacing.NOTHING_SAID_S
        yield Due(at_s, "nothing is being said", connection.go_on)


def _deciding_dues(state: State) -> Iterable[Due]:
    if state.awaits_reply:
        yield Due(replying.awaited_until_s(state), "reply", deciding.wait_is_over)
    elif state.utterance is None:
        yield Due(state.entered_s, "nothing was requested", deciding.decide_turn)


# --- the candidate's turn ---


def _listening_dues(state: State) -> Iterable[Due]:
    listening = state.listening
    if listening is None:
        yield from _speaking_dues(state)
        return
    if listening.closing is not None:
        reason = listening.closing
        at_s = listening.closing_since_s + pacing.CLOSE_TURN_S
        yield Due(at_s, "closing the turn", lambda d: deciding.force_turn_end(d, reason))
        return
    gone = no_audio.is_missed(state) is not None
    if (said_at_s := no_audio.said_at_s(state)) is not None:
        yield Due(said_at_s, "no audio comes", no_audio.say)
    if (paused_at_s := no_audio.paused_at_s(state)) is not None:
        yield Due(paused_at_s, "no audio", _pause_without_audio)
    if not gone and (reply_by_s := summing_up.reply_by_s(state)) is not None:
        yield Due(reply_by_s, "no reply about the summary", summing_up.no_reply)
    if not gone and (ask_by_s := their_questions.reply_by_s(state)) is not None:
        yield Due(ask_by_s, "no question of theirs", their_questions.no_reply)
    if state.confirming is not None and not listening.spoke and not gone:
        at_s = listening.quiet_since_s + pacing.CONFIRM_WAIT_S
        yield Due(at_s, "no reply", confirming.no_reply)  # before the ladder, due at the same time
    if listening.spoke:
        at_s = state.entered_s + pacing.longest_turn_s(state.spec, state.max_turn_ms)
        yield Due(at_s, "turn limit", lambda d: deciding.force_turn_end(d, "hard_limit"))
    elif not gone and listening.rung < len(pacing.LADDER):
        at_s = listening.quiet_since_s + pacing.LADDER[listening.rung][0]
        yield Due(at_s, "silence ladder", _climb)
    if (ask_at_s := replying.ask_at_s(state)) is not None:
        yield Due(ask_at_s, "reply ahead", replying.ask)
    judged_at_s = interrupted.judged_at_s(state)
    if judged_at_s is not None:
        yield Due(judged_at_s, "interruption", interrupted.settle)


def _climb(draft: Draft) -> None:
    """One rung of the silence ladder: help, never the end of an interview."""
    listening = draft.state.listening
    if listening is None:
        return
    quiet_s, action = pacing.LADDER[listening.rung]
    draft.emit(ev.LadderReached(rung=listening.rung + 1, quiet_s=quiet_s, action=action))
    if action == "hint":
        show_hint(draft, _quiet_hint(draft.state))
    elif action == "pause":
        stop(draft, "paused")
        pause_because(draft, f"{quiet_s:g} s of quiet")
    elif draft.state.utterance is None:
        request(draft, _LADDER_WORDS[action])


_LADDER_WORDS: dict[str, UtteranceKind] = {
    "take_your_time": "take_your_time",
    "offer_repeat": "offer_repeat",
    "offer_choices": "offer_choices",
}


def _quiet_hint(state: State) -> str:
    if not state.microphone or state.audio_gone is not None:
        return "quiet_text"
    return "quiet_muted" if state.muted else "quiet"


def _pause_without_audio(draft: Draft) -> None:
    stop(draft, "paused")
    pause_because(draft, f"no audio came for {pacing.AUDIO_GONE_PAUSE_S:g} s")


# --- a turn that waits for its words ---

_WAITING = (
    (pacing.PLEASE_WAIT_S, "please_wait"),
    (pacing.OFFER_TYPING_S, "type_instead"),
    (pacing.GO_ON_WITHOUT_S, "went_on"),
)


def _closing_dues(state: State) -> Iterable[Due]:
    if not needed_words.are_awaited(state):
        yield Due(state.entered_s, "every word is there", deciding.decide_turn)
        return
    step = min(state.waiting_step, len(_WAITING) - 1)
    yield Due(state.entered_s + _WAITING[step][0], "late transcripts", _wait_longer)


def _wait_longer(draft: Draft) -> None:
    step = min(draft.state.waiting_step, len(_WAITING) - 1)
    after_s, code = _WAITING[step]
    draft.emit(ev.Waiting(step=step + 1, reason=f"transcripts are late after {after_s:g} s"))
    show_hint(draft, code)
    if code == "went_on":
        deciding.decide_turn(draft)


_BY_STATUS: dict[Status, Callable[[State], Iterable[Due]]] = {
    Status.CREATED: _link_dues,
    Status.JOINED: _link_dues,
    Status.READY: _ready_dues,
    Status.GREETING: _greeting_dues,
    Status.ASKING: _speaking_dues,
    Status.LISTENING: _listening_dues,
    Status.CLOSING_TURN: _closing_dues,
    Status.DECIDING: _deciding_dues,
    Status.WRAP_UP: _speaking_dues,
    Status.PAUSED: _paused_dues,
    Status.DISCONNECTED: _disconnected_dues,
    Status.PARKED: _link_dues,
}
