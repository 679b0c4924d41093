"""Every substate has a deadline: what is said, waits for the gate, or is listened to, in any mix.

The walks of `test_machine` reach substates as people do, so a rare one is met once in a thousand
runs. Here each combination is built by hand, the unreachable ones too, and left alone.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import get_args

import pytest

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.machine import deadline
from media_server.interview.pacing import REPLY_WAIT_S
from media_server.interview.replies_ahead import AheadStatus, ReplyAhead
from media_server.interview.spec import TurnSettings
from media_server.interview.state import CutOff, Listening, State, Utterance
from media_server.interview.status import LIVE, TERMINAL, Status
from tests.interview.world import World, assert_deadlines_reach_the_end, make_spec
from tests.support.segments import info

NOW_S = 1_000.0
STANDSTILL_S = 180.0
"""Longer than this no conversation stands still."""


def utterances(kind: str) -> list[Utterance | None]:
    prompt_id = "" if kind == "greeting" else "q1"
    waiting = Utterance("u-7", kind, "Words.", prompt_id, NOW_S)  # type: ignore[arg-type]
    return [None, waiting, replace(waiting, playing_since_s=NOW_S, duration_s=2.0)]


LISTENING = (
    None,
    Listening(quiet_since_s=NOW_S),
    Listening(quiet_since_s=NOW_S, speaking=True, spoke=True),
    Listening(quiet_since_s=NOW_S, rung=4),
    Listening(quiet_since_s=NOW_S, closing="done", closing_since_s=NOW_S),
)
SEGMENT = info("1-1")
PENDING = {SEGMENT.segment_id: ev.SegmentSubmitted(segment=SEGMENT, prompt_id="q1", round=0)}
REPLIES = tuple(
    ReplyAhead("r-1-1", epoch, "q1", 0, status)
    for epoch, status in itertools.product((1, 7), get_args(AheadStatus))
)
AWAITED = (
    ev.PlanMade(answer="answered", reason="answered", awaits_reply=True),
    ev.PlanMade(answer=None, reason="the FAQ answers it", awaits_reply=True),
)
KINDS = {Status.GREETING: "greeting", Status.WRAP_UP: "wrap_up", Status.LISTENING: "offer_repeat"}


def substates(status: Status) -> list[State]:
    """All mixes, of a world that is in the middle of its first question (or its greeting)."""
    world = World(make_spec(2, turn=TurnSettings(max_turn_ms=20_000)))
    world.to_question(1)
    found = []
    for utterance, cut_off, closed, listening, pending, heard, time_up in itertools.product(
        utterances(KINDS.get(status, "question")),
        (False, True),
        (False, True),
        LISTENING if status is Status.LISTENING else (None,),
        ({}, PENDING),
        (False, True),
        (False, True),
    ):
        greeted = status is Status.GREETING
        met = Utterance("u-6", "question", "Words.", world.state.answering, NOW_S)
        found.append(
            replace(
                world.state,
                status=status,
                entered_s=NOW_S,
                utterance=utterance,
                cut_off=CutOff(met, NOW_S) if cut_off else None,
                gate_closed_s=NOW_S if closed else None,
                listening=listening,
                pending=pending,
                question_heard=heard,
                time_up=time_up,
                round=-1 if greeted else 0,
                position=-1 if greeted else 0,
                answering="" if greeted else "q1",
                turn_epoch=0 if greeted else world.state.turn_epoch,
            )
        )
    return found


def awaited() -> list[State]:
    """A reply is awaited: one that is on its way, over, or to another turn, or none was asked."""
    worlds = [
        replace(state, replies=replies, reply=reply, plan=plan, turn_ended_s=ended_s)
        for state, plan, reply, ended_s, replies in itertools.product(
            substates(Status.DECIDING), AWAITED, (None, *REPLIES), (None, NOW_S), (False, True)
        )
    ]
    return [state for state in worlds if state.awaits_reply and not state.time_up]


def test_a_reply_is_awaited_for_a_second_at_most() -> None:
    assert len(awaited()) > 100
    for state in awaited():
        at_s = deadline(state)
        assert at_s is not None
        assert at_s - NOW_S <= REPLY_WAIT_S, state
        world = World(make_spec(2))
        world.reachable = False
        world.state, world.now_s = state, at_s
        world.do(inp.Tick())
        assert not world.state.awaits_reply, state
        if state.gate_closed_s is None:
            assert world.state.utterance is not None, state


def test_left_alone_the_end_is_reached_from_where_a_reply_is_awaited() -> None:
    for state in awaited():
        world = World(make_spec(2))
        world.reachable = False
        world.state, world.now_s = state, NOW_S
        assert_deadlines_reach_the_end(world)
        assert world.state.status in TERMINAL


@pytest.mark.parametrize("status", sorted(LIVE))
def test_every_substate_of_a_conversation_has_a_deadline(status: Status) -> None:
    for state in substates(status):
        at_s = deadline(state)
        assert at_s is not None, state
        assert math.isfinite(at_s)
        assert at_s - NOW_S <= STANDSTILL_S, state


@pytest.mark.parametrize("status", sorted(LIVE))
def test_left_alone_every_substate_reaches_the_end(status: Status) -> None:
    for state in substates(status):
        world = World(make_spec(2))
        world.reachable = False
        world.state, world.now_s = state, NOW_S
        assert_deadlines_reach_the_end(world)
        assert world.state.status in TERMINAL


def test_the_end_of_the_time_is_the_end_without_an_open_turn_too() -> None:
    """Resumed behind a closed gate: nothing is listened to, and the farewell waits for the gate."""
    world = World()
    world.begin()
    world.speak()
    world.do(inp.SkipPressed())
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceFailed(utterance.utterance_id, "no voice"), inp.PausePressed())
    world.do(inp.GateClosed(), inp.ResumePressed())
    assert world.state.status in LIVE
    world.wait(130.0)
    assert world.at(Status.PAUSED)
