"""An answer that was typed to one question and arrives when another is open: it is no answer to
that one, and it is not lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from media_server.dialects import interview_v1 as v1
from media_server.dialects import native
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import result, snapshot
from media_server.interview.agenda import CANDIDATE_QUESTIONS_ID, PRACTICE_ID, Prompt
from media_server.interview.events import EVENT, Durability, durability_of
from media_server.interview.own_words import own_transcript
from media_server.interview.replacing import replace
from media_server.interview.status import Status
from media_server.interview.view import is_hidden
from media_server.live.recover import turn_of
from tests.interview.test_typed import hints, typed_turns
from tests.interview.world import (
    World,
    assert_every_word_is_in_one_answer,
    assert_log_folds_to_the_same_answers,
    make_spec,
)
from tests.support.segments import heard, ready

LATE = inp.AnswerTyped("It was the bridge.", "q1")


def plays(world: World) -> None:
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 5.0))


def asking(world: World) -> None:
    world.to_question(1)
    world.answer("This is my answer to the first.")
    plays(world)


def listening(world: World) -> None:
    world.to_question(2)


def speaking(world: World) -> None:
    world.to_question(2)
    world.do(inp.SpeechStarted(world.state.turn_epoch))


def owed(world: World) -> None:
    speaking(world)
    epoch = world.state.turn_epoch
    world.do(ready(epoch, "1-70"), inp.TurnOver(epoch, "silence", "", 1.0, 2.0))
    assert world.at(Status.CLOSING_TURN)


def deciding(world: World) -> None:
    world.to_question(2)
    world.answer("My second answer is long enough.")


def paused(world: World) -> None:
    asking(world)
    world.do(inp.PausePressed())


def paused_in_answer(world: World) -> None:
    speaking(world)
    world.do(inp.PausePressed())


def gone(world: World) -> None:
    speaking(world)
    world.do(inp.CallEnded(1, "gone", 9.0))


def farewell(world: World) -> None:
    world.to_question(3)
    world.answer("My third answer is long enough.")
    plays(world)
    assert world.at(Status.WRAP_UP)


def folded_again(world: World) -> World:
    """As a server finds it that has nothing but the log."""
    other = World(world.state.spec)
    for event in world.log[1:]:
        if durability_of(event) is not Durability.NEVER:
            other.fold(EVENT.validate_json(event.model_dump_json()))
    return other


@pytest.mark.parametrize(
    "place",
    [asking, listening, speaking, owed, deciding, paused, paused_in_answer, gone, farewell],
)
def test_it_goes_to_its_own_question_and_nothing_else_moves(
    place: Callable[[World], None],
) -> None:
    world = World()
    place(world)
    before = world.state
    fresh = world.do(LATE)
    assert typed_turns(world) == [["It was the bridge."], [], []]
    assert replace(world.state, answers=before.answers) == before
    assert hints(fresh) == ["typed_added"]
    shown = [m for n, e in enumerate(fresh, 1) for m in native.durable(e, n, world.state)]
    [told] = [m for m in shown if isinstance(m, v1.Transcript)]
    assert (told.text, told.prompt_id, told.mode, told.final, told.request) == (
        "It was the bridge.", "q1", "text", True, "",
    )  # fmt: skip
    assert world.state.answers["q1"].status == "answered"
    assert_every_word_is_in_one_answer(world)
    assert typed_turns(folded_again(world)) == typed_turns(world)


def test_the_turn_that_is_open_goes_on_and_is_the_answer_to_its_own_question() -> None:
    world = World()
    speaking(world)
    epoch = world.state.turn_epoch
    world.do(LATE)
    world.do(inp.SpeechStopped(epoch), ready(epoch, "1-70"), heard("1-70", "My second answer."))
    world.do(inp.TurnOver(epoch, "silence", "", 1.0, 3.0, silence_ms=2000))
    world.speak()
    assert (world.state.status, world.state.round) == (Status.LISTENING, 2)
    assert world.state.answers["q2"].status == "answered"
    assert world.state.turn_epoch > epoch + 1, "the number of the late one is not given again"
    built = result.build("iv", world.state, now_s=world.now_s)
    first, second = built.answers[:2]
    assert first.text == "My answer number 1 is long enough. It was the bridge."
    assert (first.mode, second.text, second.mode) == ("mixed", "My second answer.", "voice")
    assert_log_folds_to_the_same_answers(world)


@pytest.mark.parametrize("named", [None, "q1"])
@pytest.mark.parametrize("is_paused", [False, True])
def test_to_the_question_that_is_open_it_is_the_answer(named: str | None, is_paused: bool) -> None:
    world = World()
    world.to_question(1)
    if is_paused:
        world.do(inp.PausePressed())
    fresh = world.do(inp.AnswerTyped("Yes.", named))
    assert [e.typed for e in fresh if isinstance(e, ev.TurnEnded)][-1] == "Yes."
    assert hints(fresh) == []
    world.speak()
    assert world.state.round == 1


@pytest.mark.parametrize("named", ["nobody", "q3"])
@pytest.mark.parametrize("place", [asking, listening, deciding, paused, gone])
def test_to_what_was_never_asked_it_is_noted_and_ends_nothing(
    place: Callable[[World], None], named: str
) -> None:
    world = World()
    place(world)
    before = world.state
    fresh = world.do(inp.AnswerTyped("Whatever.", named))
    assert hints(fresh) == ["typed_late"]
    assert replace(world.state, requests=before.requests) == before
    noted = world.state.requests[-1].request
    assert (noted.intent, noted.text) == ("typed_out_of_turn", "Whatever.")
    assert noted.prompt_id == ("q3" if named == "q3" else "")


@pytest.mark.parametrize("skipped", [False, True])
def test_a_question_without_an_answer_has_one_now(skipped: bool) -> None:
    world = World()
    world.to_question(1)
    if skipped:
        world.do(inp.SkipPressed("q1"))
        world.speak()
    while world.state.round == 0:  # a turn without a word, twice
        world.do(inp.TurnOver(world.state.turn_epoch, "done", "", None, None))
        world.speak()
    statuses = [world.state.answers["q1"].status]
    world.do(LATE)
    statuses.append(world.state.answers["q1"].status)
    assert statuses == ["skipped" if skipped else "no_answer", "answered"]


def test_what_is_asked_again_after_an_addition_keeps_what_was_typed_to_it() -> None:
    """Typed to the second question, while the first is being added to."""
    world = World()
    world.to_question(2)
    world.do(inp.NotFinishedPressed())
    assert world.state.answering == "q1"
    world.do(inp.AnswerTyped("Typed to the second.", "q2"))
    assert world.state.answering == "q1"
    world.answer("One thing more about the first.")
    world.speak()
    assert (world.state.answering, world.at(Status.LISTENING)) == ("q2", True)
    assert typed_turns(world) == [[], ["Typed to the second."], []]
    world.do(inp.TurnOver(world.state.turn_epoch, "done", "", None, None))
    world.speak()
    assert world.state.answers["q2"].status == "answered"


def test_the_same_sent_twice_is_there_once_and_that_is_said() -> None:
    world = World()
    listening(world)
    world.do(LATE)
    assert hints(world.do(LATE)) == ["typed_late"]
    assert typed_turns(world)[0] == ["It was the bridge."]


def test_a_page_that_is_loaded_again_has_it_and_another_device_does_not() -> None:
    world = World()
    listening(world)
    fresh = world.do(LATE)
    [event] = [e for e in fresh if isinstance(e, ev.TypedLate)]
    world.do(inp.CallEnded(1, "gone", 9.0))
    world.do(inp.CallConnected(9.0, microphone=True, channel=True, resumed_from=1))
    assert not is_hidden(event, world.state.connections[-1].hidden_turns)
    world.do(inp.CallConnected(9.0, microphone=True, channel=True))
    hidden_turns = world.state.connections[-1].hidden_turns
    assert is_hidden(event, hidden_turns)
    seen = own_transcript("iv", world.state, now_s=world.now_s, hidden_turns=hidden_turns)
    assert "bridge" not in seen.model_dump_json()
    after = world.do(inp.AnswerTyped("Typed here.", "q1"))
    [mine] = [e for e in after if isinstance(e, ev.TypedLate)]
    assert not is_hidden(mine, hidden_turns)
    loaded = snapshot.load(world.state.spec, snapshot.dump(world.state))
    assert loaded is not None
    assert loaded.answers == world.state.answers


def test_a_practice_and_the_candidates_own_questions_take_it_too() -> None:
    world = World(make_spec(1, practice=True))
    world.begin()
    for _ in range(2):
        world.speak()
    assert world.state.answering == PRACTICE_ID
    world.answer("Bread and butter, as always.")
    world.speak()
    world.fold(
        ev.AgendaExtended(
            prompt=Prompt(CANDIDATE_QUESTIONS_ID, "candidate_questions", "Yours?", None, None),
            reason="asks back",
        )
    )
    assert world.state.answering == "q1"
    world.do(inp.AnswerTyped("Muesli, in fact.", PRACTICE_ID))
    assert (world.state.answering, world.at(Status.LISTENING)) == ("q1", True)
    world.do(inp.AnswerTyped("My answer.", "q1"))
    world.speak()
    assert world.state.answering == CANDIDATE_QUESTIONS_ID
    world.do(inp.AnswerTyped("And one thing more.", "q1"))
    assert world.state.answering == CANDIDATE_QUESTIONS_ID
    world.do(inp.AnswerTyped("When do I hear from you?", CANDIDATE_QUESTIONS_ID))
    plays(world)
    assert world.at(Status.ASKING), "whether there is another"
    world.speak_on()
    world.do(inp.AnswerTyped("No.", CANDIDATE_QUESTIONS_ID))
    plays(world)
    assert world.at(Status.WRAP_UP)
    world.do(inp.AnswerTyped("And by whom?", CANDIDATE_QUESTIONS_ID))
    assert typed_turns(world) == [
        ["Muesli, in fact."],
        ["My answer.", "And one thing more."],
        ["When do I hear from you?", "No.", "And by whom?"],
    ]


def test_a_reply_to_a_question_back_is_still_known_as_one() -> None:
    world = World()
    world.to_question(2)
    world.answer("Could we maybe take a short break at some point?")
    world.speak()
    assert world.state.confirming is not None
    world.do(LATE)
    epoch = world.state.turn_epoch
    world.do(inp.TurnOver(epoch, "silence", "", None, None, silence_ms=9000))
    assert world.state.confirming is not None, "nothing was said yet, and that is no answer"


def test_an_interruption_is_judged_by_the_turn_that_it_opened() -> None:
    world = World()
    asking(world)
    world.do(LATE)
    world.now_s += 3.0
    world.do(inp.BargeIn(2.0, 3.0, 0.0))
    check = world.state.interruption
    assert check is not None
    assert check.turn_epoch == world.state.turn_epoch


def test_speech_that_is_found_after_a_crash_never_belongs_to_it() -> None:
    world = World()
    speaking(world)
    epoch = world.state.turn_epoch
    world.do(LATE)
    assert turn_of(world.state, 1, 99.0) == epoch
