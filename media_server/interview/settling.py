"""What an answer's status comes to once every word that was owed has come, or has not."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.state import State
from media_server.segment_info import SegmentInfo

NO_WORD = "no word was recognised in what was heard"


def untranscribed(state: State) -> list[ev.SegmentTranscribed]:
    """Segments that the recogniser gave up, in the order of the interview."""
    return [
        segment
        for answer in state.answers
        for turn in answer.turns
        for segment in turn.segments
        if segment.untranscribed and segment.speech_ms > 0
    ]


def written_later(state: State, input_: inp.HeardAgain) -> ev.SegmentTranscribed | None:
    """The segment with its words; None when it has them, or was never given up."""
    heard = input_.heard
    if heard.failed:
        return None  # it is marked already
    for segment in untranscribed(state):
        if segment.segment_id == heard.segment_id:
            return transcribed(segment.segment, segment.round, heard)
    return None


def transcribed(
    segment: SegmentInfo, round_: int, heard: inp.SegmentHeard
) -> ev.SegmentTranscribed:
    """A segment with its words, or the mark that there are none."""
    return ev.SegmentTranscribed.of(
        segment,
        round_,
        text=heard.text,
        words=heard.words,
        engine=heard.engine,
        model=heard.model,
        language=heard.language,
        confidence=heard.confidence,
        untranscribed=heard.failed,
        cause=heard.cause,
        rejected=heard.rejected,
        rejected_text=heard.rejected_text,
    )


def has_content(state: State, round_: int) -> bool:
    """Whether anything was said to this question, words or speech nobody could write down."""
    return any(
        not turn.request
        and (
            turn.text
            or any(segment.untranscribed and segment.speech_ms > 0 for segment in turn.segments)
        )
        for turn in state.answers[round_].turns
    ) or any(owed.round == round_ and owed.segment.speech_ms > 0 for owed in state.pending.values())


def is_empty(state: State, round_: int) -> bool:
    """Nothing was said to this question, and nothing is awaited that could still be something."""
    awaited = any(segment.round == round_ for segment in state.pending.values())
    return not awaited and not has_content(state, round_)


def settled(state: State, round_: int) -> ev.AnswerClosed | None:
    """The other end of an answer that was closed while words were owed, where they were none.

    Late words are no reason to hold an interview up, so it goes on and takes speech for an
    answer; a dial tone, music or a cough turn out to be none only when the last final is there.
    """
    if not 0 <= round_ < len(state.answers):
        return None
    if state.answers[round_].status not in ("answered", "cut_short") or not is_empty(state, round_):
        return None
    return ev.AnswerClosed(round=round_, status="no_answer", reason=NO_WORD)
