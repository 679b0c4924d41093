"""Speech over the bot: it is silent at once, and goes on, or hears an answer out, by the words.

Over 400 lines on purpose: one case after another, each with its conversation.
"""

from __future__ import annotations

import pytest

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.status import Status
from tests.interview.over_the_bot import (
    BARGED_S,
    LONG,
    answer_of,
    end_turn,
    fall_silent,
    hints,
    interrupt,
    plays,
    say,
)
from tests.interview.world import World, begin_question, make_spec
from tests.support.segments import heard, ready

# --- back-channels --------------------------------------------------------------------------------


def test_okay_over_the_question_and_nothing_after_it_is_no_answer() -> None:
    world = World()
    begin_question(world, 12.0)
    interrupt(world)
    say(world, "Okay.")
    assert plays(world) == [], "for a second after it more may come"
    world.wait(0.35)
    assert world.at(Status.ASKING)
    assert [play.from_s for play in plays(world)] == [1.5]
    world.now_s += 10.5
    assert world.state.utterance is not None
    world.do(inp.PlayoutEnded(world.state.utterance.utterance_id, 12.0, complete=True))
    assert world.at(Status.LISTENING)
    world.answer("I led the team of a bank.")
    found = answer_of(world, "q1")
    assert found.text == "I led the team of a bank."
    assert [(t.text, t.set_aside, t.end_reason) for t in found.turns] == [
        ("Okay.", "backchannel", "interjection"),
        ("I led the team of a bank.", "", "silence"),
    ]
    assert world.rounds() == [0]


def test_more_speech_after_okay_makes_it_an_answer() -> None:
    world = World()
    begin_question(world, 12.0)
    interrupt(world)
    say(world, "Okay,")
    world.wait(0.2)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechResumed(epoch))
    world.wait(4.0)
    assert world.at(Status.LISTENING), "continued speech keeps the bot silent"
    say(world, "so I was at a bank.", number=2)
    world.wait(1.0)
    assert (plays(world), world.state.turn_epoch) == ([], epoch)
    end_turn(world)
    assert world.at(Status.DECIDING)
    assert answer_of(world, "q1").text == "Okay, so I was at a bank."


def test_a_back_channel_whose_words_come_late_is_none_the_less_one() -> None:
    world = World()
    begin_question(world, 12.0)
    interrupt(world)
    name = fall_silent(world)
    world.wait(2.0)
    end_turn(world)
    world.wait(5.0)
    assert world.at(Status.CLOSING_TURN), "its words decide, so they are waited for"
    world.do(heard(name, "Mm-hm."))
    assert world.at(Status.ASKING)
    assert [play.from_s for play in plays(world)] == [1.5]
    assert answer_of(world, "q1").text == ""


def test_done_makes_okay_the_answer() -> None:
    world = World()
    begin_question(world, 12.0)
    interrupt(world)
    name = fall_silent(world)
    world.do(inp.DonePressed(), heard(name, "Okay."))
    world.do(inp.TurnOver(world.state.turn_epoch, "done", "", BARGED_S, BARGED_S + 0.5))
    assert world.at(Status.DECIDING)
    assert answer_of(world, "q1").text == "Okay."


def test_back_channels_do_not_make_a_question_start_over_for_ever() -> None:
    world = World()
    begin_question(world, 12.0)
    for _ in range(3):
        interrupt(world)
        say(world, "Okay.")
        world.wait(0.5)
        assert world.at(Status.ASKING)
    assert [e.from_s for e in world.log if isinstance(e, ev.UtteranceResumed)] == [1.5, 1.5, 3.0]
    interrupt(world, after_s=4.0)
    say(world, "Okay.")
    world.wait(0.5)
    assert world.at(Status.LISTENING), "then the floor is the candidate's"
    assert plays(world) == []
    world.answer("I led a team.")
    assert answer_of(world, "q1").text == "I led a team."


def test_another_sentence_may_start_over_again() -> None:
    world = World()
    begin_question(world, 30.0)
    for number in range(6):
        interrupt(world, after_s=3.0 * number + 3, resume_from_s=3.0 * number + 2)
        say(world, "Right.")
        world.wait(0.5)
    from_s = [e.from_s for e in world.log if isinstance(e, ev.UtteranceResumed)]
    assert from_s == [2.0, 5.0, 8.0, 11.0, 14.0, 17.0]


def test_okay_over_a_remark_is_no_answer_to_the_question() -> None:
    world = World()
    world.to_question(1)
    world.answer("I don't know.")
    offer = world.state.utterance
    assert offer is not None
    assert offer.kind == "skip_offer"
    world.do(inp.VoiceReady(offer.utterance_id, 5.0))
    interrupt(world)
    say(world, "Okay.")
    world.wait(0.5)
    assert [play.from_s for play in plays(world)] == [1.5]
    assert world.state.answers["q1"].status == "open"


def test_a_question_that_was_cut_by_a_lost_connection_is_asked_again() -> None:
    """Nobody knows yet whether it was an answer, so the question was not heard."""
    world = World()
    begin_question(world, 12.0)
    interrupt(world)
    say(world, "Okay.")
    world.do(inp.CallEnded(1, "gone", 20.0))
    world.connect()
    assert world.state.utterance is not None
    assert world.state.utterance.kind == "question"


# --- echo -----------------------------------------------------------------------------------------


def test_words_of_the_question_that_come_back_are_no_answer() -> None:
    world = World(LONG)
    begin_question(world, 6.0)
    for number in range(2):
        interrupt(world, resume_from_s=0.0)
        say(world, "was the most difficult", spoke_s=1.0)
        world.wait(0.5)
        assert [play.from_s for play in plays(world)] == [0.0]
        assert hints(world) == ["use_headphones"], f"told once, not {number + 1} times"
    world.speak_on()
    world.answer("That was a bridge.")
    found = answer_of(world, "q1")
    assert found.text == "That was a bridge."
    assert [turn.set_aside for turn in found.turns] == ["echo", "echo", ""]


def test_the_whole_question_as_its_own_answer() -> None:
    world = World()
    begin_question(world, 12.0)
    assert world.state.utterance is not None
    question = world.state.utterance.text
    interrupt(world)
    world.answer(question)
    assert world.at(Status.ASKING)
    assert answer_of(world, "q1").text == ""
    assert hints(world) == ["use_headphones"]


def test_an_answer_that_repeats_the_question_is_one() -> None:
    world = World(LONG)
    begin_question(world, 6.0)
    interrupt(world)
    say(world, "The most difficult of my projects was a bridge", spoke_s=3.0)
    world.wait(1.0)
    assert world.at(Status.LISTENING)
    end_turn(world)
    assert answer_of(world, "q1").text == "The most difficult of my projects was a bridge"


def test_echo_in_the_signal_is_told_once() -> None:
    world = World()
    begin_question(world, 12.0)
    world.do(inp.EchoHeard(3.0), inp.EchoHeard(9.0))
    assert hints(world) == ["use_headphones"]
    assert world.at(Status.ASKING), "nothing was interrupted"


# --- requests, answers, nothing -------------------------------------------------------------------


def test_a_request_over_the_question_is_handled_as_one() -> None:
    world = World()
    begin_question(world, 12.0)
    interrupt(world)
    say(world, "Sorry, can you repeat that?", spoke_s=1.5)
    end_turn(world)
    assert world.state.utterance is not None
    assert world.state.utterance.kind == "repeat"
    turn = answer_of(world, "q1").turns[0]
    assert (turn.request, turn.set_aside) == ("repeat", "")


def test_no_word_within_two_seconds_and_the_question_goes_on() -> None:
    world = World()
    begin_question(world, 12.0)
    world.now_s += 3.0
    world.do(inp.BargeIn(BARGED_S, 3.0, 1.5))
    world.wait(2.1)
    assert world.at(Status.ASKING)
    assert [play.from_s for play in plays(world)][-1:] == [1.5]


def test_a_cough_goes_on_sooner() -> None:
    world = World()
    begin_question(world, 12.0)
    interrupt(world)
    say(world, "")
    world.wait(0.4)
    assert world.at(Status.ASKING)
    verdicts = [e.verdict for e in world.log if isinstance(e, ev.InterruptionJudged)]
    assert verdicts == ["nothing"]


def test_steady_speech_keeps_the_bot_silent_though_the_recogniser_is_late() -> None:
    """Seen: 4.7 s of speech, no word yet, and the bot spoke over the answer."""
    world = World()
    begin_question(world, 12.0)
    interrupt(world)
    world.wait(20.0)
    assert world.at(Status.LISTENING)
    assert plays(world) == []
    name = fall_silent(world, spoke_s=20.0)
    world.wait(10.0)
    assert world.at(Status.LISTENING), "its words are owed"
    end_turn(world)
    world.do(heard(name, "I was with a bank then."))
    assert world.at(Status.DECIDING)
    assert answer_of(world, "q1").text == "I was with a bank then."


def test_who_says_nothing_more_and_is_never_written_down_is_not_waited_for_for_ever() -> None:
    world = World(make_spec(1))
    begin_question(world, 12.0)
    interrupt(world)
    fall_silent(world)
    end_turn(world)
    world.wait(21.0)
    assert world.state.utterance is not None
    assert world.state.utterance.kind == "wrap_up", "speech nobody wrote down is an answer"


# --- where the bot cannot go on from the middle ---------------------------------------------------


def test_a_gate_that_closed_meanwhile_takes_no_question_away() -> None:
    world = World()
    begin_question(world, 12.0)
    interrupt(world)
    say(world, "Okay.")
    world.do(inp.GateClosed())
    world.wait(2.0)
    world.do(inp.GateOpened())
    assert world.state.utterance is not None
    assert (world.state.utterance.kind, world.state.utterance.prompt_id) == ("question", "q1")
    assert not any(isinstance(event, ev.NotHeard) for event in world.log)


def test_on_another_connection_the_question_is_said_from_its_start() -> None:
    """Its server may have no clip to go on with."""
    world = World()
    begin_question(world, 12.0)
    interrupt(world)
    name = fall_silent(world)
    end_turn(world)
    world.do(inp.CallEnded(1, "lost", 14.0))
    world.connect()
    world.effects.clear()
    world.do(heard(name, "Okay."))
    world.wait(0.1)
    assert plays(world) == []
    assert world.state.utterance is not None
    assert (world.state.utterance.kind, world.state.utterance.prompt_id) == ("question", "q1")


# --- the words are late, and more is heard before they come ---------------------------------------


def more_before_the_words(world: World, text: str) -> None:
    """The turn is over and its words are owed when the next sound comes, and `text` of it."""
    world.wait(1.5)
    end_turn(world)
    assert world.at(Status.CLOSING_TURN)
    world.do(inp.BargeIn(14.0, 0.0, 0.0, 0.3))
    assert world.at(Status.LISTENING)
    world.do(inp.SpeechStarted(world.state.turn_epoch))
    world.now_s += 0.5
    world.do(ready(world.state.turn_epoch, "1-99", 13.8, 14.5, 300))
    world.do(inp.SpeechStopped(world.state.turn_epoch, pause_ms=700, spoken_ms=300))
    world.do(heard("1-99", text))


@pytest.mark.parametrize("ended", [False, True])
def test_a_late_back_channel_and_a_cough_are_no_answer(ended: bool) -> None:
    world = World(LONG)
    begin_question(world, 12.0)
    interrupt(world)
    late = fall_silent(world)
    more_before_the_words(world, "")
    world.wait(1.0)
    assert world.at(Status.LISTENING), "words are owed"
    if ended:
        end_turn(world)
    world.do(heard(late, "Okay."))
    world.wait(1.0)
    assert world.at(Status.ASKING)
    assert [play.from_s for play in plays(world)] == [1.5]
    assert answer_of(world, "q1").text == ""


def test_late_words_and_more_of_them_are_one_answer() -> None:
    world = World(LONG)
    begin_question(world, 12.0)
    interrupt(world)
    late = fall_silent(world)
    more_before_the_words(world, "of a bank.")
    end_turn(world)
    world.do(heard(late, "Okay, I led the team"))
    world.wait(0.1)
    assert world.at(Status.DECIDING)
    assert answer_of(world, "q1").text == "Okay, I led the team of a bank."


def test_words_that_never_come_are_waited_for_as_ever() -> None:
    world = World(make_spec(1))
    begin_question(world, 12.0)
    interrupt(world)
    fall_silent(world)
    more_before_the_words(world, "")
    end_turn(world)
    world.wait(21.0)
    assert world.state.utterance is not None
    assert world.state.utterance.kind == "wrap_up"
    assert world.state.interruption is None


def test_late_words_of_an_older_turn_judge_nothing_else() -> None:
    world = World(LONG)
    begin_question(world, 12.0)
    interrupt(world)
    say(world, "Okay.")
    old = world.state.turn_epoch
    world.wait(0.5)
    world.do(ready(old, "1-88", 11.0, 11.3, 200))
    interrupt(world, after_s=2.0)
    say(world, "Mm-hm.")
    world.do(heard("1-88", "so"))
    world.wait(0.5)
    assert world.at(Status.ASKING)


# --- over what is said in the candidate's own turn ---


@pytest.mark.parametrize(
    ("kind", "echo"),
    [("take_your_time", "take your time I'm"), ("offer_choices", "or skip this question")],
)
def test_help_that_comes_back_is_neither_answer_nor_request(kind: str, echo: str) -> None:
    world = over_help(kind)
    say(world, echo, spoke_s=1.0)
    end_turn(world)
    assert (world.state.status, answer_of(world, "q1").text) == (Status.LISTENING, "")
    assert [t.set_aside for t in world.state.answers["q1"].turns] == ["echo", ""]
    assert "use_headphones" in hints(world)
    assert world.state.listening is not None
    assert world.state.listening.rung > 1, "the silence ladder goes on where it was"


def test_an_answer_over_help_is_one() -> None:
    world = over_help("take_your_time")
    say(world, "take your time was the name of it", spoke_s=2.0)
    end_turn(world)
    assert world.at(Status.DECIDING)
    assert answer_of(world, "q1").text == "take your time was the name of it"


def over_help(kind: str) -> World:
    """Half a second of it was heard when somebody, or the loudspeaker, spoke."""
    world = World(LONG)
    world.to_question(1)
    while (utterance := world.state.utterance) is None or utterance.kind != kind:
        if utterance is not None:
            world.speak()
        world.tick()
    world.do(inp.VoiceReady(utterance.utterance_id, 4.0))
    world.now_s += 0.5
    world.do(inp.BargeIn(9.5, 0.5, 0.0, 0.3), inp.SpeechStarted(world.state.turn_epoch))
    return world
