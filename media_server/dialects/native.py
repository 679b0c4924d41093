"""Between the interview and the native dialect: events to messages, messages to inputs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from media_server.dialects import interview_v1 as v1
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.events import LIVE, Status
from media_server.interview.state import State
from media_server.segment_info import SegmentInfo

Sentences = tuple[tuple[float, str], ...]

_STAGES: dict[Status, v1.Stage] = {
    Status.CREATED: "ready",
    Status.JOINED: "ready",
    Status.READY: "ready",
    Status.GREETING: "greeting",
    Status.ASKING: "question",
    Status.LISTENING: "answer",
    Status.CLOSING_TURN: "answer",
    Status.DECIDING: "answer",
    Status.WRAP_UP: "wrap_up",
    Status.PAUSED: "paused",
    Status.DISCONNECTED: "paused",
    Status.PARKED: "parked",
}
_CAN: dict[Status, tuple[str, ...]] = {
    Status.READY: ("ready", "leave"),
    Status.GREETING: ("pause", "leave"),
    Status.ASKING: ("repeat", "rephrase", "skip", "not_finished", "text_answer", "pause", "leave"),
    Status.LISTENING: (
        "done", "not_finished", "repeat", "rephrase", "skip", "text_answer", "pause", "leave",
    ),
    Status.CLOSING_TURN: ("not_finished", "text_answer", "pause", "leave"),
    Status.DECIDING: ("not_finished", "text_answer", "pause", "leave"),
    Status.PAUSED: ("resume", "leave"),
}  # fmt: skip


def view(state: State, now_s: float) -> v1.State:
    """What the candidate should see of the state now."""
    speaking = state.utterance is not None and state.utterance.playing_since_s is not None
    activity: v1.Activity = "idle"
    if state.status in LIVE:
        activity = "thinking"
        if speaking:
            activity = "speaking"
        elif state.status is Status.LISTENING and state.listening is not None:
            activity = "listening"
    remaining_s = None
    if state.status is Status.PAUSED:
        budget_s = state.spec.limits.pause_budget_ms / 1000 - state.paused_used_s
        remaining_s = round(max(0.0, budget_s - (now_s - state.entered_s)), 0)
    return v1.State(
        status=state.status.value,
        stage=_STAGES.get(state.status, "ended"),
        activity=activity,
        paused_remaining_s=remaining_s,
        can=_CAN.get(state.status, ()),
    )


def progress(state: State, now_s: float) -> v1.Progress:
    return v1.Progress(
        number=state.round + 1,
        of=len(state.spec.questions),
        elapsed_s=round(state.active_until(now_s), 1),
        limit_s=state.spec.limits.total_ms / 1000,
    )


def momentary(event: ev.Event, state: State, sentences: Sentences = ()) -> list[v1.ServerMessage]:
    """Messages without `seq`: what happens now, sent when the event is folded."""
    match event:
        case ev.UtteranceStarted():
            return [_caption(event, sentences)]
        case ev.UtteranceEnded():
            return [
                v1.CaptionEnded(
                    utterance_id=event.utterance_id,
                    heard_ms=round(event.heard_s * 1000),
                    complete=event.complete,
                )
            ]
        case ev.UtteranceResumed():
            return [
                v1.Caption(
                    utterance_id=event.utterance_id,
                    kind=event.kind,
                    text=event.text,
                    duration_ms=round((event.duration_s - event.from_s) * 1000),
                )
            ]
        case ev.SegmentTranscribed():
            return [_transcript(event, state, final=False)]
        case ev.SpeechBegan():
            return [v1.Turn(phase="started")]
        case ev.SpeechPaused():
            return [v1.Turn(phase="paused")]
        case ev.SpeechWentOn():
            return [v1.Turn(phase="resumed")]
        case ev.TurnEnded():
            return [v1.Turn(phase="ended", reason=event.reason)]
        case ev.Noticed():
            return [v1.Hint(code=event.code, text=event.text)]
    return []


def durable(event: ev.Event, seq: int, state: State) -> list[v1.ServerMessage]:
    """Messages with `seq`, sent once the event is in the log; also the replay's."""
    match event:
        case ev.RoundAdvanced() if 0 <= event.round < len(state.spec.questions):
            question = state.spec.questions[event.round]
            return [
                v1.QuestionAsked(
                    seq=seq,
                    question_id=question.id,
                    number=event.round + 1,
                    of=len(state.spec.questions),
                    text=question.text,
                )
            ]
        case ev.SegmentTranscribed():
            return [_transcript(event, state, final=True, seq=seq)]
        case ev.TurnEnded(typed=str()):
            return [
                v1.Transcript(
                    seq=seq,
                    segment_id=f"typed-{event.turn_epoch}",
                    question_id=_question_id(state, event.round),
                    text=event.typed or "",
                    final=True,
                    mode="text",
                )
            ]
        case ev.Ended():
            answered = sum(answer.status == "answered" for answer in state.answers)
            return [
                v1.Completed(
                    seq=seq,
                    status=event.status.value,
                    ended_reason=event.reason,
                    answered=answered,
                    of=len(state.answers),
                )
            ]
    return []


def is_hidden(event: ev.Event, hidden_turns: int) -> bool:
    """What was said on another device: not for a connection that came by the link alone."""
    if not isinstance(event, ev.SegmentTranscribed | ev.TurnEnded):
        return False
    return event.turn_epoch <= hidden_turns


def interim(segment: SegmentInfo, text: str, state: State) -> v1.Transcript:
    """The open segment so far; replaced by the next interim or the final of the same segment."""
    return v1.Transcript(
        segment_id=str(segment.segment_id),
        question_id=_question_id(state, state.answering),
        text=text,
        final=False,
        start_s=round(segment.start_s, 3),
        end_s=round(segment.end_s, 3),
    )


def _caption(event: ev.UtteranceStarted, sentences: Sentences) -> v1.Caption:
    return v1.Caption(
        utterance_id=event.utterance_id,
        kind=event.kind,
        text=event.text,
        duration_ms=round(event.duration_s * 1000),
        spoken=event.spoken,
        sentences=tuple((round(start_s * 1000), text) for start_s, text in sentences),
    )


def _transcript(
    event: ev.SegmentTranscribed, state: State, *, final: bool, seq: int | None = None
) -> v1.Transcript:
    return v1.Transcript(
        seq=seq,
        segment_id=str(event.segment_id),
        question_id=_question_id(state, event.round),
        text=event.text,
        final=final,
        untranscribed=bool(event.untranscribed),
        start_s=event.start_s,
        end_s=event.end_s,
    )


def _question_id(state: State, round_: int) -> str:
    questions = state.spec.questions
    return questions[round_].id if 0 <= round_ < len(questions) else ""


_INPUTS: Mapping[type[Any], Callable[[Any], inp.Input]] = {
    v1.Ready: lambda _m: inp.StartPressed(),
    v1.Done: lambda _m: inp.DonePressed(),
    v1.NotFinished: lambda _m: inp.NotFinishedPressed(),
    v1.Repeat: lambda _m: inp.RepeatPressed(),
    v1.Rephrase: lambda _m: inp.RephrasePressed(),
    v1.Skip: lambda _m: inp.SkipPressed(),
    v1.Pause: lambda _m: inp.PausePressed(),
    v1.Resume: lambda _m: inp.ResumePressed(),
    v1.Leave: lambda _m: inp.LeavePressed(),
    v1.Mute: lambda m: inp.MuteChanged(m.muted),
    v1.TextAnswer: lambda m: inp.AnswerTyped(m.text),
    v1.SetPace: lambda m: inp.PaceChosen(m.pace),
}


def to_input(message: v1.ClientMessage) -> inp.Input | None:
    """The input a client's message is; None for those that concern the connection only."""
    make = _INPUTS.get(type(message))
    return make(message) if make is not None else None
