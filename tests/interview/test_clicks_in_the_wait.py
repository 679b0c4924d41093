"""Clicks in the second in which a reply of a language model is awaited: none has to wait for it."""

from __future__ import annotations

import pytest

from media_server.interview import inputs as inp
from media_server.interview.machine import deadline
from media_server.interview.status import Status
from media_server.interview.view import view
from tests.interview.replies import ASKS_BACK, Asking, asking, next_words


def status_of(world: Asking, prompt_id: str) -> str:
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
