"""Two buttons: "I need a moment" in an answer, and Skip over the greeting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from media_server.dialects import interview_v1 as v1
from media_server.dialects import native
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.effects import Hold, Play, StopPlaying
from media_server.interview.status import LIVE, Status
from media_server.interview.view import view
from tests.interview.world import World


def can(world: World) -> tuple[str, ...]:
    return view(world.state, world.now_s).can


def holds(world: World) -> list[float]:
    return [effect.hold_s for effect in world.effects if isinstance(effect, Hold)]


def rings(world: World, events: list[ev.Event]) -> list[int | None]:
    """How long each pause that is told of is."""
    told = [m for event in events for m in native.momentary(event, world.state)]
    return [m.wait_ms for m in told if isinstance(m, v1.Turn) and m.phase == "paused"]


# --- a moment to think ---


def test_a_moment_is_acknowledged_and_shown_as_a_ring_of_30_s() -> None:
    world = World()
    world.to_question(1)
    assert "think" in can(world)
    events = world.do(inp.ThinkPressed())
    assert [e.code for e in events if isinstance(e, ev.Noticed)] == ["thinking"]
    assert rings(world, events) == [30_000]
    assert holds(world) == [30.0]
    world.wait(29.0)
    assert not any(isinstance(e, ev.LadderReached) for e in world.log)
    assert world.state.utterance is None
    noted = [(r.request.intent, r.request.by, r.request.effect) for r in world.state.requests]
    assert noted == [("think", "click", "held")]


def test_pressed_again_it_is_30_s_from_then_on_and_no_second_request() -> None:
    world = World()
    world.to_question(1)
    for _ in range(4):
        events = world.do(inp.ThinkPressed())
        pause = world.state.listening.pause if world.state.listening else None
        assert pause is not None
        assert pause.wait_ms - pause.silence_ms == 30_000
        world.wait(10.0)
    assert rings(world, events) == [60_000]  # 30 s have run
    assert len(world.state.requests) == 1
    world.wait(21.0 + 8.0)
    assert [e.action for e in world.log if isinstance(e, ev.LadderReached)] == ["hint"]


def test_in_mid_speech_it_is_the_next_pause_that_is_long() -> None:
    world = World()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    assert rings(world, world.do(inp.ThinkPressed())) == []
    world.now_s += 5.0
    events = world.do(inp.SpeechStopped(epoch, 500, 5000))
    assert rings(world, events)[-1] == 25_500
    assert holds(world) == [30.0, 25.0]
    world.do(inp.SpeechResumed(epoch, 4000))
    events = world.do(inp.SpeechStopped(epoch, 500, 9000))
    assert rings(world, events)[-1] == 2000


def paused_ring(world: World) -> int | None:
    """What is left of the pause that runs; None: none does."""
    pause = world.state.listening.pause if world.state.listening else None
    return None if pause is None else pause.wait_ms - pause.at(world.now_s).silence_ms


@pytest.mark.parametrize("lost_ms", [1_500, 2_500])
def test_an_outage_meanwhile_takes_nothing_off_it(lost_ms: int) -> None:
    """The line drops out: what was lost is asked for at the pause after that."""
    world = World()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    world.now_s += 4.0
    world.do(inp.SpeechStopped(epoch, 500, 4000))
    world.now_s += 0.5
    world.do(inp.ThinkPressed())
    world.now_s += 4.0
    world.do(inp.AudioLost(epoch, lost_ms))
    assert paused_ring(world) == 26_000
    world.now_s += 0.8
    events = world.do(inp.SpeechStopped(epoch, 500, 4000))
    assert paused_ring(world) == 25_200
    assert rings(world, events)[-1] == 25_700
    assert holds(world) == [30.0, 26.0, 25.2]
    assert world.state.utterance is None
    world.wait(20.0)
    assert world.state.utterance is None
    assert not any(isinstance(e, ev.LadderReached) for e in world.log)
    world.do(inp.SpeechResumed(epoch, 20_000))
    world.now_s += 3.0
    world.do(inp.SpeechStopped(epoch, 500, 8000))
    asked = world.state.utterance
    assert (asked.kind if asked else None) == ("lost_you" if lost_ms > 2_000 else None)


def test_an_outage_before_the_first_word_brings_no_word_of_help() -> None:
    world = World()
    world.to_question(1)
    world.do(inp.ThinkPressed())
    world.now_s += 4.0
    world.do(inp.AudioLost(world.state.turn_epoch, 2_500))
    assert paused_ring(world) == 26_000
    world.wait(25.0)
    assert not any(isinstance(e, ev.LadderReached) for e in world.log)


def test_who_speaks_has_thought() -> None:
    """The pause after the first words is an ordinary one."""
    world = World()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.ThinkPressed())
    world.now_s += 4.0
    world.do(inp.SpeechStarted(epoch))
    world.now_s += 4.0
    events = world.do(inp.SpeechStopped(epoch, 500, 4000))
    assert rings(world, events)[-1] == 2000
    assert holds(world) == [30.0]


def test_a_word_of_help_is_stopped_and_none_follows() -> None:
    world = World()
    world.to_question(1)
    world.wait(15.5)
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.ThinkPressed())
    assert world.state.utterance is None
    world.do(inp.VoiceReady(utterance.utterance_id, 2.0))
    assert not any(isinstance(e, Play) and e.text == utterance.text for e in world.effects)


def test_a_turn_that_has_just_ended_goes_on() -> None:
    world = World()
    world.to_question(1)
    world.answer("My first thought on this is short.")
    assert world.at(Status.DECIDING)
    world.do(inp.ThinkPressed())
    assert world.at(Status.LISTENING)
    assert world.state.answering == "q1"
    assert holds(world)[-1] == 30.0
    assert world.rounds() == [0]


def test_what_was_skipped_or_is_being_closed_is_not_held() -> None:
    world = World()
    world.to_question(1)
    world.do(inp.DonePressed())
    assert "think" not in can(world)
    assert world.do(inp.ThinkPressed()) == []
    world = World()
    world.to_question(1)
    world.do(inp.SkipPressed("q1"))
    assert world.at(Status.DECIDING)
    assert world.do(inp.ThinkPressed()) == []


@pytest.mark.parametrize("status", sorted(LIVE - {Status.LISTENING}))
def test_it_is_offered_only_where_it_makes_sense(status: Status) -> None:
    world = World()
    world.to_question(1)
    world.state = replace(world.state, status=status, listening=None)
    assert "think" not in can(world)


# --- the greeting ---


def started(*, prepared: bool = True) -> World:
    world = World()
    world.do(inp.LinkOpened(), inp.ConsentGiven("2026-11"))
    if prepared:
        world.do(inp.GreetingReady("Hello from a machine.", "scripted"))
    world.connect()
    world.do(inp.StartPressed())
    assert world.at(Status.GREETING)
    return world


def playing(world: World) -> None:
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceReady(utterance.utterance_id, 8.0))
    world.now_s += 1.0


LATE: dict[str, Callable[[World, str], inp.Input]] = {
    "pressed again": lambda _w, _u: inp.SkipPressed(""),
    "by an old client": lambda _w, _u: inp.SkipPressed(),
    "its voice": lambda _w, name: inp.VoiceReady(name, 8.0),
    "no voice": lambda _w, name: inp.VoiceFailed(name, "no engine"),
    "heard to its end": lambda _w, name: inp.PlayoutEnded(name, 8.0, complete=True),
    "spoken over": lambda _w, _u: inp.BargeIn(0.5, 1.0, 0.0),
    "its words": lambda _w, _u: inp.GreetingReady("Hello once more.", "model"),
    "no words": lambda _w, _u: inp.GreetingFailed("down"),
    "tick": lambda _w, _u: inp.Tick(),
}


@pytest.mark.parametrize("late", LATE)
@pytest.mark.parametrize("stage", ["no words yet", "no voice yet", "playing"])
def test_skip_goes_straight_to_question_one_once(stage: str, late: str) -> None:
    world = started(prepared=stage != "no words yet")
    name = world.state.utterance.utterance_id if world.state.utterance else "u-0"
    if stage == "playing":
        playing(world)
    assert "skip" in can(world)
    world.do(inp.SkipPressed(""))
    assert any(isinstance(e, StopPlaying) for e in world.effects) == (stage == "playing")
    assert "skip" not in can(world)
    world.do(LATE[late](world, name))
    world.wait(0.5)
    world.speak()
    assert world.at(Status.LISTENING)
    assert world.rounds() == [0]
    assert world.state.answers["q1"].status == "open"
    assert world.kinds() == (["greeting"] if stage == "playing" else []) + ["question"]


def test_a_click_that_crosses_the_first_question_skips_nothing() -> None:
    world = started()
    playing(world)
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.PlayoutEnded(utterance.utterance_id, 8.0, complete=True))
    world.speak()
    assert world.at(Status.LISTENING)
    assert world.do(inp.SkipPressed("")) == []
    world.do(inp.SkipPressed("q1"))
    assert world.state.skipped is not None
    assert world.do(inp.SkipPressed("q1")) == []
    world.speak()
    assert world.do(inp.SkipPressed("q1")) == [], "the second question was asked meanwhile"
    assert world.state.answers["q2"].status == "open"


@pytest.mark.parametrize("away", ["connection", "pause"])
def test_a_greeting_that_was_skipped_does_not_come_back(away: str) -> None:
    world = started()
    playing(world)
    world.do(inp.SkipPressed(""))
    if away == "pause":
        world.do(inp.PausePressed(), inp.ResumePressed())
    else:
        world.do(inp.CallEnded(1, "gone", 2.0))
        world.connect()
    world.speak()
    assert world.kinds() == ["greeting", "question"]
    assert world.at(Status.LISTENING)


def test_the_dialect_carries_both() -> None:
    assert native.InterviewV1().decode('{"type":"think"}') == inp.ThinkPressed()
    assert native.InterviewV1().decode('{"type":"skip"}') == inp.SkipPressed(None)
    assert native.InterviewV1().decode('{"type":"skip","prompt_id":""}') == inp.SkipPressed("")
