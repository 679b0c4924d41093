"""While the bot speaks: its voice comes, is heard, is interrupted, or meets a closed gate."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.agenda import next_prompt
from media_server.interview.machine import (
    asking_us,
    ending,
    interrupted,
    opening,
    replying,
    summing_up,
    their_questions,
)
from media_server.interview.machine.connection import go_on
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.rounds import advance, close_answer, plan, request_next
from media_server.interview.machine.turns import open_turn
from media_server.interview.machine.utterances import break_off, end, heard_so_far_s, request
from media_server.interview.state import State, Utterance
from media_server.interview.status import LADDER_KINDS, LIVE, Status
from media_server.interview.summary_events import SAID_IN_IT
from media_server.interview.utterance_events import UtteranceOutcome


def voice_ready(draft: Draft, input_: inp.VoiceReady) -> None:
    if _is_awaited(draft, input_.utterance_id):
        _start(draft, duration_s=input_.duration_s, spoken=True, reason="")


def voice_failed(draft: Draft, input_: inp.VoiceFailed) -> None:
    if _is_awaited(draft, input_.utterance_id):
        show_instead(draft, input_.reason)


def _is_awaited(draft: Draft, utterance_id: str) -> bool:
    utterance = draft.state.utterance
    return (
        utterance is not None
        and utterance.utterance_id == utterance_id
        and utterance.playing_since_s is None
        and draft.state.gate_closed_s is None  # it is asked for again when the gate opens
    )


def _start(draft: Draft, *, duration_s: float, spoken: bool, reason: str) -> bool:
    """What precedes the first packet: the log learns of it before the candidate does.

    False: it is not to be said any more, and something else was requested.
    """
    state, utterance = draft.state, draft.state.utterance
    if utterance is None:
        return False
    if utterance.kind == "question" and utterance.prompt_id != _current_id(state):
        replying.put_on_agenda(draft, utterance)
        following = next_prompt(draft.state)
        if following is None or following.prompt_id != utterance.prompt_id:
            request_next(draft)  # the agenda has changed since it was requested
            return False
        advance(draft, following)
    elif utterance.kind == "wrap_up":
        if state.status is Status.DECIDING and not state.time_up and next_prompt(state) is not None:
            request_next(draft)  # there is something left to ask after all
            return False
        close_answer(draft)
    draft.emit(
        ev.UtteranceStarted(
            utterance_id=utterance.utterance_id,
            kind=utterance.kind,
            text=utterance.text,
            duration_s=duration_s,
            spoken=spoken,
            reason=reason,
            prompt_id=utterance.prompt_id,
        )
    )
    return True


def _current_id(state: State) -> str:
    return state.prompt.prompt_id if state.prompt is not None else ""


def show_instead(draft: Draft, reason: str) -> None:
    """No voice: the text stands alone and the conversation goes on at once."""
    if not _start(draft, duration_s=0.0, spoken=False, reason=reason):
        return
    said = draft.state.utterance
    end(draft, 0.0, "shown", f"shown, not spoken: {reason}", complete=True)
    after_utterance(draft, said)


def playout_ended(draft: Draft, input_: inp.PlayoutEnded) -> None:
    utterance = draft.state.utterance
    if utterance is None or utterance.utterance_id != input_.utterance_id:
        return
    if utterance.playing_since_s is None:
        return
    outcome: UtteranceOutcome = "heard" if input_.complete else "stopped"
    end(draft, input_.heard_s, outcome, "played", complete=input_.complete)
    after_utterance(draft, utterance)


def playout_overdue(draft: Draft) -> None:
    """Nobody said that it was played: it must have been."""
    said = draft.state.utterance
    duration_s = said.duration_s if said is not None else 0.0
    end(draft, duration_s, "heard", "playout deadline", complete=True)
    after_utterance(draft, said)


def after_utterance(draft: Draft, said: Utterance | None) -> None:
    """The step that follows the utterance which has just ended: `said`, as it was before that."""
    ended = draft.events[-1]
    if not isinstance(ended, ev.UtteranceEnded):
        return
    if ended.kind == "greeting":
        if not (ended.complete and opening.request_rest_of_greeting(draft)):
            _after_greeting(draft)
    elif ended.kind == "bridge":
        request_next(draft)
    elif ended.kind == "wrap_up":
        ending.complete(draft)
    elif ended.kind in LADDER_KINDS:
        return
    elif draft.state.time_up:
        plan(draft, None, "the time is over")
        request_next(draft)
    elif ended.kind in SAID_IN_IT:
        summing_up.go_on(draft)
    elif ended.complete and said is not None and asking_us.goes_on(draft, said):
        return
    elif ended.kind == "faq_answer" and their_questions.is_on(draft.state):
        their_questions.after_answer(draft)
    else:
        asked = ended.kind == "question"
        prompt_id = _current_id(draft.state) if asked else draft.state.answering
        open_turn(draft, "question heard" if asked else ended.kind, prompt_id)


def _after_greeting(draft: Draft) -> None:
    if draft.state.prompt is None:
        request_next(draft)
    else:
        go_on(draft)


# --- speech over the bot's voice, or before it ---


def greeting_interrupted(draft: Draft, input_: inp.BargeIn) -> None:
    if draft.state.utterance is None or draft.state.utterance.playing_since_s is None:
        return
    break_off(draft, input_.heard_s, "interrupted", "barge-in")
    _after_greeting(draft)


def question_interrupted(draft: Draft, input_: inp.BargeIn) -> None:
    utterance = draft.state.utterance
    if utterance is None or utterance.playing_since_s is None:
        return
    interrupted.begin(draft, input_)


def ladder_interrupted(draft: Draft, input_: inp.BargeIn) -> None:
    break_off(draft, input_.heard_s, "interrupted", "barge-in")


def speech_before_reply(draft: Draft, input_: inp.BargeIn) -> None:
    """The candidate goes on before the next question began: the same answer goes on."""
    utterance = draft.state.utterance
    if utterance is not None and utterance.playing_since_s is not None:
        return
    if draft.state.time_up:
        return
    planned = draft.state.plan
    if planned is not None and planned.answer == "skipped":
        return  # a noise is no wish to go back: Undo is
    unjudged = draft.state.interruption is not None  # its words are owed, and these go with them
    reason = "speech resumed before the round advanced"
    open_turn(draft, reason, None, input_.start_s, goes_on=unjudged)


# --- the gate ---


def gate_closed(draft: Draft, _input: inp.GateClosed) -> None:
    """What is being said was cut off, and what is to be said waits."""
    if draft.state.gate_closed_s is None:
        draft.emit(ev.GateChanged(closed=True))
        break_off(draft, heard_so_far_s(draft), "gate_closed", "gate closed")


def gate_opened(draft: Draft, _input: inp.GateOpened) -> None:
    if draft.state.gate_closed_s is not None:
        draft.emit(ev.GateChanged(closed=False))
        say_what_waited(draft)


def play_refused(draft: Draft, input_: inp.PlayRefused) -> None:
    utterance = draft.state.utterance
    if utterance is not None and utterance.utterance_id == input_.utterance_id:
        break_off(draft, 0.0, "gate_closed", "gate closed")


def say_what_waited(draft: Draft) -> None:
    state = draft.state
    waiting = state.cut_off.utterance if state.cut_off is not None else state.utterance
    if state.status in LIVE and waiting is not None:
        request(draft, waiting.kind, waiting.text, waiting.prompt_id, delivery=waiting.delivery)
