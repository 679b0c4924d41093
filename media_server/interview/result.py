"""The result of an interview: complete, valid against its schema in every state, evidence-linked.

Offsets are seconds on one timeline per interview, that of the candidate's audio; `audio` says
where in which recording a stretch of it lies.

Over 400 lines on purpose: the models of the published schema and what fills them, side by side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from media_server.interview import evaluating, record, review
from media_server.interview.agenda import Prompt, PromptKind
from media_server.interview.connection_record import ConnectionRecord
from media_server.interview.evaluation import Evaluation
from media_server.interview.events import SegmentTranscribed, SpokenWord, StretchTranscribed
from media_server.interview.request_events import FaqAnswer
from media_server.interview.state import (
    Answer,
    Noted,
    State,
    Turn,
    prompt_id_of,
)
from media_server.interview.status import AnswerStatus, Status
from media_server.interview.summary_result import (
    SummaryCorrectionResult,
    SummaryResult,
    corrections_of,
    summary_result,
)
from media_server.interview.times import at_time


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Timing(_Part):
    created_at: datetime
    consented_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    conversation_s: float = Field(ge=0)
    """Pauses and absences do not count."""


class RejectedText(_Part):
    """Text that the recogniser gave and nobody can have said: a loop, an invention on silence. It
    is no part of the answer; a reviewer may think otherwise and listen."""

    start_s: float
    end_s: float
    """Of the stretch of audio in which it was found."""
    reason: str
    text: str


class TurnResult(_Part):
    start_s: float | None
    end_s: float | None
    text: str
    words: tuple[SpokenWord, ...]
    engine: str
    model: str
    confidence: float | None
    lost_ms: int
    """Of this turn, pauses included, that never arrived: words may be missing there."""
    concealed_ms: int
    """That was guessed from what came before and after."""
    jitter_ms: float
    """The highest during the turn, each an average of about a third of a second."""
    level_dbfs: float | None
    """Of the speech; below about -45 the microphone was too far away. None: nothing was said."""
    end_reason: str
    """`cut_off_repaired`: it was taken for ended and was not; the next turn of this answer goes on
    with it. `interjection`: it had stopped the interviewer and was no answer."""
    mode: Literal["voice", "text"]
    request: str
    """Non-empty: the turn was only this request (repeat, skip, …), no part of the answer."""
    set_aside: Literal["", "echo", "backchannel"] = ""
    """Non-empty: no part of the answer either. `echo`: words of the interviewer that came back from
    a loudspeaker. `backchannel`: "mm-hm", "okay" and nothing else, said over a question, which then
    went on."""
    untranscribed: bool
    """True: some of the audio could not be written down; it is kept."""
    rejected: tuple[RejectedText, ...] = ()
    words_from: Literal["live", "record", "both"] = "live"
    """`live`: they came while the candidate spoke. `record`: the answer was decoded once more when
    it was over, in long stretches, which gets more words right. `both`: some of each."""
    live_text: str | None = None
    """What the live words were, where `text` has others."""


class AudioSpan(_Part):
    """Where a stretch of the answer lies in a recording."""

    file: str
    start_s: float
    end_s: float
    url: str | None = None
    """Of the file, signed: a player needs no key, and may ask for ranges. It expires; ask for the
    result again then. Null in what was written down without a server, such as a replay."""


class CorrectionResult(_Part):
    """What the candidate says the answer should be. It was never heard: beside it stands what
    was."""

    text: str
    """"": nothing of it."""
    original: str
    """What the answer's text was when it was corrected; better words may have come since."""
    at: datetime


class GroundedOn(_Part):
    """Why a follow-up was asked. Code has found the quote in what the candidate had said."""

    quote: str
    """The candidate's own words that it asks back about."""
    criterion_id: str | None
    """The criterion of the question that was still open; None: none was named."""


class AnswerResult(_Part):
    """What was said to one prompt; all of them in the order of the agenda."""

    prompt_id: str
    """Unique in the interview. Of a core question: its `question_id`."""
    kind: PromptKind
    question_id: str | None
    """The core question that it is, or asks back about; None: it belongs to none."""
    asked_text: str
    status: AnswerStatus
    reason: str
    mode: Literal["voice", "text", "mixed", "none"]
    text: str
    turns: tuple[TurnResult, ...]
    follow_ups: tuple[str, ...]
    """Prompt ids of what was asked back about this answer; each is an entry of its own."""
    grounded_on: GroundedOn | None = None
    """Of a follow-up: what it rests on; None: it is none."""
    audio: tuple[AudioSpan, ...]
    lost_ms: int
    concealed_ms: int
    jitter_ms: float
    """The highest of its turns."""
    level_dbfs: float | None
    correction: CorrectionResult | None = None
    """By the candidate, after the end; None: there is none. `text` and `turns` stay as heard."""
    summary_corrections: tuple[SummaryCorrectionResult, ...] = ()
    """By the candidate, when the summary was given. `text` and `turns` stay as heard."""


class ReviewResult(_Part):
    """The candidate may correct the transcript once, for a time after the end."""

    status: Literal["open", "done", "over"]
    """`open`: the result is partial until it is done, or its time is over without it."""
    until: datetime
    done_at: datetime | None
    corrected: int
    """Answers with a correction."""


class Percentiles(_Part):
    p50: float | None
    p95: float | None
    n: int


class Latency(_Part):
    decision_to_first_audio_ms: Percentiles
    speech_end_to_first_audio_ms: Percentiles


class ConnectionResult(_Part):
    connection_epoch: int
    connected_at: datetime
    media_offset_s: float
    media_s: float
    microphone: bool
    ended_reason: str
    packets_received: int
    packets_lost: int
    loss: float
    lost_ms: int
    concealed_ms: int
    jitter_ms: float
    unkept_ms: int = 0
    """Received and heard, and missing from the recording: the client sent more than 64 kbit/s."""
    recording: str | None


class Media(_Part):
    loss: float
    jitter_ms: float
    lost_ms: int
    concealed_ms: int
    connections: tuple[ConnectionResult, ...]


class ConsentResult(_Part):
    version: str
    given_at: datetime
    by: str
    text: str


class RequestResult(_Part):
    intent: str
    by: str
    effect: str
    text: str
    """The candidate's words; empty for a click."""
    prompt_id: str | None
    """What was being asked; None: nothing was asked yet."""
    question_id: str | None
    at: datetime
    at_s: float | None
    """Where it was said, on the interview's timeline; None for a click, which has no sound."""
    answer: FaqAnswer | None = None
    """What the interviewer answered from the FAQ; None: nothing was, or it was no question."""


class Result(_Part):
    """`GET /v1/interviews/{id}/result`; valid at any time, partial until the interview is over."""

    schema_version: Literal["1"] = "1"
    id: str
    status: Status
    ended_reason: str
    partial: bool
    pending_segments: int
    """Finals the recogniser still owes; the result is final when this and `record_pending` are 0
    and it has ended."""
    record_pending: int = 0
    """Stretches of answers that are to be decoded once more; their live words stand here until
    then. 0 at the latest when the time that is set for it (`live.record_pass_s`) has passed since
    the end."""
    review: ReviewResult | None = None
    """None: nobody asked for one (`review` of the interview), or nothing was said."""
    summary: SummaryResult | None = None
    """None: it was not offered (`summary` of the interview, or there was nothing to tell)."""
    title: str
    timing: Timing
    answers: tuple[AnswerResult, ...]
    evaluation: Evaluation | None = None
    """None: the interview did not ask for one. `partial` says nothing of it: it is pending until
    some time after the words are final."""
    latency: Latency
    media: Media
    consents: tuple[ConsentResult, ...]
    requests: tuple[RequestResult, ...]
    notices: tuple[str, ...]
    candidate_external_id: str | None
    metadata: dict[str, str]


def build(
    interview_id: str,
    state: State,
    *,
    now_s: float,
    recordings: frozenset[str] = frozenset(),
    notices: tuple[str, ...] = (),
    record_within_s: float = 0.0,
) -> Result:
    """Fold → result. `recordings`: names of the files that exist, see `recording_name`.
    `record_within_s`: see `record.pending`."""
    return Result(
        id=interview_id,
        status=state.status,
        ended_reason=state.ended_reason,
        partial=state.ended_s is None or review.standing(state, now_s) == "open",
        pending_segments=len(state.pending),
        record_pending=record.pending(state, now_s, record_within_s),
        review=_review(state, now_s),
        summary=summary_result(state),
        title=state.spec.title,
        timing=Timing(
            created_at=at_time(state.created_s),
            consented_at=_maybe_time(state.consented_s),
            started_at=_maybe_time(state.started_s),
            ended_at=_maybe_time(state.ended_s),
            conversation_s=round(state.active_until(now_s), 1),
        ),
        answers=tuple(_answer(answer, state, recordings) for answer in state.answers.values()),
        evaluation=evaluating.evaluation(state.spec, state.evaluated),
        latency=Latency(
            decision_to_first_audio_ms=_percentiles([d for d, _ in state.latencies]),
            speech_end_to_first_audio_ms=_percentiles(
                [s for _, s in state.latencies if s is not None]
            ),
        ),
        media=_media(state.connections, recordings),
        consents=_consents(state),
        requests=tuple(_request(r, state) for r in state.requests),
        notices=notices,
        candidate_external_id=state.spec.candidate.external_id,
        metadata=state.spec.metadata,
    )


def recording_name(connection_epoch: int) -> str:
    return f"audio-{connection_epoch:04d}.ogg"


def iso(at_s: float) -> str:
    """RFC 3339 in UTC."""
    return at_time(at_s).isoformat().replace("+00:00", "Z")


def _maybe_time(at_s: float | None) -> datetime | None:
    return None if at_s is None else at_time(at_s)


def _answer(answer: Answer, state: State, recordings: frozenset[str]) -> AnswerResult:
    prompt = answer.prompt
    # A turn in which nothing was said (a reload, a repeat) tells a reader nothing.
    turns = tuple(_turn(t) for t in answer.turns if t.segments or t.typed or t.start_s is not None)
    theirs = "interviewer_question" if prompt.kind == "candidate_questions" else ""
    counted = [t for t in turns if t.request in ("", theirs) and not t.set_aside and t.text]
    modes = {turn.mode for turn in counted}
    mode: Literal["voice", "text", "mixed", "none"] = "none"
    if len(modes) == 1:
        mode = next(iter(modes))
    elif modes:
        mode = "mixed"
    return AnswerResult(
        prompt_id=prompt.prompt_id,
        kind=prompt.kind,
        question_id=prompt.question_id,
        asked_text=prompt.text,
        status=answer.status,
        reason=answer.reason,
        mode=mode,
        text=" ".join(turn.text for turn in counted),
        turns=turns,
        follow_ups=_follow_ups(prompt, state),
        grounded_on=_grounded_on(prompt),
        audio=_audio(answer, state.connections, recordings),
        lost_ms=sum(turn.lost_ms for turn in turns),
        concealed_ms=sum(turn.concealed_ms for turn in turns),
        jitter_ms=max((turn.jitter_ms for turn in turns), default=0.0),
        level_dbfs=_level_dbfs([s for turn in answer.turns for s in turn.segments]),
        correction=_correction(state, prompt.prompt_id),
        summary_corrections=corrections_of(state, prompt.prompt_id),
    )


def _correction(state: State, prompt_id: str) -> CorrectionResult | None:
    made = review.correction_of(state, prompt_id)
    if made is None or state.reviewed_s is None:
        return None
    at = at_time(state.reviewed_s)
    return CorrectionResult(text=made.text, original=made.original, at=at)


def _review(state: State, now_s: float) -> ReviewResult | None:
    standing, end_s = review.standing(state, now_s), review.until_s(state)
    if standing == "none" or end_s is None:
        return None
    return ReviewResult(
        status=standing,
        until=at_time(end_s),
        done_at=_maybe_time(state.reviewed_s),
        corrected=len(state.reviewed.corrections) if state.reviewed is not None else 0,
    )


def _follow_ups(prompt: Prompt, state: State) -> tuple[str, ...]:
    if prompt.kind != "question":
        return ()
    asked = (p for p in state.agenda if p.kind == "follow_up" and p.round == prompt.round)
    return tuple(p.prompt_id for p in asked)


def _grounded_on(prompt: Prompt) -> GroundedOn | None:
    if prompt.grounds is None:
        return None
    return GroundedOn(quote=prompt.grounds.quote, criterion_id=prompt.grounds.criterion_id or None)


def _turn(turn: Turn) -> TurnResult:
    segments = sorted(turn.segments, key=lambda segment: segment.start_s)
    start_s, end_s = turn.start_s, turn.end_s
    if start_s is None and segments:
        start_s, end_s = segments[0].start_s, segments[-1].end_s
    parts = record.parts(turn)
    scored = [part.confidence for part in parts if part.confidence is not None and part.text]
    voiced = next((part for part in parts if part.engine), None)
    text = record.text(turn)
    return TurnResult(
        start_s=start_s,
        end_s=end_s,
        text=text,
        words=tuple(word for part in parts for word in part.words),
        engine=voiced.engine if voiced else "",
        model=voiced.model if voiced else "",
        confidence=round(sum(scored) / len(scored), 3) if scored else None,
        # A turn that was cut off (a lost connection) has no figures but those of its segments.
        lost_ms=max(turn.lost_ms, sum(segment.lost_ms for segment in segments)),
        concealed_ms=max(turn.concealed_ms, sum(segment.concealed_ms for segment in segments)),
        jitter_ms=turn.jitter_ms,
        level_dbfs=_level_dbfs(segments),
        end_reason=turn.end_reason,
        mode="text" if turn.typed is not None else "voice",
        request=turn.request,
        set_aside=turn.set_aside,
        untranscribed=any(segment.untranscribed for segment in segments),
        rejected=tuple(_rejected(segment) for segment in segments if segment.rejected),
        words_from=_words_from(parts),
        live_text=None if text == turn.text else turn.text,
    )


def _words_from(parts: Sequence[record.Part]) -> Literal["live", "record", "both"]:
    passes = {isinstance(part, StretchTranscribed) for part in parts if part.text}
    if len(passes) == 2:
        return "both"
    return "record" if True in passes else "live"


def _rejected(segment: SegmentTranscribed) -> RejectedText:
    reason, text = segment.rejected, segment.rejected_text
    if not text:  # a log from before the text had a field of its own
        reason, _, text = reason.partition(": ")
    return RejectedText(start_s=segment.start_s, end_s=segment.end_s, reason=reason, text=text)


def _request(noted: Noted, state: State) -> RequestResult:
    request = noted.request
    prompt_id = prompt_id_of(state.spec, request)
    turn = state.turn(request.turn_epoch) if request.turn_epoch is not None else None
    if not prompt_id and turn is not None:  # logs of before the request told its question
        prompt_id = turn.prompt_id
    answer = state.answers.get(prompt_id)
    return RequestResult(
        intent=request.intent,
        by=request.by,
        effect=request.effect,
        text=request.text or (turn.text if turn is not None else ""),
        prompt_id=answer.prompt.prompt_id if answer is not None else None,
        question_id=answer.prompt.question_id if answer is not None else None,
        at=at_time(noted.at_s),
        at_s=_turn(turn).start_s if turn is not None else None,
        answer=request.answer,
    )


def _level_dbfs(segments: Sequence[SegmentTranscribed]) -> float | None:
    """Mean power, each segment by its duration."""
    weights = [max(0.0, segment.end_s - segment.start_s) for segment in segments]
    if not sum(weights):
        return None
    powers = [10 ** (segment.level_dbfs / 10) for segment in segments]
    mean = sum(w * p for w, p in zip(weights, powers, strict=True)) / sum(weights)
    return round(10 * math.log10(max(mean, 1e-10)), 1)


def _audio(
    answer: Answer, connections: tuple[ConnectionRecord, ...], recordings: frozenset[str]
) -> tuple[AudioSpan, ...]:
    spans = []
    for turn in answer.turns:
        for segment in sorted(turn.segments, key=lambda s: s.start_s):
            epoch = segment.segment_id.connection_epoch
            record = next((c for c in connections if c.connection_epoch == epoch), None)
            name = recording_name(epoch)
            if record is None or name not in recordings:
                continue
            start_s = max(0.0, segment.start_s - record.media_offset_s)
            end_s = max(start_s, segment.end_s - record.media_offset_s)
            spans.append(AudioSpan(file=name, start_s=round(start_s, 3), end_s=round(end_s, 3)))
    return tuple(spans)


def _percentiles(samples_s: list[float]) -> Percentiles:
    ordered = sorted(sample * 1000 for sample in samples_s)
    if not ordered:
        return Percentiles(p50=None, p95=None, n=0)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)

    return Percentiles(p50=at(0.5), p95=at(0.95), n=len(ordered))


def _media(connections: tuple[ConnectionRecord, ...], recordings: frozenset[str]) -> Media:
    received = sum(c.packets_received for c in connections)
    lost = sum(c.packets_lost for c in connections)
    return Media(
        loss=_share(lost, received),
        jitter_ms=max((c.jitter_ms for c in connections), default=0.0),
        lost_ms=sum(c.lost_ms for c in connections),
        concealed_ms=sum(c.concealed_ms for c in connections),
        connections=tuple(
            ConnectionResult(
                connection_epoch=c.connection_epoch,
                connected_at=at_time(c.connected_at_s),
                media_offset_s=c.media_offset_s,
                media_s=c.media_s,
                microphone=c.microphone,
                ended_reason=c.reason,
                packets_received=c.packets_received,
                packets_lost=c.packets_lost,
                loss=_share(c.packets_lost, c.packets_received),
                lost_ms=c.lost_ms,
                concealed_ms=c.concealed_ms,
                jitter_ms=c.jitter_ms,
                unkept_ms=c.unkept_ms,
                recording=recording_name(c.connection_epoch)
                if recording_name(c.connection_epoch) in recordings
                else None,
            )
            for c in connections
        ),
    )


def _share(lost: int, received: int) -> float:
    return round(lost / (lost + received), 4) if lost + received else 0.0


def _consents(state: State) -> tuple[ConsentResult, ...]:
    if state.consented_s is None:
        return ()
    return (
        ConsentResult(
            version=state.consent_version,
            given_at=at_time(state.consented_s),
            by=state.consent_by or "candidate",
            text=state.spec.consent.text,
        ),
    )
