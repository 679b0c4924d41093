"""A follow-up is a prompt like any other: added to, skipped, said again, interrupted, paused, lost
and found. The round never moves for it, and no question changes by it."""

from __future__ import annotations

import json

import pytest

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import result
from media_server.interview.events import Durability, durability_of
from media_server.interview.fold import evolve
from media_server.interview.phrases import remark
from media_server.interview.replacing import replace
from media_server.interview.replies_ahead import NextReply
from media_server.interview.snapshot import dump, load
from media_server.interview.state import initial
from media_server.interview.status import Status
from tests.interview.over_the_bot import end_turn, interrupt, say
from tests.interview.replies import (
    ASKS_BACK,
    NOTHING,
    SHORT,
    Asking,
    asking,
    asking_spec,
    next_words,
)
from tests.interview.test_result import VALIDATOR
from tests.interview.world import assert_every_word_is_in_one_answer


def asked_back(**changes: object) -> Asking:
    """Listening to the answer to a follow-up about question one."""
    world = asking(**changes)
    world.is_asked_back()
    assert (world.state.answering, world.state.round) == ("q1:1", 0)
    return world


def status_of(world: Asking, prompt_id: str) -> str:
    return world.state.answers[prompt_id].status


def goes_on_to_question_two(world: Asking) -> None:
    """Whatever came before: the follow-up is answered, and the round moves by one."""
    world.answers("Because nobody else had time for it.")
    if world.state.utterance is None:
        world.tick()
    world.speak()
    assert (world.state.answering, world.state.round) == ("q2", 1)
    assert world.rounds() == [0, 1]
    assert world.state.answers["q1:1"].status == "answered"
    assert_every_word_is_in_one_answer(world)


# --- said again ---


def test_it_is_repeated_in_its_own_words() -> None:
    world = asked_back()
    world.do(inp.RepeatPressed())
    assert world.state.utterance is not None
    assert (world.state.utterance.text, world.state.utterance.prompt_id) == (ASKS_BACK.text, "q1:1")
    world.speak()
    goes_on_to_question_two(world)


def test_it_has_no_other_words_which_is_said() -> None:
    world = asked_back()
    world.do(inp.RephrasePressed())
    assert world.state.utterance is not None
    assert world.state.utterance.text == f"{remark('no_other_words', 'en')} {ASKS_BACK.text}"
    world.speak()
    goes_on_to_question_two(world)


def test_a_spoken_request_is_no_answer_to_it() -> None:
    world = asked_back()
    asked = len(world.asked)
    world.answers("Can you repeat the question?")
    assert world.state.utterance is not None
    assert world.state.utterance.kind == "repeat"
    assert len(world.asked) == asked
    world.speak()
    goes_on_to_question_two(world)


# --- not finished ---


def test_not_finished_over_it_goes_back_to_the_question_it_is_about() -> None:
    world = asking()
    world.say(SHORT)
    world.wait(1.5)
    world.reply()
    world.end_turn()
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 3.0))
    world.do(inp.NotFinishedPressed())
    assert world.state.answering == "q1"
    world.answers("Besides, I told everybody.")
    world.speak()
    assert world.state.answering == "q1:1"
    assert [turn.text for turn in world.state.answers["q1"].turns if turn.text] == [
        SHORT, "Besides, I told everybody.",
    ]  # fmt: skip
    goes_on_to_question_two(world)


def test_not_finished_after_it_goes_back_to_it() -> None:
    world = asked_back()
    world.answers("Because nobody else had time.")
    world.speak()
    assert world.state.answering == "q2"
    world.answers("I was not finished.")
    assert world.state.answering == "q1:1"
    world.answers("And because it was fun.")
    world.speak()
    assert (world.state.answering, world.state.round) == ("q2", 1)
    texts = [turn.text for turn in world.state.answers["q1:1"].turns if turn.text]
    assert texts == ["Because nobody else had time.", "And because it was fun."]
    assert world.rounds() == [0, 1]


# --- skipped, and undone ---


def test_it_is_skipped_and_that_is_undone() -> None:
    world = asked_back()
    world.do(inp.SkipPressed("q1:1"))
    world.speak()
    assert status_of(world, "q1:1") == "skipped"
    assert (world.state.answering, world.state.round) == ("q2", 1)
    world.do(inp.SkipUndone())
    assert world.state.answering == "q1:1"
    world.answers("Because nobody else had time.")
    world.speak()
    assert (world.state.answering, world.state.round) == ("q2", 1)
    assert status_of(world, "q1:1") == "answered"
    assert world.rounds() == [0, 1]


def test_a_skipped_question_is_not_asked_back_about() -> None:
    world = asking()
    world.say(SHORT)
    world.wait(0.5)
    world.do(inp.SkipPressed())
    world.reply()
    world.speak()
    assert world.state.answering == "q2"
    assert world.of(ev.AgendaExtended) == []


# --- interrupted ---


def test_who_goes_on_over_it_has_gone_on_with_the_answer_before_it() -> None:
    """Cut-off repair: and then it is asked again."""
    world = asking()
    world.say("I worked at the bank")
    world.wait(1.5)
    world.reply()
    world.end_turn()
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 6.0))
    interrupt(world, after_s=0.9, resume_from_s=0.0)
    assert world.state.answering == "q1"
    say(world, "because they moved to Berlin.", spoke_s=2.0)
    end_turn(world)
    assert world.state.utterance is not None
    assert (world.state.utterance.kind, world.state.utterance.prompt_id) == ("question", "q1:1")
    assert world.state.answers["q1"].turns[0].end_reason == "cut_off_repaired"
    world.speak()
    goes_on_to_question_two(world)


def about_to_be_asked_back(**changes: object) -> Asking:
    """The follow-up was chosen, and its first packet is not out yet."""
    world = asking(**changes)
    world.say(SHORT)
    world.wait(1.5)
    world.reply()
    world.end_turn()
    assert next_words(world) == ASKS_BACK.text
    return world


def test_speech_before_it_has_begun_takes_it_back() -> None:
    """The candidate has just said what it asks: another one may be asked, that one is not."""
    world = about_to_be_asked_back()
    world.do(inp.BargeIn(4.0))
    assert [prompt.prompt_id for prompt in world.state.agenda] == ["q1", "q2"]
    world.answers("I wrote it because nobody else had time.")
    assert len(world.asked) == 2, "the one that was not asked is in no budget"
    world.reply(NextReply("follow_up", "Who had no time?", quote="nobody else had time"))
    world.speak()
    assert world.state.prompt is not None
    assert (world.state.answering, world.state.prompt.text) == ("q1:1", "Who had no time?")
    goes_on_to_question_two(world)


@pytest.mark.parametrize("left", ["typed", "thinks", "not_finished", "leaves", "crashes"])
def test_one_that_was_not_heard_is_in_no_result(left: str) -> None:
    world = about_to_be_asked_back()
    if left == "crashes":
        known = [event for event in world.log if durability_of(event) is Durability.NOW]
        world.state = initial(world.state.spec)
        for event in known:
            world.state = evolve(world.state, event, world.now_s)
    else:
        world.do(LEFT[left])
    assert [answer.prompt.prompt_id for answer in world.state.answers.values()] == ["q1", "q2"]
    assert world.of(ev.AgendaExtended) == []


LEFT: dict[str, inp.Input] = {
    "typed": inp.AnswerTyped("Nobody else had time."),
    "thinks": inp.ThinkPressed(),
    "not_finished": inp.NotFinishedPressed(),
    "leaves": inp.LeavePressed(),
}


def test_its_voice_may_fail_meet_the_gate_and_a_lost_call() -> None:
    for inputs in (
        (),
        (inp.GateClosed(), inp.GateOpened()),
        (inp.CallEnded(1, "gone", 9.0), inp.CallConnected(20.0, microphone=True, channel=True)),
    ):
        world = about_to_be_asked_back()
        world.do(*inputs)
        assert world.state.utterance is not None
        world.do(inp.VoiceFailed(world.state.utterance.utterance_id, "no voice"))
        assert (world.state.answering, world.state.round) == ("q1:1", 0), inputs
        assert world.at(Status.LISTENING)
        goes_on_to_question_two(world)


# --- paused, lost, dead ---


def test_a_pause_and_a_lost_call_come_back_to_it() -> None:
    world = asked_back()
    world.do(inp.PausePressed(), inp.ResumePressed())
    assert world.at(Status.LISTENING)
    world.do(inp.CallEnded(1, "gone", 9.0))
    world.wait(2.0)
    world.connect()
    assert world.at(Status.LISTENING)
    goes_on_to_question_two(world)


def test_a_pause_in_the_second_of_waiting_goes_on_with_the_script() -> None:
    world = asking()
    world.answers()
    assert world.at(Status.DECIDING)
    world.do(inp.PausePressed())
    assert world.cancelled == world.asked
    world.wait(30.0)
    world.do(inp.ResumePressed())
    assert world.state.utterance is not None
    assert world.state.utterance.text == "Question number 2?"


@pytest.mark.parametrize("heard", [False, True])
def test_a_process_that_dies_asks_it_again_unless_it_was_heard(heard: bool) -> None:
    world = asking()
    world.say(SHORT)
    world.wait(1.5)
    world.reply()
    world.end_turn()
    assert world.state.utterance is not None
    if heard:
        world.speak()
    else:
        world.do(inp.VoiceReady(world.state.utterance.utterance_id, 3.0))
    state = replace(initial(world.state.spec), replies=True)
    for event in world.log:
        if event.durability is not ev.Durability.NEVER:
            state = evolve(state, ev.EVENT.validate_json(event.model_dump_json()), world.now_s)
    again = load(world.state.spec, dump(state))
    assert again is not None
    assert again == replace(state, utterance=None, replies=False, listening=None, reply=None)
    world.state = replace(again, replies=True)
    world.do(inp.CallEnded(1, "server restarted", 9.0))
    world.connect()
    if not heard:
        assert world.state.utterance is not None
        assert world.state.utterance.text == ASKS_BACK.text
        world.speak()
    goes_on_to_question_two(world)


def test_who_leaves_in_the_middle_of_it_leaves_a_whole_result() -> None:
    world = asked_back()
    world.do(inp.LeavePressed())
    built = result.build("iv_1", world.state, now_s=world.now_s)
    VALIDATOR.validate(json.loads(built.model_dump_json()))
    told = [(answer.prompt_id, answer.status) for answer in built.answers]
    assert told == [("q1", "answered"), ("q1:1", "no_answer"), ("q2", "not_asked")]
    assert built.answers[1].grounded_on is not None
    assert built.answers[1].grounded_on.quote == ASKS_BACK.quote
    assert built.answers[1].asked_text == ASKS_BACK.text


# --- two of them ---


def test_a_second_one_may_follow_about_the_answer_to_the_first() -> None:
    world = asked_back(most=2)
    again = NextReply("follow_up", "Who else had time?", "nobody else", "depth")
    world.is_asked_back("Because nobody else had time for it.", again)
    assert (world.state.answering, world.state.round) == ("q1:2", 0)
    world.answers("Only the night shift.")
    world.speak()
    assert (world.state.answering, world.state.round) == ("q2", 1)
    built = result.build("iv_1", world.state, now_s=world.now_s)
    assert built.answers[0].follow_ups == ("q1:1", "q1:2")
    assert [answer.question_id for answer in built.answers[:3]] == ["q1"] * 3


def test_the_last_question_is_asked_back_about_before_the_farewell() -> None:
    world = Asking(asking_spec(1))
    world.to_question(1)
    world.is_asked_back()
    world.answers()
    world.speak()
    assert world.at(Status.COMPLETED)
    assert world.kinds() == ["greeting", "question", "question", "wrap_up"]


def test_words_typed_late_belong_to_it() -> None:
    world = asked_back()
    goes_on_to_question_two(world)
    world.do(inp.AnswerTyped("And it was fun.", "q1:1"))
    assert world.state.answers["q1:1"].turns[-1].typed == "And it was fun."
    assert world.state.answering == "q2"


def test_nothing_asked_back_leaves_no_trace() -> None:
    """But the second in which it was waited for."""
    logs = []
    for replies in (True, False):
        world = Asking(replies=replies)
        world.to_question(1)
        world.say(SHORT)
        world.wait(1.5)
        if replies:
            world.reply(NOTHING)
        world.end_turn()
        world.speak()
        kept = [event for event in world.log if event.durability is not ev.Durability.NEVER]
        logs.append([event.model_dump_json() for event in kept])
    assert logs[0] == logs[1]
