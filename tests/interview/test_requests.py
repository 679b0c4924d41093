"""What each spoken request does, and what a click on Skip does and undoes."""

from __future__ import annotations

import pytest

from media_server.delivery import PLAIN, Delivery
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import pacing
from media_server.interview.effects import Play, Prefetch, PrepareVoice, StopPlaying
from media_server.interview.machine import deciding
from media_server.interview.result import build
from media_server.interview.spec import InterviewSpec, Question
from media_server.interview.spoken_requests import Intent, Recognised, recognise
from media_server.interview.state import Utterance
from media_server.interview.status import Status
from media_server.interview.view import view
from tests.interview.world import World, assert_log_folds_to_the_same_answers, make_spec
from tests.support.segments import heard, ready

LONG = "You have worked with frozen goods. What do you know of the cold chain?"
SAID: dict[str, Intent] = {
    "The last part again": "repeat_last",
    "Slower": "slower",
    "Louder": "louder",
    "I can't hear you very well": "cannot_hear",
    "Put it differently": "rephrase",
    "Next one": "skip",
    "No clue": "no_idea",
    "Thinking now": "think",
    "It does not work": "trouble",
}


@pytest.fixture(autouse=True)
def matcher(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done, not how it is recognised."""

    def matched(text: str, locale: str) -> Recognised | None:
        return Recognised(SAID[text], True) if text in SAID else recognise(text, locale)

    monkeypatch.setattr(deciding, "recognise", matched)


def at_question(*, clarification: str | None = None) -> World:
    questions = (
        Question(id="q1", text=LONG, clarification=clarification),
        Question(id="q2", text="And why?"),
    )
    world = World(InterviewSpec(questions=questions))
    world.to_question(1)
    return world


def asked_for(world: World, text: str) -> Utterance:
    """What is said to it, once its voice was asked for."""
    world.effects.clear()
    world.answer(text)
    utterance = world.state.utterance
    assert utterance is not None
    prepared = [e for e in world.effects if isinstance(e, PrepareVoice)]
    assert (prepared[-1].text, prepared[-1].delivery) == (utterance.text, utterance.delivery)
    world.speak()
    assert world.at(Status.LISTENING)
    assert world.state.answers["q1"].turns[-2].request, "no part of the answer"
    return utterance


def hints(world: World) -> list[str]:
    return [e.code for e in world.log if isinstance(e, ev.Noticed)]


def status(world: World) -> str:
    """Of the first answer; a call, so that the type checker does not take it for settled."""
    return world.state.answers["q1"].status


def effects_of(world: World) -> list[tuple[str, str]]:
    return [(e.intent, e.effect) for e in world.log if isinstance(e, ev.Requested)]


def test_the_last_part_is_the_last_sentence() -> None:
    world = at_question()
    said = asked_for(world, "The last part again")
    assert (said.kind, said.text) == ("repeat", "What do you know of the cold chain?")


def test_slower_stays_and_has_an_end() -> None:
    world = at_question()
    tempos = [asked_for(world, "Slower").delivery.tempo for _ in range(3)]
    assert tempos == [0.85, 0.72, 0.72]
    assert effects_of(world) == [
        ("slower", "slower"), ("slower", "slower"), ("slower", "repeated"),
    ]  # fmt: skip
    world.effects.clear()
    world.do(inp.SpeechStarted(world.state.turn_epoch), inp.SpeechStopped(world.state.turn_epoch))
    assert Prefetch("And why?", Delivery(0.72)) in world.effects
    world.answer("An answer of some length.")
    world.speak()
    plays = [e for e in world.effects if isinstance(e, Play)]
    assert (plays[-1].text, plays[-1].delivery) == ("And why?", Delivery(0.72))


def test_louder_stays_has_an_end_and_says_where_the_volume_is() -> None:
    world = at_question()
    said = [asked_for(world, "Louder") for _ in range(3)]
    assert [one.delivery.gain_db for one in said] == [4.0, 8.0, 8.0]
    assert {one.text for one in said} == {LONG}
    assert hints(world) == ["volume"] * 3


def test_a_clip_that_was_cut_off_is_said_again_as_it_was_asked_for() -> None:
    world = at_question()
    world.answer("Slower")
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 4.0))
    world.effects.clear()
    world.do(inp.GateClosed(), inp.GateOpened())
    assert [e.delivery for e in world.effects if isinstance(e, PrepareVoice)] == [Delivery(0.85)]
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 4.0))
    world.do(inp.BargeIn(1.0, 1.5, 0.5))
    world.wait(pacing.BARGE_IN_WORD_S + 0.1)
    assert [e.delivery for e in world.effects if isinstance(e, Play)][-1] == Delivery(0.85)


def test_who_cannot_hear_reads_what_to_do() -> None:
    world = at_question()
    said = asked_for(world, "I can't hear you very well")
    assert (said.kind, said.text, hints(world)) == ("repeat", LONG, ["cannot_hear"])


def test_trouble_is_noted_and_both_said_and_shown() -> None:
    world = at_question()
    said = asked_for(world, "It does not work")
    assert (said.kind, hints(world)) == ("trouble_note", ["trouble"])
    assert "you can type, or reload" in said.text
    assert effects_of(world) == [("trouble", "noted")]


def test_without_other_words_that_is_said_and_the_question_comes_slower() -> None:
    world = at_question()
    said = asked_for(world, "Put it differently")
    assert said.text == f"I only have it in these words. Here it is again, slower. {LONG}"
    assert said.delivery.tempo < 1.0
    assert world.state.delivery == PLAIN, "this once"
    assert world.state.answers["q1"].rephrased == 0


def test_other_words_are_said_where_there_are_some() -> None:
    world = at_question(clarification="Think of frozen fish.")
    said = asked_for(world, "Put it differently")
    assert (said.kind, said.text, said.delivery) == ("rephrase", "Think of frozen fish.", PLAIN)


def test_time_to_think_is_acknowledged_on_the_screen_alone() -> None:
    world = at_question()
    world.answer("Thinking now")
    assert (world.state.status, world.state.utterance) == (Status.LISTENING, None)
    assert set(hints(world)) == {"thinking"}
    assert not [e for e in world.log[-4:] if isinstance(e, ev.UtteranceRequested)]


def test_it_is_acknowledged_once_while_it_is_said() -> None:
    world = at_question()
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch), inp.InterimHeard(epoch, "Let me think."))
    world.do(inp.InterimHeard(epoch, "Let me think."))
    assert hints(world) == ["thinking"]


# --- skip ---


def test_a_spoken_skip_skips_at_once() -> None:
    world = at_question()
    world.answer("Next one")
    world.speak()
    assert (world.state.round, status(world)) == (1, "skipped")
    assert "skip_offer" not in world.kinds()


def test_no_idea_is_offered_another_chance_that_can_be_interrupted() -> None:
    world = at_question()
    world.answer("No clue")
    utterance = world.state.utterance
    assert utterance is not None
    assert utterance.kind == "skip_offer"
    assert len(utterance.text.split()) <= 12
    world.do(inp.VoiceReady(utterance.utterance_id, 3.0))
    world.effects.clear()
    world.do(inp.BargeIn(start_s=9.0, heard_s=0.6))
    assert StopPlaying() in world.effects
    assert (world.state.status, world.state.answering) == (Status.LISTENING, "q1")
    world.answer("Well, fish has to stay below minus eighteen degrees.")
    world.speak()
    assert (world.state.round, status(world)) == (1, "answered")


def test_no_idea_twice_leaves_the_question() -> None:
    world = at_question()
    asked_for(world, "No clue")
    world.answer("No clue")
    world.speak()
    assert (world.state.round, status(world)) == (1, "skipped")
    assert effects_of(world) == [("no_idea", "offered"), ("no_idea", "skipped")]


def can(world: World) -> tuple[str, ...]:
    return view(world.state, world.now_s).can


def skipped(questions: int = 2) -> World:
    world = World(make_spec(questions))
    world.to_question(1)
    assert "undo_skip" not in can(world)
    world.do(inp.SkipPressed())
    return world


def test_a_click_skips_at_once_and_can_be_undone_for_some_seconds() -> None:
    world = skipped()
    assert "undo_skip" in can(world)
    world.speak()
    assert (world.state.round, status(world)) == (1, "skipped")
    world.wait(pacing.UNDO_S - 2.1)
    assert "undo_skip" in can(world)
    world.wait(0.2)
    assert "undo_skip" not in can(world)
    assert world.do(inp.SkipUndone()) == []


def test_undone_it_is_answered_by_an_added_turn_and_the_other_is_asked_again() -> None:
    world = skipped()
    world.speak()
    world.do(inp.SkipUndone())
    assert (world.state.status, world.state.answering, world.state.round) == (
        Status.LISTENING, "q1", 1,
    )  # fmt: skip
    assert "undo_skip" not in can(world)
    assert status(world) == "no_answer"
    world.answer("It was nine years after all.")
    assert status(world) == "answered"
    world.speak()
    assert (world.state.status, world.state.answering) == (Status.LISTENING, "q2")
    assert world.kinds()[-2:] == ["question", "question"]
    assert world.rounds() == [0, 1]
    result = build("iv", world.state, now_s=world.now_s)
    assert [(r.intent, r.effect, r.prompt_id) for r in result.requests] == [
        ("skip", "skipped", "q1"), ("undo_skip", "undone", "q1"),
    ]  # fmt: skip
    assert (result.answers[0].status, result.answers[0].text) == (
        "answered", "It was nine years after all.",
    )  # fmt: skip
    assert_log_folds_to_the_same_answers(world)


def test_undone_before_the_next_question_began() -> None:
    world = skipped()
    assert world.at(Status.DECIDING)
    world.do(inp.SkipUndone())
    assert (world.state.status, world.state.round) == (Status.LISTENING, 0)
    assert status(world) == "open"
    world.answer("It was nine years.")
    world.speak()
    assert (world.state.round, status(world)) == (1, "answered")


def test_undone_while_the_next_question_is_spoken_stops_it() -> None:
    world = skipped()
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 5.0))
    world.effects.clear()
    world.do(inp.SkipUndone())
    assert StopPlaying() in world.effects
    assert (world.state.status, world.state.answering) == (Status.LISTENING, "q1")


def test_the_last_question_can_be_had_back_during_the_farewell() -> None:
    world = skipped(questions=1)
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 5.0))
    assert (world.state.status, status(world)) == (Status.WRAP_UP, "skipped")
    world.do(inp.SkipUndone())
    assert (world.state.status, status(world)) == (Status.LISTENING, "open")
    world.answer("It was nine years.")
    world.speak()
    assert (world.state.status, status(world)) == (
        Status.COMPLETED, "answered",
    )  # fmt: skip
    assert_log_folds_to_the_same_answers(world)


def test_undone_and_nothing_said_is_no_answer_and_late_words_make_it_one() -> None:
    world = skipped()
    world.speak()
    world.do(inp.SkipUndone())
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch), ready(epoch, "1-9", 1.0, 3.0, 900))
    world.do(inp.PausePressed())
    assert status(world) == "no_answer"
    world.do(heard("1-9", "It was nine years."))
    assert status(world) == "answered"


@pytest.mark.parametrize("by_voice", [True, False])
@pytest.mark.parametrize(
    "between",
    [
        [inp.CallEnded(1, "gone", 9.0), inp.CallConnected(0.0, microphone=True, channel=True)],
        [inp.PausePressed(), inp.ResumePressed()],
        [inp.BargeIn(14.0, 0.0, 0.0, 0.3)],
    ],
)
def test_a_skip_outlives_what_comes_before_the_next_question(
    by_voice: bool, between: list[inp.Input]
) -> None:
    world = World(make_spec(2))
    world.to_question(1)
    if by_voice:
        world.answer("Skip this question.")
    else:
        world.do(inp.SkipPressed())
    world.do(*between)
    assert world.state.utterance is not None
    assert (world.state.utterance.kind, world.state.utterance.prompt_id) == ("question", "q2")
    world.speak()
    assert (world.state.round, status(world)) == (1, "skipped")
    assert [effect for _, effect in effects_of(world)].count("skipped") == 1


def test_who_types_after_a_skip_has_answered() -> None:
    world = World(make_spec(2))
    world.to_question(1)
    world.do(inp.SkipPressed(), inp.AnswerTyped("It was the bridge."))
    world.speak()
    assert (world.state.round, status(world)) == (1, "answered")


def test_what_was_said_before_the_skip_counts_again_when_it_is_undone() -> None:
    world = World(make_spec(2))
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch), ready(epoch, "1-1"), heard("1-1", "Nine years, I think,"))
    world.do(inp.SkipPressed())
    world.speak()
    assert status(world) == "skipped"
    world.do(inp.SkipUndone())
    assert status(world) == "answered"


def test_after_the_time_nothing_is_undone() -> None:
    world = skipped()
    world.fold(ev.TimeUp(reason="3600 s of conversation"))
    assert "undo_skip" not in can(world)
    assert world.do(inp.SkipUndone()) == []


def test_a_break_that_was_asked_for_aloud_ends() -> None:
    world = at_question()
    world.answer("I need a break.")
    assert world.at(Status.PAUSED)
    world.do(inp.ResumePressed())
    assert world.at(Status.LISTENING)
    world.answer("It was nine years.")
    world.speak()
    assert world.state.round == 1
