"""After the end: answers are judged, and a person decides about the scores."""

from __future__ import annotations

from media_server.interview import evaluating
from media_server.interview import inputs as inp
from media_server.interview.evaluation_events import EvaluationRenewed
from media_server.interview.machine.draft import Draft


def evaluated(draft: Draft, input_: inp.Evaluated) -> None:
    """Each step once; what was worked out twice changes nothing."""
    state = draft.state
    if evaluating.may_follow(state.spec, state.evaluated, input_.step):
        draft.emit(input_.step)


def renewed(draft: Draft, input_: inp.EvaluateAgain) -> None:
    """Never over a decision, and not while it goes on."""
    if evaluating.may_renew(draft.state.spec, draft.state.evaluated):
        draft.emit(EvaluationRenewed(because=input_.because))


def decided(draft: Draft, input_: inp.ScoreDecided) -> None:
    """By whoever has seen these scores, and all decisions that there are of this criterion."""
    known, made = draft.state.evaluated, input_.decision
    key = (made.question_id, made.criterion_id)
    has_seen = (len(known.decisions(key)), known.renewed) == (input_.expected, input_.renewed)
    if evaluating.may_decide(known, key) and has_seen:
        draft.emit(made)
