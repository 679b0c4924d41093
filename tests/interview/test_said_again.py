""" "Slower", "louder" and "the last part" mean what was said last, whatever that was."""

from __future__ import annotations

import pytest

from media_server.interview import inputs as inp
from media_server.interview.faq_pieces import pieces
from media_server.interview.phrases import phrase
from media_server.interview.result import build
from media_server.interview.rubric import FaqEntry
from media_server.interview.spec import Question
from media_server.interview.status import UtteranceKind
from media_server.sentences import last_sentence
from tests.interview.replies import ASKS_BACK, asking, next_words
from tests.interview.world import World, make_spec

SALARY = "It is 42,000 euros a year. There is a bonus, too."
FAQ = (FaqEntry(q="What is the salary?", a=SALARY),)
IN_OTHER_WORDS = "Tell me of a day that was hard. I mean at work."
SLOWER, LOUDER = "Could you speak more slowly?", "Could you speak louder?"
LAST, NOT_HEARD = "Could you repeat the last part?", "I can't hear you."
QUESTION = "Question number 1?"


def at_question() -> World:
    questions = (
        Question(id="q1", text=QUESTION, clarification=IN_OTHER_WORDS),
        Question(id="q2", text="Question number 2?"),
    )
    world = World(make_spec(2, faq=FAQ).model_copy(update={"questions": questions}))
    world.to_question(1)
    return world


def said(world: World) -> tuple[str, str]:
    utterance = world.state.utterance
    assert utterance is not None
    return utterance.kind, utterance.text


def is_changed(world: World) -> tuple[bool, bool]:
    """(slower, louder) than as it is sent."""
    utterance = world.state.utterance
    assert utterance is not None
    return utterance.delivery.tempo < 1.0, utterance.delivery.gain_db > 0.0


def test_the_answer_from_the_faq_is_said_slower_and_louder() -> None:
    world = at_question()
    world.answer("What is the salary?")
    world.speak()
    world.answer(SLOWER)
    assert said(world) == ("faq_answer", SALARY)
    assert is_changed(world) == (True, False)
    world.speak()
    world.answer(LOUDER)
    assert said(world) == ("faq_answer", SALARY)
    assert is_changed(world) == (True, True)
    world.speak()
    world.answer(LAST)
    assert said(world) == ("faq_answer", "There is a bonus, too.")
    world.speak()
    world.answer(NOT_HEARD)
    assert said(world) == ("faq_answer", SALARY), "all of it"
    found = build("i-1", world.state, now_s=world.now_s).requests
    assert [(one.intent, one.answer.index if one.answer else None) for one in found] == [
        ("interviewer_question", 0), ("slower", 0), ("louder", 0), ("repeat_last", 0),
        ("cannot_hear", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("I don't know.", "skip_offer"),
        ("Can I ask you something?", "question_note"),
        ("I want to talk to a human.", "human_note"),
        ("I want to end the interview.", "leave_offer"),
    ],
)
def test_so_is_a_hint(asked: str, kind: UtteranceKind) -> None:
    world = at_question()
    world.answer(asked)
    text = phrase(kind, "en")
    assert said(world) == (kind, text)
    for request, changed in ((SLOWER, (True, False)), (LOUDER, (True, True))):
        world.speak()
        world.answer(request)
        assert said(world) == (kind, text), request
        assert is_changed(world) == changed
    world.speak()
    world.answer(LAST)
    assert said(world) == (kind, last_sentence(text))


@pytest.mark.parametrize("by_click", [False, True])
def test_so_are_other_words_for_the_question(by_click: bool) -> None:
    world = at_question()
    if by_click:
        world.do(inp.RephrasePressed())
    else:
        world.answer("Could you rephrase that?")
    assert said(world) == ("rephrase", IN_OTHER_WORDS)
    world.speak()
    world.answer(SLOWER)
    assert said(world) == ("rephrase", IN_OTHER_WORDS)
    world.speak()
    world.answer(LAST)
    assert said(world) == ("rephrase", "I mean at work.")
    assert world.state.answers["q1"].rephrased == 1


def test_so_is_a_follow_up() -> None:
    world = asking()
    world.answers()
    world.reply()
    assert next_words(world) == ASKS_BACK.text
    for request in (SLOWER, LOUDER, LAST):
        world.speak()
        world.answer(request)
        assert next_words(world) == ASKS_BACK.text, request


@pytest.mark.parametrize("request_", [SLOWER, LOUDER, LAST, NOT_HEARD])
def test_after_some_of_an_answer_or_the_question_itself_it_is_the_question(request_: str) -> None:
    world = at_question()
    world.answer("What is the salary?")
    world.speak()
    world.do(inp.RepeatPressed())
    world.speak()
    world.answer(request_)
    assert said(world) == ("repeat", QUESTION)
    world = at_question()
    world.answer("What is the salary?")
    world.speak()
    world.answer("I sorted the whole warehouse last summer, and the summer before.")
    world.speak()
    world.answer(request_)
    assert said(world) == ("repeat", "Question number 2?")


def test_a_long_answer_begins_again_with_its_first_piece() -> None:
    long = " ".join(
        f"In building {n} you get a desk, a lamp and a chair of your own." for n in "1234"
    )
    world = World(make_spec(2, faq=(FaqEntry(q="What is the salary?", a=long),)))
    world.to_question(1)
    world.answer("What is the salary?")
    while said(world)[1] != pieces(long)[-1]:
        world.speak()
    world.speak()
    world.answer(SLOWER)
    for piece in pieces(long):
        assert said(world) == ("faq_answer", piece)
        assert is_changed(world) == (True, False)
        world.speak()


def test_what_only_comes_back_from_the_question_is_not_answered() -> None:
    about_it = (FaqEntry(q="How long is the contract?", a="Two years."),)
    spec = make_spec(1, faq=about_it)
    about = spec.questions[0].model_copy(update={"text": "Which contract did you like least?"})
    world = World(spec.model_copy(update={"questions": (about,)}))
    world.to_question(1)
    world.answer("The contract?")
    assert said(world)[0] != "faq_answer"
    world = World(make_spec(1, faq=about_it))
    world.to_question(1)
    world.answer("The contract?")
    assert said(world) == ("faq_answer", "Two years."), "nobody spoke of one before"
