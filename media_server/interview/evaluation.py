"""What an evaluation says, in the log and in the result. Everything in it can be traced: a quote
to the words and the sound, a score to its quotes, a final score to a person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


CriterionStatus = Literal["proposed", "needs_human", "insufficient_evidence", "not_judged"]
"""proposed: a score with evidence. needs_human: there is a reason to look, see `reasons`.
insufficient_evidence: no quote could be verified, so there is no score. not_judged: the model did
not answer."""
EvaluationStage = Literal["pending", "proposed", "needs_human", "final", "failed"]
"""pending: the interview goes on, or its answers are being judged. proposed, needs_human: a person
has to decide, of needs_human where code has seen a reason to look first, or there is no score.
final: a person has decided about all of it. failed: no model has judged it."""
DecidedBy = Literal["api_key", "link"]
"""By what a person decided: an integrator's own program, or a link to the report."""


class EvaluationReason(_Part):
    code: Literal[
        "no_verified_quote",
        "runs_disagree",
        "low_recogniser_confidence",
        "audio_lost_in_quote",
        "hedging_may_matter",
        "instructions_in_answer",
        "few_runs",
        "language_not_covered",
        "answer_corrected",
        "answer_too_long",
        "control_failed",
        "control_missing",
        "no_usable_answer",
        "model_away",
        "made_way",
    ]
    message: str
    """In plain English, for the person who decides."""


class EvaluationQuote(_Part):
    """The candidate's own words, found in a turn of theirs."""

    prompt_id: str
    turn_epoch: int | None
    """None: they stand only in the candidate's correction of the answer, and were never heard."""
    text: str
    """Verbatim, as in the turn's text."""
    start_s: float | None
    """On the interview's timeline; None: it was typed."""
    end_s: float | None
    confidence: float | None
    """The lowest of its words; None: typed, or the recogniser gave none."""
    repaired: bool = False
    """The model's words were a near miss (likeness of 0.9 or more), and these are the real ones."""
    scored_text: str | None = None
    """What of it was scored, where that is not all: hedges ("I think") and instructions to the
    judge are taken out."""


class Decision(_Part):
    """A person has confirmed the score or given another: from then on it is final."""

    score: int | None
    """None: no score can be given."""
    confirmed: bool
    """The proposed score was kept."""
    by: str
    """Their name, as they gave it."""
    reason: str
    """"": none was given, or it went with the transcript."""
    at: datetime
    via: DecidedBy = "api_key"


class CriterionEvaluation(_Part):
    question_id: str
    criterion_id: str
    criterion: str
    status: CriterionStatus
    score: float | None
    """Median of the runs, 1 to 5; final only with a `decision`."""
    scores: tuple[int, ...]
    """Of each run that judged; (): none did, or a question of control showed that the judge is led
    by something else than the quotes."""
    spread: int | None
    """Highest less lowest."""
    quotes: tuple[EvaluationQuote, ...]
    reasons: tuple[EvaluationReason, ...]
    refused_quotes: int = 0
    """Quotes of the model that nobody has said, or that prove nothing."""
    final: bool
    """A person has decided."""
    decision: Decision | None = None
    """The last one; None: nobody has decided."""
    decisions: tuple[Decision, ...] = ()
    """All of them, the oldest first."""


class EvaluationFlag(_Part):
    """Something in an answer that a reader should know of; no score depends on it."""

    code: Literal["injection"]
    prompt_id: str
    turn_epoch: int | None
    message: str


class AnswerFacts(_Part):
    """Facts, without a judgement."""

    prompt_id: str
    asked: bool
    answered: bool
    words: int
    speaking_s: float


class Evaluation(_Part):
    status: Literal["pending", "ready", "failed"]
    """failed: no model has judged it; the facts in `coverage` stand."""
    reason: str
    """Why it failed; else empty."""
    final: bool
    """Every criterion is decided by a person."""
    engine: str
    """Such as "ollama"; "scripted": facts only."""
    model: str
    prompt_version: str
    rubric_hash: str
    """SHA-256 of questions and criteria, in hexadecimal."""
    runs: int
    made_at: datetime | None
    criteria: tuple[CriterionEvaluation, ...]
    coverage: tuple[AnswerFacts, ...]
    flags: tuple[EvaluationFlag, ...]
    renewed: int = 0
    """How often it was asked for again and begun once more; what was judged before is logged."""
