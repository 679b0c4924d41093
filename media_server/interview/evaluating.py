"""What is known of an evaluation: its events folded, what may be decided, what a reader gets. Pure.

Nothing here judges. A score counts as final only where a person has decided, and the last person
who did so stands; whatever was decided before stays to be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from media_server.interview.evaluation import (
    CriterionEvaluation,
    Decision,
    Evaluation,
    EvaluationStage,
)
from media_server.interview.evaluation_events import (
    CriterionJudged,
    CriterionPutOff,
    EvaluationBegan,
    EvaluationDecided,
    EvaluationFailed,
    EvaluationMade,
    EvaluationStep,
    RawAnswer,
)
from media_server.interview.spec import InterviewSpec

Key = tuple[str, str]
"""(question id, criterion id)"""
MAX_RENEWALS = 20
"""Of an interview: each takes a model an hour or more."""
MAX_DECISIONS = 2_000
"""Of an interview: each is kept, and shown to every reader."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The fold of these events, a part of an interview's state; times as there."""

    began: EvaluationBegan | None = None
    began_s: float = 0.0
    judged: tuple[CriterionJudged, ...] = ()
    """Without the raw answers, which stay in the log."""
    put_off: tuple[CriterionPutOff, ...] = ()
    """The last of each criterion that is not judged."""
    outcome: EvaluationMade | EvaluationFailed | None = None
    outcome_s: float = 0.0
    renewed: int = 0
    """How often it was begun again."""
    decided: tuple[tuple[EvaluationDecided, float], ...] = ()

    @property
    def keys(self) -> frozenset[Key]:
        """What is judged."""
        return frozenset((one.question_id, one.criterion_id) for one in self.judged)

    def of(self, key: Key) -> CriterionJudged | None:
        return next(
            (one for one in self.judged if (one.question_id, one.criterion_id) == key), None
        )

    def answers(self, key: Key) -> tuple[RawAnswer, ...]:
        """To the requests of a criterion that was put off."""
        return next(
            (one.raw for one in self.put_off if (one.question_id, one.criterion_id) == key), ()
        )

    def gave_way(self, key: Key | None = None) -> bool:
        """This criterion (None: any) was last put off because others needed the model."""
        return any(
            one.because == "busy" and key in (None, (one.question_id, one.criterion_id))
            for one in self.put_off
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
            judged = (*known.judged, step.model_copy(update={"raw": ()}))
            return replace(known, judged=judged, put_off=_others(known, step))
        case CriterionPutOff():
            return replace(known, put_off=(*_others(known, step), step))
    return replace(known, outcome=step, outcome_s=at_s)


def _others(
    known: Evaluated, step: CriterionJudged | CriterionPutOff
) -> tuple[CriterionPutOff, ...]:
    mine = (step.question_id, step.criterion_id)
    return tuple(one for one in known.put_off if (one.question_id, one.criterion_id) != mine)


def begun_again(known: Evaluated, at_s: float) -> Evaluated:
    """Nothing of it is judged any more; the log has what was."""
    return Evaluated(began_s=at_s, renewed=known.renewed + 1)


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
        case CriterionPutOff():
            key = (step.question_id, step.criterion_id)
            asks = known.began is not None and key in wanted(spec) and key not in known.keys
            is_news = _is_news(step.raw, known.answers(key))
            return asks and (is_news or (step.because == "busy") != known.gave_way(key))
    return True


def _is_news(raw: tuple[RawAnswer, ...], known: tuple[RawAnswer, ...]) -> bool:
    """There is more of it, or another model has begun it again."""
    models, before = ({one.model for one in found if one.model} for found in (raw, known))
    return len(raw) > len(known) or (bool(models) and models != before)


def may_renew(spec: InterviewSpec, known: Evaluated) -> bool:
    """It is over, and nobody has decided about any of it. So often."""
    is_over = spec.evaluation is not None and known.outcome is not None
    return is_over and not known.decided and known.renewed < MAX_RENEWALS


def is_complete(known: Evaluated, engine: str, prompt_version: str) -> bool:
    """Whether another try could bring nothing new: made by this engine with these prompts, and
    every criterion judged."""
    outcome = known.outcome
    return (
        isinstance(outcome, EvaluationMade)
        and (outcome.engine, outcome.prompt_version) == (engine, prompt_version)
        and not any(one.status == "not_judged" for one in known.judged)
    )


def may_decide(known: Evaluated, key: Key) -> bool:
    """There is something to decide about: every criterion is judged, or is given up. So often."""
    is_full = len(known.decided) >= MAX_DECISIONS
    return known.outcome is not None and known.of(key) is not None and not is_full


def stage(spec: InterviewSpec, known: Evaluated) -> EvaluationStage | None:
    """In one word, for lists; None: the interview did not ask for an evaluation."""
    if spec.evaluation is None:
        return None
    if known.outcome is None:
        return "pending"
    if isinstance(known.outcome, EvaluationFailed) and not known.decided:
        return "failed"
    decided = {(one.question_id, one.criterion_id) for one, _ in known.decided}
    left = [one for one in known.judged if (one.question_id, one.criterion_id) not in decided]
    if known.judged and not left:
        return "final"
    return "proposed" if all(one.status == "proposed" for one in left) else "needs_human"


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
        renewed=known.renewed,
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
