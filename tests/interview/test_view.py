"""What a candidate is shown: which answer is being given, what may be asked for."""

from __future__ import annotations

from media_server.interview import inputs as inp
from media_server.interview import pacing
from media_server.interview.spec import InterviewSpec, Question
from media_server.interview.status import Status
from media_server.interview.view import View, view
from tests.interview.world import World


def seen(world: World) -> View:
    return view(world.state, world.now_s)


def ask_again(world: World) -> None:
    """The voice of what was requested begins."""
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 5.0))


def test_before_anything_was_asked_nothing_is_answered() -> None:
    world = World()
    world.begin()
    assert (seen(world).prompt_id, seen(world).number) == ("", 0)


def test_an_answer_opened_again_is_shown_until_the_current_question_is_asked() -> None:
    world = World()
    world.to_question(1)
    world.answer("I work as a nurse and")
    assert (seen(world).prompt_id, seen(world).number) == ("q1", 1)
    world.speak()
    assert (seen(world).prompt_id, seen(world).number) == ("q2", 2)
    world.do(inp.NotFinishedPressed())
    assert world.at(Status.LISTENING)
    assert (seen(world).prompt_id, seen(world).number) == ("q1", 1)
    world.do(inp.PausePressed())
    assert seen(world).prompt_id == "q1"
    world.do(inp.ResumePressed())
    assert seen(world).prompt_id == "q1"
    world.answer("I work at night.")
    assert seen(world).prompt_id == "q1", "until the first sound of the other question"
    ask_again(world)
    assert (world.state.round, seen(world).prompt_id, seen(world).number) == (1, "q2", 2)


def test_what_is_asked_for_while_a_question_is_asked_again_is_about_that_question() -> None:
    """Not about the earlier answer that was added to before."""
    world = World()
    world.to_question(1)
    world.answer("I work as a nurse and")
    world.speak()
    world.do(inp.NotFinishedPressed())
    world.answer("I work at night.")
    ask_again(world)
    world.do(inp.AnswerTyped("Mended it."))
    assert [turn.typed for turn in world.state.answers["q2"].turns] == [None, "Mended it."]
    assert world.state.answers["q1"].turns[-1].text == "I work at night."


def test_other_words_are_offered_where_there_are_some() -> None:
    world = World()
    world.to_question(1)
    for _ in range(pacing.MAX_REPHRASED):
        assert "rephrase" in seen(world).can
        world.do(inp.RephrasePressed())
        world.speak()
    assert "rephrase" not in seen(world).can
    assert {"repeat", "skip"} < set(seen(world).can)
    world = World(InterviewSpec(questions=(Question(id="q1", text="Why?"),)))
    world.to_question(1)
    assert "rephrase" not in seen(world).can


def test_what_is_repeated_is_the_question_whose_answer_is_open_again() -> None:
    world = World()
    world.to_question(2)
    world.do(inp.NotFinishedPressed())
    assert seen(world).prompt_id == "q1"
    for press, text in (
        (inp.RepeatPressed(), "Question number 1?"),
        (inp.RephrasePressed(), "I mean 1."),
    ):
        world.do(press)
        assert world.state.utterance is not None
        assert (world.state.utterance.text, seen(world).prompt_id) == (text, "q1")
        world.speak()
        assert (world.at(Status.LISTENING), seen(world).prompt_id) == (True, "q1")
    assert (world.state.answers["q1"].rephrased, world.state.answers["q2"].rephrased) == (1, 0)


def test_a_skip_is_named_while_it_can_be_undone() -> None:
    world = World()
    world.to_question(1)
    world.do(inp.SkipPressed())
    assert (seen(world).skipped, "undo_skip" in seen(world).can) == ("q1", True)
    world.speak()
    assert (seen(world).skipped, seen(world).prompt_id) == ("q1", "q2")
    world.do(inp.SkipUndone())
    assert (seen(world).skipped, seen(world).prompt_id) == (None, "q1")
    assert "undo_skip" not in seen(world).can
