"""What an answer's status comes to once every word that was owed has come, or has not."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.agenda import CANDIDATE_QUESTIONS_ID
from media_server.interview.state import State, Turn
from media_server.interview.status import AnswerStatus
from media_server.segment_info import SegmentInfo

NO_WORD = "no word was recognised in what was heard"
ADDED_TO = "something was said to it after all"


def untranscribed(state: State) -> list[ev.SegmentTranscribed]:
    """Segments that the recogniser gave up, in the order of the interview."""
    return [
        segment
        for turn in state.turns
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
            return transcribed(segment.segment, segment, heard)
    return None


def transcribed(
    segment: SegmentInfo, about: ev.OfPrompt, heard: inp.SegmentHeard
) -> ev.SegmentTranscribed:
    """A segment with its words, or the mark that there are none."""
    return ev.SegmentTranscribed.of(
        segment,
        about,
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


def counts(turn: Turn) -> bool:
    """As part of an answer. The candidate's own questions are requests, and the answer to their
    prompt."""
    asked = turn.prompt_id == CANDIDATE_QUESTIONS_ID and turn.request == "interviewer_question"
    return turn.counts or (asked and not turn.set_aside)


def has_content(state: State, prompt_id: str) -> bool:
    """Whether anything was said to this prompt, words or speech nobody could write down."""
    return any(
        counts(turn)
        and (
            turn.text
            or any(segment.untranscribed and segment.speech_ms > 0 for segment in turn.segments)
        )
        for turn in state.answers[prompt_id].turns
    ) or any(
        owed.prompt_id == prompt_id and owed.segment.speech_ms > 0
        for owed in state.pending.values()
    )


def is_empty(state: State, prompt_id: str) -> bool:
    """Nothing was said to this prompt, and nothing is awaited that could still be something."""
    awaited = any(owed.prompt_id == prompt_id for owed in state.pending.values())
    return not awaited and not has_content(state, prompt_id)


def said_something(state: State, turn: Turn) -> bool:
    """Words, or speech that nobody could write down, or has not yet."""
    return (
        bool(turn.text)
        or any(segment.untranscribed and segment.speech_ms > 0 for segment in turn.segments)
        or any(
            owed.segment.turn_epoch == turn.turn_epoch and owed.segment.speech_ms > 0
            for owed in state.pending.values()
        )
    )


def settled(state: State, prompt_id: str) -> ev.AnswerClosed | None:
    """The other end of an answer that was closed, where what was said to it says otherwise.

    Late words are no reason to hold an interview up, so it goes on and takes speech for an
    answer; a dial tone, music or a cough turn out to be none only when the last final is there.
    And an answer that was none becomes one when it is added to.
    """
    answer = state.answers.get(prompt_id)
    if answer is None:
        return None
    status: AnswerStatus
    if answer.status in ("answered", "cut_short") and is_empty(state, prompt_id):
        status, reason = "no_answer", NO_WORD
    elif answer.status == "no_answer" and has_content(state, prompt_id):
        status, reason = "answered", ADDED_TO
    else:
        return None
    return ev.AnswerClosed(
        prompt_id=prompt_id, round=answer.prompt.round, status=status, reason=reason
    )
