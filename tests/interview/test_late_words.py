"""Words that come late, empty or never: they hold nothing up, and they are not lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.status import Status
from tests.interview.world import (
    World,
    assert_log_folds_to_the_same_answers,
    make_spec,
)
from tests.support.segments import heard, ready


def test_late_finals_hold_the_round_and_never_for_ever() -> None:
    world = World()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    world.do(ready(epoch, "1-1"))
    world.do(inp.TurnOver(epoch, "silence", "silence 2000 ms", 1.0, 3.0))
    assert world.at(Status.CLOSING_TURN)
    codes = []
    for _ in range(3):
        codes += [e.code for e in world.tick() if isinstance(e, ev.Noticed)]
    assert codes == ["please_wait", "type_instead", "went_on"]
    assert world.at(Status.DECIDING)
    world.speak()
    world.do(heard("1-1", "better late than never"))
    assert world.state.answers["q1"].turns[0].text == "better late than never"
    assert world.state.answers["q1"].status == "answered"


@pytest.mark.parametrize("over", [False, True])
def test_late_and_empty_is_no_answer(over: bool) -> None:
    """A dial tone, taken for an answer while its words were owed; two of them came, and none."""
    world = World(make_spec(1 if over else 2))
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    for n in (1, 2):
        world.do(ready(epoch, f"1-{n}", 1.0 + n, 2.0 + n, 900))
    world.do(inp.TurnOver(epoch, "silence", "silence 2000 ms", 1.0, 3.0))
    for _ in range(3):
        world.tick()
    world.speak()
    seen = [str(world.state.answers["q1"].status)]
    for segment_id in ("1-1", "1-2"):  # after the first, the other may yet bring words
        world.do(heard(segment_id, "", rejected="noise"))
        seen.append(str(world.state.answers["q1"].status))
    assert seen == ["answered", "answered", "no_answer"]
    if over:
        assert world.at(Status.COMPLETED)
    assert_log_folds_to_the_same_answers(world)


def test_the_last_final_comes_empty_between_the_plan_and_the_next_question() -> None:
    """It went on without the words; then there are none, and the question is not yet closed."""
    world = World(make_spec(2))
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    world.do(ready(epoch, "1-1", 1.0, 2.0, 900))
    world.do(inp.TurnOver(epoch, "silence", "silence 2000 ms", 1.0, 3.0))
    for _ in range(3):
        world.tick()
    assert world.at(Status.DECIDING)
    world.do(heard("1-1", "", rejected="noise"))
    world.speak()
    assert world.state.round == 1
    assert world.state.answers["q1"].status == "no_answer"


def given_up_at_question_two(*, segments: int = 1) -> World:
    """The first answer's words are missing, the second question is listened to."""
    world = World(make_spec(2))
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    for n in range(segments):
        segment_id = f"1-{n + 1}"
        world.do(ready(epoch, segment_id, 1.0 + n, 2.0 + n, 900))
        world.do(heard(segment_id, "", failed="worker crashed 3 times"))
    world.do(inp.TurnOver(epoch, "silence", "silence 2000 ms", 1.0, 3.0))
    world.speak()
    assert (world.state.status, world.state.round) == (Status.LISTENING, 1)
    return world


@pytest.mark.parametrize("text", ["Skip.", "Let me think.", "I want to stop.", "and then"])
def test_words_of_a_later_try_go_where_they_were_said_and_do_nothing(text: str) -> None:
    world = given_up_at_question_two(segments=3)
    before, known = world.state, len(world.log)
    for segment_id, words in (("1-2", text), ("1-3", "Third."), ("1-1", "First.")):
        world.do(inp.HeardAgain(heard(segment_id, words)))
    assert {e.type for e in world.log[known:]} == {"segment_transcribed"}
    assert world.state.answers["q1"].turns[0].text == f"First. {text} Third."
    after = replace(world.state, answers=before.answers)
    assert after == before, "nothing but the words of the first answer"
    assert world.state.answers["q1"].status == "answered"
    assert world.state.answers["q2"] == before.answers["q2"]
    world.do(inp.HeardAgain(heard("1-1", "Twice.")))
    world.do(inp.HeardAgain(heard("9-9", "Never given up.")))
    assert len(world.log) == known + 3
    world.answer("The second answer.")
    world.speak()
    assert world.at(Status.COMPLETED)
    assert_log_folds_to_the_same_answers(world)


def test_a_later_try_that_finds_no_word_settles_the_answer() -> None:
    world = given_up_at_question_two(segments=2)
    seen = []
    for again in (
        heard("1-1", "", failed="crashed again"),
        heard("1-1", "", rejected="noise"),
        heard("1-2", ""),
    ):
        world.do(inp.HeardAgain(again))
        seen.append(str(world.state.answers["q1"].status))
    assert seen == ["answered", "answered", "no_answer"]
    assert not any(s.untranscribed for s in world.state.answers["q1"].turns[0].segments)
    assert (world.state.status, world.state.round) == (Status.LISTENING, 1)
    assert_log_folds_to_the_same_answers(world)
