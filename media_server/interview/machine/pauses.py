"""A pause in the candidate's turn, and an outage of its line: how long to wait, what to say."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import pacing
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.utterances import request, show_hint
from media_server.interview.patience import patience
from media_server.interview.state import State, Turn


def speech_stopped(draft: Draft, input_: inp.SpeechStopped) -> None:
    if input_.turn_epoch != draft.state.turn_epoch:
        return
    draft.emit(ev.SpeechPaused(silence_ms=input_.pause_ms, spoken_ms=input_.spoken_ms))
    _hold_on(draft)
    judge(draft)
    _say_what_was_lost(draft)


def _think_left_s(draft: Draft) -> float:
    """Of the time to think that was asked for; 0: none."""
    listening = draft.state.listening
    until_s = listening.think_until_s if listening is not None else None
    return 0.0 if until_s is None else max(0.0, round(until_s - draft.now_s, 3))


def _hold_on(draft: Draft) -> None:
    """A pause that has begun lasts for what is left of the time to think."""
    if left_s := _think_left_s(draft):
        draft.emit(ev.Held(hold_s=left_s, reason="asked for time to think"))


def speech_resumed(draft: Draft, input_: inp.SpeechResumed) -> None:
    if input_.turn_epoch == draft.state.turn_epoch:
        draft.emit(ev.SpeechWentOn(pause_ms=input_.pause_ms))


def pause_judged(draft: Draft, input_: inp.PauseJudged) -> None:
    """Of the pause that runs; what was said of an earlier one is of no use."""
    listening = draft.state.listening
    pause = listening.pause if listening is not None else None
    if input_.turn_epoch != draft.state.turn_epoch or pause is None:
        return
    if pause.spoken_ms == input_.spoken_ms:
        draft.emit(ev.PauseJudged(goes_on=input_.goes_on))
        judge(draft)


def judge(draft: Draft) -> None:
    """How long the pause that runs may be, from all that is known of it now."""
    state = draft.state
    listening = state.listening
    pause = listening.pause if listening is not None else None
    if listening is None or pause is None or pause.held or listening.closing is not None:
        return
    turn = state.turn(state.turn_epoch)
    found = patience(
        turn.text if turn is not None else "",
        locale=state.spec.candidate.locale,
        silence_ms=pacing.silence_ms(state.spec.turn, state.pace),
        owed=any(owed.segment.turn_epoch == state.turn_epoch for owed in state.pending.values()),
        pauses_ms=state.pauses_ms,
        goes_on=pause.goes_on,
    )
    if found.wait_ms != pause.wait_ms:
        draft.emit(ev.SilenceExtended(reason=found.reason, wait_ms=found.wait_ms))


def end_where_words_stand_still(draft: Draft, input_: inp.InterimHeard) -> None:
    """The gate has heard somebody speak on, and the recogniser no new word for as long as a pause
    may be, and for `pacing.STILL_WORDS_MS` at least: somebody else speaks, and the turn is over.

    Only where words came; and where none are owed, for a recogniser that is late has not heard
    that nothing was said.
    """
    state, listening = draft.state, draft.state.listening
    if listening is None or not listening.words or listening.closing is not None:
        return
    pause = listening.pause
    held = _think_left_s(draft) > 0 or (pause is not None and pause.held)
    owed = any(one.segment.turn_epoch == state.turn_epoch for one in state.pending.values())
    if held or owed or state.interruption is not None or state.utterance is not None:
        return
    turn = state.turn(state.turn_epoch)
    found = patience(
        f"{turn.text if turn is not None else ''} {input_.text}",
        locale=state.spec.candidate.locale,
        silence_ms=pacing.silence_ms(state.spec.turn, state.pace),
        pauses_ms=state.pauses_ms,
        goes_on=pause.goes_on if pause is not None else None,
    )
    longest_ms = max(found.wait_ms, pacing.STILL_WORDS_MS)
    if input_.still_ms >= longest_ms * state.spec.accommodations.time_multiplier:
        draft.emit(ev.TurnClosing(reason="silence"))


# --- an outage of the line ---


def audio_lost(draft: Draft, input_: inp.AudioLost) -> None:
    """The line is back. Said at the next pause, for the candidate may be speaking; shown now."""
    state = draft.state
    listening = state.listening
    if input_.turn_epoch != state.turn_epoch or listening is None:
        return
    said_s = listening.lost_said_s
    lately = said_s is not None and draft.now_s - said_s < pacing.LOST_AGAIN_S
    lost_ms = listening.lost_ms + input_.lost_ms
    told = lost_ms > pacing.LOST_SAID_MS
    draft.emit(
        ev.AudioLost(
            lost_ms=input_.lost_ms, to_say=told and not lately, told_ms=lost_ms if told else 0
        )
    )
    if not listening.speaking:
        _hold_on(draft)  # nothing else says so where nobody has spoken yet
    if told:
        show_hint(draft, "lost_audio", seconds=round(lost_ms / 1000))


def _say_what_was_lost(draft: Draft) -> None:
    """Once per outage, where nothing else is being said. Not to who has asked for time to think:
    at the next pause after that."""
    state, listening = draft.state, draft.state.listening
    if _think_left_s(draft):
        return
    if listening is None or not listening.lost_to_say or listening.closing is not None:
        return
    if state.utterance is None and not state.time_up:
        request(draft, "lost_you")


def say_what_was_cut_off(draft: Draft) -> None:
    """After a reconnect: whoever was cut off in an answer cannot know what was still heard."""
    turn = _cut_off_turn(draft.state)
    if turn is not None:
        request(draft, "lost_you")


def _cut_off_turn(state: State) -> Turn | None:
    """The turn before the one that is open, if it had words when its connection was lost."""
    before = state.turn_before(state.turn_epoch)
    if before is None or before.end_reason != "disconnected" or before.typed is not None:
        return None
    if before.prompt_id != state.answering:
        return None
    owed = any(o.segment.turn_epoch == before.turn_epoch for o in state.pending.values())
    return before if owed or before.text else None
