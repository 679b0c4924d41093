"""A snapshot plus the rest of the log folds to what the whole log folds to."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media_server.interview import snapshot
from media_server.interview.events import Durability, durability_of
from media_server.interview.fold import evolve
from media_server.interview.state import State, initial
from tests.interview.world import World, random_input
from tests.support.examples import examples


def _without_memory(state: State) -> State:
    return replace(
        state,
        pending={},
        listening=None,
        utterance=None,
        plan=None,
        gate_closed_s=None,
        cut_off=None,
        pauses_ms=(),
        interruption=None,
        reply=None,
    )


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), steps=st.integers(5, 120), cut=st.floats(0, 1))
def test_snapshot_and_rest(seed: int, steps: int, cut: float) -> None:
    rng = random.Random(seed)
    world = World()
    world.begin()
    for _ in range(steps):
        world.now_s += rng.choice([0.0, 0.3, 3.0])
        world.do(random_input(world, rng))
    durable = [e for e in world.log if durability_of(e) is not Durability.NEVER]
    at = int(cut * len(durable))
    whole = half = initial(world.state.spec)
    for number, event in enumerate(durable):
        if number == at:
            loaded = snapshot.load(world.state.spec, snapshot.dump(half))
            assert loaded is not None
            half = loaded
        whole = evolve(whole, event, 1_000.0 + number)
        half = evolve(half, event, 1_000.0 + number)
    assert half.answers == whole.answers
    assert _without_memory(half) == _without_memory(whole)


def test_other_versions_and_rubbish_are_ignored() -> None:
    spec = World().state.spec
    assert snapshot.load(spec, '{"format": 0, "state": {}}') is None
    assert snapshot.load(spec, "rubbish") is None
    assert snapshot.load(spec, '{"format": 2, "state": {"status": "no such"}}') is None
