"""Rules of the search for a lie: what is written when an interview is over."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from media_server.interview import evaluating
from media_server.interview import inputs as inp
from media_server.interview.evaluation_events import EvaluationStep
from tests.interview.walks import Watched, feeds
from tests.interview.world import decided, evaluation_steps, put_off

KEY = ("q1", "c1")


class AfterEndRules:
    """Beside the rules of `test_stateful.Interviews`, which gives them to both of its worlds."""

    world: Watched

    def give(self, *inputs: inp.Input) -> None:
        raise NotImplementedError

    @feeds(inp.Evaluated, inp.ScoreDecided, inp.EvaluateAgain)
    @precondition(lambda self: self.world.state.ended_s is not None)
    @rule(
        step=st.sampled_from((*evaluation_steps(), put_off("busy", 1))),
        seen=st.integers(0, 2),
        renewed=st.integers(0, 1),
    )
    def evaluated(self, step: EvaluationStep, seen: int, renewed: int) -> None:
        """Each step once, decisions by who has seen these scores and the decisions before, and
        nothing else moves."""
        state = self.world.state
        self.give(inp.Evaluated(step))
        found, known = self.world.state.evaluated, len(self.world.log)
        assert len(found.keys) == len(found.judged)
        may = evaluating.may_decide(found, KEY) and len(found.decisions(KEY)) == seen
        may = may and found.renewed == renewed
        self.give(inp.ScoreDecided(decided(), seen, renewed))
        assert (len(self.world.log) > known) == may
        known = len(self.world.log)
        self.give(inp.EvaluateAgain())
        over = found.outcome is not None and not may and not found.decided
        over = over and found.renewed < evaluating.MAX_RENEWALS
        assert (len(self.world.log) > known) == over
        moved = replace(self.world.state, evaluated=state.evaluated)
        assert moved == state, "something moved"
