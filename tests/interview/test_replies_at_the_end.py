"""At the turn's end a reply is used if it is there or comes in time; else the script goes on."""

from __future__ import annotations

import pytest

from media_server.interview import effects as fx
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.agenda import Grounds
from media_server.interview.events import Durability, durability_of
from media_server.interview.pacing import REPLY_WAIT_S
from media_server.interview.replies_ahead import MAX_DROPPED, Dropped, NextReply
from media_server.interview.rubric import FaqEntry
from media_server.interview.spec import Limits
from media_server.interview.status import Status
from tests.interview.replies import (
    ASKS_BACK,
    LONG,
    NOTHING,
    SHORT,
    Asking,
    asking,
    asking_spec,
    next_words,
)


def test_one_that_is_ready_is_asked_at_once_and_the_log_says_what_it_rests_on() -> None:
    world = asking()
    world.say(SHORT)
    world.wait(0.5)
    world.reply()
    assert world.of(ev.AgendaExtended) == [], "the candidate may still go on"
    world.wait(1.0)
    world.end_turn()
    assert next_words(world) == ASKS_BACK.text
    assert world.of(ev.AgendaExtended) == [], "nobody has heard it yet"
    world.speak()
    [put] = world.of(ev.AgendaExtended)
    assert isinstance(put, ev.AgendaExtended)
    assert put.reason == "depth is open"
    assert put.prompt.grounds == Grounds("wrote a small script", "depth")
    assert (put.prompt.prompt_id, put.prompt.round) == ("q1:1", 0)
    assert (world.state.answering, world.state.round) == ("q1:1", 0)
    world.answers()
    assert len(world.asked) == 1, "one is all that this question may have"
    world.speak()
    assert (world.state.answering, world.state.round) == ("q2", 1)
    assert [answer.status for answer in world.state.answers.values()][:2] == ["answered"] * 2


def test_a_reply_that_asks_nothing_back_goes_on_with_the_script_at_once() -> None:
    world = asking()
    world.say(SHORT)
    world.wait(0.5)
    world.reply(NOTHING)
    world.end_turn()
    assert next_words(world) == "Question number 2?"
    assert world.of(ev.ReplyMissed) == []


def test_one_that_comes_within_the_second_is_asked_then() -> None:
    world = asking()
    world.answers()
    assert (world.state.status, world.state.utterance) == (Status.DECIDING, None)
    assert fx.Prefetch("Question number 2?") in world.effects
    world.wait(REPLY_WAIT_S - 0.1)
    assert world.state.utterance is None
    world.reply()
    assert next_words(world) == ASKS_BACK.text


def test_one_that_does_not_come_is_done_without_and_counted() -> None:
    world = asking()
    world.answers()
    ended_s = world.now_s
    world.tick()
    assert world.now_s == pytest.approx(ended_s + REPLY_WAIT_S)
    assert next_words(world) == "Question number 2?"
    [missed] = world.of(ev.ReplyMissed)
    assert isinstance(missed, ev.ReplyMissed)
    assert (missed.reason, missed.detail, missed.prompt_id) == ("late", "the reply", "q1")
    assert durability_of(missed) is Durability.LAZY
    assert world.cancelled == world.asked, "nobody computes it any longer"
    known = len(world.log)
    world.reply()
    assert world.log[known:] == []
    world.speak()
    assert (world.state.answering, world.state.round) == ("q2", 1)


def test_of_one_that_is_late_the_log_keeps_why_its_proposals_were_dropped() -> None:
    world = asking()
    world.answers()
    world.tick()
    assert next_words(world) == "Question number 2?"
    dropped = (Dropped("a" * 64, "two_questions"),)
    late = inp.ReplyReady(world.asked[-1], NextReply("next"), dropped)
    [kept] = world.do(late)
    assert isinstance(kept, ev.FollowUpsDropped)
    assert (kept.prompt_id, kept.dropped, kept.total) == ("q1", dropped, 1)
    assert next_words(world) == "Question number 2?"


def test_a_model_that_fails_costs_no_time() -> None:
    world = asking()
    world.answers()
    world.do(inp.ReplyFailed(world.asked[-1], "resting"))
    assert next_words(world) == "Question number 2?"
    [missed] = world.of(ev.ReplyMissed)
    assert isinstance(missed, ev.ReplyMissed)
    assert (missed.reason, missed.detail) == ("failed", "resting")


def test_one_that_failed_during_the_pause_is_not_waited_for() -> None:
    world = asking()
    world.say(SHORT)
    world.wait(0.5)
    world.do(inp.ReplyFailed(world.asked[-1], "no_model"))
    world.wait(1.0)
    world.end_turn()
    assert next_words(world) == "Question number 2?"
    assert len(world.asked) == 1


def test_words_that_are_owed_count_within_the_same_second() -> None:
    world = asking()
    world.say(LONG, owed=True)
    world.wait(1.5)
    world.end_turn()
    assert world.at(Status.DECIDING), "nobody waits for the last words of a long answer"
    assert world.state.utterance is None
    world.wait(0.6)
    world.words(LONG)
    assert len(world.asked) == 1
    world.wait(0.3)
    world.reply()
    assert next_words(world) == ASKS_BACK.text


def test_words_that_never_come_are_done_without() -> None:
    world = asking()
    world.say(LONG, owed=True)
    world.wait(1.5)
    world.end_turn()
    ended_s = world.now_s
    world.tick()
    assert world.now_s == pytest.approx(ended_s + REPLY_WAIT_S)
    assert next_words(world) == "Question number 2?"
    [missed] = world.of(ev.ReplyMissed)
    assert isinstance(missed, ev.ReplyMissed)
    assert missed.detail == "its words"
    assert world.asked == []


def test_words_that_are_none_are_not_waited_for() -> None:
    """Music: the recogniser finds nothing in it."""
    world = asking()
    world.say(LONG, owed=True)
    world.end_turn()
    world.words("")
    world.tick()
    assert next_words(world) == "Question number 2?"
    assert world.asked == []


def test_speech_in_that_second_reopens_the_answer() -> None:
    world = asking()
    world.answers()
    [first] = world.asked
    world.wait(0.4)
    world.do(inp.BargeIn(4.0))
    assert world.at(Status.LISTENING)
    assert world.cancelled == [first]
    world.do(inp.ReplyReady(first, ASKS_BACK))
    world.answers("Besides, I told everybody.")
    assert len(world.asked) == 2
    world.reply()
    assert next_words(world) == ASKS_BACK.text
    assert len(world.state.answers["q1"].turns) == 2


def test_done_and_a_typed_answer_ask_at_their_end() -> None:
    world = asking()
    world.do(inp.AnswerTyped(SHORT))
    assert len(world.asked) == 1
    assert world.state.utterance is None
    world.reply()
    assert next_words(world) == ASKS_BACK.text
    other = asking()
    other.say(SHORT)
    other.do(inp.DonePressed())
    assert other.asked == []
    other.do(inp.TurnOver(other.state.turn_epoch, "done", "", 1.0, 2.0))
    assert len(other.asked) == 1
    other.reply()
    assert next_words(other) == ASKS_BACK.text


def test_who_has_talked_for_the_maximum_is_not_asked_back() -> None:
    world = asking()
    world.say(LONG)
    world.wait(1.0)
    world.reply()
    epoch = world.state.turn_epoch
    world.do(inp.TurnOver(epoch, "soft_landing", "", 1.0, 3.0, silence_ms=1000))
    assert world.state.utterance is not None
    assert world.state.utterance.kind == "bridge"
    world.speak()
    assert next_words(world) == "Question number 2?"


def test_nothing_is_asked_back_when_the_time_is_up() -> None:
    world = asking(limits=Limits(total_ms=10_000))
    world.answers()
    assert world.state.utterance is None
    world.now_s += 20.0
    world.do(inp.Tick())  # the reply is late, and the time is over
    world.do(inp.Tick())
    world.speak()
    assert world.at(Status.COMPLETED)
    assert world.of(ev.AgendaExtended) == []


@pytest.mark.parametrize("text", ["", "   ", "why? " * 200])
def test_what_cannot_be_asked_is_not(text: str) -> None:
    world = asking()
    world.answers()
    world.reply(NextReply("follow_up", text))
    assert next_words(world) == "Question number 2?"
    [missed] = world.of(ev.ReplyMissed)
    assert isinstance(missed, ev.ReplyMissed)
    assert missed.reason == "unfit"


def test_dropped_follow_ups_are_in_the_log_by_their_reason_only() -> None:
    world = asking()
    world.answers()
    dropped = tuple(Dropped(f"{n:064x}", "no_quote") for n in range(MAX_DROPPED + 3))
    world.do(inp.ReplyReady(world.asked[-1], NOTHING, dropped))
    [event] = world.of(ev.FollowUpsDropped)
    assert isinstance(event, ev.FollowUpsDropped)
    assert durability_of(event) is Durability.LAZY
    assert (event.prompt_id, event.turn_epoch) == ("q1", 1)
    assert (event.dropped, event.total) == (dropped[:MAX_DROPPED], len(dropped))
    assert ev.EVENT.validate_json(event.model_dump_json()) == event
    assert next_words(world) == "Question number 2?"


def test_the_budget_of_the_interview_counts_all_of_them() -> None:
    world = asking(questions=3, most=2, follow_up_budget=3)
    world.is_asked_back()
    world.is_asked_back()
    world.answers()
    world.speak()
    world.is_asked_back()
    world.answers()
    assert len(world.asked) == 3
    assert next_words(world) == "Question number 3?"
    assert [p.prompt_id for p in world.state.agenda] == ["q1", "q1:1", "q1:2", "q2", "q2:1", "q3"]


def test_practice_is_not_asked_back_about() -> None:
    world = Asking(asking_spec(practice=True))
    world.begin()
    world.speak()
    world.speak()
    world.answers()
    assert world.asked == []


def test_an_addition_to_an_earlier_answer_is_not_asked_back_about() -> None:
    world = asking(most=2)
    world.is_asked_back()
    world.do(inp.NotFinishedPressed())
    assert world.state.answering == "q1"
    asked = len(world.asked)
    world.answers("Besides, I told everybody about the script.")
    assert len(world.asked) == asked
    assert next_words(world) == ASKS_BACK.text, "it is asked again"


# --- questions to the interviewer ---

ASKED_US = "What is the salary?"
FAQ_ANSWER = "The salary is 42,000 euros a year."
WORDED = NextReply("faq_answer", "It is 42,000 euros a year.")


def asked_us(*, ahead: bool = True) -> Asking:
    """A question that the FAQ answers is asked in place of an answer."""
    world = asking(faq=(FaqEntry(q=ASKED_US, a=FAQ_ANSWER),))
    world.say(ASKED_US)
    if ahead:
        world.wait(1.5)
        assert len(world.asked) == 1
    return world


@pytest.mark.parametrize("ahead", [True, False])
def test_an_answer_from_the_faq_is_said_as_the_model_has_worded_it(ahead: bool) -> None:
    world = asked_us()
    if ahead:
        world.reply(WORDED)
    world.end_turn()
    if not ahead:
        assert world.state.utterance is None
        world.reply(WORDED)
    assert next_words(world) == WORDED.text
    [noted] = [noted.request for noted in world.state.requests]
    assert (noted.intent, noted.effect) == ("interviewer_question", "answered")
    assert noted.answer is not None
    assert noted.answer.text == WORDED.text
    world.speak()
    world.answers()
    assert len(world.asked) == 2, "the answer itself may still be asked back about"


@pytest.mark.parametrize(
    "reply",
    [NOTHING, ASKS_BACK, NextReply("faq_answer", " "), NextReply("faq_answer", "x" * 5_000), None],
    ids=["next", "follow_up", "blank", "long", "late"],
)
def test_without_such_words_the_entry_itself_is_said(reply: NextReply | None) -> None:
    world = asked_us()
    world.end_turn()
    if reply is not None:
        world.reply(reply)
    else:
        world.tick()
        assert len(world.of(ev.ReplyMissed)) == 1
    assert next_words(world) == FAQ_ANSWER
    assert len(world.state.requests) == 1
    assert world.of(ev.AgendaExtended) == []


def test_a_typed_question_is_answered_so_too() -> None:
    world = asking(faq=(FaqEntry(q=ASKED_US, a=FAQ_ANSWER),))
    world.do(inp.AnswerTyped(ASKED_US))
    assert world.state.utterance is None
    world.reply(WORDED)
    assert next_words(world) == WORDED.text
