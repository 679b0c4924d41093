"""Folds of what comes when the interview is over: part of `fold`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from media_server.interview import evaluating
from media_server.interview import events as ev
from media_server.interview.evaluation_events import (
    EvaluationDecided,
    EvaluationRenewed,
    EvaluationStep,
)
from media_server.interview.replacing import replace
from media_server.interview.review_events import Reviewed
from media_server.interview.state import State


def _reviewed(s: State, e: Reviewed, at_s: float) -> State:
    return replace(s, reviewed=e, reviewed_s=at_s)


def _evaluated(s: State, e: EvaluationStep, at_s: float) -> State:
    return replace(s, evaluated=evaluating.with_step(s.evaluated, e, at_s))


def _decided(s: State, e: EvaluationDecided, at_s: float) -> State:
    return replace(s, evaluated=evaluating.with_decision(s.evaluated, e, at_s))


def _renewed(s: State, e: EvaluationRenewed, at_s: float) -> State:
    del e
    return replace(s, evaluated=evaluating.begun_again(s.evaluated, at_s))


FOLDS: Mapping[type[ev.Event], Callable[[State, Any, float], State]] = {
    ev.Reviewed: _reviewed,
    ev.EvaluationBegan: _evaluated,
    ev.CriterionJudged: _evaluated,
    ev.CriterionPutOff: _evaluated,
    ev.EvaluationMade: _evaluated,
    ev.EvaluationFailed: _evaluated,
    ev.EvaluationDecided: _decided,
    ev.EvaluationRenewed: _renewed,
}
