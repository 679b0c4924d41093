"""What people do with an evaluation: read it, and decide about its scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class ScoreDecision:
    """One person's decision about one criterion of one question."""

    question_id: str
    criterion_id: str
    action: Literal["confirm", "override"]
    score: int | None
    """Of `override`, 1 to 5; None: no score can be given."""
    by: str
    """Their name."""
    reason: str
    expected: int
    """How many decisions about this criterion they have seen."""
    via: Literal["api_key", "link"]
    renewed: int = 0
    """Of the evaluation that they have seen."""


class Scores(Protocol):
    """Every method refuses (`Refused`) with 404 for an interview that is not there, and
    `no_evaluation` where none was asked for."""

    async def evaluation(self, interview_id: str) -> Mapping[str, Any]:
        """`interview.evaluation.Evaluation` as JSON has it; pending while it is not made."""

    async def renew(self, interview_id: str) -> Mapping[str, Any]:
        """The evaluation, begun again where it failed, is not whole, or another model or other
        prompts would judge now; as it is, where it goes on or nothing has changed. 409
        `decided_already` once a person has decided about any of it, 409 `no_model` where this
        server has none, 409 `words_erased` without words, 409 `not_over` before the end, 409
        `too_many_evaluations`."""

    async def decide(self, interview_id: str, decision: ScoreDecision) -> Mapping[str, Any]:
        """The evaluation after it; the same again answers the same. 409 `not_evaluated` before
        there is anything to decide, 409 `decided_otherwise` where somebody has decided whom the
        asker had not seen, 409 `judged_again` where they have seen the scores before, 422
        `unknown_criterion`, 422 `no_score_to_confirm`."""
