"""Any input in any order: no walk breaks what always holds."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from media_server.interview import inputs as inp
from media_server.interview.effects import (
    Effect,
    Play,
    PrepareVoice,
)
from media_server.interview.status import TERMINAL, Status
from tests.interview.world import (
    World,
    assert_deadlines_reach_the_end,
    assert_log_folds_to_the_same_answers,
    check_invariants,
    random_input,
)
from tests.support.examples import examples


@settings(max_examples=examples(400), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(seed=78494, steps=12)  # shown, not spoken; paused; resumed behind a closed gate
@example(seed=2189, steps=91)  # a segment that is written down comes again, for a later turn
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 120))
def test_any_input_in_any_order(seed: int, steps: int) -> None:
    rng = random.Random(seed)
    world = World()
    if rng.random() < 0.8:
        world.begin()
    for _ in range(steps):
        world.now_s += rng.choice([0.0, 0.0, 0.1, 1.0, 5.0])
        before, count = world.state, len(world.log)
        world.do(random_input(world, rng))
        check_invariants(world, before, world.log[count:])
    assert_deadlines_reach_the_end(world)
    assert_log_folds_to_the_same_answers(world)


@pytest.mark.parametrize("lost", [PrepareVoice, Play])
def test_a_world_that_never_answers_still_reaches_the_end(lost: type[Effect]) -> None:
    world = World()
    world.begin()
    for _ in range(200):
        if world.state.status in TERMINAL:
            break
        utterance = world.state.utterance
        if lost is Play and utterance is not None and utterance.playing_since_s is None:
            world.do(inp.VoiceReady(utterance.utterance_id, 2.0))
            continue
        world.tick()
        if world.at(Status.PAUSED):
            world.do(inp.CallEnded(world.state.connection_epoch, "gone", 1.0))
    assert world.state.status in TERMINAL
