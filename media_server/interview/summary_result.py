"""What a result says of the summary: what was given, whether it was right, what was wrong. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from media_server.interview import record, summing
from media_server.interview.summary_events import SUMMARY_ID, Source, Summary, SummaryCorrection
from media_server.interview.times import at_time

if TYPE_CHECKING:
    from media_server.interview.state import State


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SummaryCorrectionResult(_Part):
    """What the candidate said or wrote when the summary was given. It stands beside what was heard,
    and takes nothing away of it."""

    source: Literal["summary"] = "summary"
    by: Literal["voice", "text"]
    text: str
    """As it was said or typed: of a spoken one the whole turn, of a written one the sentence as it
    should be."""
    original: str
    """The sentence of the summary that it is about; "": none in particular."""
    at: datetime
    start_s: float | None
    """Where it was said, on the interview's timeline; null: it was written."""


class SummarySentenceResult(_Part):
    prompt_id: str
    text: str
    """Words of the candidate's answer and of what was asked back about it."""
    spoken: bool
    """False: of a long interview, shown and not said."""
    source: Source
    """`key_sentences`: taken out by code. `model`: chosen and said back by a language model, each
    sentence checked against the answer. `candidate`: written in their place."""


class SummaryResult(_Part):
    """Whether the candidate was offered what was understood, and what came of it."""

    status: Literal["offered", "told", "confirmed", "declined", "no_reply"]
    """`offered`, `told`: it ended there, or goes on. `confirmed`: the candidate said that it is
    right, or had no more to correct. `declined`: it was not wanted. `no_reply`: nothing was said
    for long."""
    by: Literal["voice", "text", "click", "deadline"] | None
    """How the last word on it came; null: there is none."""
    told_at: datetime | None
    settled_at: datetime | None
    heard: bool
    """All that was to be said of it was heard, or shown where no voice could say it."""
    sentences: tuple[SummarySentenceResult, ...]
    """As they were given last. A question that was skipped or has no words has none."""
    corrected: int
    """How many answers have a correction. One of which it is not known what it is about stands at
    the answer `:summary`."""


def summary_result(state: State) -> SummaryResult | None:
    """None: it was not offered."""
    if SUMMARY_ID not in state.answers or state.answers[SUMMARY_ID].status == "not_asked":
        return None
    summary = state.summary or Summary()
    told = "told" if summary.told_s is not None else "offered"
    changed = {name for name in state.answers if corrections_of(state, name)} - {SUMMARY_ID}
    return SummaryResult(
        status=summary.outcome or ("told" if told == "told" else "offered"),
        by=summary.by or None,
        told_at=None if summary.told_s is None else at_time(summary.told_s),
        settled_at=None if summary.settled_s is None else at_time(summary.settled_s),
        heard=told == "told" and summary.next_piece >= len(summing.pieces(state)),
        sentences=tuple(SummarySentenceResult(**one.model_dump()) for one in summary.sentences),
        corrected=len(changed),
    )


def corrections_of(state: State, prompt_id: str) -> tuple[SummaryCorrectionResult, ...]:
    """Of one answer, as a reader sees them."""
    return tuple(_correction(state, one) for one in kept_corrections(state, prompt_id))


def kept_corrections(state: State, prompt_id: str) -> tuple[SummaryCorrection, ...]:
    """Of one answer: all that was said, and the last that was written, unless that is the sentence
    as it was given."""
    made = state.summary.corrections if state.summary is not None else ()
    own = [one for one in made if one.prompt_id == prompt_id]
    written = [one for one in own if one.by == "text" and one.turn_epoch is None]
    return tuple(one for one in own if one not in written[:-1] and one.text != one.original)


def _correction(state: State, made: SummaryCorrection) -> SummaryCorrectionResult:
    turn = state.turn(made.turn_epoch) if made.turn_epoch is not None else None
    spoken = turn is not None and turn.typed is None
    return SummaryCorrectionResult(
        by="voice" if spoken else "text",
        text=(record.text(turn) if turn is not None else "") or made.text,
        original=made.original,
        at=at_time(made.at_s),
        start_s=turn.start_s if turn is not None and spoken else None,
    )
