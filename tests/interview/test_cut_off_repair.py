"""The candidate goes on over the next question: the earlier answer had been cut off."""

from __future__ import annotations

import pytest

from media_server.interview import inputs as inp
from media_server.interview.status import Status
from tests.interview.over_the_bot import (
    LONG,
    answer_of,
    end_turn,
    fall_silent,
    interrupt,
    plays,
    say,
)
from tests.interview.world import World
from tests.support.segments import heard, ready


def cut_off(world: World, *, after_s: float = 0.9) -> None:
    """Question two has begun, and the candidate goes on `after_s` after its first packet."""
    world.to_question(1)
    world.answer("I worked at the bank")
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 6.0))
    assert world.rounds() == [0, 1]
    interrupt(world, after_s=after_s, resume_from_s=0.0)


def asked_again(world: World) -> bool:
    utterance = world.state.utterance
    return utterance is not None and (utterance.kind, utterance.prompt_id) == ("question", "q2")


def test_who_was_cut_off_goes_on_and_the_question_is_asked_again() -> None:
    world = World()
    cut_off(world)
    assert world.state.answering == "q1", "the screen says so at once"
    say(world, "because they moved to Berlin.", spoke_s=2.0)
    end_turn(world)
    assert asked_again(world)
    world.speak()
    world.answer("My second answer.")
    world.speak()
    first, second = answer_of(world, "q1"), answer_of(world, "q2")
    assert first.text == "I worked at the bank because they moved to Berlin."
    assert [turn.end_reason for turn in first.turns] == ["cut_off_repaired", "silence"]
    assert (second.text, second.status) == ("My second answer.", "answered")
    assert world.rounds() == [0, 1, 2]


def test_a_pause_in_what_was_cut_off_ends_nothing() -> None:
    world = World()
    cut_off(world)
    say(world, "because they moved", spoke_s=1.0)
    world.wait(1.0)
    assert world.at(Status.LISTENING)
    world.do(inp.SpeechResumed(world.state.turn_epoch))
    say(world, "to number 2, Berlin.", number=2)
    end_turn(world)
    assert (
        answer_of(world, "q1").text
        == "I worked at the bank because they moved to number 2, Berlin."
    )
    assert asked_again(world)


def test_who_answers_the_new_question_has_answered_it() -> None:
    world = World(LONG)
    cut_off(world, after_s=1.5)
    say(world, "Conflicts I solve by talking", spoke_s=2.0)
    assert world.state.answering == "q1"
    world.wait(0.5)
    assert world.state.answering == "q2"
    end_turn(world)
    first, second = answer_of(world, "q1"), answer_of(world, "q2")
    assert (first.text, first.turns[0].end_reason) == ("I worked at the bank", "silence")
    assert second.text == "Conflicts I solve by talking"
    assert world.state.utterance is not None
    assert world.state.utterance.kind == "wrap_up"


def test_words_that_come_late_go_with_their_turn() -> None:
    world = World(LONG)
    cut_off(world, after_s=1.5)
    say(world, "Conflicts I solve", spoke_s=1.0)
    world.wait(0.5)
    late = fall_silent(world, number=2)
    end_turn(world)
    world.do(heard(late, "by talking."))
    assert answer_of(world, "q2").text == "Conflicts I solve by talking."
    assert answer_of(world, "q1").text == "I worked at the bank"


def test_later_than_a_second_and_a_half_it_is_an_answer_to_the_question() -> None:
    world = World()
    cut_off(world, after_s=1.9)
    say(world, "because they moved to Berlin.", spoke_s=2.0)
    end_turn(world)
    assert answer_of(world, "q2").text == "because they moved to Berlin."
    assert answer_of(world, "q1").turns[0].end_reason == "silence"


@pytest.mark.parametrize("text", ["Okay.", ""])
def test_a_back_channel_or_a_cough_right_after_the_question_began(text: str) -> None:
    world = World()
    cut_off(world)
    say(world, text)
    world.wait(0.5)
    assert world.at(Status.ASKING)
    assert world.state.answering == "q2"
    assert [play.from_s for play in plays(world)] == [0.0]
    world.speak_on()
    world.answer("My second answer.")
    assert answer_of(world, "q2").text == "My second answer."
    assert answer_of(world, "q1").text == "I worked at the bank"
    assert answer_of(world, "q1").turns[0].end_reason == "silence"


def test_a_request_right_after_the_question_began_is_about_that_question() -> None:
    world = World()
    cut_off(world)
    say(world, "Could you repeat the question, please?", spoke_s=1.5)
    end_turn(world)
    assert (world.state.utterance and world.state.utterance.kind) == "repeat"
    world.speak()
    world.answer("My second answer.")
    assert answer_of(world, "q2").text == "My second answer."
    assert answer_of(world, "q1").text == "I worked at the bank"


def test_i_was_not_finished_right_after_the_question_began() -> None:
    world = World()
    cut_off(world)
    say(world, "I wasn't finished.", spoke_s=1.0)
    end_turn(world)
    assert (world.state.status, world.state.answering) == (Status.LISTENING, "q1")
    world.answer("They moved to Berlin.")
    assert asked_again(world)
    found = answer_of(world, "q1")
    assert found.text == "I worked at the bank They moved to Berlin."
    assert found.turns[0].end_reason == "cut_off_repaired"


def test_nothing_was_cut_off_where_nothing_was_said() -> None:
    world = World()
    world.to_question(1)
    world.do(inp.SkipPressed())
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 6.0))
    interrupt(world, after_s=0.9)
    say(world, "because they moved to Berlin.", spoke_s=2.0)
    end_turn(world)
    assert answer_of(world, "q2").text == "because they moved to Berlin."


def over_the_bridge(world: World) -> None:
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch), ready(epoch, "1-1"), heard("1-1", "I worked at the bank"))
    world.do(inp.TurnOver(epoch, "soft_landing", "", 1.0, 3.0))
    assert world.state.utterance is not None
    assert world.state.utterance.kind == "bridge"
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 3.0))
    interrupt(world, after_s=2.0, resume_from_s=0.0)


def test_over_the_bridge_the_same_answer_goes_on() -> None:
    world = World()
    over_the_bridge(world)
    say(world, "number 2 of my jobs was better", spoke_s=2.0)
    end_turn(world)
    assert world.rounds() == [0]
    found = answer_of(world, "q1")
    assert found.text == "I worked at the bank number 2 of my jobs was better"
    assert [turn.end_reason for turn in found.turns] == ["cut_off_repaired", "silence"]
    assert asked_again(world)


def test_thanks_over_the_bridge_is_none_of_the_answer() -> None:
    world = World()
    over_the_bridge(world)
    say(world, "Okay, thank you.")
    world.wait(0.5)
    assert asked_again(world)
    world.speak()
    assert world.rounds() == [0, 1]
    assert answer_of(world, "q1").status == "answered"
    assert answer_of(world, "q1").text == "I worked at the bank"


def test_a_typed_answer_while_the_question_is_asked_again_is_for_that_question() -> None:
    world = World()
    cut_off(world)
    say(world, "because they moved.", spoke_s=1.0)
    end_turn(world)
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 6.0))
    world.do(inp.AnswerTyped("My second answer."))
    assert answer_of(world, "q2").text == "My second answer."


# --- what is none of the earlier answer -----------------------------------------------------------


def speaks_over_q2(world: World, text: str, *, after_s: float = 0.9) -> None:
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 6.0))
    interrupt(world, after_s=after_s, resume_from_s=0.0)
    say(world, text, spoke_s=2.0)
    end_turn(world)


def test_a_quick_answer_to_the_question_asked_again_is_its_answer() -> None:
    world = World(LONG)
    cut_off(world)
    say(world, "because they moved to Berlin.", spoke_s=2.0)
    end_turn(world)
    speaks_over_q2(world, "I sit down with both of them and listen")
    assert answer_of(world, "q2").text == "I sit down with both of them and listen"
    assert answer_of(world, "q1").text == "I worked at the bank because they moved to Berlin."


def test_an_answer_is_gone_on_with_twice_and_no_more() -> None:
    world = World(LONG)
    cut_off(world)
    say(world, "and then", spoke_s=2.0)
    end_turn(world)
    for _ in range(2):
        speaks_over_q2(world, "and then")
    assert answer_of(world, "q1").text == "I worked at the bank and then and then"
    assert answer_of(world, "q2").text == "and then"


@pytest.mark.parametrize("ended", ["done", "skip"])
def test_who_ended_the_turn_was_not_cut_off(ended: str) -> None:
    world = World(LONG)
    world.to_question(1)
    if ended == "done":
        world.answer("I worked at the bank", "done")
    else:
        epoch = world.state.turn_epoch
        world.do(inp.SpeechStarted(epoch), ready(epoch, "1-1"), heard("1-1", "I was at a bank"))
        world.do(inp.SkipPressed())
    speaks_over_q2(world, "I talk to people")
    assert answer_of(world, "q2").text == "I talk to people"


def test_over_a_question_asked_again_after_a_pause_nothing_was_cut_off() -> None:
    world = World(LONG)
    world.to_question(1)
    world.answer("I worked at the bank")
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 6.0), inp.PausePressed())
    world.wait(300.0)
    world.do(inp.ResumePressed())
    speaks_over_q2(world, "Hello, I am back now")
    assert answer_of(world, "q2").text == "Hello, I am back now"


def test_a_cough_before_it_is_not_what_was_cut_off() -> None:
    world = World(LONG)
    cut_off(world)
    say(world, "")
    world.wait(0.5)
    interrupt(world, after_s=0.6, resume_from_s=0.0)
    say(world, "because they moved.", spoke_s=2.0)
    end_turn(world)
    ends = [(turn.text, turn.end_reason) for turn in answer_of(world, "q1").turns]
    assert ("I worked at the bank", "cut_off_repaired") in ends
    assert ("", "cut_off_repaired") not in ends


def test_two_turns_whose_words_were_late_go_to_the_new_question_together() -> None:
    world = World(LONG)
    cut_off(world, after_s=1.5)
    late = fall_silent(world, spoke_s=2.0)
    end_turn(world)
    world.do(inp.BargeIn(14.0, 0.0, 0.0, 0.3), inp.SpeechStarted(world.state.turn_epoch + 1))
    epoch = world.state.turn_epoch
    world.do(heard(late, "Conflicts in a team I solve"), ready(epoch, "1-99", 13.8, 16.5, 2300))
    world.do(inp.SpeechStopped(epoch, pause_ms=700, spoken_ms=2300))
    world.do(heard("1-99", "by talking to everybody."))
    end_turn(world)
    world.wait(0.1)
    assert answer_of(world, "q1").text == "I worked at the bank"
    assert answer_of(world, "q2").text == "Conflicts in a team I solve by talking to everybody."
