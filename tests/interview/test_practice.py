"""A practice question before the first: asked like one, counted as none."""

from __future__ import annotations

import random

import pytest

from media_server.dialects import native
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import result
from media_server.interview.agenda import PRACTICE_ID
from media_server.interview.phrases import TABLES, practice_question
from media_server.interview.spec import Candidate
from media_server.interview.spoken_texts import locale_of, spoken_texts
from media_server.interview.state import initial
from media_server.interview.status import Status
from tests.interview.world import (
    World,
    assert_deadlines_reach_the_end,
    assert_log_folds_to_the_same_answers,
    check_invariants,
    make_spec,
    random_input,
)


def begun(**changes: object) -> World:
    """As far as listening to the practice."""
    world = World(make_spec(2, practice=True, **changes))
    world.begin()
    world.speak()
    assert world.state.utterance is not None
    assert world.state.utterance.prompt_id == PRACTICE_ID
    world.speak()
    assert (world.state.status, world.state.answering) == (Status.LISTENING, PRACTICE_ID)
    return world


def finish(world: World) -> None:
    for _ in range(2):
        world.speak()
        world.answer("An answer that is long enough.")
    world.speak()
    assert world.state.status is Status.COMPLETED


def test_it_is_asked_first_and_counts_as_no_question() -> None:
    world = begun()
    [asked] = [event for event in world.log if isinstance(event, ev.PromptAsked)]
    [shown] = native.durable(asked, 7, world.state)
    assert shown.model_dump(include={"prompt_id", "kind", "number", "of"}) == {
        "prompt_id": PRACTICE_ID, "kind": "practice", "number": 0, "of": 2,
    }  # fmt: skip
    world.answer("Porridge with apples.")
    finish(world)
    built = result.build("iv", world.state, now_s=world.now_s)
    assert [(answer.prompt_id, answer.kind, answer.status) for answer in built.answers] == [
        (PRACTICE_ID, "practice", "answered"),
        ("q1", "question", "answered"),
        ("q2", "question", "answered"),
    ]
    [ended] = [event for event in world.log if isinstance(event, ev.Ended)]
    [told] = native.durable(ended, 9, world.state)
    assert told.model_dump(include={"answered", "of"}) == {"answered": 2, "of": 2}
    assert world.rounds() == [0, 1]


def test_it_can_be_skipped_and_taken_back() -> None:
    world = begun()
    world.do(inp.SkipPressed())
    world.speak()
    assert world.state.answers[PRACTICE_ID].status == "skipped"
    assert world.state.answering == "q1"
    world.do(inp.SkipUndone())
    assert world.state.answering == PRACTICE_ID
    world.answer("Bread and jam.")
    finish(world)
    assert world.state.answers[PRACTICE_ID].status == "answered"


@pytest.mark.parametrize("locale", [*TABLES, "pl"])
def test_it_is_in_the_bots_own_words_in_every_language(locale: str) -> None:
    spec = make_spec(1, practice=True, candidate=Candidate(locale=locale))
    text = practice_question(locale)
    assert initial(spec).agenda[0].text == text
    assert spoken_texts(spec)[1] == text
    assert locale_of(spec, text) == ("en" if locale == "pl" else locale)
    assert len({practice_question(one) for one in TABLES}) == len(TABLES)


@pytest.mark.parametrize("seed", range(30))
def test_any_input_in_any_order_with_a_practice(seed: int) -> None:
    rng = random.Random(seed)
    world = begun()
    for _ in range(80):
        world.now_s += rng.choice([0.0, 0.0, 0.1, 1.0, 5.0])
        before, count = world.state, len(world.log)
        world.do(random_input(world, rng))
        check_invariants(world, before, world.log[count:])
    assert_deadlines_reach_the_end(world)
    assert_log_folds_to_the_same_answers(world)
