"""A long answer from the FAQ is said in pieces, and read as a whole."""

from __future__ import annotations

import random

import pytest

from media_server.dialects import interview_v1 as v1
from media_server.dialects import native
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.effects import Prefetch
from media_server.interview.faq_pieces import FIRST_CHARS, PIECE_CHARS, WHOLE_CHARS, pieces
from media_server.interview.replies_ahead import NextReply
from media_server.interview.result import build
from media_server.interview.rubric import FaqEntry
from media_server.interview.status import Status
from media_server.sentences import MAX_SENTENCE_CHARS
from tests.interview.replies import Asking
from tests.interview.world import World, assert_log_folds_to_the_same_answers, make_spec
from tests.support.segments import heard, ready

SENTENCES = (
    "You work four days a week, and two of them may be at home if you like.",
    "The other two you are here, in the old dairy by the river, with all of the others.",
    "On Fridays nobody works, and nobody is called.",
    "In the summer we close for two weeks, which do not count as your holidays, and all are paid.",
    "Whoever has small children may choose other days.",
)
LONG = " ".join(SENTENCES)
FIRST, *REST = pieces(LONG)
FAQ = (FaqEntry(q="Can I work from home?", a=LONG),)
ALONE = "Ask us again when you begin, for some of this is about to change for all who work here."
"""A last sentence that is a piece by itself."""


def at_question(**changes: object) -> World:
    world = World(make_spec(2, **{"faq": FAQ, **changes}))
    world.to_question(1)
    return world


def said(world: World) -> str:
    assert world.state.utterance is not None
    assert world.state.utterance.kind == "faq_answer"
    return world.state.utterance.text


def captions(world: World) -> list[str]:
    """What a candidate who reads has before them, after each start."""
    shown = []
    for event in world.log:
        if isinstance(event, ev.UtteranceStarted) and event.kind == "faq_answer":
            (caption,) = native.momentary(event, world.state, ((0.04, event.text),))
            assert isinstance(caption, v1.Caption)
            shown.append(caption.text)
            assert " ".join(text for _, text in caption.sentences) == caption.text
    return shown


def test_pieces_hold_every_word_once() -> None:
    chance = random.Random(3)
    for _ in range(300):
        words = ["".join(chance.choices("abcdefgh", k=chance.randint(1, 12))) for _ in range(300)]
        ends = [word + chance.choice([" "] * 9 + [". ", "! "]) for word in words]
        text = "".join(ends)[: chance.randint(1, 2000)].strip() or "x"
        found = pieces(text)
        assert " ".join(found).split() == text.split()
        assert len(set(found)) == len(found)
        if len(found) > 1:
            assert FIRST_CHARS <= len(found[0]) <= FIRST_CHARS + MAX_SENTENCE_CHARS
            assert all(len(one) <= max(PIECE_CHARS, MAX_SENTENCE_CHARS) for one in found[1:])


def test_a_short_answer_and_one_that_says_the_same_twice_are_one_piece() -> None:
    short = "Yes. You can. Two days a week."
    assert len(short) < WHOLE_CHARS
    assert pieces(short) == (short,)
    long = f"You get {'very ' * 60}good bread."
    twice = f"{SENTENCES[0]} {long} {SENTENCES[0]}"
    assert pieces(twice) == (twice,)


def test_the_next_piece_is_made_while_one_is_heard() -> None:
    assert len(REST) >= 1
    world = at_question()
    world.effects.clear()
    world.answer("Can I work from home?")
    assert said(world) == FIRST
    assert Prefetch(REST[0], world.state.delivery) in world.effects
    assert not any(isinstance(one, Prefetch) and one.text == LONG for one in world.effects)
    for piece in REST:
        world.speak()
        assert said(world) == piece
    world.speak()
    assert world.at(Status.LISTENING)
    assert world.state.answering == "q1"
    (asked,) = build("i-1", world.state, now_s=world.now_s).requests
    assert asked.answer is not None
    assert asked.answer.text == LONG
    assert_log_folds_to_the_same_answers(world)


@pytest.mark.parametrize("spoken", [True, False])
def test_who_reads_has_the_whole_answer_in_the_end(spoken: bool) -> None:
    world = at_question()
    world.answer("Can I work from home?")
    for n in range(1 + len(REST)):
        utterance = world.state.utterance
        assert utterance is not None
        if spoken:
            world.speak()
        else:
            world.do(inp.VoiceFailed(utterance.utterance_id, "no engine"))
        assert captions(world)[-1] == " ".join([FIRST, *REST][: n + 1])
    assert captions(world)[-1] == LONG
    assert world.at(Status.LISTENING)


def test_who_speaks_over_a_piece_does_not_hear_the_rest() -> None:
    world = at_question()
    world.answer("Can I work from home?")
    world.speak()
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceReady(utterance.utterance_id, 5.0))
    world.now_s += 2.0
    world.do(inp.BargeIn(2.0, 1.0, 0.0))
    world.answer("I sorted the whole warehouse last summer.")
    assert world.state.utterance is not None
    assert world.state.utterance.text == "Question number 2?"


def test_after_an_okay_over_a_piece_the_rest_follows() -> None:
    world = at_question()
    world.answer("Can I work from home?")
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceReady(utterance.utterance_id, 5.0))
    world.now_s += 2.0
    world.do(inp.BargeIn(2.0, 1.0, 0.0))
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch), inp.SpeechStopped(epoch))
    world.do(ready(epoch, "1-90"), heard("1-90", "Okay."))
    world.wait(1.5)
    assert said(world) == FIRST
    world.speak_on()
    assert said(world) == REST[0]


def test_cut_off_between_two_pieces_it_is_said_from_its_start() -> None:
    world = at_question()
    world.answer("Can I work from home?")
    world.speak()
    world.do(inp.CallEnded(world.state.connection_epoch, "gone", 9.0))
    world.now_s += 5.0
    world.connect()
    assert said(world) == FIRST


def test_on_another_device_it_is_said_from_its_start() -> None:
    world = at_question()
    world.answer("Can I work from home?")
    world.speak()
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceReady(utterance.utterance_id, 5.0))
    world.connect()
    assert said(world) == FIRST


@pytest.mark.parametrize("heard_of_it", [0, 1])
def test_cut_off_at_the_end_it_is_said_from_its_start(heard_of_it: int) -> None:
    """Where the candidate asks, each turn is a question, and this one was noted before."""
    world = World(make_spec(1, faq=FAQ, candidate_questions=True))
    world.to_question(1)
    world.answer("I sorted the whole warehouse last summer.")
    world.speak()
    world.answer("Can I work from home?")
    for _ in range(heard_of_it):
        world.speak()
    world.do(inp.CallEnded(world.state.connection_epoch, "gone", 9.0))
    world.now_s += 5.0
    world.connect()
    for piece in (FIRST, *REST):
        assert said(world) == piece
        world.speak()
    assert [noted.request.effect for noted in world.state.requests] == ["answered"]


@pytest.mark.parametrize("asks", ["Could you repeat the last part?", "Could you speak louder?"])
def test_said_again_it_is_read_as_it_is_heard(asks: str) -> None:
    told = pieces(f"{LONG} {ALONE}")
    assert told[-1] == ALONE
    world = at_question(faq=(FaqEntry(q="Can I work from home?", a=" ".join(told)),))
    world.answer("Can I work from home?")
    for _ in told:
        world.speak()
    world.answer(asks)
    again = told[-1:] if "last" in asks else told
    for n in range(len(again)):
        assert said(world) == again[n]
        world.speak()
        assert captions(world)[-1] == " ".join(again[: n + 1])
    assert world.at(Status.LISTENING)


def test_a_last_part_that_is_cut_off_is_said_again() -> None:
    world = at_question()
    world.answer("Can I work from home?")
    for _ in (FIRST, *REST):
        world.speak()
    world.answer("Could you repeat the last part?")
    world.do(inp.CallEnded(world.state.connection_epoch, "gone", 9.0))
    world.now_s += 5.0
    world.connect()
    assert said(world) == SENTENCES[-1]


def test_after_an_outage_a_models_words_are_said_and_all_of_them() -> None:
    world = Asking(make_spec(2, faq=FAQ))
    world.to_question(1)
    world.answer("Can I work from home?")
    words = " ".join(SENTENCES[1:])
    world.do(inp.ReplyReady(world.asked[-1], NextReply("faq_answer", words), ()))
    world.do(inp.CallEnded(world.state.connection_epoch, "gone", 9.0))
    world.now_s += 5.0
    world.connect()
    for piece in pieces(words):
        assert said(world) == piece
        world.speak()
    assert world.at(Status.LISTENING)
    assert len(world.asked) == 1


def test_the_words_of_a_model_are_said_in_pieces_too() -> None:
    world = Asking(make_spec(2, faq=FAQ))
    world.to_question(1)
    world.answer("Can I work from home?")
    words = " ".join(SENTENCES[:3])
    world.do(inp.ReplyReady(world.asked[-1], NextReply("faq_answer", words), ()))
    assert said(world) == pieces(words)[0] != words
    world.speak()
    assert said(world) == pieces(words)[1]


def test_after_all_pieces_of_an_answer_another_question_is_asked_for() -> None:
    """At the end, where the candidate asks."""
    world = World(make_spec(1, faq=FAQ, candidate_questions=True))
    world.to_question(1)
    world.answer("I sorted the whole warehouse last summer.")
    world.speak()
    world.answer("Can I work from home?")
    for piece in (FIRST, *REST):
        assert said(world) == piece
        world.speak()
    assert world.state.utterance is not None
    assert world.state.utterance.kind == "more_questions"
