"""The candidate's own questions after the last one: asked for, answered or passed on, and ended."""

from __future__ import annotations

import random

import pytest

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import pacing, result
from media_server.interview.agenda import CANDIDATE_QUESTIONS_ID
from media_server.interview.machine.their_questions import MAX_QUESTIONS
from media_server.interview.phrases import TABLES, phrase, their_questions
from media_server.interview.rubric import FaqEntry
from media_server.interview.spec import Candidate
from media_server.interview.status import Status
from media_server.interview.summary_events import SUMMARY_ID
from media_server.interview.their_replies import reply_to_floor
from tests.interview.summary_world import hear
from tests.interview.world import (
    World,
    assert_deadlines_reach_the_end,
    assert_log_folds_to_the_same_answers,
    check_invariants,
    make_spec,
    random_input,
)

FAQ = (FaqEntry(q="What is the salary?", a="42,000 euros a year."),)


def asked_for(locale: str = "en", **changes: object) -> World:
    """As far as listening to the first of them."""
    candidate = Candidate(locale=locale)
    world = World(make_spec(1, candidate_questions=True, faq=FAQ, candidate=candidate, **changes))
    world.to_question(1)
    world.answer("I baked bread in a small town for five years.")
    utterance = world.state.utterance
    assert utterance is not None
    assert (utterance.kind, utterance.text) == ("question", their_questions(locale))
    world.speak()
    assert (world.state.status, world.state.answering) == (
        Status.LISTENING, CANDIDATE_QUESTIONS_ID,
    )  # fmt: skip
    return world


def kinds(world: World) -> list[str]:
    started = [e for e in world.log if isinstance(e, ev.UtteranceStarted)]
    at = next(n for n, e in enumerate(started) if e.prompt_id == CANDIDATE_QUESTIONS_ID)
    return [e.kind for e in started[at + 1 :]]


def theirs(world: World) -> result.AnswerResult:
    built = result.build("iv", world.state, now_s=world.now_s)
    (found,) = [a for a in built.answers if a.kind == "candidate_questions"]
    return found


def test_each_is_answered_or_passed_on_until_there_are_no_more() -> None:
    world = asked_for()
    world.answer("What is the salary?")
    hear(world)
    world.answer("And who would be the colleagues I work with every day?")
    hear(world)
    world.answer("No, thank you.")
    hear(world)
    assert world.at(Status.COMPLETED)
    assert kinds(world) == ["faq_answer", "more_questions", "questions_noted", "wrap_up"]
    built = result.build("iv", world.state, now_s=world.now_s)
    assert [(r.intent, r.effect, r.prompt_id) for r in built.requests] == [
        ("interviewer_question", "answered", CANDIDATE_QUESTIONS_ID),
        ("interviewer_question", "noted", CANDIDATE_QUESTIONS_ID),
        ("no_question", "noted", CANDIDATE_QUESTIONS_ID),
    ]
    found = theirs(world)
    assert found.status == "answered"
    assert found.text == (
        "What is the salary? And who would be the colleagues I work with every day?"
    )
    assert_log_folds_to_the_same_answers(world)


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "No."), ("en", "No, I don't have any questions."), ("en", "No questions."),
        ("en", "That's all, thank you."), ("en", "I don't think so."), ("en", "None."),
        ("de", "Nein, danke."), ("de", "Ich habe keine Fragen."), ("de", "Nein, keine Fragen."),
        ("es", "No, gracias."), ("es", "No tengo ninguna pregunta."), ("es", "Ninguna pregunta."),
        ("fr", "Non, merci."), ("fr", "Je n'ai pas de question."), ("fr", "Aucune question."),
        ("ar", "لا شكرا."),
    ],
)  # fmt: skip
def test_a_no_ends_it(locale: str, text: str) -> None:
    world = asked_for(locale)
    world.answer(text)
    hear(world)
    assert world.at(Status.COMPLETED)
    assert kinds(world) == ["wrap_up"]
    assert (theirs(world).status, theirs(world).text) == ("no_answer", "")


@pytest.mark.parametrize(
    "text",
    [
        "Is there no overtime?", "When do you decide?", "How big is the team?",
        "No idea yet, but who decides?", "Do I have to work on Sundays?", "I have no car.",
    ],
)  # fmt: skip
def test_a_question_with_a_no_in_it_is_one(text: str) -> None:
    assert reply_to_floor(text, "en") is None


@pytest.mark.parametrize("text", ["Yes.", "Yes, I have a question.", "I have a question."])
def test_one_that_is_announced_is_waited_for(text: str) -> None:
    world = asked_for()
    world.answer(text)
    hear(world)
    assert kinds(world) == ["go_on"]
    assert world.at(Status.LISTENING)
    world.answer("When do you decide?")
    hear(world)
    assert kinds(world) == ["go_on", "questions_noted"]


def test_silence_and_done_end_it() -> None:
    world = asked_for()
    world.wait(pacing.THEIR_QUESTIONS_S + 1)
    hear(world)
    assert world.at(Status.COMPLETED)
    assert kinds(world) == ["take_your_time", "wrap_up"]
    world = asked_for()
    world.do(inp.DonePressed(), inp.TurnOver(world.state.turn_epoch, "done", "", None, None))
    hear(world)
    assert world.at(Status.COMPLETED)
    assert kinds(world) == ["wrap_up"]


def test_one_in_writing_is_taken_and_the_summary_comes_last() -> None:
    world = asked_for(summary="offer")
    world.do(inp.AnswerTyped("When do you decide?"))
    hear(world)
    assert [r.request.by for r in world.state.requests] == ["typed"]
    world.answer("No.")
    assert world.state.utterance is not None
    assert world.state.utterance.prompt_id == SUMMARY_ID


@pytest.mark.parametrize(
    ("text", "began_s", "is_theirs"),
    [
        ("How many holidays would I get?", 0.3, True),
        ("How many holidays would I get?", 1.4, True),
        ("No, thank you.", 1.0, True),
        ("No, thank you.", 0.3, False),  # nobody has heard yet what is asked
        ("And I also sold cakes.", 1.0, False),
        ("It was a lot of work.", 1.0, False),
    ],
)
def test_a_question_over_the_first_words_of_it_is_no_answer_that_is_judged(
    text: str, began_s: float, *, is_theirs: bool
) -> None:
    world = World(make_spec(1, candidate_questions=True))
    world.to_question(1)
    world.answer("I baked bread in a small town for five years.")
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceReady(utterance.utterance_id, 6.0))
    world.now_s += began_s + 0.3
    world.do(inp.BargeIn(10.0, began_s + 0.3, 0.0, speech_s=0.3))
    world.answer(text)
    hear(world)
    said = {name: [t.text for t in a.turns if t.text] for name, a in world.state.answers.items()}
    assert (text in said[CANDIDATE_QUESTIONS_ID]) is is_theirs
    assert (text in said["q1"]) is not is_theirs
    assert_log_folds_to_the_same_answers(world)


def test_very_many_end_it() -> None:
    world = asked_for()
    for number in range(MAX_QUESTIONS):
        world.answer(f"And what happens in week {number} of the training?")
        hear(world)
    assert world.at(Status.COMPLETED)
    assert len(world.state.requests) == MAX_QUESTIONS


def test_who_does_not_want_it_is_not_asked() -> None:
    world = World(make_spec(1))
    world.to_question(1)
    world.answer("I baked bread in a small town for five years.")
    hear(world)
    assert CANDIDATE_QUESTIONS_ID not in world.state.answers


@pytest.mark.parametrize("locale", TABLES)
def test_every_language_has_words_of_its_own(locale: str) -> None:
    others = [one for one in TABLES if one != locale]
    assert all(their_questions(locale) != their_questions(one) for one in others)
    for kind in ("questions_noted", "more_questions", "no_summary", "nothing_so_far"):
        assert all(phrase(kind, locale) != phrase(kind, one) for one in others)


@pytest.mark.parametrize("seed", range(40))
def test_any_input_in_any_order(seed: int) -> None:
    rng = random.Random(seed)
    world = asked_for(summary="offer") if seed % 2 else asked_for()
    for _ in range(40):
        world.now_s += rng.choice([0.0, 0.3, 4.0, 40.0])
        before, count = world.state, len(world.log)
        world.do(random_input(world, rng))
        check_invariants(world, before, world.log[count:])
    assert_deadlines_reach_the_end(world)
    assert_log_folds_to_the_same_answers(world)
