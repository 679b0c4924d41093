"""What a candidate has said to one question, as an evaluation looks at it. Pure.

Only the candidate's own words that belong to the answer: requests ("can you repeat that"), turns
that were set aside (an echo of the interviewer, a back-channel) and the interviewer's words are no
part of it.

A correction by the candidate takes the place of what was heard, because a recogniser's mistake is
not the candidate's. It was never heard, though, so a quote that stands in a correction alone says
so, and a person looks at it. What the candidate corrected when the answer was summed up stands
beside what was heard, as in the result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from media_server.evaluation.timing import SaidPart, SaidWord, WordTime, word_times
from media_server.evaluation.tokens import Token, tokens
from media_server.interview import record, review
from media_server.interview.agenda import Prompt
from media_server.interview.events import StretchTranscribed
from media_server.interview.state import State, Turn
from media_server.interview.summary_result import kept_corrections


@dataclass(frozen=True, slots=True)
class AudioGap:
    """A segment of audio in which something never arrived, or was guessed; where in it is not
    known. Seconds on the interview's timeline, and milliseconds."""

    start_s: float
    end_s: float
    lost_ms: int
    concealed_ms: int


@dataclass(frozen=True)
class SaidTurn:
    """One turn that belongs to the answer, or a correction of the whole answer.

    `parts` is empty where it was typed. Without slots: its words are found once.
    """

    prompt_id: str
    turn_epoch: int | None
    """None: it is the candidate's correction."""
    text: str
    parts: tuple[SaidPart, ...] = ()
    gaps: tuple[AudioGap, ...] = ()

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Of `text`, found once."""
        return tokens(self.text)

    @cached_property
    def times(self) -> tuple[WordTime, ...]:
        """When each of `tokens` was said; empty where it was typed."""
        return word_times(self.tokens, self.parts)


@dataclass(frozen=True, slots=True)
class SaidAnswer:
    """What was said to one prompt. `heard` are its turns; `counted` what is judged: the same, or
    the candidate's correction in their place (none, where it was corrected to nothing), and what
    was corrected in the summary."""

    prompt: Prompt
    asked: bool
    heard: tuple[SaidTurn, ...]
    counted: tuple[SaidTurn, ...]
    summary_corrected: bool = False
    """Some of it was corrected in the summary."""


def said_to(state: State, question_id: str) -> tuple[SaidAnswer, ...]:
    """The answers to a core question and to what was asked back about it, in their order."""
    return tuple(
        _said(state, answer.prompt)
        for answer in state.answers.values()
        if answer.prompt.question_id == question_id
        and answer.prompt.kind in ("question", "follow_up")
    )


def _said(state: State, prompt: Prompt) -> SaidAnswer:
    answer = state.answers[prompt.prompt_id]
    heard = tuple(_turns(answer.turns))
    corrected = review.correction_of(state, prompt.prompt_id)
    counted = heard
    if corrected is not None:
        whole = SaidTurn(prompt.prompt_id, None, corrected.text)
        counted = (whole,) if whole.tokens else ()
    taken_back = corrected is not None and not counted  # later than the summary
    in_summary = () if taken_back else tuple(_in_summary(state, prompt.prompt_id))
    asked = answer.status != "not_asked"
    return SaidAnswer(prompt, asked, heard, (*counted, *in_summary), bool(in_summary))


def _in_summary(state: State, prompt_id: str) -> Iterator[SaidTurn]:
    """Said with the best words of its turn, written as it was written."""
    for made in kept_corrections(state, prompt_id):
        turn = state.turn(made.turn_epoch) if made.turn_epoch is not None else None
        said = _turn(turn) if turn is not None else SaidTurn(prompt_id, None, made.text)
        if said.tokens:
            yield said


def _turns(turns: tuple[Turn, ...]) -> Iterator[SaidTurn]:
    for turn in turns:
        if not turn.counts:
            continue
        said = _turn(turn)
        if said.tokens:
            yield said


def _turn(turn: Turn) -> SaidTurn:
    text = record.text(turn)
    if turn.typed is not None:
        return SaidTurn(turn.prompt_id, turn.turn_epoch, text)
    parts = tuple(_part(part) for part in record.parts(turn) if part.text)
    gaps = tuple(
        AudioGap(segment.start_s, segment.end_s, segment.lost_ms, segment.concealed_ms)
        for segment in turn.segments
        if segment.lost_ms or segment.concealed_ms
    )
    return SaidTurn(turn.prompt_id, turn.turn_epoch, text, parts, gaps)


def _part(part: record.Part) -> SaidPart:
    words = tuple(SaidWord(word.w, word.s, word.e, word.c) for word in part.words)
    end_s = max(part.start_s, part.end_s)
    if isinstance(part, StretchTranscribed) and words:
        end_s = max(end_s, words[-1].end_s)
    return SaidPart(part.text, part.start_s, end_s, part.confidence, words)
