"""What the table declares is what can happen, and no reachable substate stands still."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import pytest

from media_server import spacing
from media_server.interview import faq, interruptions
from media_server.interview.machine import TABLE, Handled, deadline
from media_server.interview.pacing import REPLY_WAIT_S
from media_server.interview.spoken_requests import recogniser
from media_server.interview.state import State
from media_server.interview.status import LIVE, TERMINAL, Status
from media_server.tools.state_space import Space, explore
from tests.interview.world import World, assert_deadlines_reach_the_end, make_spec

pytestmark = pytest.mark.timeout(300)
"""The search alone takes seconds of CPU, and longer beside other work."""

STANDSTILL_S = 180.0
"""Longer than this no conversation stands still."""


@pytest.fixture(scope="module")
def space() -> Space:
    with pytest.MonkeyPatch.context() as patch:
        # The search meets few texts, each of them very often. What they mean depends on them alone.
        patch.setattr(recogniser._Language, "recognise", cache(recogniser._Language.recognise))
        patch.setattr(faq, "_compared", cache(faq._compared))
        patch.setattr(interruptions, "is_echo", cache(interruptions.is_echo))
        join = cache(spacing.join)
        patch.setattr(spacing, "join", lambda texts: join(tuple(texts)))
        return explore()


def test_every_status_is_reachable(space: Space) -> None:
    assert {state.status for state in space.states.values()} == set(Status)


def test_a_follow_up_may_come_at_any_moment_of_its_question(space: Space) -> None:
    short, long = (
        {
            (s.status, s.position)
            for s in space.states.values()
            if len(s.agenda) == count and s.agenda[-1].kind != "summary"
        }
        for count in (1, 2)
    )
    assert {pair for pair in short if pair[1] == 0 and pair[0] not in TERMINAL} <= long
    live = LIVE - {Status.GREETING}
    assert live <= {status for status, position in long if position == 1}, "and is asked"


def test_the_table_declares_exactly_what_can_happen(space: Space) -> None:
    declared = {
        pair: set(entry.leads_to)
        for pair, entry in TABLE.items()
        if isinstance(entry, Handled) and entry.leads_to
    }
    assert declared == dict(space.targets)


def test_every_reachable_substate_has_a_deadline(space: Space) -> None:
    for state in space.states.values():
        at_s = deadline(state)
        assert (at_s is None) == (state.status in TERMINAL), state
        if at_s is not None and state.status in LIVE:
            assert math.isfinite(at_s)
            assert at_s - _last_change_s(state) <= STANDSTILL_S, state


def test_a_reply_is_awaited_for_a_second_and_nothing_else_is_held_up_by_it(space: Space) -> None:
    awaited = [state for state in space.states.values() if state.awaits_reply]
    assert len(awaited) > 5
    for state in awaited:
        at_s = deadline(state)
        assert at_s is not None
        assert state.turn_ended_s is not None
        assert at_s <= state.turn_ended_s + REPLY_WAIT_S


def _last_change_s(state: State) -> float:
    times_s = [state.entered_s]
    if state.listening is not None:
        times_s += [state.listening.quiet_since_s, state.listening.closing_since_s]
    if state.utterance is not None:
        times_s += [state.utterance.requested_s, state.utterance.playing_since_s or 0.0]
    return max(times_s)


def test_deadlines_alone_lead_from_every_kind_of_substate_to_the_end(space: Space) -> None:
    for state in _one_of_each_kind(space):
        world = World(make_spec(2))
        world.state, world.now_s = state, _last_change_s(state)
        assert_deadlines_reach_the_end(world)
        assert world.state.status in TERMINAL


def _one_of_each_kind(space: Space) -> Iterator[State]:
    """Whatever the deadlines depend on; not what the answers have come to."""
    seen = set()
    for state in space.states.values():
        utterance, listening = state.utterance, state.listening
        kind = (
            state.status,
            state.connected,
            state.came_from or state.paused_from,
            utterance is not None and (utterance.kind, utterance.playing_since_s is None),
            listening is not None and (listening.spoke, listening.closing, listening.rung),
            state.interruption is not None and bool(state.interruption.repairs),
            state.interruption is not None and (listening is None or listening.speaking),
            state.gate_closed_s is not None,
            state.cut_off is not None,
            state.awaits_reply,
            bool(state.pending),
        )
        if kind not in seen:
            seen.add(kind)
            yield state
