"""Answers that are typed, at any moment."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from media_server.dialects import interview_v1 as v1
from media_server.dialects import native
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.status import Status
from tests.interview.world import (
    World,
    begin_question,
)
from tests.support.segments import heard, ready


def test_typed_answer_ends_the_turn_and_keeps_what_was_said() -> None:
    world = World()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    world.do(inp.AnswerTyped("Typed words."))
    world.do(ready(epoch, "1-1"))
    world.do(heard("1-1", "spoken words"))
    assert [t.text for t in world.state.answers["q1"].turns] == ["spoken words", "Typed words."]
    world.speak()
    assert world.state.round == 1


def test_an_answer_typed_into_a_pause_resumes_and_is_taken() -> None:
    """The microphone died, the candidate typed; the pause crossed the answer on its way."""
    world = World()
    world.to_question(1)
    world.do(inp.SpeechStarted(world.state.turn_epoch), inp.AudioStopped(7.0))
    while not world.at(Status.PAUSED):
        world.tick()
    world.wait(5.0)
    fresh = world.do(inp.AnswerTyped("Typed words."))
    assert isinstance(fresh[0], ev.Resumed)
    typed = [(e.round, e.typed) for e in fresh if isinstance(e, ev.TurnEnded)]
    assert typed == [(0, "Typed words.")]
    assert world.state.paused_used_s == pytest.approx(5.0)
    world.speak()
    assert (world.state.status, world.state.round) == (Status.LISTENING, 1)
    assert world.state.answers["q1"].status == "answered"


def test_an_answer_typed_into_a_pause_while_the_question_was_asked_is_taken() -> None:
    world = World()
    begin_question(world, 20.0)
    world.do(inp.PausePressed())
    world.do(inp.AnswerTyped("I know that one."))
    assert world.state.answers["q1"].turns[-1].typed == "I know that one."
    world.speak()
    assert (world.state.status, world.state.round) == (Status.LISTENING, 1)


def typed_turns(world: World) -> list[list[str]]:
    """What was typed to each question so far."""
    return [[t.typed for t in a.turns if t.typed is not None] for a in world.state.answers.values()]


def hints(fresh: Iterable[ev.Event]) -> list[str]:
    return [event.code for event in fresh if isinstance(event, ev.Noticed)]


@pytest.mark.parametrize("paused", [False, True])
def test_an_answer_typed_while_the_last_one_is_taken_in_goes_on_with_it(paused: bool) -> None:
    world = World()
    world.to_question(1)
    world.answer("This is my answer to the first.")
    assert world.at(Status.DECIDING)
    if paused:
        world.do(inp.PausePressed())
    fresh = world.do(inp.AnswerTyped("One more thing."))
    assert world.at(Status.DECIDING)
    assert typed_turns(world)[0] == ["One more thing."]
    shown = [m for n, e in enumerate(fresh, 1) for m in native.durable(e, n, world.state)]
    assert "One more thing." in [m.text for m in shown if isinstance(m, v1.Transcript)]
    assert world.state.answers["q1"].turns[0].text == "This is my answer to the first."
    world.do(inp.AnswerTyped("One more thing."))  # sent twice: it is there already
    assert typed_turns(world)[0] == ["One more thing."]
    world.speak()
    assert (world.state.status, world.state.round) == (Status.LISTENING, 1)
    assert world.state.answers["q1"].status == "answered"


@pytest.mark.parametrize("click", [inp.SkipPressed(), inp.RepeatPressed(), inp.RephrasePressed()])
def test_the_same_words_typed_to_the_next_question_are_its_answer(click: inp.Input) -> None:
    world = World()
    world.to_question(1)
    world.do(inp.AnswerTyped("Yes."))
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 5.0))
    assert (world.state.status, world.state.round) == (Status.ASKING, 1)
    world.do(click)
    assert world.at(Status.DECIDING)
    world.do(inp.AnswerTyped("Yes."))
    assert typed_turns(world)[:2] == [["Yes."], ["Yes."]]


@pytest.mark.parametrize("when", ["greeting", "paused greeting", "farewell"])
def test_an_answer_typed_while_nothing_is_asked_is_noted_and_that_is_said(when: str) -> None:
    world = World()
    if when == "farewell":
        world.to_question(len(world.state.spec.questions))
        world.answer("This is my answer to the last.")
        assert world.state.utterance is not None
        world.do(inp.VoiceReady(world.state.utterance.utterance_id, 5.0))
        assert world.at(Status.WRAP_UP)
    else:
        world.begin()
        assert world.at(Status.GREETING)
    if when == "paused greeting":
        world.do(inp.PausePressed())
    before = world.state
    fresh = world.do(inp.AnswerTyped("I have no microphone."))
    assert hints(fresh) == ["typed_late" if when == "farewell" else "typed_early"]
    assert (world.state.status, world.state.answers) == (before.status, before.answers)
    noted = world.state.requests[-1].request
    assert (noted.intent, noted.text) == ("typed_out_of_turn", "I have no microphone.")
    assert noted.round == (world.state.round if when == "farewell" else None)
