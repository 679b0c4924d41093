"""People read an evaluation and decide about its scores."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from media_server.evaluation.requests import prompt_names
from media_server.interview import evaluating
from media_server.interview import inputs as inp
from media_server.interview.erased import words_are_erased
from media_server.interview.evaluation import CriterionEvaluation, Decision
from media_server.interview.evaluation_events import EvaluationDecided, EvaluationFailed
from media_server.interview.state import State
from media_server.interview.status import TERMINAL
from media_server.live.evaluations import Evaluations
from media_server.live.refusals import store_refusal
from media_server.live.registry import Registry
from media_server.live.services import Services
from media_server.ports import Refused, StoreUnavailable
from media_server.ports.scores import ScoreDecision

Ask = Callable[[str, inp.Input], Awaitable[State]]
"""Hand an input to the interview, whoever has it, and answer the state after it."""


class LiveScores:
    """Implements `ports.Scores`."""

    def __init__(
        self, services: Services, registry: Registry, evaluations: Evaluations, ask: Ask
    ) -> None:
        self._services = services
        self._registry = registry
        self._evaluations = evaluations
        self._ask = ask

    async def evaluation(self, interview_id: str) -> Mapping[str, Any]:
        await self._registry.sound_row(interview_id)
        return await _shown(await self._registry.state(interview_id))

    async def renew(self, interview_id: str) -> Mapping[str, Any]:
        await self._registry.sound_row(interview_id)
        state = await self._registry.state(interview_id)
        known, llm = state.evaluated, self._services.llm
        if state.spec.evaluation is None:
            raise _none_wanted()
        if state.status not in TERMINAL:
            raise Refused(409, "not_over", "Answers are judged when the interview is over")
        prompts = str(prompt_names(state.spec.candidate.locale))
        if known.outcome is None or evaluating.is_complete(known, llm.name, prompts):
            await self._goes_on(interview_id, known)
            return await _shown(state)
        _require_renewable(state, has_model=not llm.scripted)
        failed = isinstance(known.outcome, EvaluationFailed)
        renewed = inp.EvaluateAgain("failed" if failed else "stale")
        # The list is what a restart begins from, so it has the name before the log says anything;
        # a look in between would take it off again, so it has it afterwards as well.
        await self._list(interview_id)
        state = await self._ask(interview_id, renewed)
        if state.evaluated.renewed == known.renewed:
            _require_renewable(state, has_model=True)  # somebody has decided just now
        await self._list(interview_id)
        return await _shown(state)

    async def _goes_on(self, interview_id: str, known: evaluating.Evaluated) -> None:
        """An earlier request may have been cut off before the name was on the list."""
        if known.outcome is None and known.renewed:
            await self._list(interview_id)

    async def _list(self, interview_id: str) -> None:
        try:
            await self._evaluations.renewed(interview_id)
        except StoreUnavailable as error:
            raise store_refusal(error) from error

    async def decide(self, interview_id: str, decision: ScoreDecision) -> Mapping[str, Any]:
        await self._registry.sound_row(interview_id)
        state = await self._registry.state(interview_id)
        criterion = _criterion(state, decision)
        made = EvaluationDecided(
            question_id=decision.question_id,
            criterion_id=decision.criterion_id,
            score=_score(criterion, decision),
            confirmed=decision.action == "confirm",
            by=decision.by,
            reason=decision.reason,
            via=decision.via,
        )
        if not _stands(criterion, made):
            if state.evaluated.renewed != decision.renewed:
                raise _judged_again(state.evaluated.renewed)
            if len(criterion.decisions) != decision.expected:
                raise _decided_otherwise(criterion)
            if len(state.evaluated.decided) >= evaluating.MAX_DECISIONS:
                raise _too_many()
            decided = inp.ScoreDecided(made, decision.expected, decision.renewed)
            state = await self._ask(interview_id, decided)
            criterion = _criterion(state, decision)
            if not _stands(criterion, made):
                raise _decided_otherwise(criterion)
        return await _shown(state)


def _require_renewable(state: State, *, has_model: bool) -> None:
    """Raises Refused."""
    if state.evaluated.decided:
        raise Refused(
            409,
            "decided_already",
            "A person has decided about scores of this evaluation, and those stand: decide about "
            "the others as well, or override",
        )
    if not has_model:
        raise Refused(
            409,
            "no_model",
            "This server has no language model that could judge: set one "
            "(MEDIA_SERVER_OLLAMA_URL), then ask again",
        )
    if words_are_erased(state):
        raise Refused(409, "words_erased", "The words are erased, so that nothing can be judged")
    if state.evaluated.renewed >= evaluating.MAX_RENEWALS:
        raise Refused(
            409,
            "too_many_evaluations",
            f"It was begun again {evaluating.MAX_RENEWALS} times, and no more is kept: a person "
            "may decide without",
        )


def _none_wanted() -> Refused:
    return Refused(404, "no_evaluation", "This interview did not ask for an evaluation")


async def _shown(state: State) -> Mapping[str, Any]:
    found = evaluating.evaluation(state.spec, state.evaluated)
    if found is None:
        raise _none_wanted()
    return await asyncio.to_thread(found.model_dump, mode="json")


def _criterion(state: State, decision: ScoreDecision) -> CriterionEvaluation:
    """Raises Refused."""
    found = evaluating.evaluation(state.spec, state.evaluated)
    if found is None:
        raise _none_wanted()
    if found.status == "pending":
        raise Refused(
            409, "not_evaluated", "There is nothing to decide yet: the answers are not judged"
        )
    key = (decision.question_id, decision.criterion_id)
    for one in found.criteria:
        if (one.question_id, one.criterion_id) == key:
            return one
    raise Refused(422, "unknown_criterion", "The evaluation names the criteria there are")


def _score(criterion: CriterionEvaluation, decision: ScoreDecision) -> int | None:
    """Raises Refused where there is nothing that could be confirmed."""
    if decision.action == "override":
        return decision.score
    led = criterion.status == "needs_human" and criterion.score is None
    if criterion.status == "not_judged" or led:
        raise Refused(
            422, "no_score_to_confirm", "No score is proposed here: override with one of your own"
        )
    if criterion.score is None:
        return None
    if not criterion.score.is_integer():
        raise Refused(
            422,
            "no_score_to_confirm",
            f"The runs lie on both sides of {criterion.score:g}: override with a whole score",
        )
    return int(criterion.score)


def _stands(criterion: CriterionEvaluation, made: EvaluationDecided) -> bool:
    """The last decision is this one."""
    last = criterion.decision
    return last is not None and _said(last) == _said(made)


def _said(one: Decision | EvaluationDecided) -> tuple[object, ...]:
    return one.score, one.confirmed, one.by, one.reason


def _too_many() -> Refused:
    return Refused(
        409,
        "too_many_decisions",
        f"{evaluating.MAX_DECISIONS} decisions were made about this interview, and no more are "
        "kept: the last one of each criterion stands",
    )


def _judged_again(renewed: int) -> Refused:
    return Refused(
        409,
        "judged_again",
        "The answers were judged again since these scores were read. Read the evaluation again; to "
        f"decide about it, give its `renewed`, {renewed}",
    )


def _decided_otherwise(criterion: CriterionEvaluation) -> Refused:
    last, count = criterion.decision, len(criterion.decisions)
    if last is None:
        detail = "Nobody has decided about this criterion yet: give `expected` as 0"
    else:
        given = "no score" if last.score is None else f"a score of {last.score}"
        detail = (
            f"{last.by} has decided about it: {given}. Read the evaluation again; to decide all "
            f"the same, give `expected` as {count}"
        )
    return Refused(409, "decided_otherwise", detail)
