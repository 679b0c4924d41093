"""Words that come late, empty or never: they hold nothing up, and they are not lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import late_tries, snapshot
from media_server.interview.events import LateTryOutcome
from media_server.interview.given_up import GivenUp
from media_server.interview.late_tries import LateTries
from media_server.interview.settling import untranscribed
from media_server.interview.status import Status
from media_server.segment_info import SegmentId
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


def test_what_is_owed_of_one_turn_goes_to_one_answer() -> None:
    """Said before the first turn was opened; its last segment comes at the second question."""
    world = World(make_spec(2))
    world.to_question(1)
    world.do(ready(0, "1-50", 1.0, 2.0, 900))
    world.answer("My first answer is long enough.")
    while world.state.round == 0:
        if world.state.utterance is None:
            world.tick()
        else:
            world.speak()
    world.do(ready(0, "1-51", 2.0, 3.0, 900))
    assert {owed.prompt_id for owed in world.state.pending.values()} == {"q1"}
    world.do(heard("1-50", "Said before."), heard("1-51", "And after."))
    [turn] = [turn for turn in world.state.turns if turn.turn_epoch == 0]
    assert (turn.prompt_id, turn.text) == ("q1", "Said before. And after.")
    assert_log_folds_to_the_same_answers(world)


def given_up_at_question_two(*, segments: int = 1) -> World:
    """The first answer's words are missing, the second question is listened to."""
    world = World(make_spec(2))
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    for n in range(segments):
        segment_id = f"1-{n + 11}"
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
    for segment_id, words in (("1-12", text), ("1-13", "Third."), ("1-11", "First.")):
        world.do(inp.HeardAgain(heard(segment_id, words)))
    assert {e.type for e in world.log[known:]} == {"segment_transcribed"}
    assert world.state.answers["q1"].turns[0].text == f"First. {text} Third."
    after = replace(world.state, answers=before.answers)
    assert after == before, "nothing but the words of the first answer"
    assert world.state.answers["q1"].status == "answered"
    assert world.state.answers["q2"] == before.answers["q2"]
    world.do(inp.HeardAgain(heard("1-11", "Twice.")))
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
        heard("1-11", "", failed="crashed again"),
        heard("1-11", "", rejected="noise"),
        heard("1-12", ""),
    ):
        world.do(inp.HeardAgain(again))
        seen.append(str(world.state.answers["q1"].status))
    assert seen == ["answered", "answered", "no_answer"]
    assert not any(s.untranscribed for s in world.state.answers["q1"].turns[0].segments)
    assert (world.state.status, world.state.round) == (Status.LISTENING, 1)
    assert_log_folds_to_the_same_answers(world)


SEGMENT = SegmentId.parse("1-11")


def tried(world: World, *outcomes: LateTryOutcome, cause: GivenUp = "") -> LateTries | None:
    for outcome in outcomes:
        world.do(inp.LateTry(SEGMENT, outcome, cause))
    return late_tries.of(world.state.late_tries, SEGMENT)


def test_tries_are_in_the_log_until_there_are_words() -> None:
    world = given_up_at_question_two(segments=2)
    before, known, now_s = world.state, len(world.log), world.now_s
    assert tried(world, "begun") == LateTries(SEGMENT, 1, now_s, under_way=True)
    assert tried(world, "failed", cause="raised") == LateTries(SEGMENT, 1, now_s, cause="raised")
    assert tried(world, "begun", "stopped") == LateTries(SEGMENT, 2, None, cause="raised")
    assert {event.type for event in world.log[known:]} == {"late_tried"}
    assert replace(world.state, late_tries=()) == before, "nothing else has moved"
    kept = snapshot.load(world.state.spec, snapshot.dump(world.state))
    assert kept is not None
    assert kept.late_tries == world.state.late_tries
    world.do(inp.HeardAgain(heard("1-11", "Words at last.")))
    assert world.state.late_tries == ()
    assert_log_folds_to_the_same_answers(world)


def test_a_try_at_what_was_never_given_up_is_not_counted() -> None:
    world = given_up_at_question_two(segments=1)
    known = len(world.log)
    world.do(inp.LateTry(SegmentId.parse("9-9"), "begun"))
    assert len(world.log) == known
    assert tried(world, "failed", "stopped") is None, "none was begun"


@pytest.mark.parametrize(
    ("made", "is_harmless"),
    [
        (None, True),
        (LateTries(SEGMENT, 1, None), True),  # broken off: nothing is known that was not before
        (LateTries(SEGMENT, 1, 0.0, under_way=True), False),  # it may have taken a server with it
        (LateTries(SEGMENT, 2, 0.0, under_way=True, cause="raised"), False),
        (LateTries(SEGMENT, 1, 0.0, cause="raised"), True),
        (LateTries(SEGMENT, 1, 0.0, cause="worker_lost"), False),
        (LateTries(SEGMENT, 1, 0.0, cause="unavailable"), False),  # as others could use the engine
    ],
)
def test_what_the_next_try_may_cost(made: LateTries | None, *, is_harmless: bool) -> None:
    world = given_up_at_question_two(segments=1)
    (lost,) = untranscribed(world.state)
    lost = lost.model_copy(update={"cause": "unavailable"})
    tries = () if made is None else (made,)
    assert late_tries.harmless(tries, lost) == is_harmless
    assert not late_tries.harmless((), lost.model_copy(update={"cause": "worker_lost"}))
