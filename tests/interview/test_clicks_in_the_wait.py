"""Clicks while a reply of a language model or late words are awaited: none has to wait for them."""

from __future__ import annotations

import pytest

from media_server.interview import inputs as inp
from media_server.interview.machine import deadline
from media_server.interview.spec import Limits
from media_server.interview.status import Status
from media_server.interview.view import view
from tests.interview.replies import ASKS_BACK, Asking, asking, next_words
from tests.interview.world import World, make_spec
from tests.support.segments import heard, ready


def status_of(world: World, prompt_id: str) -> str:
    return world.state.answers[prompt_id].status


def waiting(**changes: object) -> Asking:
    world = asking(**changes)
    world.answers()
    assert world.state.awaits_reply
    assert {"skip", "repeat", "rephrase"} <= set(view(world.state, world.now_s).can)
    return world


def test_skip_does_not_wait_for_a_reply() -> None:
    world = waiting()
    world.do(inp.SkipPressed("q1"))
    assert next_words(world) == "Question number 2?"
    assert world.cancelled == world.asked
    assert "skip" not in view(world.state, world.now_s).can, "it would come too late"
    world.do(inp.SkipPressed("q1"), inp.RepeatPressed(), inp.RephrasePressed())
    world.speak()
    assert (world.state.answering, status_of(world, "q1")) == ("q2", "skipped")
    world.do(inp.SkipUndone())
    assert (world.state.answering, status_of(world, "q1")) == ("q1", "answered")


def test_a_click_on_skip_that_is_for_another_question_changes_nothing() -> None:
    world = waiting()
    known = len(world.log)
    world.do(inp.SkipPressed("q2"))
    assert len(world.log) == known


@pytest.mark.parametrize(
    ("pressed", "said"),
    [(inp.RepeatPressed(), "Question number 1?"), (inp.RephrasePressed(), "I mean 1.")],
)
def test_the_question_is_said_again_and_the_answer_goes_on(pressed: inp.Input, said: str) -> None:
    world = waiting()
    world.do(pressed)
    assert next_words(world) == said
    assert world.cancelled == world.asked
    world.speak()
    assert world.at(Status.LISTENING)
    assert (world.state.answering, status_of(world, "q1")) == ("q1", "open")
    world.answers("Besides, I told everybody.")
    world.reply()
    assert next_words(world) == ASKS_BACK.text


def test_done_once_more_neither_ends_nor_prolongs_the_wait() -> None:
    world = waiting()
    until_s = deadline(world.state)
    world.do(inp.DonePressed())
    assert deadline(world.state) == until_s


# --- late words are awaited, up to 20 s ---


def owing(**changes: object) -> World:
    """The turn is over, and its only segment is still being written down."""
    world = World(make_spec(2, **changes))
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch), ready(epoch, "1-91"))
    world.now_s += 3.0
    world.do(inp.TurnOver(epoch, "silence", "silence 2000 ms", 1.0, 3.0, silence_ms=2000))
    assert world.at(Status.CLOSING_TURN)
    return world


def turns_of(world: World, prompt_id: str) -> list[str]:
    return [turn.text for turn in world.state.answers[prompt_id].turns if turn.text]


def test_what_is_offered_while_words_are_awaited_is_done() -> None:
    world = owing()
    assert {"skip", "repeat", "rephrase"} <= set(view(world.state, world.now_s).can)
    world.do(inp.SkipPressed("q2"))
    assert world.at(Status.CLOSING_TURN), "that was for another question"
    world.do(inp.SkipPressed("q1"))
    assert next_words(world) == "Question number 2?"
    world.speak()
    assert (world.state.answering, status_of(world, "q1")) == ("q2", "skipped")
    world.do(heard("1-91", "I sorted the warehouse."))
    assert turns_of(world, "q1") == ["I sorted the warehouse."], "nothing said is lost"
    world.do(inp.SkipUndone())
    assert (world.state.answering, status_of(world, "q1")) == ("q1", "answered")


@pytest.mark.parametrize(
    ("pressed", "said"),
    [(inp.RepeatPressed(), "Question number 1?"), (inp.RephrasePressed(), "I mean 1.")],
)
@pytest.mark.parametrize("words_first", [False, True])
def test_while_words_are_awaited_the_question_is_said_again(
    pressed: inp.Input, said: str, words_first: bool
) -> None:
    world = owing()
    world.do(pressed)
    assert next_words(world) == said
    if words_first:
        world.do(heard("1-91", "I sorted the warehouse."))
        assert next_words(world) == said
    world.speak()
    assert world.at(Status.LISTENING)
    if not words_first:
        world.do(heard("1-91", "I sorted the warehouse."))
    world.answer("Besides, I told everybody.")
    world.speak()
    assert turns_of(world, "q1") == ["I sorted the warehouse.", "Besides, I told everybody."]
    assert (world.state.answering, status_of(world, "q1")) == ("q2", "answered")


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ("Skip this question.", "Question number 2?"),
        ("Could you repeat the question?", "Question number 1?"),
        ("Could you rephrase that?", "I mean 1."),
    ],
)
def test_while_words_are_awaited_the_same_is_done_by_voice(request_: str, said: str) -> None:
    world = owing()
    world.do(inp.BargeIn(5.0, 0.0, 0.0))
    assert world.at(Status.LISTENING)
    world.answer(request_)
    assert next_words(world) == said
    world.do(heard("1-91", "I sorted the warehouse."))
    assert turns_of(world, "q1")[0] == "I sorted the warehouse."


def test_when_the_time_is_over_the_farewell_comes_whatever_is_clicked() -> None:
    world = owing(limits=Limits(total_ms=60_000))
    world.now_s += 3.0
    world.do(inp.BargeIn(5.0, 0.0, 0.0))
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch), ready(epoch, "1-92"))
    world.now_s += 60.0
    world.do(inp.Tick())
    world.do(inp.TurnOver(epoch, "time_limit", "", 5.0, 60.0))
    assert world.state.time_up
    assert world.at(Status.CLOSING_TURN)
    assert not {"skip", "repeat", "rephrase"} & set(view(world.state, world.now_s).can)
    known = len(world.log)
    world.do(inp.SkipPressed("q1"), inp.RepeatPressed(), inp.RephrasePressed())
    assert len(world.log) == known
