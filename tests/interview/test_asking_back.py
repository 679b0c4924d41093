"""A turn that may be a request or an answer: asked once, and nothing of it is lost."""

from __future__ import annotations

import pytest

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import pacing
from media_server.interview.machine import confirming, deciding
from media_server.interview.replies import reply
from media_server.interview.spoken_requests import Intent, Recognised, recognise
from media_server.interview.status import Status
from media_server.interview.view import view
from tests.interview.world import World, assert_log_folds_to_the_same_answers, make_spec
from tests.support.segments import heard, ready

UNSURE: dict[str, Intent] = {
    "Repeat the experiment maybe?": "repeat",
    "Skip it, perhaps.": "skip",
    "A break would be good.": "pause",
    "I do not really know.": "no_idea",
    "Thinking about that.": "think",
}


@pytest.fixture(autouse=True)
def matcher(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules of the day decide what is unsure; here it is said."""

    def matched(text: str, locale: str) -> Recognised | None:
        return Recognised(UNSURE[text], False) if text in UNSURE else recognise(text, locale)

    monkeypatch.setattr(deciding, "recognise", matched)
    monkeypatch.setattr(confirming, "recognise", matched)


def asked_back(text: str = "Repeat the experiment maybe?", questions: int = 2) -> World:
    """Question one was answered with it, and the question back was heard."""
    world = World(make_spec(questions))
    world.to_question(1)
    world.answer(text)
    assert world.at(Status.DECIDING)
    assert view(world.state, world.now_s).confirm is None, "not before it is asked"
    world.speak()
    assert world.kinds()[-1] == "confirm_request"
    assert world.at(Status.LISTENING)
    return world


def words(world: World) -> list[str]:
    """What counts as the answer to question one."""
    return [t.text for t in world.state.answers["q1"].turns if t.text and t.counts]


def test_it_is_asked_aloud_and_on_the_screen() -> None:
    world = asked_back()
    seen = view(world.state, world.now_s)
    assert seen.confirm == "Shall I repeat the question?"
    assert "confirm" in seen.can
    spoken = [e.text for e in world.log if isinstance(e, ev.UtteranceStarted)]
    assert spoken[-1] == seen.confirm


@pytest.mark.parametrize("by_click", [True, False])
def test_yes_and_the_request_is_done_and_no_part_of_the_answer(by_click: bool) -> None:
    world = asked_back()
    if by_click:
        world.do(inp.ConfirmPressed("yes"))
    else:
        world.answer("Yes, please.")
    world.speak()
    assert (world.kinds()[-1], world.state.round) == ("repeat", 0)
    assert words(world) == []
    assert view(world.state, world.now_s).confirm is None
    requested = [e for e in world.log if isinstance(e, ev.Requested)]
    assert [(e.intent, e.effect, e.text) for e in requested] == [
        ("repeat", "repeated", "Repeat the experiment maybe?")
    ]
    world.answer("My real answer.")
    assert words(world) == ["My real answer."]
    world.speak()
    assert_log_folds_to_the_same_answers(world)


@pytest.mark.parametrize("by_click", [True, False])
def test_no_and_the_turn_stays_open(by_click: bool) -> None:
    world = asked_back()
    if by_click:
        world.do(inp.ConfirmPressed("no"))
    else:
        world.answer("No.")
    world.speak()
    assert (world.kinds()[-1], world.state.status) == ("go_on", Status.LISTENING)
    world.answer("It took nine years.")
    assert words(world) == ["Repeat the experiment maybe?", "It took nine years."]
    world.speak()
    assert (world.state.round, world.state.answers["q1"].status) == (1, "answered")


@pytest.mark.parametrize("by_click", [True, False])
def test_it_is_my_answer_closes_the_turn(by_click: bool) -> None:
    world = asked_back()
    if by_click:
        world.do(inp.ConfirmPressed("answer"))
    else:
        world.answer("No, that is my answer.")
    assert words(world) == ["Repeat the experiment maybe?"]
    world.speak()
    assert (world.state.round, world.state.answers["q1"].status) == (1, "answered")


def test_without_a_reply_the_words_are_the_answer_and_the_interview_goes_on() -> None:
    world = asked_back()
    world.wait(pacing.CONFIRM_WAIT_S - 0.1)
    assert view(world.state, world.now_s).confirm is not None
    world.wait(0.2)
    assert (view(world.state, world.now_s).confirm, world.state.status) == (None, Status.DECIDING)
    assert words(world) == ["Repeat the experiment maybe?"]
    world.speak()
    assert "take_your_time" not in world.kinds()
    assert (world.state.round, world.state.answers["q1"].status) == (1, "answered")


@pytest.mark.parametrize("choice", ["answer", "no", "yes"])
def test_a_click_takes_nothing_from_who_goes_on_speaking(choice: inp.ConfirmChoice) -> None:
    world = asked_back()
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    world.now_s += 6
    world.do(inp.InterimHeard(epoch, "I mean we did it twice"))
    world.do(inp.ConfirmPressed(choice))
    said = "I mean we did it twice because the first result was odd."
    world.do(ready(epoch, "1-77", 20.0, 26.2, 6000), heard("1-77", said))
    assert said in words(world)


def test_a_cough_is_no_reply() -> None:
    world = asked_back()
    world.answer("")
    assert world.at(Status.LISTENING)
    assert view(world.state, world.now_s).confirm is not None, "it can still be answered"
    assert words(world) == ["Repeat the experiment maybe?"]
    world.wait(pacing.CONFIRM_WAIT_S + 0.1)
    assert world.at(Status.DECIDING), "and nobody waits for it for ever"


def test_done_without_a_word_leaves_the_answer_as_it_is() -> None:
    world = asked_back()
    world.answer("", "done")
    world.speak()
    assert (world.state.round, world.state.answers["q1"].status) == (1, "answered")


def test_a_line_that_is_dead_is_not_taken_for_no_reply() -> None:
    world = asked_back()
    world.do(inp.AudioStopped(2.0))
    world.wait(pacing.CONFIRM_WAIT_S + 5.0)
    assert view(world.state, world.now_s).confirm is not None
    assert world.state.round == 0


def test_the_question_back_that_comes_back_is_no_yes() -> None:
    world = asked_back("Skip it, perhaps.")
    world.answer("skip this question")
    assert world.at(Status.LISTENING)
    assert view(world.state, world.now_s).confirm is not None
    assert words(world) == ["Skip it, perhaps."]
    assert [t.set_aside for t in world.state.answers["q1"].turns] == ["", "echo", ""]
    world.answer("Skip this question.")
    world.speak()
    assert (world.state.round, world.state.answers["q1"].status) == (1, "skipped"), "said again"


def test_who_goes_on_with_the_answer_has_answered_with_both() -> None:
    world = asked_back()
    world.answer("We did it nine times in the end.")
    assert words(world) == ["Repeat the experiment maybe?", "We did it nine times in the end."]
    world.speak()
    assert world.state.round == 1


def test_who_says_the_same_again_and_clearly_has_confirmed_it() -> None:
    world = asked_back()
    world.answer("Please repeat the question.")
    world.speak()
    assert world.kinds()[-1] == "repeat"
    assert words(world) == []


def test_nobody_is_asked_twice_for_one_answer() -> None:
    world = asked_back()
    world.answer("No.")
    world.speak()
    world.answer("Repeat the experiment maybe?")
    assert world.state.utterance is not None
    assert world.state.utterance.kind == "question"
    assert words(world) == ["Repeat the experiment maybe?"] * 2
    world.speak()
    world.answer("Skip it, perhaps.")
    world.speak()
    assert world.kinds()[-1] == "confirm_request", "of the next answer, once more"


def test_who_has_confirmed_one_is_understood_from_then_on() -> None:
    world = asked_back()
    world.answer("Yes.")
    world.speak()
    world.answer("Skip it, perhaps.")
    world.speak()
    assert (world.state.round, world.state.answers["q1"].status) == (1, "skipped")


def test_a_break_that_was_confirmed_is_taken() -> None:
    world = asked_back("A break would be good.")
    world.do(inp.ConfirmPressed("yes"))
    assert world.at(Status.PAUSED)
    world.do(inp.ResumePressed())
    world.speak()
    assert (world.state.status, world.state.confirming) == (Status.LISTENING, None)


def test_time_to_think_needs_no_question_back_and_costs_no_words() -> None:
    world = World(make_spec(2))
    world.to_question(1)
    world.answer("Thinking about that.")
    assert world.at(Status.LISTENING)
    assert {e.code for e in world.log if isinstance(e, ev.Noticed)} == {"thinking"}
    world.answer("It was nine years.")
    assert words(world) == ["Thinking about that.", "It was nine years."]


@pytest.mark.parametrize(
    "happens",
    [inp.PausePressed(), inp.CallEnded(1, "gone", 3.0), inp.RepeatPressed(),
     inp.AnswerTyped("It was nine years.")],
)  # fmt: skip
def test_whatever_comes_between_leaves_the_words_with_the_answer(happens: inp.Input) -> None:
    world = asked_back()
    world.do(happens)
    assert world.state.confirming is None
    assert "Repeat the experiment maybe?" in words(world)


def test_a_click_while_the_question_back_is_spoken_stops_it() -> None:
    world = World(make_spec(2))
    world.to_question(1)
    world.answer("Skip it, perhaps.")
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 2.0))
    assert view(world.state, world.now_s).confirm == "Shall we skip this question?"
    world.do(inp.ConfirmPressed("yes"))
    world.speak()
    assert (world.state.round, world.state.answers["q1"].status) == (1, "skipped")


def test_speech_before_it_was_asked_makes_it_needless() -> None:
    world = World(make_spec(2))
    world.to_question(1)
    world.answer("Skip it, perhaps.")
    world.do(inp.BargeIn(start_s=5.0))
    assert (world.state.status, world.state.confirming) == (Status.LISTENING, None)
    world.answer("that chapter I mean.")
    assert words(world) == ["Skip it, perhaps.", "that chapter I mean."]


def test_a_click_with_no_question_back_does_nothing() -> None:
    world = World(make_spec(2))
    world.to_question(1)
    assert world.do(inp.ConfirmPressed("yes")) == []


@pytest.mark.parametrize(
    ("text", "locale", "said"),
    [
        ("Yes.", "en", "yes"), ("Yes, please do.", "en-GB", "yes"), ("Okay", "en", "yes"),
        ("Please.", "en", "yes"), ("No.", "en", "no"), ("No thanks, I'm good.", "en", None),
        ("No, thank you.", "en", "no"), ("It's my answer.", "en", "answer"),
        ("No, that is my answer!", "en", "answer"), ("That's not my answer", "en", "yes"),
        ("Yes I worked at the bank", "en", None), ("Repeat it", "en", None), ("", "en", None),
        ("Ja, bitte.", "de-AT", "yes"), ("Nein.", "de", "no"),
        ("Das ist meine Antwort.", "de", "answer"), ("Yes", "de", "yes"),
        ("Sí, por favor.", "es", "yes"), ("No, gracias", "es", "no"),
        ("Es mi respuesta", "es", "answer"), ("Oui, s\u2019il vous plaît", "fr", "yes"),
        ("Non, merci.", "fr", "no"), ("C'est ma réponse", "fr", "answer"),
    ],
)  # fmt: skip
def test_short_replies(text: str, locale: str, said: str | None) -> None:
    assert reply(text, locale) == said
