""" "Can you summarise?" in the middle: what was understood so far, and the answer goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from media_server.interview import inputs as inp
from media_server.interview.phrases import phrase, remark
from media_server.interview.spec import Candidate
from media_server.interview.spoken_requests import recognise
from media_server.interview.status import Status
from tests.interview.summary_world import ANSWERS, hear, offered, texts
from tests.interview.world import World, make_spec

ASKED = {
    "en": ("Can you summarise?", "Could you sum up what I said so far, please?",
           "Please summarize my answer.", "What have you understood so far?",
           "Can you give me a short summary?", "Can I get a summary?", "Can you recap that?"),
    "de": ("Können Sie das bitte zusammenfassen?",
           "Fassen Sie bitte zusammen, was ich gesagt habe.",
           "Was haben Sie bisher verstanden?", "Kann ich eine kurze Zusammenfassung haben?",
           "Könnten Sie kurz zusammenfassen, was ich gesagt habe?"),
    "es": ("¿Puede resumir lo que he dicho?", "¿Puede hacer un resumen?",
           "¿Qué ha entendido hasta ahora?", "¿Podría resumir mi respuesta?"),
    "fr": ("Pouvez-vous résumer ce que j'ai dit ?", "Pouvez-vous faire un résumé ?",
           "Qu'avez-vous compris jusqu'ici ?", "Pouvez-vous résumer ma réponse ?"),
}  # fmt: skip
ANSWER = (
    ("en", "I summarised the report for my boss."),
    ("en", "I can summarise long texts well, and I did so every week."),
    ("de", "Ich habe die Zahlen jede Woche zusammengefasst."),
    ("es", "Hice un resumen de las ventas cada mes."),
    ("fr", "J'ai fait un résumé des ventes chaque mois."),
)


@pytest.mark.parametrize(("locale", "text"), [(tag, t) for tag in ASKED for t in ASKED[tag]])
def test_it_is_recognised_and_no_answer(locale: str, text: str) -> None:
    found = recognise(text, locale)
    assert found is not None
    assert (found.intent, found.sure) == ("summarise", True)


@pytest.mark.parametrize(("locale", "text"), ANSWER)
def test_an_answer_that_tells_of_a_summary_is_one(locale: str, text: str) -> None:
    found = recognise(text, locale)
    assert found is None or found.intent != "summarise"


def talking(locale: str = "en", said: str = "", **changes: object) -> World:
    """In the second question, with something said to it or nothing."""
    spec = make_spec(2, candidate=Candidate(locale=locale), **{"summary": "offer"} | changes)
    world = World(spec)
    world.to_question(1)
    world.answer(ANSWERS[locale][0])
    world.speak()
    if said:
        world.answer(said)
        world.do(inp.NotFinishedPressed())
        assert world.state.answering == "q2"
    return world


@pytest.mark.parametrize("locale", ASKED)
def test_what_was_said_so_far_is_summed_up_and_the_answer_goes_on(locale: str) -> None:
    world = talking(locale)
    before = (world.state.round, world.state.answering)
    world.answer(ASKED[locale][0])
    utterance = world.state.utterance
    assert utterance is not None
    assert utterance.kind == "recap"
    assert utterance.text.startswith(remark("so_far", locale))
    assert ANSWERS[locale][0] in utterance.text
    hear(world)
    assert world.at(Status.LISTENING)
    assert (world.state.round, world.state.answering) == before
    assert [(r.request.intent, r.request.effect) for r in world.state.requests] == [
        ("summarise", "summed up")
    ]
    world.answer(ANSWERS[locale][1])
    assert world.state.answers["q2"].turns[-1].text == ANSWERS[locale][1]
    assert ASKED[locale][0] not in " ".join(
        turn.text for turn in world.state.answers["q2"].turns if turn.counts
    )


def test_of_an_answer_that_is_being_given_that_one_is_summed_up() -> None:
    world = talking(said=ANSWERS["en"][1])
    world.answer("Can you summarise?")
    hear(world)
    (said,) = texts(world, "recap")
    assert said == f"{remark('so_far', 'en')} {ANSWERS['en'][1]}"
    assert (world.state.round, world.state.answering) == (1, "q2")


def test_where_nothing_was_said_or_none_is_wanted_it_says_so() -> None:
    world = World(make_spec(2, summary="offer"))
    world.to_question(1)
    world.answer("Can you summarise?")
    hear(world)
    assert texts(world, "nothing_so_far") == [phrase("nothing_so_far", "en")]
    world = talking(summary="off")
    world.answer("Can you summarise?")
    hear(world)
    assert texts(world, "no_summary") == [phrase("no_summary", "en")]
    assert texts(world, "recap") == []
    assert (world.state.status, world.state.answering) == (Status.LISTENING, "q2")


@pytest.mark.parametrize(
    "text",
    [
        "Can you summarise?", "Can you repeat that?", "Can you speak slower please?",
        "Could you rephrase the question?", "Can I talk to a human?", "I want to stop.",
    ],
)  # fmt: skip
def test_a_reconnect_before_its_reply_notes_it_once(text: str) -> None:
    world = talking()
    world.answer(text)
    assert world.at(Status.DECIDING)
    delivery = world.state.delivery
    world.connect()
    world.connect()
    hear(world)
    assert [r.request.turn_epoch for r in world.state.requests] == [2]
    assert world.state.delivery == delivery
    assert world.at(Status.LISTENING)
    world.answer(text)  # said again, it is another one
    assert len(world.state.requests) == 2


def test_a_reconnect_after_it_was_asked_for_in_writing_tells_it_once() -> None:
    world = offered()
    world.do(inp.AnswerTyped("Can you summarise what I said?"))
    same_device = world.state.connection_epoch
    world.do(inp.CallConnected(0.0, microphone=True, channel=True, resumed_from=same_device))
    hear(world)
    assert [e.type for e in world.log].count("summary_told") == 1
    assert len(texts(world, "summary")) == 2


def test_where_it_is_offered_it_is_a_yes() -> None:
    world = offered()
    world.answer("Can you sum up what I said?")
    hear(world)
    assert len(texts(world, "summary")) == 2
    assert world.kinds()[-1] == "summary_check"
    world.answer("Can you summarise that again?")
    hear(world)
    assert len(texts(world, "summary")) == 4


def test_what_was_said_on_another_device_is_not_summed_up() -> None:
    world = talking()
    last = world.state.connections[-1]
    hidden = replace(last, hidden_turns=world.state.last_turn_epoch)
    world.state = replace(world.state, connections=(*world.state.connections[:-1], hidden))
    world.answer("Can you summarise?")
    hear(world)
    assert texts(world, "recap") == []
    assert len(texts(world, "nothing_so_far")) == 1


def test_it_may_be_asked_for_in_writing() -> None:
    world = talking()
    world.do(inp.AnswerTyped("Can you summarise what I said?"))
    hear(world)
    assert len(texts(world, "recap")) == 1
    assert [r.request.by for r in world.state.requests] == ["typed"]
    assert world.state.answering == "q2"
    world.do(inp.AnswerTyped("I can summarise long reports, for example."))
    assert world.state.answers["q2"].status != "skipped"
    assert len(texts(world, "recap")) == 1
