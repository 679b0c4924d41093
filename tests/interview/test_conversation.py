"""What a candidate does in a turn: requests, clicks, interruptions, silence."""

from __future__ import annotations

import pytest

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.effects import (
    Listen,
    Play,
    StopPlaying,
)
from media_server.interview.status import Status
from tests.interview.world import (
    World,
    begin_question,
    make_spec,
)
from tests.support.segments import heard, ready


def test_repeat_rephrase_and_skip_by_voice() -> None:
    world = World()
    world.to_question(1)
    world.answer("Could you repeat the question, please?")
    world.speak()
    assert world.kinds()[-1] == "repeat"
    world.answer("I don't understand the question.")
    world.speak()
    assert world.kinds()[-1] == "rephrase"
    world.answer("I don't know.")
    world.speak()
    assert world.kinds()[-1] == "skip_offer"
    assert world.state.round == 0
    world.answer("Skip.")
    world.speak()
    assert world.state.round == 1
    assert world.state.answers["q1"].status == "skipped"


def test_hello_are_you_there_does_not_end_the_interview() -> None:
    world = World(make_spec(1))
    world.to_question(1)
    world.answer("Hello, are you there?")
    world.speak()
    assert world.kinds()[-1] == "repeat"
    assert world.at(Status.LISTENING)
    assert world.state.answers["q1"].status == "open"
    world.answer("Now I hear you: my answer is yes.")
    world.speak()
    assert world.at(Status.COMPLETED)


def test_did_not_hear_once_then_no_answer() -> None:
    world = World()
    world.to_question(1)
    world.answer("")
    world.speak()
    assert world.kinds()[-1] == "not_heard"
    assert world.at(Status.LISTENING)
    world.answer("")
    world.speak()
    assert world.state.answers["q1"].status == "no_answer"
    assert world.state.round == 1


def test_speech_that_nobody_could_write_down_is_an_answer() -> None:
    world = World()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    world.do(ready(epoch, "1-1"))
    world.do(heard("1-1", "", failed="worker crashed 3 times"))
    world.do(inp.TurnOver(epoch, "silence", "", 1.0, 3.0))
    world.speak()
    assert world.state.answers["q1"].status == "answered"


@pytest.mark.parametrize("click", [inp.SkipPressed(), inp.RepeatPressed(), inp.RephrasePressed()])
def test_clicks_while_the_question_is_spoken_stop_it(click: inp.Input) -> None:
    world = World()
    world.begin()
    world.speak()
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceReady(utterance.utterance_id, 5.0))
    world.effects.clear()
    world.do(click)
    assert StopPlaying() in world.effects
    world.speak()
    assert world.at(Status.LISTENING)


def test_not_finished_before_and_after_the_round_advanced() -> None:
    world = World()
    world.to_question(1)
    world.answer("First part")
    assert world.at(Status.DECIDING)
    world.do(inp.NotFinishedPressed())
    assert (world.state.status, world.state.round) == (Status.LISTENING, 0)
    world.answer("and second part.")
    world.speak()
    assert world.state.round == 1
    world.do(inp.NotFinishedPressed())
    assert (world.state.status, world.state.round, world.state.answering) == (
        Status.LISTENING, 1, "q1",
    )  # fmt: skip
    world.answer("One more thing.")
    world.speak()
    assert world.rounds() == [0, 1]
    assert (world.state.status, world.state.answering) == (Status.LISTENING, "q2")
    texts = [turn.text for turn in world.state.answers["q1"].turns]
    assert texts == ["First part", "and second part.", "One more thing."]


def test_speech_resumed_before_the_next_question_drops_only_the_reply() -> None:
    world = World()
    world.to_question(1)
    world.answer("I started at the bank")
    assert world.at(Status.DECIDING)
    stale = world.state.utterance
    assert stale is not None
    world.do(inp.BargeIn(start_s=5.0))
    assert world.at(Status.LISTENING)
    world.do(inp.VoiceReady(stale.utterance_id, 2.0))
    assert world.at(Status.LISTENING)
    assert world.rounds() == [0]
    world.answer("and then moved on.")
    world.speak()
    assert world.rounds() == [0, 1]


def test_barge_in_with_words_is_the_answer() -> None:
    world = World()
    begin_question(world, 6.0)
    world.now_s += 3.0
    world.effects.clear()
    world.do(inp.BargeIn(start_s=9.5, heard_s=3.0, resume_from_s=1.5))
    assert StopPlaying() in world.effects
    assert any(isinstance(e, Listen) and e.from_s == 9.5 for e in world.effects)
    world.do(inp.InterimHeard(world.state.turn_epoch, "I think"))
    world.wait(5.0)
    assert world.at(Status.LISTENING)


def test_false_barge_in_goes_on_from_the_sentence() -> None:
    world = World()
    begin_question(world, 6.0)
    world.now_s += 3.0
    world.do(inp.BargeIn(start_s=9.5, heard_s=3.0, resume_from_s=1.5))
    world.wait(2.5)
    assert world.at(Status.ASKING)
    plays = [e for e in world.effects if isinstance(e, Play)]
    assert plays[-1].from_s == 1.5
    assert world.rounds() == [0]


def test_barge_in_over_the_greeting_skips_to_question_one() -> None:
    world = World()
    world.begin()
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceReady(utterance.utterance_id, 8.0))
    world.do(inp.BargeIn(start_s=1.0, heard_s=1.0))
    assert world.state.utterance is not None
    assert world.state.utterance.kind == "question"
    assert world.state.greeting_heard


def test_silence_ladder_never_ends_the_interview() -> None:
    world = World()
    world.to_question(1)
    seen = []
    for _ in range(30):
        if world.at(Status.PAUSED):
            break
        if world.state.utterance is not None and world.state.utterance.playing_since_s is None:
            world.speak()
        else:
            seen += [e.action for e in world.tick() if isinstance(e, ev.LadderReached)]
    assert seen == ["hint", "take_your_time", "offer_repeat", "offer_choices", "pause"]
    world.do(inp.ResumePressed())
    assert (world.state.status, world.state.round) == (Status.LISTENING, 0)
