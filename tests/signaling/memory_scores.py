"""Evaluations in memory, for tests of HTTP: of interviews that are not over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from media_server.interview.evaluating import NOT_EVALUATED, evaluation
from media_server.interview.spec import InterviewSpec
from media_server.ports import Refused
from media_server.ports.scores import ScoreDecision


class MemoryScores:
    """Implements `ports.Scores`: nothing is judged here."""

    def __init__(self, spec_of: Callable[[str], InterviewSpec]) -> None:
        """`spec_of`: raises Refused where there is no such interview."""
        self._spec_of = spec_of

    async def evaluation(self, interview_id: str) -> Mapping[str, Any]:
        found = evaluation(self._spec_of(interview_id), NOT_EVALUATED)
        if found is None:
            raise Refused(404, "no_evaluation", "This interview did not ask for an evaluation")
        return found.model_dump(mode="json")

    async def renew(self, interview_id: str) -> Mapping[str, Any]:
        return await self.evaluation(interview_id)

    async def decide(self, interview_id: str, decision: ScoreDecision) -> Mapping[str, Any]:
        await self.evaluation(interview_id)
        raise Refused(409, "not_evaluated", f"{decision.criterion_id} is not judged yet")
