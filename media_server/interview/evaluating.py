"""What is known of an evaluation: its events folded, what may be decided, what a reader gets. Pure.

Nothing here judges. A score counts as final only where a person has decided, and the last person
who did so stands; whatever was decided before stays to be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from media_server.interview.evaluation import CriterionEvaluation, Decision, Evaluation
from media_server.interview.evaluation_events import (
    CriterionJudged,
    EvaluationBegan,
    EvaluationDecided,
    EvaluationFailed,
    EvaluationMade,
    EvaluationStep,
)
from media_server.interview.spec import InterviewSpec

Key = tuple[str, str]
"""(question id, criterion id)"""
MAX_DECISIONS = 2_000
"""Of an interview: each is kept, and shown to every reader."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The fold of these events, a part of an interview's state; times as there."""

    began: EvaluationBegan | None = None
    began_s: float = 0.0
    judged: tuple[CriterionJudged, ...] = ()
    """Without the raw answers, which stay in the log."""
    outcome: EvaluationMade | EvaluationFailed | None = None
    outcome_s: float = 0.0
    decided: tuple[tuple[EvaluationDecided, float], ...] = ()

    @property
    def keys(self) -> frozenset[Key]:
        """What is judged."""
        return frozenset((one.question_id, one.criterion_id) for one in self.judged)

    def of(self, key: Key) -> CriterionJudged | None:
        return next(
            (one for one in self.judged if (one.question_id, one.criterion_id) == key), None
        )

    def decisions(self, key: Key) -> tuple[Decision, ...]:
        return tuple(
            Decision(
                score=one.score,
                confirmed=one.confirmed,
                by=one.by,
                reason=one.reason,
                at=datetime.fromtimestamp(max(0.0, at_s), UTC),
                via=one.via,
            )
            for one, at_s in self.decided
            if (one.question_id, one.criterion_id) == key
        )


NOT_EVALUATED = Evaluated()


def with_step(known: Evaluated, step: EvaluationStep, at_s: float) -> Evaluated:
    match step:
        case EvaluationBegan():
            return replace(known, began=step, began_s=at_s)
        case CriterionJudged():
            return replace(known, judged=(*known.judged, step.model_copy(update={"raw": ()})))
    return replace(known, outcome=step, outcome_s=at_s)


def with_decision(known: Evaluated, decided: EvaluationDecided, at_s: float) -> Evaluated:
    return replace(known, decided=(*known.decided, (decided, at_s)))


def wanted(spec: InterviewSpec) -> tuple[Key, ...]:
    """Every criterion that is to be judged, in the order of the specification."""
    if spec.evaluation is None:
        return ()
    return tuple((q.id, criterion.id) for q in spec.questions for criterion in q.criteria)


def is_due(spec: InterviewSpec, known: Evaluated) -> bool:
    """Whether anything of it is still to be done, once the words are final."""
    return spec.evaluation is not None and known.outcome is None


def may_follow(spec: InterviewSpec, known: Evaluated, step: EvaluationStep) -> bool:
    """Each step is written once, however often it was worked out: after a crash, by two servers."""
    if not is_due(spec, known):
        return False
    match step:
        case EvaluationBegan():
            return known.began is None
        case CriterionJudged():
            key = (step.question_id, step.criterion_id)
            return known.began is not None and key in wanted(spec) and key not in known.keys
    return True


def may_decide(known: Evaluated, key: Key) -> bool:
    """There is something to decide about: every criterion is judged, or is given up. So often."""
    is_full = len(known.decided) >= MAX_DECISIONS
    return known.outcome is not None and known.of(key) is not None and not is_full


def evaluation(spec: InterviewSpec, known: Evaluated) -> Evaluation | None:
    """What a reader gets; None: the interview did not ask for one."""
    if spec.evaluation is None:
        return None
    outcome, began = known.outcome, known.began
    criteria = tuple(_criteria(known))
    is_failed = isinstance(outcome, EvaluationFailed)
    source = outcome or began
    return Evaluation(
        status="pending" if outcome is None else "failed" if is_failed else "ready",
        reason=outcome.reason if isinstance(outcome, EvaluationFailed) else "",
        final=outcome is not None and bool(criteria) and all(one.final for one in criteria),
        engine=source.engine if source else "",
        model=source.model if source else "",
        prompt_version=outcome.prompt_version if outcome else "",
        rubric_hash=source.rubric_hash if source else "",
        runs=source.runs if source else spec.evaluation.runs,
        made_at=datetime.fromtimestamp(max(0.0, known.outcome_s), UTC) if outcome else None,
        criteria=criteria,
        coverage=outcome.coverage if outcome else (),
        flags=outcome.flags if outcome else (),
    )


def _criteria(known: Evaluated) -> Iterator[CriterionEvaluation]:
    for one in known.judged:
        decisions = known.decisions((one.question_id, one.criterion_id))
        yield one.evaluation().model_copy(
            update={
                "final": bool(decisions),
                "decision": decisions[-1] if decisions else None,
                "decisions": decisions,
            }
        )
