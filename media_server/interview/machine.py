"""The interview machine: everything that decides what happens next stands in this one file.

`decide(state, input, now_s)` looks the pair (status, input) up in `TABLE`, which holds **every**
pair: a handler, or "ignored, because …". It answers events; `state.evolve` folds them, and
`effects.effects` says what the shell has to do. `deadline(state)` names the time at which `Tick`
will move on by itself; every non-terminal state has one, whatever is being said, waits for the
gate, or is listened to in it.

Over 400 lines on purpose: transitions that must agree with each other are read in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import pacing
from media_server.interview.events import LIVE, TERMINAL, Status, TurnEndReason, UtteranceKind
from media_server.interview.intents import classify, looks_like_injection
from media_server.interview.phrases import TIME_UP_WRAP_UP, fallback_greeting, hint, phrase
from media_server.interview.settling import (
    NO_WORD,
    has_content,
    is_empty,
    settled,
    written_later,
)
from media_server.interview.state import LADDER_KINDS, State, evolve


@dataclass(frozen=True, slots=True)
class Ignored:
    """This input changes nothing in this state, and why."""

    reason: str


@dataclass(slots=True)
class Draft:
    """Events decided so far, and the state after them: a handler sees what it has just done."""

    state: State
    now_s: float
    events: list[ev.Event] = field(default_factory=list)

    def emit(self, *events: ev.Event) -> None:
        for event in events:
            self.events.append(event)
            self.state = evolve(self.state, event, self.now_s)


Handler = Callable[[Draft, Any], None]


def decide(state: State, input_: inp.Input, now_s: float) -> list[ev.Event]:
    """The events that this input brings about. Empty: nothing changes."""
    entry = TABLE[state.status, type(input_)]
    if isinstance(entry, Ignored):
        return []
    draft = Draft(state, now_s)
    entry(draft, input_)
    return draft.events


# --- the bot speaks ---


def _request(
    draft: Draft, kind: UtteranceKind, text: str | None = None, round_: int | None = None
) -> None:
    state = draft.state
    words = text if text is not None else phrase(kind, state.spec.candidate.locale)
    utterance_id = f"u-{state.utterances + 1}"
    target = state.round if round_ is None else round_
    draft.emit(
        ev.UtteranceRequested(utterance_id=utterance_id, kind=kind, text=words, round=target)
    )


def _request_question(draft: Draft, round_: int) -> None:
    _request(draft, "question", draft.state.spec.questions[round_].text, round_)


def _request_next(draft: Draft) -> None:
    """The next question, or the farewell after the last one."""
    following = draft.state.round + 1
    if draft.state.time_up:
        _request(draft, "wrap_up", TIME_UP_WRAP_UP)
    elif following < len(draft.state.spec.questions):
        _request_question(draft, following)
    else:
        _request(draft, "wrap_up")


def _start_utterance(draft: Draft, *, duration_s: float, spoken: bool, reason: str) -> None:
    """What precedes the first packet: the log learns of it before the candidate does."""
    state, utterance = draft.state, draft.state.utterance
    if utterance is None:
        return
    advances = utterance.kind == "question" and utterance.round == state.round + 1
    if advances or utterance.kind == "wrap_up":
        _close_answer(draft)
    if advances:
        question = state.spec.questions[utterance.round]
        why = state.plan.reason if state.plan is not None else "greeting is over"
        draft.emit(ev.RoundAdvanced(round=utterance.round, question_id=question.id, reason=why))
    draft.emit(
        ev.UtteranceStarted(
            utterance_id=utterance.utterance_id,
            kind=utterance.kind,
            text=utterance.text,
            duration_s=duration_s,
            spoken=spoken,
            reason=reason,
        )
    )


def _close_answer(draft: Draft) -> None:
    answer = draft.state.current
    if answer is None or answer.status != "open":
        return
    plan = draft.state.plan
    status = plan.answer if plan is not None and plan.answer is not None else None
    if status is None:
        status = "cut_short" if has_content(draft.state, draft.state.round) else "no_answer"
    reason = plan.reason if plan is not None else "the interview went on"
    if status in ("answered", "cut_short") and is_empty(draft.state, draft.state.round):
        status, reason = "no_answer", NO_WORD  # the last final came after the plan
    draft.emit(ev.AnswerClosed(round=draft.state.round, status=status, reason=reason))


def _voice_ready(draft: Draft, input_: inp.VoiceReady) -> None:
    utterance = draft.state.utterance
    if _awaited(draft, input_.utterance_id) and utterance is not None:
        _start_utterance(draft, duration_s=input_.duration_s, spoken=True, reason="")


def _voice_failed(draft: Draft, input_: inp.VoiceFailed) -> None:
    if _awaited(draft, input_.utterance_id):
        _show(draft, input_.reason)


def _show(draft: Draft, reason: str) -> None:
    """No voice: the text stands alone and the conversation goes on at once."""
    _start_utterance(draft, duration_s=0.0, spoken=False, reason=reason)
    _end_utterance(draft, 0.0, complete=True, reason=f"shown, not spoken: {reason}")
    _after_utterance(draft)


def _awaited(draft: Draft, utterance_id: str) -> bool:
    utterance = draft.state.utterance
    return (
        utterance is not None
        and utterance.utterance_id == utterance_id
        and utterance.playing_since_s is None
        and draft.state.gate_closed_s is None  # it is asked for again when the gate opens
    )


def _playout_ended(draft: Draft, input_: inp.PlayoutEnded) -> None:
    utterance = draft.state.utterance
    if utterance is None or utterance.utterance_id != input_.utterance_id:
        return
    if utterance.playing_since_s is None:
        return
    _end_utterance(draft, input_.heard_s, complete=input_.complete, reason="played")
    _after_utterance(draft)


def _gate_closed(draft: Draft, _input: inp.GateClosed) -> None:
    """What is being said was cut off, and what is to be said waits."""
    if draft.state.gate_closed_s is None:
        draft.emit(ev.GateChanged(closed=True))
        _interrupt(draft, _heard_so_far(draft), ev.GATE_CLOSED)


def _gate_opened(draft: Draft, _input: inp.GateOpened) -> None:
    if draft.state.gate_closed_s is not None:
        draft.emit(ev.GateChanged(closed=False))
        _say_what_waited(draft)


def _say_what_waited(draft: Draft) -> None:
    state = draft.state
    waiting = state.cut_off.utterance if state.cut_off is not None else state.utterance
    if state.status in LIVE and waiting is not None:
        _request(draft, waiting.kind, waiting.text, waiting.round)


def _play_refused(draft: Draft, input_: inp.PlayRefused) -> None:
    utterance = draft.state.utterance
    if utterance is not None and utterance.utterance_id == input_.utterance_id:
        _interrupt(draft, 0.0, ev.GATE_CLOSED)


def _end_utterance(draft: Draft, heard_s: float, *, complete: bool, reason: str) -> None:
    utterance = draft.state.utterance
    if utterance is None:
        return
    draft.emit(
        ev.UtteranceEnded(
            utterance_id=utterance.utterance_id,
            kind=utterance.kind,
            heard_s=round(heard_s, 3),
            complete=complete,
            reason=reason,
        )
    )


def _after_utterance(draft: Draft) -> None:
    """The step that follows the utterance which has just ended."""
    ended = draft.events[-1]
    if not isinstance(ended, ev.UtteranceEnded):
        return
    if ended.kind == "greeting":
        _after_greeting(draft)
    elif ended.kind == "bridge":
        _request_next(draft)
    elif ended.kind == "wrap_up":
        _complete(draft)
    elif ended.kind in LADDER_KINDS:
        return
    elif draft.state.time_up:
        _plan(draft, None, "the time is over")
        _request_next(draft)
    else:
        round_ = draft.state.round if ended.kind == "question" else draft.state.answering
        _open_turn(draft, "question heard" if ended.kind == "question" else ended.kind, round_)


def _after_greeting(draft: Draft) -> None:
    if draft.state.round < 0:
        _request_next(draft)
    else:
        _continue(draft)


def _complete(draft: Draft) -> None:
    reason = "the time was over" if draft.state.time_up else "all questions were asked"
    draft.emit(ev.Ended(status=Status.COMPLETED, reason=reason))


def _interrupt(draft: Draft, heard_s: float, reason: str) -> None:
    if draft.state.utterance is None:
        return
    if draft.state.utterance.playing_since_s is not None:
        _end_utterance(draft, heard_s, complete=False, reason=reason)


def _heard_so_far(draft: Draft) -> float:
    utterance = draft.state.utterance
    if utterance is None or utterance.playing_since_s is None:
        return 0.0
    return min(max(0.0, draft.now_s - utterance.playing_since_s), utterance.duration_s)


# --- the candidate speaks ---


def _open_turn(
    draft: Draft, reason: str, round_: int | None = None, from_s: float | None = None
) -> None:
    target = draft.state.answering if round_ is None else round_
    draft.emit(
        ev.TurnOpened(
            turn_epoch=draft.state.turn_epoch + 1, round=target, reason=reason, from_s=from_s
        )
    )
    if draft.state.audio_gone_s is not None and reason != "typed":
        _show_hint(draft, "audio_lost")


def _end_turn(
    draft: Draft,
    reason: TurnEndReason,
    detail: str = "",
    *,
    heard: inp.TurnOver | None = None,
    lost: inp.TurnLoss | None = None,
    typed: str | None = None,
) -> None:
    loss = heard or lost or inp.TurnLoss()
    draft.emit(
        ev.TurnEnded(
            turn_epoch=draft.state.turn_epoch,
            round=draft.state.answering,
            reason=reason,
            detail=detail,
            start_s=heard.start_s if heard else None,
            end_s=heard.end_s if heard else None,
            typed=typed,
            lost_ms=loss.lost_ms,
            concealed_ms=loss.concealed_ms,
            jitter_ms=round(loss.jitter_ms, 1),
        )
    )


def _turn_is_open(state: State) -> bool:
    return state.status is Status.LISTENING and state.listening is not None


def _leave_turn(draft: Draft, reason: TurnEndReason) -> None:
    """Close an open turn because something else happens now."""
    if _turn_is_open(draft.state):
        _end_turn(draft, reason)


def _speech_started(draft: Draft, input_: inp.SpeechStarted) -> None:
    if input_.turn_epoch == draft.state.turn_epoch:
        draft.emit(ev.SpeechBegan())


def _speech_stopped(draft: Draft, input_: inp.SpeechStopped) -> None:
    if input_.turn_epoch == draft.state.turn_epoch:
        draft.emit(ev.SpeechPaused())


def _speech_resumed(draft: Draft, input_: inp.SpeechResumed) -> None:
    if input_.turn_epoch == draft.state.turn_epoch:
        draft.emit(ev.SpeechWentOn())


def _near_limit(draft: Draft, input_: inp.TurnNearLimit) -> None:
    if input_.turn_epoch != draft.state.turn_epoch:
        return
    locale = draft.state.spec.candidate.locale
    text = hint("near_limit", locale, seconds=round(input_.remaining_s))
    draft.emit(ev.Noticed(code="near_limit", text=text))


def _show_hint(draft: Draft, code: str) -> None:
    draft.emit(ev.Noticed(code=code, text=hint(code, draft.state.spec.candidate.locale)))


def _audio_stopped(draft: Draft, input_: inp.AudioStopped) -> None:
    """A dead microphone: said on the screen at once, and aloud where it is the candidate's turn."""
    state = draft.state
    if state.muted or not state.microphone:
        return  # the candidate knows
    draft.emit(ev.AudioStopped(quiet_s=round(input_.quiet_s, 3)))
    _show_hint(draft, "audio_lost")
    listening = state.listening
    if listening is not None and not listening.closing and state.utterance is None:
        _request(draft, "audio_lost")


def _audio_returned(draft: Draft, _input: inp.AudioReturned) -> None:
    if draft.state.audio_gone_s is not None:
        draft.emit(ev.AudioReturned())


def _segment_ready(draft: Draft, input_: inp.SegmentReady) -> None:
    """Audio is owed a transcript whatever the state is: it was said."""
    turn = draft.state.turn(input_.turn_epoch)
    # `answering` is 0 before the first question, too: that audio is no answer to it.
    asked = draft.state.answering if draft.state.round >= 0 else -1
    round_ = turn.round if turn is not None else asked
    if not 0 <= round_ < len(draft.state.answers):
        return  # speech over the greeting: no answer that it could belong to
    if turn is not None and any(s.segment_id == input_.segment_id for s in turn.segments):
        return
    draft.emit(
        ev.SegmentSubmitted(
            segment_id=input_.segment_id,
            turn_epoch=input_.turn_epoch,
            round=round_,
            start_s=round(input_.start_s, 3),
            end_s=round(input_.end_s, 3),
            speech_ms=input_.speech_ms,
            lost_ms=input_.lost_ms,
            concealed_ms=input_.concealed_ms,
            level_dbfs=round(input_.level_dbfs, 1),
        )
    )


def _segment_heard(draft: Draft, input_: inp.SegmentHeard) -> None:
    pending = draft.state.pending.get(input_.segment_id)
    if pending is None:
        return  # late or twice: the first final stands
    draft.emit(
        ev.SegmentTranscribed(
            segment_id=pending.segment_id,
            turn_epoch=pending.turn_epoch,
            round=pending.round,
            start_s=pending.start_s,
            end_s=pending.end_s,
            text=input_.text,
            words=input_.words,
            engine=input_.engine,
            model=input_.model,
            language=input_.language,
            confidence=input_.confidence,
            speech_ms=pending.speech_ms,
            lost_ms=pending.lost_ms,
            concealed_ms=pending.concealed_ms,
            level_dbfs=pending.level_dbfs,
            untranscribed=input_.failed,
            rejected=input_.rejected,
            rejected_text=input_.rejected_text,
        )
    )
    if (closed := settled(draft.state, pending.round)) is not None:
        draft.emit(closed)
    if draft.state.status is Status.LISTENING and pending.turn_epoch == draft.state.turn_epoch:
        _words(draft, input_.text)
    elif draft.state.status is Status.CLOSING_TURN:
        _decide_when_heard(draft)


def _heard_again(draft: Draft, input_: inp.HeardAgain) -> None:
    """Into its old place, whatever goes on now: nothing but a status can follow from it."""
    segment = written_later(draft.state, input_)
    if segment is None:
        return
    draft.emit(segment)
    if (closed := settled(draft.state, segment.round)) is not None:
        draft.emit(closed)


def _interim_heard(draft: Draft, input_: inp.InterimHeard) -> None:
    if input_.turn_epoch == draft.state.turn_epoch:
        _words(draft, input_.text)


def _words(draft: Draft, text: str) -> None:
    """Words of the open turn: they prove a barge-in, ask for patience, or promise more."""
    listening = draft.state.listening
    if listening is None or not text.strip():
        return
    if not listening.words:
        draft.emit(ev.WordsHeard())
    if classify(text) == "think":
        draft.emit(ev.Held(hold_s=pacing.THINK_HOLD_S, reason="asked for time to think"))
    elif not listening.extended and pacing.is_unfinished(text):
        draft.emit(ev.SilenceExtended(reason="the words so far are unfinished"))


def _turn_over(draft: Draft, input_: inp.TurnOver) -> None:
    if input_.turn_epoch != draft.state.turn_epoch:
        return
    _end_turn(draft, input_.reason, input_.detail, heard=input_)
    _decide_when_heard(draft)


def _barge_in_question(draft: Draft, input_: inp.BargeIn) -> None:
    utterance = draft.state.utterance
    if utterance is None or utterance.playing_since_s is None:
        return
    draft.emit(
        ev.BargedIn(
            utterance_id=utterance.utterance_id,
            heard_s=round(input_.heard_s, 3),
            resume_from_s=round(input_.resume_from_s, 3),
        )
    )
    _end_utterance(draft, input_.heard_s, complete=False, reason="barge-in")
    if draft.state.time_up:
        _request_next(draft)
        return
    round_ = draft.state.round if utterance.kind == "question" else draft.state.answering
    _open_turn(draft, "barge-in", round_, input_.start_s)


def _barge_in_greeting(draft: Draft, input_: inp.BargeIn) -> None:
    if draft.state.utterance is None or draft.state.utterance.playing_since_s is None:
        return
    _interrupt(draft, input_.heard_s, "barge-in")
    _after_greeting(draft)


def _barge_in_ladder(draft: Draft, input_: inp.BargeIn) -> None:
    _interrupt(draft, input_.heard_s, "barge-in")


def _speech_before_reply(draft: Draft, input_: inp.BargeIn) -> None:
    """The candidate goes on before the next question began: the same answer goes on."""
    utterance = draft.state.utterance
    if utterance is not None and utterance.playing_since_s is not None:
        return
    if draft.state.time_up:
        return
    _open_turn(draft, "speech resumed before the round advanced", None, input_.start_s)


# --- what follows a turn ---


def _pending_of_answer(state: State) -> bool:
    return any(segment.round == state.answering for segment in state.pending.values())


def _decide_when_heard(draft: Draft) -> None:
    if not _pending_of_answer(draft.state):
        _decide_turn(draft)


def _plan(draft: Draft, answer: ev.AnswerStatus | None, reason: str) -> None:
    draft.emit(ev.PlanMade(answer=answer, reason=reason))


def _decide_turn(draft: Draft) -> None:
    """A turn has ended and its words are there (or given up): choose what follows."""
    state = draft.state
    turn = state.turn(state.turn_epoch)
    if turn is None:
        _request_next(draft)  # the time was up before anything was asked
        return
    if state.time_up:
        answered = has_content(state, state.round) if state.round >= 0 else False
        _plan(draft, "cut_short" if answered else "no_answer", "the time is over")
        _request_next(draft)
        return
    intent = classify(turn.text) if turn.typed is None else None
    if looks_like_injection(turn.text):
        _note(draft, "injection", "voice", "flagged", text=turn.text)
    if intent is not None:
        _ON_INTENT[intent](draft)
    elif has_content(state, state.answering):
        _answered(draft, turn.end_reason)
    elif not state.answers[state.answering].not_heard_said:
        draft.emit(ev.NotHeard(reason="a turn without a word"))
        _plan(draft, None, "nothing was heard, said once")
        _request(draft, "not_heard")
    else:
        _leave_question(draft, "no_answer", "nothing was heard twice")


def _answered(draft: Draft, end_reason: str) -> None:
    if draft.state.answering < draft.state.round:
        _plan(draft, None, "the earlier answer was added to")
        _request_question(draft, draft.state.round)
        return
    _plan(draft, "answered", f"answered, turn ended by {end_reason}")
    if end_reason in ("soft_landing", "hard_limit"):
        _request(draft, "bridge")
    else:
        _request_next(draft)


def _leave_question(draft: Draft, answer: ev.AnswerStatus, reason: str) -> None:
    if draft.state.answering < draft.state.round:
        _plan(draft, None, reason)
        _request_question(draft, draft.state.round)
        return
    _plan(draft, answer, reason)
    _request_next(draft)


def _spoken(draft: Draft, intent: str, effect: str) -> None:
    epoch = draft.state.turn_epoch
    turn = draft.state.turn(epoch)
    _note(draft, intent, "voice", effect, epoch, turn.text if turn is not None else "")


def _note(
    draft: Draft,
    intent: str,
    by: Literal["voice", "click"],
    effect: str,
    turn_epoch: int | None = None,
    text: str = "",
) -> None:
    """Write down what was asked for, in the candidate's words, and at which question."""
    round_ = draft.state.answering if draft.state.round >= 0 else None
    draft.emit(
        ev.Requested(
            intent=intent, by=by, effect=effect, turn_epoch=turn_epoch, text=text, round=round_
        )
    )


def _on_repeat(draft: Draft) -> None:
    _spoken(draft, "repeat", "repeated")
    _say_again(draft)


def _say_again(draft: Draft) -> None:
    _plan(draft, None, "the question is repeated")
    answer = draft.state.current
    _request(draft, "repeat", answer.asked_text if answer is not None else None)


def _on_rephrase(draft: Draft) -> None:
    _rephrase(draft, "voice")


def _rephrase(draft: Draft, by: str) -> None:
    """The question's clarification, once or twice; without one, the question again."""
    question = draft.state.spec.questions[draft.state.round]
    answer = draft.state.current
    can = question.clarification is not None and answer is not None and answer.rephrased < 2
    effect = "rephrased" if can else "repeated"
    if by == "voice":
        _spoken(draft, "rephrase", effect)
    else:
        _clicked(draft, "rephrase", effect)
    if can:
        _plan(draft, None, "the question is rephrased")
        _request(draft, "rephrase", question.clarification)
    else:
        _say_again(draft)


def _on_skip(draft: Draft) -> None:
    answer = draft.state.current
    if answer is not None and answer.skip_offered:
        _spoken(draft, "skip", "skipped")
        _leave_question(draft, "skipped", "skipped by the candidate")
        return
    _spoken(draft, "skip", "offered")
    _plan(draft, None, "one gentle offer before skipping")
    _request(draft, "skip_offer")


def _on_pause(draft: Draft) -> None:
    _spoken(draft, "pause", "paused")
    draft.emit(ev.Paused(reason="asked for by voice"))


def _on_think(draft: Draft) -> None:
    _spoken(draft, "think", "held")
    _open_turn(draft, "time to think")
    draft.emit(ev.Held(hold_s=pacing.THINK_HOLD_S, reason="asked for time to think"))


def _on_not_finished(draft: Draft) -> None:
    _spoken(draft, "not_finished", "reopened")
    _reopen(draft)


def _reopen(draft: Draft) -> None:
    """Back to the earlier answer while this one is empty; otherwise this one goes on."""
    round_ = draft.state.round
    if round_ > 0 and not has_content(draft.state, round_):
        round_ -= 1
    _open_turn(draft, "the candidate was not finished", round_)


def _on_leave(draft: Draft) -> None:
    _spoken(draft, "leave", "leave offered")
    _plan(draft, None, "leaving is confirmed with the button")
    _request(draft, "leave_offer")


def _on_human(draft: Draft) -> None:
    _spoken(draft, "human", "noted")
    _plan(draft, None, "a person was asked for")
    _request(draft, "human_note")


def _on_question(draft: Draft) -> None:
    _spoken(draft, "interviewer_question", "noted")
    _plan(draft, None, "a question to the interviewer was noted")
    _request(draft, "question_note")


_ON_INTENT: dict[str, Callable[[Draft], None]] = {
    "repeat": _on_repeat,
    "rephrase": _on_rephrase,
    "skip": _on_skip,
    "pause": _on_pause,
    "think": _on_think,
    "not_finished": _on_not_finished,
    "leave": _on_leave,
    "human": _on_human,
    "interviewer_question": _on_question,
}


# --- clicks ---


def _done(draft: Draft, _input: inp.DonePressed) -> None:
    listening = draft.state.listening
    if listening is not None and not listening.closing:
        draft.emit(ev.TurnClosing(reason="done"))


def _clicked(draft: Draft, intent: str, effect: str) -> None:
    _note(draft, intent, "click", effect)


def _clear_the_floor(draft: Draft, reason: TurnEndReason) -> None:
    """Stop speaking and listening: a click asks for something else now."""
    _interrupt(draft, _heard_so_far(draft), "interrupted by a click")
    _leave_turn(draft, reason)


def _repeat(draft: Draft, _input: inp.RepeatPressed) -> None:
    _clear_the_floor(draft, "request")
    _clicked(draft, "repeat", "repeated")
    _say_again(draft)


def _rephrase_clicked(draft: Draft, _input: inp.RephrasePressed) -> None:
    _clear_the_floor(draft, "request")
    _rephrase(draft, "click")


def _skip(draft: Draft, _input: inp.SkipPressed) -> None:
    answer = draft.state.current
    if answer is None:
        return
    _clear_the_floor(draft, "skip")
    if answer.skip_offered:
        _clicked(draft, "skip", "skipped")
        _leave_question(draft, "skipped", "skipped by the candidate")
    else:
        _clicked(draft, "skip", "offered")
        _plan(draft, None, "one gentle offer before skipping")
        _request(draft, "skip_offer")


def _not_finished(draft: Draft, _input: inp.NotFinishedPressed) -> None:
    """Before the round advanced the answer is reopened; afterwards a turn is added to it."""
    state = draft.state
    listening = state.listening
    if listening is not None and (listening.spoke or state.round == 0):
        _clicked(draft, "not_finished", "held")
        draft.emit(ev.Held(hold_s=pacing.THINK_HOLD_S, reason="not finished"))
        return
    if state.time_up:
        return
    _clear_the_floor(draft, "request")
    _clicked(draft, "not_finished", "reopened")
    if state.status in (Status.CLOSING_TURN, Status.DECIDING):
        _open_turn(draft, "the candidate was not finished")
    else:
        _reopen(draft)


def _typed(draft: Draft, input_: inp.AnswerTyped) -> None:
    """A typed answer ends the turn at once; what was said before it stays with it."""
    if draft.state.round < 0:
        _typed_out_of_turn(draft, input_)
        return
    _interrupt(draft, _heard_so_far(draft), "answer typed")
    listening = draft.state.listening
    if draft.state.status is not Status.LISTENING or listening is None or listening.spoke:
        _leave_turn(draft, "typed")
        _open_turn(draft, "typed")
    _end_turn(draft, "typed", typed=input_.text)
    _decide_turn(draft)


def _typed_while_deciding(draft: Draft, input_: inp.AnswerTyped) -> None:
    """Until the next question begins the same answer goes on, as it does for speech."""
    turn = draft.state.turn(draft.state.turn_epoch)
    if turn is None or turn.typed != input_.text:  # else it was sent twice, and is there
        _typed(draft, input_)


def _typed_while_paused(draft: Draft, input_: inp.AnswerTyped) -> None:
    """The pause crossed an answer on its way: who sends one is there, so it is taken.

    For the question that was open before the pause; where none was, the pause goes on.
    """
    if draft.state.round < 0 or draft.state.paused_from not in _TAKES_TYPING:
        _typed_out_of_turn(draft, input_)
        return
    deciding = draft.state.paused_from is Status.DECIDING
    draft.emit(ev.Resumed(reason="an answer was typed"))
    (_typed_while_deciding if deciding else _typed)(draft, input_)


def _typed_out_of_turn(draft: Draft, input_: inp.AnswerTyped) -> None:
    """No answer is open that it could belong to: it is noted for the result, and that is said."""
    _note(draft, "typed_out_of_turn", "click", "noted", text=input_.text)
    _show_hint(draft, "typed_early" if draft.state.round < 0 else "typed_late")


def _pause(draft: Draft, _input: inp.PausePressed) -> None:
    _pause_because(draft, "asked for by the candidate")


def _pause_because(draft: Draft, reason: str) -> None:
    was_open = _turn_is_open(draft.state)
    draft.emit(ev.Paused(reason=reason))
    if was_open:
        _end_turn(draft, "paused")


def _resume(draft: Draft, _input: inp.ResumePressed) -> None:
    draft.emit(ev.Resumed(reason="asked for by the candidate"))
    _continue(draft)


def _leave(draft: Draft, _input: inp.LeavePressed) -> None:
    _end_for_good(draft, Status.ENDED_BY_CANDIDATE, "left by the candidate", "left")


def _end_for_good(draft: Draft, status: Status, reason: str, turn_reason: TurnEndReason) -> None:
    was_open = _turn_is_open(draft.state)
    _close_answer(draft)
    draft.emit(ev.Ended(status=status, reason=reason))
    if was_open:
        _end_turn(draft, turn_reason)


def _pace(draft: Draft, input_: inp.PaceChosen) -> None:
    if input_.pace != draft.state.pace:
        draft.emit(ev.PaceSet(pace=input_.pace))


def _mute(draft: Draft, input_: inp.MuteChanged) -> None:
    if input_.muted != draft.state.muted:
        draft.emit(ev.Muted(muted=input_.muted))


# --- link, consent, greeting ---


def _link_opened(draft: Draft, _input: inp.LinkOpened) -> None:
    """Anybody may open a link: the greeting is made once somebody has agreed, or is connected."""
    draft.emit(ev.Joined())
    consent = draft.state.spec.consent
    if not consent.required:
        draft.emit(ev.Consented(version=consent.version, by="integrator"))


def _prepare_greeting(draft: Draft) -> None:
    if not draft.state.greeting_text and draft.state.greeting_attempts == 0:
        draft.emit(ev.GreetingAsked(attempt=1))


def _consent(draft: Draft, input_: inp.ConsentGiven) -> None:
    draft.emit(ev.Consented(version=input_.version))
    _prepare_greeting(draft)


def _decline(draft: Draft, _input: inp.ConsentDeclined) -> None:
    draft.emit(ev.Ended(status=Status.DECLINED, reason="consent was declined"))


def _greeting_ready(draft: Draft, input_: inp.GreetingReady) -> None:
    if draft.state.greeting_text:
        return
    attempt = max(1, draft.state.greeting_attempts)
    why = "first attempt" if attempt == 1 else f"after {attempt - 1} retries"
    draft.emit(ev.GreetingPrepared(text=input_.text, source=input_.source, reason=why))
    if draft.state.status is Status.GREETING and draft.state.utterance is None:
        _request(draft, "greeting", draft.state.greeting_text)


def _greeting_failed(draft: Draft, input_: inp.GreetingFailed) -> None:
    state = draft.state
    if state.greeting_text:
        return
    attempt = max(1, state.greeting_attempts)
    draft.emit(ev.GreetingAttemptFailed(attempt=attempt, reason=input_.reason))
    asked_s = state.greeting_asked_s if state.greeting_asked_s is not None else draft.now_s
    if attempt <= pacing.GREETING_RETRIES and draft.now_s - asked_s < pacing.GREETING_TOTAL_S:
        draft.emit(ev.GreetingAsked(attempt=attempt + 1))
    else:
        _fall_back(draft, f"fallback after {attempt - 1} retries: {input_.reason}")


def _fall_back(draft: Draft, reason: str) -> None:
    spec = draft.state.spec
    text, source = spec.greeting, "spec"
    if text is None:
        text = fallback_greeting(len(spec.questions), pacing.estimated_minutes(spec))
        source = "fallback"
    draft.emit(ev.GreetingPrepared(text=text, source=source, reason=reason))
    if draft.state.status is Status.GREETING and draft.state.utterance is None:
        _request(draft, "greeting", text)


def _start(draft: Draft, _input: inp.StartPressed) -> None:
    if draft.state.connected:
        _begin(draft, "start pressed")


def _begin(draft: Draft, reason: str) -> None:
    draft.emit(ev.Started(reason=reason))
    _prepare_greeting(draft)
    if draft.state.greeting_text:
        _request(draft, "greeting", draft.state.greeting_text)


# --- connection ---


def _connect(draft: Draft, input_: inp.CallConnected) -> None:
    was_open = _turn_is_open(draft.state)
    draft.emit(
        ev.Connected(
            connection_epoch=draft.state.connection_epoch + 1,
            media_offset_s=round(input_.media_offset_s, 3),
            microphone=input_.microphone,
            channel=input_.channel,
            resume_hash=input_.resume_hash,
            hidden_turns=_hidden_turns(draft.state, input_.resumed_from),
            server=input_.server,
        )
    )
    if was_open:
        _end_turn(draft, "disconnected", "superseded by a newer connection")
    _prepare_greeting(draft)
    _continue(draft)


def _hidden_turns(state: State, resumed_from: int) -> int:
    """A device that was there before sees what it saw then; another one, nothing of it."""
    for record in state.connections:
        if record.connection_epoch == resumed_from:
            return record.hidden_turns
    return state.turn_epoch if state.connections else 0


def _welcome_received(draft: Draft, input_: inp.WelcomeReceived) -> None:
    older = [e for e, _ in draft.state.resume_hashes if e < input_.connection_epoch]
    if older and input_.connection_epoch == draft.state.connection_epoch:
        draft.emit(ev.Welcomed(connection_epoch=input_.connection_epoch))


def _continue(draft: Draft) -> None:
    """Go on where the conversation stood: nothing heard to its end is said again."""
    state = draft.state
    if state.status is Status.READY:
        if not state.channel and state.connected:
            _begin(draft, "no data channel, so no Start button")
    elif state.status is Status.PAUSED:
        return
    elif state.status is Status.WRAP_UP:
        _request(draft, "wrap_up", TIME_UP_WRAP_UP if state.time_up else None)
    elif state.round < 0:
        if state.greeting_heard:
            _request_next(draft)
        elif state.greeting_text:
            _request(draft, "greeting", state.greeting_text)
    elif state.status in (Status.CLOSING_TURN, Status.DECIDING):
        _decide_when_heard(draft)
    elif not state.question_heard:
        _request_question(draft, state.round)
    else:
        _open_turn(draft, "the conversation goes on")


def _disconnect(draft: Draft, input_: inp.CallEnded) -> None:
    if not any(c.connection_epoch == input_.connection_epoch for c in draft.state.connections):
        return
    current = input_.connection_epoch == draft.state.connection_epoch and draft.state.connected
    was_open = _turn_is_open(draft.state) and current
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
        _end_turn(draft, "disconnected", lost=input_.turn)


def _cancel(draft: Draft, _input: inp.Cancel) -> None:
    _end_for_good(draft, Status.CANCELLED, "cancelled by the integrator", "cancelled")


def _fail(draft: Draft, input_: inp.Fail) -> None:
    _end_for_good(draft, Status.FAILED, input_.reason, "cancelled")


# --- deadlines ---


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that happens by itself at `at_s`."""

    at_s: float
    name: str
    act: Callable[[Draft], None]


def deadline(state: State) -> float | None:
    """When `Tick` is due; None in a terminal state only."""
    return min((due.at_s for due in _dues(state)), default=None)


def _tick(draft: Draft, _input: inp.Tick) -> None:
    """Fire what is due, earliest first, one at a time: each may change what the others mean."""
    due = min(_dues(draft.state), key=lambda due: due.at_s, default=None)
    if due is not None and due.at_s <= draft.now_s:
        due.act(draft)


def _dues(state: State) -> Iterable[Due]:
    own = _DUES.get(state.status)
    if own is not None:
        yield from own(state)
    if state.status in LIVE and not state.time_up:
        left_s = state.spec.limits.total_ms / 1000 - state.active_s
        since_s = state.active_since_s if state.active_since_s is not None else state.entered_s
        yield Due(since_s + left_s, "overall time limit", _on_time_up)
    if state.utterance is not None:
        yield from _utterance_dues(state)
    if state.status in LIVE:
        yield from _gate_dues(state)


def _gate_dues(state: State) -> Iterable[Due]:
    if state.gate_closed_s is not None:
        if not _turn_is_open(state):  # else the candidate is heard, and the ladder runs
            at_s = max(state.gate_closed_s, state.entered_s) + pacing.GATE_LIMIT_S
            yield Due(at_s, "gate", lambda d: _pause_because(d, "nothing could be said for long"))
    elif state.cut_off is not None:
        yield Due(state.cut_off.since_s + pacing.SAY_AGAIN_S, "say again", _say_what_waited)


def _utterance_dues(state: State) -> Iterable[Due]:
    utterance = state.utterance
    if utterance is None:
        return
    if utterance.playing_since_s is None:
        if state.gate_closed_s is not None:
            return  # it waits for the gate
        at_s = utterance.requested_s + pacing.VOICE_DEADLINE_S
        yield Due(at_s, "voice", lambda d: _show(d, "no voice within its deadline"))
    else:
        at_s = utterance.playing_since_s + utterance.duration_s + pacing.PLAYOUT_MARGIN_S
        yield Due(at_s, "playout", _playout_overdue)


def _playout_overdue(draft: Draft) -> None:
    duration_s = draft.state.utterance.duration_s if draft.state.utterance else 0.0
    _end_utterance(draft, duration_s, complete=True, reason="playout deadline")
    _after_utterance(draft)


def _on_time_up(draft: Draft) -> None:
    draft.emit(ev.TimeUp(reason=f"{draft.state.spec.limits.total_ms / 1000:g} s of conversation"))
    draft.emit(ev.Noticed(code="time_up", text=hint("time_up", "")))
    state = draft.state
    if _turn_is_open(state):
        draft.emit(ev.TurnClosing(reason="time_limit"))
    elif state.status in (Status.GREETING, Status.ASKING, Status.LISTENING):
        _interrupt(draft, _heard_so_far(draft), "the time is over")
        _plan(draft, None, "the time is over")
        _request_next(draft)
    elif state.status is Status.DECIDING:
        _request_next(draft)


def _idle_dues(state: State) -> Iterable[Due]:
    yield Due(max(state.expires_s + state.clock_ahead_s, state.entered_s), "expiry", _expire)


def _expire(draft: Draft) -> None:
    begun = draft.state.started_s is not None
    status = Status.ABANDONED if begun else Status.EXPIRED
    _close_answer(draft)
    draft.emit(ev.Ended(status=status, reason="the link expired"))


def _ready_dues(state: State) -> Iterable[Due]:
    if not state.connected:
        yield from _idle_dues(state)
        return
    began_s = state.connections[-1].connected_at_s
    yield Due(
        began_s + pacing.START_WAIT_S,
        "start",
        lambda d: _begin(d, f"connected for {pacing.START_WAIT_S:g} s without Start"),
    )


def _greeting_dues(state: State) -> Iterable[Due]:
    if not state.greeting_text:
        at_s = state.entered_s + pacing.GREETING_WAIT_AFTER_START_S
        yield Due(at_s, "greeting", lambda d: _fall_back(d, "not ready 1 s after Start"))
    elif state.utterance is None and state.cut_off is None:
        yield Due(state.entered_s + pacing.LIVE_STATE_LIMIT_S, "greeting", _continue)


def _speaking_dues(state: State) -> Iterable[Due]:
    if state.utterance is None and state.cut_off is None:
        yield Due(state.entered_s + 1.0, "nothing is being said", _continue)


def _listening_dues(state: State) -> Iterable[Due]:
    listening = state.listening
    if listening is None:
        yield from _speaking_dues(state)
        return
    if listening.closing:
        reason = listening.closing
        at_s = listening.closing_since_s + 2.0
        yield Due(at_s, "closing the turn", lambda d: _force_turn_end(d, reason))
        return
    longest_s = pacing.max_turn_ms(state.spec, state.answering) / 1000
    longest_s *= state.spec.accommodations.time_multiplier
    limit_s = state.entered_s + longest_s + 30.0 + pacing.SPEAKING_STALL_S
    gone_s = state.audio_gone_s
    if gone_s is not None:
        # No silence is received, so no turn ends by it; and nobody is being listened to.
        since_s = max(gone_s, listening.quiet_since_s, state.entered_s)
        yield Due(since_s + pacing.AUDIO_GONE_PAUSE_S, "no audio", _pause_without_audio)
    if listening.spoke:
        yield Due(limit_s, "turn limit", lambda d: _force_turn_end(d, "hard_limit"))
    elif gone_s is None and listening.rung < len(pacing.LADDER):
        at_s = listening.quiet_since_s + pacing.LADDER[listening.rung][0]
        yield Due(at_s, "silence ladder", _climb)
    if listening.barge_in is not None and not listening.words:
        since_s = listening.barge_in.since_s + pacing.BARGE_IN_WORD_S
        if listening.speaking or _pending_of_answer(state):
            since_s += 2 * pacing.BARGE_IN_WORD_S
        yield Due(since_s, "barge-in", _false_barge_in)


def _force_turn_end(draft: Draft, reason: str) -> None:
    _end_turn(draft, "done" if reason == "done" else _as_end_reason(reason), "deadline")
    _decide_when_heard(draft)


def _as_end_reason(reason: str) -> TurnEndReason:
    return "time_limit" if reason == "time_limit" else "hard_limit"


def _false_barge_in(draft: Draft) -> None:
    check = draft.state.listening.barge_in if draft.state.listening is not None else None
    if check is None:
        return
    _end_turn(draft, "request", "no word within 2 s: a false barge-in")
    utterance = check.utterance
    if draft.state.gate_closed_s is not None:
        _request(draft, utterance.kind, utterance.text, utterance.round)  # from its start, later
        return
    draft.emit(
        ev.UtteranceResumed(
            utterance_id=f"u-{draft.state.utterances + 1}",
            kind=utterance.kind,
            text=utterance.text,
            duration_s=utterance.duration_s,
            from_s=min(check.resume_from_s, utterance.duration_s),
        )
    )


def _climb(draft: Draft) -> None:
    """One rung of the silence ladder: help, never the end of an interview."""
    listening = draft.state.listening
    if listening is None:
        return
    quiet_s, action = pacing.LADDER[listening.rung]
    draft.emit(ev.LadderReached(rung=listening.rung + 1, quiet_s=quiet_s, action=action))
    locale = draft.state.spec.candidate.locale
    if action == "hint":
        code = "quiet_muted" if draft.state.muted else "quiet"
        code = code if draft.state.microphone else "quiet_text"
        draft.emit(ev.Noticed(code=code, text=hint(code, locale)))
    elif action == "pause":
        _interrupt(draft, _heard_so_far(draft), "paused")
        _pause_because(draft, "120 s of quiet")
    elif draft.state.utterance is None:
        kind: UtteranceKind = "take_your_time"
        if action == "offer_repeat":
            kind = "offer_repeat"
        elif action == "offer_choices":
            kind = "offer_choices"
        _request(draft, kind)


def _pause_without_audio(draft: Draft) -> None:
    _interrupt(draft, _heard_so_far(draft), "paused")
    _pause_because(draft, f"no audio came for {pacing.AUDIO_GONE_PAUSE_S:g} s")


_WAITING = (
    (pacing.PLEASE_WAIT_S, "please_wait"),
    (pacing.OFFER_TYPING_S, "type_instead"),
    (pacing.GO_ON_WITHOUT_S, "went_on"),
)


def _closing_dues(state: State) -> Iterable[Due]:
    if not _pending_of_answer(state):
        yield Due(state.entered_s, "every word is there", _decide_turn)
        return
    step = min(state.waiting_step, len(_WAITING) - 1)
    yield Due(state.entered_s + _WAITING[step][0], "late transcripts", _wait_longer)


def _wait_longer(draft: Draft) -> None:
    step = min(draft.state.waiting_step, len(_WAITING) - 1)
    after_s, code = _WAITING[step]
    draft.emit(ev.Waiting(step=step + 1, reason=f"transcripts are late after {after_s:g} s"))
    draft.emit(ev.Noticed(code=code, text=hint(code, draft.state.spec.candidate.locale)))
    if code == "went_on":
        _decide_turn(draft)


def _deciding_dues(state: State) -> Iterable[Due]:
    if state.utterance is None:
        yield Due(state.entered_s, "nothing was requested", _decide_turn)


def _paused_dues(state: State) -> Iterable[Due]:
    left_s = max(0.0, state.spec.limits.pause_budget_ms / 1000 - state.paused_used_s)
    yield Due(
        state.entered_s + left_s, "pause", lambda d: d.emit(ev.Parked(reason="pause budget used"))
    )


def _disconnected_dues(state: State) -> Iterable[Due]:
    window_s = state.spec.limits.resume_window_s
    yield Due(
        state.entered_s + window_s,
        "resume window",
        lambda d: d.emit(ev.Parked(reason=f"not back within {window_s:g} s")),
    )


_DUES: dict[Status, Callable[[State], Iterable[Due]]] = {
    Status.CREATED: _idle_dues,
    Status.JOINED: _idle_dues,
    Status.READY: _ready_dues,
    Status.GREETING: _greeting_dues,
    Status.ASKING: _speaking_dues,
    Status.LISTENING: _listening_dues,
    Status.CLOSING_TURN: _closing_dues,
    Status.DECIDING: _deciding_dues,
    Status.WRAP_UP: _speaking_dues,
    Status.PAUSED: _paused_dues,
    Status.DISCONNECTED: _disconnected_dues,
    Status.PARKED: _idle_dues,
}


# --- the table ---

S = Status
TABLE: dict[tuple[Status, type[Any]], Handler | Ignored] = {}


def _row(
    input_type: type[Any], otherwise: str, *entries: tuple[Iterable[Status], Handler | str]
) -> None:
    """One input in every state: the entries given, and for all other states the reason."""
    for status in Status:
        TABLE[status, input_type] = Ignored(
            "the interview is over" if status in TERMINAL else otherwise
        )
    for statuses, entry in entries:
        for status in statuses:
            TABLE[status, input_type] = Ignored(entry) if isinstance(entry, str) else entry


_OPEN = tuple(status for status in Status if status not in TERMINAL)
_BEGUN = (*LIVE, S.PAUSED, S.DISCONNECTED, S.PARKED)
_TALK = (S.ASKING, S.LISTENING, S.CLOSING_TURN, S.DECIDING)
_TAKES_TYPING = (S.ASKING, S.LISTENING, S.CLOSING_TURN, S.DECIDING)
_NOT_NOW = "there is no open question to do this with"

_row(inp.Tick, "", (_OPEN, _tick))
_row(
    inp.LinkOpened,
    "the link was opened before",
    ((S.CREATED,), _link_opened),
)
_row(inp.ConsentGiven, "consent is recorded already", ((S.JOINED,), _consent))
_row(inp.ConsentDeclined, "the interview has begun", ((S.JOINED, S.READY), _decline))
_row(
    inp.CallConnected,
    "no consent yet: the desk refuses the call",
    ((S.READY, *_BEGUN), _connect),
)
_row(inp.WelcomeReceived, "no call was connected", (_OPEN, _welcome_received))
_row(inp.CallEnded, "no call was connected", (Status, _disconnect))
_row(inp.StartPressed, "it has started", ((S.READY,), _start))
_row(inp.DonePressed, _NOT_NOW, ((S.LISTENING,), _done))
_row(
    inp.NotFinishedPressed,
    _NOT_NOW,
    (_TALK, _not_finished),
)
_row(inp.RepeatPressed, _NOT_NOW, ((S.ASKING, S.LISTENING), _repeat))
_row(inp.RephrasePressed, _NOT_NOW, ((S.ASKING, S.LISTENING), _rephrase_clicked))
_row(inp.SkipPressed, _NOT_NOW, ((S.ASKING, S.LISTENING), _skip))
_row(
    inp.PausePressed,
    "there is no conversation to pause",
    ((S.GREETING, *_TALK), _pause),
    ((S.WRAP_UP,), "the farewell is being said"),
)
_row(inp.ResumePressed, "it is not paused", ((S.PAUSED,), _resume))
_row(inp.LeavePressed, "not connected", ((S.READY, *LIVE, S.PAUSED, S.DISCONNECTED), _leave))
_row(
    inp.AnswerTyped,
    _NOT_NOW,
    (_TAKES_TYPING, _typed),
    ((S.DECIDING,), _typed_while_deciding),
    ((S.PAUSED,), _typed_while_paused),
    ((S.READY, S.GREETING, S.WRAP_UP, S.DISCONNECTED, S.PARKED), _typed_out_of_turn),
)
_row(inp.PaceChosen, "not connected", ((S.READY, *LIVE, S.PAUSED), _pace))
_row(inp.MuteChanged, "not connected", ((S.READY, *LIVE, S.PAUSED), _mute))
_STALE = "no turn is open: an old turn's effect"
_row(inp.AudioStopped, "nobody is being listened to", (LIVE, _audio_stopped))
_row(inp.AudioReturned, "nobody missed it", (LIVE, _audio_returned))
_row(inp.SpeechStarted, _STALE, ((S.LISTENING,), _speech_started))
_row(inp.SpeechStopped, _STALE, ((S.LISTENING,), _speech_stopped))
_row(inp.SpeechResumed, _STALE, ((S.LISTENING,), _speech_resumed))
_row(inp.SegmentReady, "", (Status, _segment_ready))
_row(inp.TurnOver, _STALE, ((S.LISTENING,), _turn_over))
_row(inp.TurnNearLimit, _STALE, ((S.LISTENING,), _near_limit))
_row(
    inp.BargeIn,
    "nothing is being said",
    ((S.GREETING,), _barge_in_greeting),
    ((S.ASKING,), _barge_in_question),
    ((S.LISTENING,), _barge_in_ladder),
    ((S.CLOSING_TURN, S.DECIDING), _speech_before_reply),
    ((S.WRAP_UP,), "the farewell is heard to its end"),
)
_row(inp.InterimHeard, _STALE, ((S.LISTENING,), _interim_heard))
_row(inp.SegmentHeard, "", (Status, _segment_heard))
_row(inp.HeardAgain, "", (Status, _heard_again))
_GREETED = "the greeting is over"
_row(inp.GreetingReady, _GREETED, ((S.CREATED, S.JOINED, S.READY, S.GREETING), _greeting_ready))
_row(inp.GreetingFailed, _GREETED, ((S.CREATED, S.JOINED, S.READY, S.GREETING), _greeting_failed))
_row(inp.VoiceReady, "nothing is to be said", (LIVE, _voice_ready))
_row(inp.VoiceFailed, "nothing is to be said", (LIVE, _voice_failed))
_row(inp.PlayoutEnded, "it was stopped", (LIVE, _playout_ended))
_row(inp.PlayRefused, "nothing is to be said", (LIVE, _play_refused))
_row(inp.GateClosed, "", (_OPEN, _gate_closed))
_row(inp.GateOpened, "", (_OPEN, _gate_opened))
_row(inp.Cancel, "", (_OPEN, _cancel))
_row(inp.Fail, "", (_OPEN, _fail))
