"""Fold, log and sound → report. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from media_server.interview import report as rep
from media_server.interview import report_quality
from media_server.interview.events import SegmentTranscribed
from media_server.interview.prompt_names import prompt_names
from media_server.interview.report_log import LogFacts, Piece, Placing, Stretch
from media_server.interview.result import Result, recording_name
from media_server.interview.state import Answer, State
from media_server.interview.times import at_time
from media_server.sentences import split_sentences

LEAST_SPAN_S = 0.02
ONSET_S = 0.3
"""A first word that begins longer before its turn than this was not placed well."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of the timeline of which no packet is in the recording."""

    start_s: float
    end_s: float

    @property
    def repaired(self) -> bool:
        """Short enough to be filled by what lies around it: see `audio.decode`."""
        return self.end_s - self.start_s <= REPAIRED_S


REPAIRED_S = 0.1
"""80 ms that are concealed, and a packet that comes from the next one's in-band FEC."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What the recordings say."""

    waveform: rep.Waveform | None = None
    gaps: tuple[Gap, ...] = ()
    damaged: int = 0
    """Recordings that cannot be read, or not to their end."""
    covered: tuple[tuple[float, float], ...] = ()
    """From, to: of what lies there `gaps` say what is missing."""

    def covers(self, at_s: float) -> bool:
        return any(start_s <= at_s <= end_s for start_s, end_s in self.covered)


def build(
    interview_id: str,
    state: State,
    facts: LogFacts,
    result: Result,
    *,
    now_s: float,
    clips: frozenset[str] = frozenset(),
) -> rep.Report:
    """`facts`: of the whole log. `result`: of the same state. `clips`: names of the sound that is
    kept. What the recordings say comes by `with_sound`."""
    placing = Placing(state.connections, facts)
    turns = _turns(state)
    spoken = tuple(_spoken(piece, placing, clips, now_s) for piece in facts.pieces)
    ends = [said.end_s for said in spoken if said.end_s is not None]
    spans = [*turns, *_pauses(facts.pauses, "pause", placing, now_s)]
    spans += _pauses(facts.absences, "absent", placing, now_s)
    spans += _outages(facts, placing)
    duration_s = max((placing.end_s, *ends, *(span.end_s for span in spans)), default=0.0)
    return rep.Report(
        interview=_interview(interview_id, state, result),
        result=result,
        duration_s=round(duration_s, 3),
        recordings=_recordings(state, result),
        spoken=spoken,
        spans=_ordered(spans),
        waveform=None,
        quality=report_quality.quality(state, result, late_words=facts.late_words, damaged=0),
        coverage=_coverage(state, result),
    )


def with_sound(report: rep.Report, state: State, sound: Sound) -> rep.Report:
    """`report` and `state` of the same moment. What the log says of losses stays where there is no
    recording to say it."""
    found = [span for span in report.spans if span.kind not in ("lost", "concealed")]
    told = [s for s in report.spans if s.kind == "lost" and not sound.covers(s.end_s)]
    late_words = report.quality.late_words
    return report.model_copy(
        update={
            "waveform": sound.waveform,
            "spans": _ordered([*found, *told, *lost(sound.gaps, state, found)]),
            "quality": report_quality.quality(
                state, report.result, late_words=late_words, damaged=sound.damaged
            ),
        }
    )


def sound_shown(report: rep.Report) -> rep.SoundShown:
    """Of one `with_sound`."""
    spans = tuple(span for span in report.spans if span.kind in ("lost", "concealed"))
    return rep.SoundShown(waveform=report.waveform, spans=spans, quality=report.quality)


def _ordered(spans: Sequence[rep.Span]) -> tuple[rep.Span, ...]:
    return tuple(sorted(spans, key=lambda span: (span.start_s, span.kind)))


def _interview(interview_id: str, state: State, result: Result) -> rep.InterviewShown:
    return rep.InterviewShown(
        id=interview_id,
        title=state.spec.title,
        status=state.status,
        partial=result.partial,
        ended_reason=state.ended_reason,
        created_at=at_time(state.created_s),
        started_at=None if state.started_s is None else at_time(state.started_s),
        ended_at=None if state.ended_s is None else at_time(state.ended_s),
        locale=state.spec.candidate.locale,
        candidate_external_id=state.spec.candidate.external_id,
    )


def _recordings(state: State, result: Result) -> tuple[rep.RecordingShown, ...]:
    kept = {c.recording for c in result.media.connections if c.recording}
    return tuple(
        rep.RecordingShown(
            file=recording_name(c.connection_epoch),
            connection_epoch=c.connection_epoch,
            start_s=round(c.media_offset_s, 3),
            duration_s=round(c.media_s, 3),
        )
        for c in state.connections
        if recording_name(c.connection_epoch) in kept
    )


# --- what the interviewer said --------------------------------------------------------------------


def _spoken(piece: Piece, placing: Placing, clips: frozenset[str], now_s: float) -> rep.Spoken:
    start_s, placed = placing.of(piece)
    heard_s = piece.heard_s
    if piece.outcome == "open":
        heard_s = min(piece.duration_s, piece.from_s + max(0.0, now_s - piece.at_s))
    end_s = None if start_s is None else start_s + max(0.0, heard_s - piece.from_s)
    return rep.Spoken(
        id=piece.utterance_id,
        kind=piece.kind,
        prompt_id=piece.prompt_id or None,
        text=piece.text,
        words=_words(piece, start_s, heard_s) if start_s is not None and piece.spoken else (),
        start_s=_rounded(start_s),
        end_s=_rounded(end_s),
        from_s=round(piece.from_s, 3),
        heard_s=round(heard_s, 3),
        duration_s=round(piece.duration_s, 3),
        complete=piece.complete,
        outcome=piece.outcome,
        placed=placed,
        file=piece.clip if piece.clip in clips else None,
    )


def _rounded(at_s: float | None) -> float | None:
    return None if at_s is None else round(at_s, 3)


def _words(piece: Piece, start_s: float, heard_s: float) -> tuple[rep.SaidWord, ...]:
    """Those of which something was heard, with times on the interview's timeline."""
    sentences = split_sentences(piece.text)
    starts_s = piece.starts_s
    if len(starts_s) != len(sentences):
        sentences, starts_s = (" ".join(piece.text.split()),), (0.0,)
    found: list[rep.SaidWord] = []
    for sentence, begin_s, end_s in zip(
        sentences, starts_s, (*starts_s[1:], piece.duration_s), strict=True
    ):
        for text, from_s, to_s in spread(sentence, begin_s, end_s):
            if to_s > piece.from_s and from_s < heard_s:
                at_s = start_s - piece.from_s
                begins_s, ends_s = max(from_s, piece.from_s) + at_s, min(to_s, heard_s) + at_s
                found.append(
                    rep.SaidWord(text=text, start_s=round(begins_s, 3), end_s=round(ends_s, 3))
                )
    return tuple(found)


def spread(sentence: str, start_s: float, end_s: float) -> list[tuple[str, float, float]]:
    """(word, from, to): the words of a sentence over its time, by their length."""
    words = sentence.split()
    weights = [len(word) + 1 for word in words]
    per_weight_s = max(0.0, end_s - start_s) / sum(weights) if words else 0.0
    found, at_s = [], start_s
    for word, weight in zip(words, weights, strict=True):
        found.append((word, at_s, at_s + weight * per_weight_s))
        at_s += weight * per_weight_s
    return found


# --- stretches of the timeline --------------------------------------------------------------------


def _turns(state: State) -> list[rep.Span]:
    found = []
    for turn in state.turns:
        segments = sorted(turn.segments, key=lambda segment: segment.start_s)
        start_s, end_s = turn.start_s, turn.end_s
        if start_s is None and segments:
            start_s, end_s = segments[0].start_s, segments[-1].end_s
        if start_s is None or turn.typed is not None:
            continue
        end_s = max(start_s, end_s if end_s is not None else start_s)
        start_s = _first_sound_s(start_s, segments)
        found.append(_span("turn", start_s, end_s, end_s - start_s, turn.prompt_id))
    return found


def _first_sound_s(start_s: float, segments: Sequence[SegmentTranscribed]) -> float:
    """A turn is known to have begun once its sound was speech for a tenth of a second. Its first
    word says when that sound began."""
    first = min((word.s for segment in segments for word in segment.words), default=start_s)
    return first if start_s - ONSET_S <= first < start_s else start_s


def _span(
    kind: rep.SpanKind, start_s: float, end_s: float, lasted_s: float, prompt_id: str | None = None
) -> rep.Span:
    return rep.Span(
        kind=kind,
        start_s=round(start_s, 3),
        end_s=round(end_s, 3),
        prompt_id=prompt_id or None,
        lasted_s=round(lasted_s, 3),
    )


def _pauses(
    stretches: Sequence[Stretch], kind: rep.SpanKind, placing: Placing, now_s: float
) -> list[rep.Span]:
    found = []
    for stretch in stretches:
        until_s = max(stretch.start_s, stretch.end_s if stretch.end_s is not None else now_s)
        start_s = placing.at(stretch.start_s)
        end_s = start_s if kind == "absent" else max(start_s, placing.at(until_s))
        found.append(_span(kind, start_s, end_s, until_s - stretch.start_s))
    return found


def lost(gaps: Sequence[Gap], state: State, spans: Sequence[rep.Span]) -> list[rep.Span]:
    """Gaps of the recordings within turns that have lost something. A client that sends nothing in
    silence has gaps as well, and of those nothing is missing; nor is it while nobody listens."""
    damaged = {
        turn.prompt_id
        for turn in state.turns
        if turn.lost_ms + turn.concealed_ms
        or any(segment.lost_ms + segment.concealed_ms for segment in turn.segments)
    }
    turns = [span for span in spans if span.kind == "turn" and span.prompt_id in damaged]
    pauses = [span for span in spans if span.kind == "pause"]
    found = []
    for gap in gaps:
        if any(pause.start_s <= gap.start_s < pause.end_s for pause in pauses):
            continue
        for turn in turns:
            start_s, end_s = max(gap.start_s, turn.start_s), min(gap.end_s, turn.end_s)
            if end_s - start_s >= LEAST_SPAN_S:
                kind: rep.SpanKind = "concealed" if gap.repaired else "lost"
                found.append(_span(kind, start_s, end_s, end_s - start_s, turn.prompt_id))
    return found


def _outages(facts: LogFacts, placing: Placing) -> list[rep.Span]:
    """Without a recording the log tells of what was lost for more than a second."""
    found = []
    for back_s, lost_ms in facts.outages:
        end_s = placing.at(back_s)
        start_s = max(0.0, end_s - lost_ms / 1000)
        found.append(_span("lost", start_s, end_s, lost_ms / 1000))
    return found


# --- per prompt -----------------------------------------------------------------------------------


def _coverage(state: State, result: Result) -> tuple[rep.Coverage, ...]:
    names = prompt_names([{"kind": answer.kind} for answer in result.answers])
    by_id = {answer.prompt_id: answer for answer in result.answers}
    return tuple(
        rep.Coverage(
            prompt_id=answer.prompt.prompt_id,
            kind=answer.prompt.kind,
            number=name.short,
            asked=answer.status != "not_asked",
            answered=answer.status == "answered",
            status=answer.status,
            words=len(by_id[answer.prompt.prompt_id].text.split()),
            speaking_s=round(_speaking_s(answer), 2),
            low_confidence_words=sum(
                report_quality.is_uncertain(word)
                for turn in report_quality.counted(by_id[answer.prompt.prompt_id])
                for word in turn.words
            ),
        )
        for name, answer in zip(names, state.answers.values(), strict=True)
    )


def _speaking_s(answer: Answer) -> float:
    """Logs of former releases do not say how much of a segment is speech."""
    return sum(
        segment.speech_ms / 1000 if segment.speech_ms else segment.end_s - segment.start_s
        for turn in answer.turns
        if turn.counts
        for segment in turn.segments
    )
