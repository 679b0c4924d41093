"""What the recogniser is asked about a segment, and what its answer tells the interview. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from media_server.audio.types import Pcm
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.record import Stretch
from media_server.interview.spec import InterviewSpec
from media_server.ports import SttJob, SttOutcome, Word
from media_server.ports.turn_trace import turn_id_of
from media_server.segment_info import SegmentInfo
from media_server.stt.transcript import on_timeline


def job(
    interview_id: str,
    spec: InterviewSpec,
    segment: SegmentInfo,
    pcm: Pcm,
    *,
    final: bool = True,
    attempt: int = 1,
) -> SttJob:
    return SttJob(
        interview_id=interview_id,
        segment_id=str(segment.segment_id),
        attempt=attempt,
        final=final,
        start_s=segment.start_s,
        pcm=pcm,
        language=spec.candidate.locale.split("-")[0],
        glossary=spec.glossary,
        speech_ms=segment.speech_ms,
        turn_id=turn_id_of(interview_id, segment.turn_epoch),
    )


def stretch_job(interview_id: str, spec: InterviewSpec, stretch: Stretch, pcm: Pcm) -> SttJob:
    """For the record: whenever nothing else is to be done."""
    return SttJob(
        interview_id=interview_id,
        segment_id=f"record-{stretch.segment_ids[0]}",
        attempt=1,
        final=True,
        start_s=stretch.pieces[0].segment.start_s,
        pcm=pcm,
        language=spec.candidate.locale.split("-")[0],
        glossary=spec.glossary,
        speech_ms=sum(piece.segment.speech_ms for piece in stretch.pieces),
        turn_id=turn_id_of(interview_id, stretch.turn_epoch),
        record=True,
    )


def stretch_heard(stretch: Stretch, outcome: SttOutcome) -> inp.StretchHeard:
    """What came of `stretch_job`; the times of its words are those of the stretch."""
    made = outcome.transcription
    if made is None:
        return inp.StretchHeard(stretch.turn_epoch, stretch.segment_ids, failed="failed")
    return inp.StretchHeard(
        stretch.turn_epoch,
        stretch.segment_ids,
        made.text,
        spoken_words(made.words, 0.0, stretch.length_s),
        made.engine,
        made.model,
        made.language,
        made.confidence,
        rejected=made.rejected,
    )


def heard(segment: SegmentInfo, outcome: SttOutcome) -> inp.SegmentHeard:
    """The words of a segment on the candidate's timeline, or why there are none."""
    made = outcome.transcription
    if made is None:
        reason = outcome.reason or "failed"
        return inp.SegmentHeard(segment.segment_id, "", failed=reason, cause=outcome.cause)
    return inp.SegmentHeard(
        segment.segment_id,
        made.text,
        spoken_words(made.words, segment.start_s, segment.end_s),
        made.engine,
        made.model,
        made.language,
        made.confidence,
        rejected=made.rejected,
        rejected_text=made.rejected_text,
    )


def spoken_words(words: Sequence[Word], start_s: float, end_s: float) -> tuple[ev.SpokenWord, ...]:
    """Words of a segment on the candidate's timeline: within it, and never going back."""
    return tuple(
        ev.SpokenWord(
            w=word.text,
            s=word.start_s,
            e=word.end_s,
            c=None if word.confidence is None else round(word.confidence, 3),
        )
        for word in on_timeline(words, start_s, end_s - start_s)
    )
