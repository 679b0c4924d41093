"""A reply is prepared while the candidate speaks, used if it is there, and done without if not."""

from __future__ import annotations

import pytest

from media_server.interview import effects as fx
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.machine import deadline
from media_server.interview.pacing import REPLY_AHEAD_S
from tests.interview.replies import (
    ASKS_BACK,
    LONG,
    SHORT,
    Asking,
    asking,
    asking_spec,
    next_words,
)


def test_it_is_asked_once_when_a_pause_has_lasted_long_enough() -> None:
    world = asking()
    world.say(SHORT, pause_ms=500)
    began_s = world.now_s
    assert world.asked == []
    assert deadline(world.state) == pytest.approx(began_s + REPLY_AHEAD_S - 0.5)
    world.wait(1.4)
    [asked] = [effect for effect in world.effects if isinstance(effect, fx.PrepareReply)]
    assert (asked.turn_epoch, asked.prompt_id) == (1, "q1")


def test_words_that_are_owed_are_waited_for_before_it_is_asked() -> None:
    world = asking()
    world.say(SHORT, owed=True)
    world.wait(0.4)
    assert world.asked == []
    world.words(SHORT)
    assert len(world.asked) == 1, "at once, for the pause was long enough"


def test_speech_that_goes_on_cancels_it_and_the_next_pause_asks_again() -> None:
    world = asking()
    world.say(SHORT)
    world.wait(0.5)
    [first] = world.asked
    world.say("And then I told everybody.")
    assert world.cancelled == [first]
    world.wait(0.5)
    assert len(world.asked) == 2
    assert world.asked[1] != first
    world.do(inp.ReplyReady(first, ASKS_BACK))
    world.end_turn()
    assert world.of(ev.AgendaExtended) == [], "the old one was about other words"
    world.reply()
    assert next_words(world) == ASKS_BACK.text


def test_the_same_words_are_not_asked_about_again_before_the_turn_ends() -> None:
    world = asking()
    world.say(SHORT)
    world.wait(0.5)
    world.say("")  # a cough
    world.wait(1.5)
    assert len(world.asked) == 1
    world.end_turn()
    assert len(world.asked) == 2, "it was cancelled, so the end of the turn asks"


def test_one_that_is_ready_outlives_a_cough() -> None:
    world = asking()
    world.say(SHORT)
    world.wait(0.5)
    world.reply()
    world.say("")
    world.wait(1.5)
    world.end_turn()
    assert next_words(world) == ASKS_BACK.text
    assert len(world.asked) == 1


@pytest.mark.parametrize("text", ["Can you repeat the question?", "One moment.", "Skip."])
def test_what_is_likely_a_request_asks_nothing(text: str) -> None:
    world = asking()
    world.say(text)
    world.wait(1.0)
    assert world.asked == []


@pytest.mark.parametrize(
    "changes",
    [{"most": 0}, {"follow_up_budget": 0}],
)
def test_nothing_is_asked_where_nothing_may_be_asked_back(changes: dict[str, object]) -> None:
    world = asking(**changes)
    world.answers()
    assert world.asked == []
    assert next_words(world) == "Question number 2?"


def test_without_a_model_everything_is_as_it_was() -> None:
    """The same inputs to two interviews, one of which could not be asked back about."""
    logs = []
    for spec in (asking_spec(), asking_spec(most=0)):
        world = Asking(spec, replies=spec.questions[0].follow_ups.max == 0)
        world.to_question(1)
        world.answers(LONG)
        world.speak()
        world.answers()
        world.speak()
        assert world.asked == []
        logs.append([event.model_dump_json() for event in world.log])
    assert logs[0] == logs[1]
    assert not any('awaits_reply":true' in line for line in logs[0])


@pytest.mark.parametrize(
    "clicked",
    [inp.PausePressed(), inp.SkipPressed(), inp.RepeatPressed(), inp.ThinkPressed(), inp.Cancel()],
    ids=lambda input_: type(input_).__name__,
)
def test_what_comes_first_cancels_it(clicked: inp.Input) -> None:
    world = asking()
    world.say(SHORT)
    world.wait(0.5)
    world.do(clicked)
    assert world.cancelled == world.asked
    assert len(world.asked) == 1
    world.reply()
    assert world.of(ev.AgendaExtended) == []


def test_a_lost_call_cancels_it_and_a_new_one_goes_on() -> None:
    world = asking()
    world.say(SHORT)
    world.wait(0.5)
    world.do(inp.CallEnded(1, "gone", 9.0))
    assert world.cancelled == world.asked
    world.wait(2.0)
    world.connect()
    world.answers("Besides, I told everybody.")
    assert len(world.asked) == 2
    world.reply()
    assert next_words(world) == ASKS_BACK.text


def test_a_newer_connection_cancels_it() -> None:
    world = asking()
    world.say(SHORT)
    world.wait(0.5)
    world.connect()
    assert world.cancelled == world.asked
