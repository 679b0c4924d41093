"""A question to the interviewer is answered from the FAQ, and then its own question goes on."""

from __future__ import annotations

import pytest

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.effects import Prefetch
from media_server.interview.events import Durability, durability_of
from media_server.interview.fold import evolve
from media_server.interview.replies_ahead import NextReply
from media_server.interview.result import build
from media_server.interview.rubric import FaqEntry
from media_server.interview.state import initial
from media_server.interview.status import Status
from media_server.ports import LogEntry
from media_server.store.retention_plan import redacted
from tests.interview.replies import Asking
from tests.interview.world import (
    World,
    assert_deadlines_reach_the_end,
    assert_log_folds_to_the_same_answers,
    make_spec,
)
from tests.support.segments import heard, ready

FAQ = (
    FaqEntry(q="What is the salary?", a="It is 42,000 euros a year."),
    FaqEntry(q="Can I work from home?", a="Two days a week. On the other days you are here."),
)
SALARY, HOME = (entry.a for entry in FAQ)
ANSWER = "I sorted the whole warehouse last summer."


def at_question(**changes: object) -> World:
    world = World(make_spec(2, **{"faq": FAQ, **changes}))
    world.to_question(1)
    return world


def said(world: World) -> tuple[str, str]:
    """What the bot is about to say."""
    utterance = world.state.utterance
    assert utterance is not None
    return utterance.kind, utterance.text


def requests(world: World) -> list[tuple[str, str, str, int | None]]:
    """(intent, effect, what was said, which entry answered)"""
    return [
        (one.intent, one.effect, one.text, one.answer.index if one.answer else None)
        for one in build("i-1", world.state, now_s=world.now_s).requests
    ]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How much does the job pay?", SALARY),  # a request by its words alone
        ("What would my salary be?", SALARY),  # to be confirmed by its words alone
        ("what would my salary be", SALARY),  # a recogniser that writes no marks
        ("And can I work from home?", HOME),
    ],
)
def test_it_is_answered_in_the_words_of_the_entry(question: str, answer: str) -> None:
    world = at_question()
    world.answer(question)
    assert world.at(Status.DECIDING)
    assert said(world) == ("faq_answer", answer)
    world.speak()
    assert world.at(Status.LISTENING)
    assert world.state.answering == "q1"
    world.answer(ANSWER)
    world.speak()
    found = build("i-1", world.state, now_s=world.now_s)
    assert [turn.text for turn in found.answers[0].turns if not turn.request] == [ANSWER]
    assert found.answers[0].status == "answered"
    assert world.rounds() == [0, 1]
    assert_log_folds_to_the_same_answers(world)


def test_the_result_tells_question_and_answer() -> None:
    world = at_question()
    world.answer("What would my salary be?")
    world.speak()
    (one,) = build("i-1", world.state, now_s=world.now_s).requests
    assert (one.intent, one.by, one.effect) == ("interviewer_question", "voice", "answered")
    assert (one.text, one.prompt_id) == ("What would my salary be?", "q1")
    assert one.answer is not None
    assert one.answer.model_dump() == {"index": 0, "q": "What is the salary?", "text": SALARY}


def test_what_the_faq_does_not_answer_is_noted_and_passed_on() -> None:
    world = at_question()
    world.answer("Can I ask you something?")
    assert said(world)[0] == "question_note"
    assert requests(world) == [("interviewer_question", "noted", "Can I ask you something?", None)]


def test_without_a_faq_it_is_as_it_was() -> None:
    world = at_question(faq=())
    world.answer("How much does the job pay?")
    assert said(world)[0] == "question_note"
    world = at_question(faq=())
    world.answer("What would my salary be?")
    assert said(world)[0] == "confirm_request"


@pytest.mark.parametrize(
    "answer",
    [
        "My customers always asked me, what would the salary be?",
        "What would my salary be, that was the first thing I wanted to know.",
        "I asked: can I work from home?",
        "The salary.",
        "From home.",
        "Two days a week.",
        "I would like to work from home.",
    ],
)
def test_an_answer_with_a_rhetorical_question_is_an_answer(answer: str) -> None:
    world = at_question()
    world.answer(answer)
    assert said(world)[0] == "question", "on to the next one"


def test_what_is_confirmed_to_be_a_question_is_looked_for_too() -> None:
    world = at_question()
    world.answer("Do you offer part time work?")
    assert said(world)[0] == "confirm_request"
    world.speak()
    world.answer("Yes.")
    assert said(world)[0] == "question_note"
    assert requests(world) == [
        ("interviewer_question", "noted", "Do you offer part time work?", None)
    ]


def test_several_after_each_other() -> None:
    world = at_question()
    for question, answer in (("What is the salary?", SALARY), ("Can I work from home?", HOME)) * 2:
        world.answer(question)
        assert said(world) == ("faq_answer", answer)
        world.speak()
    assert [one[3] for one in requests(world)] == [0, 1, 0, 1]
    world.answer(ANSWER)
    assert said(world) == ("question", "Question number 2?")


def test_say_that_again_means_the_answer_until_something_else_was_said() -> None:
    world = at_question()
    world.answer("What is the salary?")
    world.speak()
    for _ in range(2):
        world.answer("Could you repeat that?")
        assert said(world) == ("faq_answer", SALARY)
        world.speak()
    world.do(inp.RepeatPressed())
    assert said(world) == ("repeat", "Question number 1?"), "the button says what it repeats"
    world.speak()
    world.answer("Could you repeat that?")
    assert said(world) == ("repeat", "Question number 1?")
    assert [one[:2] for one in requests(world)] == [
        ("interviewer_question", "answered"), *[("repeat", "repeated")] * 4,
    ]  # fmt: skip


def test_after_an_answer_from_before_the_question_is_repeated() -> None:
    world = at_question()
    world.answer("What is the salary?")
    world.speak()
    world.answer(ANSWER)
    world.speak()
    world.answer("Could you repeat that?")
    assert said(world) == ("repeat", "Question number 2?")


def begun(world: World, question: str) -> str:
    """The answer sounds."""
    world.answer(question)
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceReady(utterance.utterance_id, 5.0))
    assert world.at(Status.ASKING)
    return utterance.utterance_id


def test_who_speaks_over_the_answer_is_heard() -> None:
    world = at_question()
    begun(world, "Can I work from home?")
    world.now_s += 2.0
    world.do(inp.BargeIn(2.0, 1.0, 0.0))
    assert world.at(Status.LISTENING)
    world.answer(ANSWER)
    assert said(world) == ("question", "Question number 2?")


def test_an_okay_over_the_answer_lets_it_go_on() -> None:
    world = at_question()
    begun(world, "Can I work from home?")
    world.now_s += 2.0
    world.do(inp.BargeIn(2.0, 1.0, 0.0))
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch), inp.SpeechStopped(epoch))
    world.do(ready(epoch, "1-90"), heard("1-90", "Okay."))
    world.wait(1.5)
    assert world.at(Status.ASKING)
    assert said(world) == ("faq_answer", HOME)


def test_cut_off_by_an_outage_it_is_said_from_its_start() -> None:
    world = at_question()
    begun(world, "Can I work from home?")
    world.now_s += 2.0
    world.do(inp.GateClosed(), inp.CallEnded(world.state.connection_epoch, "gone", 9.0))
    assert world.at(Status.DISCONNECTED)
    world.now_s += 5.0
    world.connect()
    assert said(world) == ("faq_answer", HOME)
    world.do(inp.GateOpened())
    world.speak()
    assert world.at(Status.LISTENING)
    assert len(requests(world)) == 1
    world.answer(ANSWER)
    assert said(world) == ("question", "Question number 2?")


def test_an_outage_before_its_first_word_notes_it_once() -> None:
    world = at_question()
    world.answer("Can I work from home?")
    world.do(inp.CallEnded(world.state.connection_epoch, "gone", 9.0))
    world.connect()
    assert said(world) == ("faq_answer", HOME)
    world.speak()
    assert len(requests(world)) == 1


def test_a_pause_in_the_answer() -> None:
    world = at_question()
    begun(world, "Can I work from home?")
    world.do(inp.PausePressed())
    assert world.at(Status.PAUSED)
    world.do(inp.ResumePressed())
    assert said(world) == ("faq_answer", HOME)
    world.speak()
    assert world.at(Status.LISTENING)
    world.answer(ANSWER)
    assert said(world) == ("question", "Question number 2?")


def test_no_voice_and_it_is_shown() -> None:
    world = at_question()
    world.answer("Can I work from home?")
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceFailed(utterance.utterance_id, "no engine"))
    shown = [e for e in world.log if isinstance(e, ev.UtteranceStarted)][-1]
    assert (shown.kind, shown.text, shown.spoken) == ("faq_answer", HOME, False)
    assert world.at(Status.LISTENING)


def test_in_writing_it_needs_its_question_mark() -> None:
    world = at_question()
    world.do(inp.AnswerTyped("Can I work from home?"))
    assert said(world) == ("faq_answer", HOME)
    world.speak()
    (one,) = build("i-1", world.state, now_s=world.now_s).requests
    assert (one.by, one.text, one.at_s) == ("typed", "Can I work from home?", None)
    world.do(inp.AnswerTyped("Can I work from home"))
    assert said(world)[0] == "question", "an answer"
    found = build("i-1", world.state, now_s=world.now_s)
    assert [turn.text for turn in found.answers[0].turns if not turn.request] == [
        "Can I work from home"
    ]


def test_whatever_happens_it_comes_to_an_end() -> None:
    world = at_question()
    world.answer("Can I work from home?")
    assert_deadlines_reach_the_end(world)


def test_the_answer_is_fetched_while_the_pause_runs() -> None:
    world = at_question()
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch), inp.SpeechStopped(epoch), ready(epoch, "1-1"))
    world.effects.clear()
    world.do(heard("1-1", "Can I work from home?"))
    assert Prefetch(HOME, world.state.delivery) in world.effects


# --- with a language model ---

WORDED = NextReply("faq_answer", "Your salary is 42,000 euros a year.")


def asking_world() -> Asking:
    world = Asking(make_spec(2, faq=FAQ))
    world.to_question(1)
    return world


def at_the_turns_end(world: Asking, question: str) -> str:
    """A question is over, and its reply is on its way."""
    world.answer(question)
    assert world.at(Status.DECIDING)
    assert world.state.utterance is None, "its words are waited for"
    return world.asked[-1]


def test_the_words_of_a_model_are_said_where_they_come_in_time() -> None:
    world = asking_world()
    reply_id = at_the_turns_end(world, "What is the salary?")
    world.now_s += 0.4
    world.do(inp.ReplyReady(reply_id, WORDED, ()))
    assert said(world) == ("faq_answer", WORDED.text)
    world.speak()
    (one,) = build("i-1", world.state, now_s=world.now_s).requests
    assert one.answer is not None
    assert (one.answer.q, one.answer.text) == ("What is the salary?", WORDED.text)
    world.answer("Could you repeat that?")
    assert said(world) == ("faq_answer", WORDED.text)


def test_after_a_second_the_words_of_the_entry_are_said() -> None:
    world = asking_world()
    began_s = world.now_s
    reply_id = at_the_turns_end(world, "What is the salary?")
    ended_s = world.now_s
    world.wait(1.2)
    assert said(world) == ("faq_answer", SALARY)
    assert ended_s - began_s < 3.0
    asked = [e for e in world.log if isinstance(e, ev.UtteranceRequested)][-1]
    assert asked.text == SALARY
    world.do(inp.ReplyReady(reply_id, WORDED, ()))
    assert said(world) == ("faq_answer", SALARY), "too late"
    assert len(requests(world)) == 1


@pytest.mark.parametrize("reply", [None, NextReply("next")])
def test_without_words_of_a_model_those_of_the_entry_are_said(reply: NextReply | None) -> None:
    world = asking_world()
    reply_id = at_the_turns_end(world, "What is the salary?")
    failed = inp.ReplyFailed(reply_id, "rejected")
    world.do(failed if reply is None else inp.ReplyReady(reply_id, reply, ()))
    assert said(world) == ("faq_answer", SALARY)


def test_a_written_question_is_worded_too() -> None:
    world = asking_world()
    world.do(inp.AnswerTyped("What is the salary?"))
    world.do(inp.ReplyReady(world.asked[-1], WORDED, ()))
    assert said(world) == ("faq_answer", WORDED.text)


def test_an_outage_while_it_is_worded() -> None:
    world = asking_world()
    at_the_turns_end(world, "What is the salary?")
    world.do(inp.CallEnded(world.state.connection_epoch, "gone", 9.0))
    world.now_s += 20.0
    world.connect()
    world.wait(1.5)
    kind, text = said(world)
    assert (kind, text) == ("faq_answer", SALARY)
    assert len(requests(world)) == 1


def test_erased_words_take_question_and_answer_with_them() -> None:
    """That somebody asked about something may say as much as an answer."""
    world = at_question()
    world.answer("What is the salary?")
    world.speak()
    world.answer(ANSWER)
    entries = [
        LogEntry(n, world.now_s, event.type, event.model_dump(mode="json"))
        for n, event in enumerate(world.log)
        if durability_of(event) is not Durability.NEVER
    ]
    kept = [entry.data for entry in entries if entry.type in ("requested", "utterance_started")]
    assert SALARY in str(kept)
    changed = {entry.seq: entry for entry in redacted(entries)}
    left = [changed.get(entry.seq, entry) for entry in entries]
    assert SALARY not in str([entry.data for entry in left if entry.type != "created"])
    state = initial(world.state.spec)
    for entry in left:
        state = evolve(state, ev.EVENT.validate_python(entry.data), entry.at_s)
    (one,) = build("i-1", state, now_s=world.now_s).requests
    assert (one.effect, one.text, one.answer) == ("answered", "", None)
