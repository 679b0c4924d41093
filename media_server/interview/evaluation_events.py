"""The events of an evaluation, all of them after the end: part of `events`.

What would have to go with the transcript stands in fields of its own (`quotes`, `raw`, `flags`,
`reason`), so that retention can take it out and leave the scores.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from media_server.interview.evaluation import (
    AnswerFacts,
    CriterionEvaluation,
    CriterionStatus,
    DecidedBy,
    EvaluationFlag,
    EvaluationQuote,
    EvaluationReason,
)
from media_server.interview.event import Event

MAX_RAW_CHARS = 8_000
"""Of one answer of a model that is kept."""


class RawAnswer(BaseModel):
    """What a model was asked and what it said, as it came."""

    model_config = ConfigDict(frozen=True)
    step: str
    """Such as `quotes`, or `score 2`: which request of the criterion it was."""
    prompt: str
    """Name and version of the prompt, such as "judge_score.en@1"."""
    model: str
    raw: str
    """At most MAX_RAW_CHARS; "": there was no answer, see `failure`."""
    cut: bool = False
    """It was longer."""
    failure: str = ""
    """Why there is none, as `ports.llm.Failure`."""


class EvaluationBegan(Event):
    """The words are final; criteria are judged from here on. Once for each interview."""

    type: Literal["evaluation_began"] = "evaluation_began"
    engine: str
    model: str
    rubric_hash: str
    runs: int
    criteria: int
    """How many there are to judge."""


class CriterionJudged(Event):
    """One criterion of one question, once: what a restart finds it does not do again."""

    type: Literal["criterion_judged"] = "criterion_judged"
    question_id: str
    criterion_id: str
    criterion: str
    status: CriterionStatus
    score: float | None
    scores: tuple[int, ...]
    spread: int | None
    quotes: tuple[EvaluationQuote, ...]
    reasons: tuple[EvaluationReason, ...]
    refused_quotes: int = 0
    model: str
    prompt_version: str
    rubric_hash: str
    raw: tuple[RawAnswer, ...] = ()

    @classmethod
    def of(cls, judged: CriterionEvaluation, **how: object) -> CriterionJudged:
        """`how`: model, prompt_version, rubric_hash, raw."""
        known = judged.model_dump(exclude={"final", "decision", "decisions"})
        return cls.model_validate({**known, **how})

    def evaluation(self) -> CriterionEvaluation:
        """Before anybody has decided."""
        return CriterionEvaluation(
            question_id=self.question_id,
            criterion_id=self.criterion_id,
            criterion=self.criterion,
            status=self.status,
            score=self.score,
            scores=self.scores,
            spread=self.spread,
            quotes=self.quotes,
            reasons=self.reasons,
            refused_quotes=self.refused_quotes,
            final=False,
        )


class CriterionPutOff(Event):
    """Not judged to the end: what was answered so far, so that nobody asks for it again."""

    type: Literal["criterion_put_off"] = "criterion_put_off"
    question_id: str
    criterion_id: str
    because: str
    """As `ports.llm.Failure`, such as "busy"; "": it was no request of this criterion."""
    raw: tuple[RawAnswer, ...] = ()
    """All of it, from the first request on; what was said before is in it."""


class EvaluationRenewed(Event):
    """It was asked for once more: what was judged before stays in the log and counts no more."""

    type: Literal["evaluation_renewed"] = "evaluation_renewed"
    because: Literal["failed", "stale"]
    """stale: another model, or other prompts, would judge now, or nobody had judged all of it."""


class _Over(Event):
    engine: str
    model: str
    prompt_version: str
    rubric_hash: str
    runs: int
    criteria: int = 0
    needs_human: int = 0
    """Of those: there is a reason to look, or no score to confirm."""
    coverage: tuple[AnswerFacts, ...] = ()
    flags: tuple[EvaluationFlag, ...] = ()


class EvaluationMade(_Over):
    """Every criterion is judged, or there is no model and the facts in `coverage` are all."""

    type: Literal["evaluation_made"] = "evaluation_made"


class EvaluationFailed(_Over):
    """It is given up: the facts stand, and what was judged before."""

    type: Literal["evaluation_failed"] = "evaluation_failed"
    reason: str


class EvaluationDecided(Event):
    """A person has confirmed a score or given another. The last one of a criterion stands."""

    type: Literal["evaluation_decided"] = "evaluation_decided"
    question_id: str
    criterion_id: str
    score: int | None
    confirmed: bool
    by: str
    reason: str
    via: DecidedBy


EvaluationStep = (
    EvaluationBegan | CriterionJudged | CriterionPutOff | EvaluationMade | EvaluationFailed
)
"""What the server itself writes of it."""
