"""The candidate corrects the transcript: in time, once, and beside what was heard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from media_server.interview import inputs as inp
from media_server.interview import review, snapshot
from media_server.interview.events import EVENT, Durability, durability_of
from media_server.interview.fold import evolve
from media_server.interview.own_words import own_transcript
from media_server.interview.result import Result, build
from media_server.interview.review_events import Reviewed
from media_server.interview.spec import Retention
from media_server.interview.state import State, initial
from media_server.interview.status import Status
from media_server.live import after_end
from media_server.ports import LogEntry, Refused
from media_server.store.retention_plan import redacted
from signaling.transcripts import text_transcript, web_vtt
from tests.interview.world import World, make_spec

HEARD = "My answer number 1 is long enough."
MEANT = "My answer number 1 is strong enough."
SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "result.schema.json").read_text(encoding="utf-8")
)


def left(**spec: object) -> World:
    """Question 1 answered, then left."""
    changes: dict[str, Any] = {"review": True, "review_minutes": 10, **spec}
    world = World(make_spec(**changes))
    world.to_question(2)
    world.do(inp.LeavePressed())
    assert world.state.status is Status.ENDED_BY_CANDIDATE
    return world


def result(world: World) -> Result:
    return build("iv_1", world.state, now_s=world.now_s)


def correct(world: World, **texts: str) -> list[object]:
    return list(world.do(inp.TranscriptReviewed(tuple(texts.items()))))


def test_what_was_heard_stays_beside_the_correction() -> None:
    world = left()
    world.now_s += 60
    assert correct(world, q1=MEANT, q2="never said", nobody="x")
    found = result(world)
    Draft202012Validator(SCHEMA).validate(json.loads(found.model_dump_json()))
    first, second = found.answers[0], found.answers[1]
    assert (first.text, [turn.text for turn in first.turns]) == (HEARD, [HEARD])
    assert first.correction is not None
    assert (first.correction.text, first.correction.original) == (MEANT, HEARD)
    assert second.correction is None, "nothing was said there"
    assert found.review is not None
    assert (found.review.status, found.review.corrected, found.partial) == ("done", 1, False)
    told = json.loads(found.model_dump_json())
    assert f"corrected by the candidate: {MEANT}" in text_transcript(told)
    assert HEARD in text_transcript(told)
    assert f"NOTE corrected by the candidate: {MEANT}" in web_vtt(told)
    assert f"<v Candidate>{HEARD}" in web_vtt(told)


def test_once_and_then_never_again() -> None:
    world = left()
    assert correct(world, q1=MEANT)
    assert correct(world, q1="another") == []
    assert sum(isinstance(event, Reviewed) for event in world.log) == 1
    assert review.is_as_sent(world.state, {"q1": MEANT})
    assert not review.is_as_sent(world.state, {"q1": "another"})
    assert not review.is_as_sent(world.state, {})


def test_it_is_partial_until_its_time_is_over_and_nobody_need_be_awake() -> None:
    world = left()
    world.now_s += 599
    assert result(world).partial
    world.now_s += 1
    found = result(world)
    assert found.review is not None
    assert (found.review.status, found.partial) == ("over", False)
    assert correct(world, q1=MEANT) == []
    assert result(world).answers[0].correction is None


def test_all_is_well_is_a_review_too() -> None:
    world = left()
    assert correct(world, q1=f" {HEARD} ")
    found = result(world)
    assert found.review is not None
    assert (found.review.status, found.review.corrected) == ("done", 0)


@pytest.mark.parametrize("end", [inp.Cancel(), inp.Fail("the store is lost")])
def test_only_where_the_candidate_was_there_at_the_end(end: inp.Input) -> None:
    world = World(make_spec(review=True))
    world.to_question(2)
    world.do(end)
    assert correct(world, q1=MEANT) == []
    assert (result(world).review, result(world).partial) == (None, False)


def test_not_where_nobody_asked_for_it_or_nothing_was_said() -> None:
    assert correct(left(review=False), q1=MEANT) == []
    world = World(make_spec(review=True))
    world.begin()
    world.do(inp.LeavePressed())
    assert (result(world).review, result(world).partial) == (None, False)


def test_words_of_another_device_are_neither_read_nor_corrected() -> None:
    world = left()
    turn = world.state.answers["q1"].turns[0]
    hidden = turn.turn_epoch
    assert world.do(inp.TranscriptReviewed((("q1", MEANT),), hidden_turns=hidden))
    assert result(world).answers[0].correction is None
    seen = own_transcript("iv_1", world.state, now_s=world.now_s, hidden_turns=hidden)
    assert (seen.words, seen.review) == ("elsewhere", None)
    assert HEARD not in seen.model_dump_json()


def test_the_own_words_are_those_of_the_result() -> None:
    world = left()
    world.now_s += 60
    seen = own_transcript("iv_1", world.state, now_s=world.now_s)
    found = result(world)
    assert [answer.text for answer in seen.answers] == [
        answer.text for answer in found.answers if answer.status != "not_asked"
    ]
    assert (seen.answered, seen.of, seen.words) == (1, 3, "kept")
    assert seen.review is not None
    assert (seen.review.status, seen.review.left_s) == ("open", 540)
    assert [answer.may_correct for answer in seen.answers] == [True, False]


def test_a_request_is_shown_as_one() -> None:
    world = World(make_spec())
    world.to_question(1)
    world.answer("Can you repeat that, please?")
    world.speak()
    world.answer(HEARD)
    world.do(inp.Cancel())
    seen = own_transcript("iv_1", world.state, now_s=world.now_s)
    assert [(one.request, one.text) for one in seen.answers[0].said] == [
        ("repeat", "Can you repeat that, please?"),
        ("", HEARD),
    ]
    assert seen.answers[0].text == HEARD


def erased(world: World) -> State:
    """Its log as retention leaves it, folded."""
    rows = [
        LogEntry(seq, world.now_s, event.type, event.model_dump(mode="json", exclude={"type"}))
        for seq, event in enumerate(world.log, 1)
        if durability_of(event) is not Durability.NEVER
    ]
    gone = {entry.seq: entry for entry in redacted(rows)}
    state = initial(world.state.spec)
    for row in rows:
        data = gone.get(row.seq, row).data
        event = EVENT.validate_python({"type": row.type, **data})
        state = evolve(state, event, world.now_s)
    return state


@pytest.mark.parametrize("typed", [False, True])
def test_what_retention_has_erased_is_corrected_no_more(typed: bool) -> None:
    """A correction that came after it would stay for good."""
    world = World(make_spec(review=True, review_minutes=10))
    world.to_question(1)
    if typed:
        world.do(inp.AnswerTyped(HEARD))
    else:
        world.answer(HEARD)
    world.do(inp.LeavePressed())
    assert review.may_correct(world.state, "q1")
    world.state = erased(world)
    seen = own_transcript("iv_1", world.state, now_s=world.now_s)
    assert (seen.words, [answer.may_correct for answer in seen.answers]) == ("erased", [False])
    assert review.standing(world.state, world.now_s) in ("over", "none")
    assert not result(world).partial
    assert correct(world, q1=MEANT) == []
    assert world.state.reviewed is None
    with pytest.raises(Refused) as refused:
        after_end.reviewed(world.state, {"q1": MEANT}, unix_s=world.now_s, resumed_from=1)
    assert (refused.value.status, refused.value.code) == (409, "review_over")


def test_words_whose_time_is_over_are_said_to_be_gone() -> None:
    world = left()
    correct(world, q1=MEANT)
    state = erased(world)
    seen = own_transcript("iv_1", state, now_s=world.now_s)
    assert seen.words == "erased"
    for word in ("long", "strong"):
        assert word not in seen.model_dump_json()
    assert seen.review is not None
    assert seen.review.status == "done"


def test_it_survives_a_snapshot() -> None:
    world = left()
    correct(world, q1=MEANT)
    loaded = snapshot.load(world.state.spec, snapshot.dump(world.state))
    assert loaded is not None
    assert (loaded.reviewed, loaded.reviewed_s) == (world.state.reviewed, world.state.reviewed_s)


def test_a_review_of_nothing_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="a review needs the words"):
        make_spec(review=True, retention=Retention(transcript_days=0))
    assert review.standing(initial(make_spec(review=True)), 0.0) == "none"
