"""The dialect `interview.v1`: what is said to its messages, its messages to what was said. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from media_server.dialects import interview_v1 as v1
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.agenda import Prompt
from media_server.interview.faq_pieces import said_until
from media_server.interview.pause import ASKED_FOR, whole_wait_ms
from media_server.interview.spoken_texts import locale_of
from media_server.interview.state import State, prompt_id_of
from media_server.interview.view import Progress, View
from media_server.ports.dialect import (
    Ack,
    Durable,
    ErrorNotice,
    FromCandidate,
    Hello,
    Hint,
    Interim,
    Level,
    Momentary,
    Ping,
    Pong,
    ToCandidate,
    Welcome,
)

Sentences = tuple[tuple[float, str], ...]


class InterviewV1:
    """Implements `ports.dialect.Dialect`."""

    label = v1.LABEL

    def encode(self, what: ToCandidate) -> list[str]:
        return [v1.encode(message) for message in messages(what)]

    def decode(self, data: str | bytes) -> FromCandidate | None:
        message = v1.decode(data)
        return None if message is None else _HEARD[type(message)](message)


def messages(what: ToCandidate) -> list[v1.ServerMessage]:
    """As messages of this dialect."""
    match what:
        case Durable():
            return durable(what.event, what.seq, what.state)
        case Momentary():
            return momentary(what.event, what.state, what.sentences)
        case Interim():
            return [_interim(what)]
        case Welcome():
            return [_welcome(what)]
        case View():
            return [_state(what)]
        case Progress():
            return [
                v1.Progress(
                    number=what.number,
                    of=what.of,
                    elapsed_s=what.elapsed_s,
                    limit_s=what.limit_s,
                )
            ]
        case _:
            return [_of_the_moment(what)]


def _of_the_moment(
    what: Level | Hint | ErrorNotice | Pong,
) -> v1.ServerMessage:
    match what:
        case Level():
            return v1.Level(dbfs=round(what.dbfs, 1), speech=what.speech)
        case Hint():
            return v1.Hint(code=what.code, text=what.text)
        case ErrorNotice():
            return v1.Error(code=what.code, message=what.message, recoverable=what.recoverable)
        case Pong():
            return v1.Pong(t_ms=what.t_ms)


def _welcome(what: Welcome) -> v1.Welcome:
    return v1.Welcome(
        interview_id=what.interview_id,
        connection_epoch=what.connection_epoch,
        resumed=what.resumed,
        last_seq=what.last_seq,
        found_seq=what.found_seq,
        title=what.title,
        questions_total=what.questions_total,
        pace=what.pace,
        resume_token=what.resume_token,
        notices=what.notices,
    )


def _state(what: View) -> v1.State:
    return v1.State(
        status=what.status.value,
        stage=what.stage,
        activity=what.activity,
        paused_remaining_s=what.paused_remaining_s,
        can=what.can,
        prompt_id=what.prompt_id,
        number=what.number,
        skipped=what.skipped,
        confirm=what.confirm,
        watched=what.watched,
    )


def momentary(event: ev.Event, state: State, sentences: Sentences = ()) -> list[v1.ServerMessage]:
    """Messages without `seq`: what happens now, sent when the event is folded."""
    match event:
        case ev.UtteranceStarted():
            return [_caption(event, state, sentences)]
        case ev.UtteranceEnded():
            ended = v1.CaptionEnded(
                utterance_id=event.utterance_id,
                heard_ms=round(event.heard_s * 1000),
                complete=event.complete,
            )
            return [ended, *_pause(state)] if event.kind == "lost_you" else [ended]
        case ev.UtteranceResumed():
            return [
                v1.Caption(
                    utterance_id=event.utterance_id,
                    kind=event.kind,
                    text=_with_what_came_before(event, state),
                    duration_ms=round((event.duration_s - event.from_s) * 1000),
                    locale=_other_locale(event.text, state),
                )
            ]
        case ev.SegmentTranscribed():
            return [_transcript(event, state, final=False)]
        case ev.SpeechBegan():
            return [v1.Turn(phase="started")]
        case ev.SpeechPaused() | ev.SilenceExtended() | ev.Held():
            return _pause(state)
        case ev.UtteranceRequested(kind="lost_you"):
            return _pause(state)
        case ev.SpeechWentOn():
            return [v1.Turn(phase="resumed")]
        case ev.TurnEnded():
            return [v1.Turn(phase="ended", reason=event.reason)]
        case ev.Noticed():
            return [v1.Hint(code=event.code, text=event.text, seconds=event.seconds)]
    return []


def _pause(state: State) -> list[v1.ServerMessage]:
    """The pause that runs now, if one does: how long it is, and how long it may be."""
    pause = state.listening.pause if state.listening is not None else None
    if pause is None:
        return []
    until_said = pause.held and pause.reason != ASKED_FOR
    wait_ms = None if until_said else whole_wait_ms(state.spec, pause)
    return [v1.Turn(phase="paused", silence_ms=pause.silence_ms, wait_ms=wait_ms)]


def durable(event: ev.Event, seq: int, state: State) -> list[v1.ServerMessage]:
    """Messages with `seq`, sent once the event is in the log; also the replay's."""
    match event:
        case ev.RoundAdvanced() | ev.PromptAsked():
            answer = state.answers.get(prompt_id_of(state.spec, event))
            return [_asked(answer.prompt, seq, state)] if answer is not None else []
        case ev.SegmentTranscribed():
            return [_transcript(event, state, final=True, seq=seq)]
        case ev.InterruptionJudged() | ev.Requested(turn_epoch=int()):
            return _words_again(event.turn_epoch, seq, state)
        case ev.Confirmed(reply_turn_epoch=int()):
            return _words_again(event.reply_turn_epoch, seq, state)
        case ev.TurnEnded(typed=str()) | ev.TypedLate():
            return [_typed(event, seq, state)]
        case ev.SummaryTold():
            return [_sentence(sentence.prompt_id, seq, state) for sentence in event.sentences]
        case ev.SummaryCorrected():
            return [_sentence(event.prompt_id, seq, state)]
        case ev.Ended():
            core = [a for a in state.answers.values() if a.prompt.kind == "question"]
            answered = sum(answer.status == "answered" for answer in core)
            return [
                v1.Completed(
                    seq=seq,
                    status=event.status.value,
                    ended_reason=event.reason,
                    answered=answered,
                    of=len(core),
                )
            ]
    return []


def _interim(what: Interim) -> v1.Transcript:
    segment = what.segment
    return v1.Transcript(
        segment_id=str(segment.segment_id),
        prompt_id=what.state.answering,
        question_id=_question_id(what.state, what.state.answering),
        text=what.text,
        stable=what.stable,
        final=False,
        start_s=round(segment.start_s, 3),
        end_s=round(segment.end_s, 3),
        turn=segment.turn_epoch,
    )


def _caption(event: ev.UtteranceStarted, state: State, sentences: Sentences) -> v1.Caption:
    before = said_until(state, event.kind, event.text)[:-1]
    if before and sentences:
        sentences = (*((0.0, text) for text in before), *sentences)
    return v1.Caption(
        utterance_id=event.utterance_id,
        kind=event.kind,
        text=_with_what_came_before(event, state),
        duration_ms=round(event.duration_s * 1000),
        spoken=event.spoken,
        sentences=tuple((round(start_s * 1000), text) for start_s, text in sentences),
        locale=_other_locale(event.text, state),
    )


def _with_what_came_before(event: ev.UtteranceStarted | ev.UtteranceResumed, state: State) -> str:
    """Who reads a long answer from the FAQ has all of it before them, piece after piece."""
    return " ".join(said_until(state, event.kind, event.text)) or event.text


def _other_locale(text: str, state: State) -> str:
    locale = locale_of(state.spec, text)
    return "" if locale == state.spec.candidate.locale else locale


def _transcript(
    event: ev.SegmentTranscribed, state: State, *, final: bool, seq: int | None = None
) -> v1.Transcript:
    turn = state.turn(event.turn_epoch)
    return v1.Transcript(
        seq=seq,
        segment_id=str(event.segment_id),
        prompt_id=prompt_id_of(state.spec, event),
        question_id=_question_id(state, prompt_id_of(state.spec, event)),
        text=event.text,
        final=final,
        stable="" if final else event.text,  # the final words, which are not written yet
        untranscribed=bool(event.untranscribed),
        request=turn.request if turn is not None else "",
        start_s=event.start_s,
        end_s=event.end_s,
        turn=event.turn_epoch,
    )


def _typed(event: ev.TurnEnded | ev.TypedLate, seq: int, state: State) -> v1.Transcript:
    text, prompt_id = event.typed or "", prompt_id_of(state.spec, event)
    return _written(event.turn_epoch, text, prompt_id, seq, state)


def _written(turn_epoch: int, text: str, prompt_id: str, seq: int, state: State) -> v1.Transcript:
    turn = state.turn(turn_epoch)
    return v1.Transcript(
        seq=seq,
        segment_id=f"typed-{turn_epoch}",
        prompt_id=prompt_id,
        question_id=_question_id(state, prompt_id),
        text=text,
        final=True,
        mode="text",
        turn=turn_epoch,
        request=turn.request if turn is not None else "",
    )


def _words_again(turn_epoch: int | None, seq: int, state: State) -> list[v1.ServerMessage]:
    """The words of a turn where they belong now, and as what. Those that are neither part of an
    answer nor a request go."""
    turn = state.turn(turn_epoch) if turn_epoch is not None else None
    if turn is None:
        return []
    told = [_transcript(segment, state, final=True, seq=seq) for segment in turn.segments]
    if turn.set_aside:
        told = [message.model_copy(update={"text": "", "untranscribed": False}) for message in told]
    if turn.typed and turn.request:
        told.append(_written(turn.turn_epoch, turn.typed, turn.prompt_id, seq, state))
    return list(told)


def _asked(prompt: Prompt, seq: int, state: State) -> v1.QuestionAsked:
    return v1.QuestionAsked(
        seq=seq,
        prompt_id=prompt.prompt_id,
        kind=prompt.kind,
        question_id=prompt.question_id or "",
        number=0 if prompt.round is None else prompt.round + 1,
        of=len(state.spec.questions),
        text=prompt.text,
    )


def _sentence(prompt_id: str, seq: int, state: State) -> v1.SummarySentence:
    """As it stands now."""
    summary = state.summary
    told = summary.sentences if summary is not None else ()
    made = summary.corrections if summary is not None else ()
    number = state.round_of(prompt_id)
    return v1.SummarySentence(
        seq=seq,
        prompt_id=prompt_id,
        number=0 if number is None else number + 1,
        text=next((one.text for one in told if one.prompt_id == prompt_id), ""),
        correction=next((one.text for one in reversed(made) if one.prompt_id == prompt_id), ""),
    )


def _question_id(state: State, prompt_id: str) -> str:
    answer = state.answers.get(prompt_id)
    return (answer.prompt.question_id or "") if answer is not None else ""


_HEARD: Mapping[type[Any], Callable[[Any], FromCandidate]] = {
    v1.Hello: lambda m: Hello(m.last_seq),
    v1.Ping: lambda m: Ping(m.t_ms),
    v1.Ack: lambda m: Ack(m.seq),
    v1.Ready: lambda _m: inp.StartPressed(),
    v1.Done: lambda _m: inp.DonePressed(),
    v1.NotFinished: lambda _m: inp.NotFinishedPressed(),
    v1.Repeat: lambda _m: inp.RepeatPressed(),
    v1.Rephrase: lambda _m: inp.RephrasePressed(),
    v1.Skip: lambda m: inp.SkipPressed(m.prompt_id),
    v1.Think: lambda _m: inp.ThinkPressed(),
    v1.UndoSkip: lambda _m: inp.SkipUndone(),
    v1.Confirm: lambda m: inp.ConfirmPressed(m.choice),
    v1.Summary: lambda m: inp.SummaryChosen(m.choice),
    v1.CorrectSummary: lambda m: inp.SummaryWritten(m.prompt_id, m.text),
    v1.Pause: lambda _m: inp.PausePressed(),
    v1.Resume: lambda _m: inp.ResumePressed(),
    v1.Leave: lambda _m: inp.LeavePressed(),
    v1.Mute: lambda m: inp.MuteChanged(m.muted),
    v1.Typing: lambda _m: inp.CandidateTypes(),
    v1.TextAnswer: lambda m: inp.AnswerTyped(m.text, m.prompt_id or None),
    v1.SetPace: lambda m: inp.PaceChosen(m.pace),
}
"""Of every kind of `v1.ClientMessage`."""
