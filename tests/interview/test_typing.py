"""Who types is busy with the answer: nothing is said into it, and it is not paused."""

from __future__ import annotations

import pytest

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.event import Durability
from media_server.interview.pacing import LADDER, TYPING_LIMIT_S
from media_server.interview.spec import Accommodations, TurnSettings
from media_server.interview.status import Status
from tests.interview.world import World, make_spec

EVERY_S = 5.0


def types(world: World, seconds: float) -> None:
    """For so long; the last message comes at the end."""
    world.do(inp.CandidateTypes())
    for _ in range(round(seconds / EVERY_S)):
        world.wait(EVERY_S)
        world.do(inp.CandidateTypes())


def rungs(world: World) -> list[str]:
    return [e.action for e in world.log if isinstance(e, ev.LadderReached)]


def test_five_minutes_of_typing_are_neither_spoken_into_nor_paused() -> None:
    world = World()
    world.to_question(1)
    said = world.kinds()
    types(world, 300.0)
    assert world.at(Status.LISTENING)
    assert (rungs(world), world.kinds()) == ([], said)
    world.do(inp.AnswerTyped("All that I have written."))
    turns = world.state.answers["q1"].turns
    assert [turn.typed for turn in turns] == ["All that I have written."]


def test_the_ladder_begins_where_typing_stops() -> None:
    world = World()
    world.to_question(1)
    world.wait(20.0)
    assert rungs(world) == ["hint", "take_your_time"]
    world.speak()
    types(world, 200.0)
    stopped_s = world.now_s
    assert len(rungs(world)) == 2
    reached: list[float] = []
    while not world.at(Status.PAUSED):
        fresh = world.tick()
        if any(isinstance(e, ev.LadderReached) for e in fresh):
            reached.append(world.now_s - stopped_s)
        if world.at(Status.LISTENING) and world.state.utterance is not None:
            world.speak()
    assert reached == pytest.approx([quiet_s for quiet_s, _ in LADDER])


@pytest.mark.parametrize("spoke", [False, True])
def test_a_dead_microphone_is_spoken_of_when_typing_has_stopped(spoke: bool) -> None:
    world = World(make_spec(turn=TurnSettings(max_turn_ms=3_600_000)))
    world.to_question(1)
    if spoke:
        world.do(inp.SpeechStarted(world.state.turn_epoch))
    said = world.kinds()
    world.do(inp.CandidateTypes(), inp.AudioStopped(7.0))
    types(world, 300.0)
    assert world.at(Status.LISTENING)
    assert (world.kinds(), world.state.utterance) == (said, None)
    stopped_s = world.now_s
    world.wait(7.0)
    world.speak()
    assert world.kinds()[len(said) :] == ["audio_lost"]
    while not world.at(Status.PAUSED):
        world.tick()
        if world.at(Status.LISTENING) and world.state.utterance is not None:
            world.speak()
    assert world.now_s - stopped_s == pytest.approx(120.0)


def test_a_spoken_turn_ends_as_without_typing() -> None:
    world = World()
    world.to_question(1)
    world.do(inp.SpeechStarted(world.state.turn_epoch))
    began_s = world.now_s
    while world.at(Status.LISTENING) and world.now_s < began_s + 1_000.0:
        world.do(inp.CandidateTypes())
        world.wait(EVERY_S)
    assert not world.at(Status.LISTENING)
    assert world.now_s - began_s == pytest.approx(350.0, abs=EVERY_S)


def test_the_reply_to_what_was_asked_back_may_be_typed() -> None:
    world = World()
    world.to_question(1)
    world.answer("Could we maybe take a short break at some point?")
    assert world.state.confirming is not None
    world.speak()
    types(world, 60.0)
    assert world.state.confirming is not None
    world.wait(15.0)
    assert world.state.confirming is None


def test_a_moment_to_think_is_not_cut_short_by_typing() -> None:
    world = World()
    world.to_question(1)
    world.do(inp.ThinkPressed(), inp.CandidateTypes())
    world.wait(37.0)
    assert rungs(world) == []
    world.wait(2.0)
    assert rungs(world) == ["hint"]


@pytest.mark.parametrize("multiplier", [1.0, 2.0])
def test_a_key_that_is_held_down_is_not_waited_for_without_end(multiplier: float) -> None:
    world = World(make_spec(accommodations=Accommodations(time_multiplier=multiplier)))
    world.to_question(1)
    limit_s = TYPING_LIMIT_S * multiplier
    began_s = world.now_s
    types(world, limit_s - EVERY_S)
    assert rungs(world) == []
    while world.at(Status.LISTENING) and world.now_s < began_s + 3_000.0:
        world.do(inp.CandidateTypes())
        world.wait(EVERY_S)
    assert world.at(Status.PAUSED)
    assert world.now_s - began_s == pytest.approx(limit_s + LADDER[-1][0], abs=2 * EVERY_S)


def test_typing_writes_nothing_down() -> None:
    world = World()
    world.to_question(1)
    fresh = world.do(inp.CandidateTypes())
    assert fresh == [ev.AnswerGrew()]
    assert ev.AnswerGrew.durability is Durability.NEVER


@pytest.mark.parametrize("before", ["asking", "closing", "paused"])
def test_elsewhere_typing_changes_nothing(before: str) -> None:
    world = World()
    if before == "asking":
        world.begin()
        world.speak()
    else:
        world.to_question(1)
        world.do(inp.DonePressed() if before == "closing" else inp.PausePressed())
    assert world.do(inp.CandidateTypes()) == []
