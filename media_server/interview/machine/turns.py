"""The candidate's turn: opened, heard, ended. What follows it is decided in `deciding`."""

from __future__ import annotations

from dataclasses import replace

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import needed_words, pacing
from media_server.interview.machine import no_audio
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.notes import By
from media_server.interview.machine.pauses import end_where_words_stand_still, judge
from media_server.interview.machine.utterances import show_hint
from media_server.interview.spoken_requests import recognise
from media_server.interview.state import State
from media_server.interview.status import Status, TurnEndReason


def is_open(state: State) -> bool:
    return state.status is Status.LISTENING and state.listening is not None


def open_turn(
    draft: Draft,
    reason: str,
    prompt_id: str | None = None,
    from_s: float | None = None,
    *,
    goes_on: bool = False,
) -> None:
    """Listen from now on, or from `from_s` of this connection's audio where that is earlier.

    `goes_on`: what the turn before it has interrupted is judged by the words of both.
    """
    state = draft.state
    target = state.answering if prompt_id is None else prompt_id
    draft.emit(
        ev.TurnOpened(
            turn_epoch=state.last_turn_epoch + 1,
            prompt_id=target,
            round=state.round_of(target),
            reason=reason,
            from_s=from_s,
            goes_on=goes_on,
        )
    )
    if reason != "typed":
        no_audio.remind(draft)


def end_turn(
    draft: Draft,
    reason: TurnEndReason,
    detail: str = "",
    *,
    heard: inp.TurnOver | None = None,
    lost: inp.TurnLoss | None = None,
    typed: str | None = None,
) -> None:
    loss = heard or lost or inp.TurnLoss()
    listening = draft.state.listening
    pause = listening.pause if listening is not None else None
    if reason == "silence" and pause is not None and pause.reason != "complete":
        detail = f"{detail}, {pause.reason}"
    if reason == "silence" and listening is not None and listening.closing == "silence":
        detail = "no new words"  # and no silence
    draft.emit(
        ev.TurnEnded(
            turn_epoch=draft.state.turn_epoch,
            prompt_id=draft.state.answering,
            round=draft.state.round_of(draft.state.answering),
            reason=reason,
            detail=detail,
            silence_ms=heard.silence_ms if heard else None,
            start_s=heard.start_s if heard else None,
            end_s=heard.end_s if heard else None,
            typed=typed,
            lost_ms=loss.lost_ms,
            concealed_ms=loss.concealed_ms,
            jitter_ms=round(loss.jitter_ms, 1),
        )
    )


def leave_turn(draft: Draft, reason: TurnEndReason) -> None:
    """Close an open turn because something else happens now."""
    if is_open(draft.state):
        end_turn(draft, reason)


# --- what the receiver hears ---


def speech_started(draft: Draft, input_: inp.SpeechStarted) -> None:
    if input_.turn_epoch == draft.state.turn_epoch:
        draft.emit(ev.SpeechBegan())


def near_limit(draft: Draft, input_: inp.TurnNearLimit) -> None:
    if input_.turn_epoch == draft.state.turn_epoch:
        show_hint(draft, "near_limit", seconds=round(input_.remaining_s))


def segment_ready(draft: Draft, input_: inp.SegmentReady) -> None:
    """Audio is owed a transcript whatever the state is: it was said."""
    segment = input_.segment
    turn_epoch = min(segment.turn_epoch, draft.state.turn_epoch)  # no turn that is yet to come
    turn = draft.state.turn(turn_epoch)
    if turn is None:  # a turn without words so far: they go where those go that it is owed
        pending = draft.state.pending.values()
        owed = (one.prompt_id for one in pending if one.segment.turn_epoch == turn_epoch)
        prompt_id = next(owed, draft.state.answering)
    else:
        prompt_id = turn.prompt_id
    if prompt_id not in draft.state.answers:
        return  # speech over the greeting: no answer that it could belong to
    written = (known.segment_id for other in draft.state.turns for known in other.segments)
    if segment.segment_id in written:
        return  # also where that was in another turn: what was said belongs to one answer
    draft.emit(
        ev.SegmentSubmitted(
            segment=replace(
                segment,
                turn_epoch=turn_epoch,
                start_s=round(segment.start_s, 3),
                end_s=round(segment.end_s, 3),
                level_dbfs=round(segment.level_dbfs, 1),
            ),
            prompt_id=prompt_id,
            round=draft.state.round_of(prompt_id),
        )
    )


# --- words of the open turn ---


def interim_heard(draft: Draft, input_: inp.InterimHeard) -> None:
    if input_.turn_epoch == draft.state.turn_epoch:
        take_in_words(draft, input_.text, interim=input_.text)
        end_where_words_stand_still(draft, input_)


def take_in_words(draft: Draft, text: str, *, interim: str = "") -> None:
    """Words of the open turn: they prove a barge-in, ask for patience, or promise more."""
    listening = draft.state.listening
    if listening is None or not text.strip():
        return
    more = listening.more_than_request or needed_words.exceed_request(draft.state, interim)
    if not listening.words or more != listening.more_than_request:
        draft.emit(ev.WordsHeard(more_than_request=more))
    asked = recognise(text, draft.state.spec.candidate.locale)
    if asked is not None and asked.intent == "think":
        hold(draft)
    else:
        judge(draft)


def hold(draft: Draft, by: By = "voice") -> None:
    """Time to think, which is acknowledged on the screen; nothing is said."""
    listening = draft.state.listening
    if listening is not None and listening.quiet_since_s <= draft.now_s:
        show_hint(draft, "thinking")
    draft.emit(ev.Held(hold_s=pacing.THINK_HOLD_S, reason="asked for time to think", by=by))


# --- what the candidate sets ---


def done_pressed(draft: Draft, _input: inp.DonePressed) -> None:
    """The open segment is closed first, so that its last words belong to the turn."""
    listening = draft.state.listening
    if listening is not None and not listening.closing:
        draft.emit(ev.TurnClosing(reason="done"))


def candidate_types(draft: Draft, _input: inp.CandidateTypes) -> None:
    """Quiet begins again: nobody is spoken to, or paused, while they type. Speech goes its way."""
    state, listening = draft.state, draft.state.listening
    if listening is None or listening.closing is not None:
        return
    limit_s = pacing.longest_typing_s(state.spec, state.max_turn_ms)
    if draft.now_s < state.entered_s + limit_s:
        draft.emit(ev.AnswerGrew())


def pace_chosen(draft: Draft, input_: inp.PaceChosen) -> None:
    if input_.pace != draft.state.pace:
        draft.emit(ev.PaceSet(pace=input_.pace))
        judge(draft)


def mute_changed(draft: Draft, input_: inp.MuteChanged) -> None:
    if input_.muted != draft.state.muted:
        draft.emit(ev.Muted(muted=input_.muted))
