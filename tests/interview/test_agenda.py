"""What will be asked: prompts by id, and an interview that asks one which is no core question."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from media_server.dialects import native
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import result
from media_server.interview.agenda import (
    CANDIDATE_QUESTIONS_ID,
    PRACTICE_ID,
    Prompt,
    agenda_of,
    extended,
    follow_up,
)
from media_server.interview.fold import evolve
from media_server.interview.snapshot import dump, load
from media_server.interview.spec import InterviewSpec, stored_spec
from media_server.interview.state import initial
from media_server.interview.status import Status
from tests.interview.world import World, make_spec

LOG = Path(__file__).parent / "logs" / "before_the_agenda.json"
PRACTICE = Prompt(PRACTICE_ID, "practice", "Shall we try it once?", None, None)
FLOOR = Prompt(CANDIDATE_QUESTIONS_ID, "candidate_questions", "Your questions?", None, None)


def asks_back(world: World, number: int = 1) -> Prompt:
    """Put a prompt on the agenda, as whoever reads the answers will."""
    current = world.state.prompt
    assert current is not None
    prompt = follow_up(current, number, f"Why is that, asked {number} times?")
    world.fold(ev.AgendaExtended(prompt=prompt, reason="a criterion is open"))
    return prompt


def ids(agenda: tuple[Prompt, ...]) -> list[str]:
    return [prompt.prompt_id for prompt in agenda]


# --- the agenda by itself ---


def test_each_prompt_stands_where_its_kind_belongs() -> None:
    agenda = agenda_of(make_spec().questions)
    back = follow_up(agenda[0], 1, "Why?")
    for prompt in (FLOOR, back, PRACTICE):
        agenda = extended(agenda, prompt, -1)
    assert ids(agenda) == [PRACTICE_ID, "q1", "q1:1", "q2", "q3", CANDIDATE_QUESTIONS_ID]
    assert [prompt.round for prompt in agenda] == [None, 0, 0, 1, 2, None]


def test_what_was_asked_is_never_moved_nor_put_twice() -> None:
    agenda = agenda_of(make_spec().questions)
    late = extended(agenda, PRACTICE, 1)
    assert ids(late) == ["q1", "q2", PRACTICE_ID, "q3"]
    assert extended(late, PRACTICE, 2) == late
    assert ids(extended(agenda, follow_up(agenda[0], 1, "Why?"), 1)) == ["q1", "q2", "q1:1", "q3"]


@pytest.mark.parametrize("taken", [PRACTICE_ID, CANDIDATE_QUESTIONS_ID, "q1:1"])
def test_no_question_can_have_the_id_of_another_prompt(taken: str) -> None:
    fields = make_spec().model_dump(mode="json")
    fields["questions"][0]["id"] = taken
    with pytest.raises(ValueError, match="questions"):
        InterviewSpec.model_validate(fields)


# --- an interview that asks back ---


def test_a_prompt_that_asks_back_is_asked_after_its_question_and_answered_by_its_id() -> None:
    world = World()
    world.to_question(1)
    prompt = asks_back(world)
    world.answer("The first answer is long enough.")
    world.speak()
    assert world.state.prompt == prompt
    assert (world.state.status, world.state.round) == (Status.LISTENING, 0)
    assert world.state.answering == "q1:1"
    world.answer("Because it was the simplest thing that worked.")
    world.speak()
    assert (world.state.round, world.state.answering) == (1, "q2")
    assert world.rounds() == [0, 1]
    built = result.build("iv_1", world.state, now_s=world.now_s)
    told = [(a.prompt_id, a.kind, a.question_id, a.status) for a in built.answers]
    assert told == [
        ("q1", "question", "q1", "answered"), ("q1:1", "follow_up", "q1", "answered"),
        ("q2", "question", "q2", "open"), ("q3", "question", "q3", "not_asked"),
    ]  # fmt: skip
    assert built.answers[0].follow_ups == ("q1:1",)
    assert built.answers[1].text == "Because it was the simplest thing that worked."


def test_it_is_shown_skipped_and_said_again_like_a_question() -> None:
    world = World()
    world.to_question(1)
    prompt = asks_back(world)
    world.answer("The first answer is long enough.")
    world.speak()
    [asked] = [event for event in world.log if isinstance(event, ev.PromptAsked)]
    [shown] = native.durable(asked, 7, world.state)
    assert shown.model_dump(include={"prompt_id", "kind", "question_id", "number", "text"}) == {
        "prompt_id": "q1:1", "kind": "follow_up", "question_id": "q1", "number": 1,
        "text": prompt.text,
    }  # fmt: skip
    world.do(inp.RepeatPressed())
    assert world.state.utterance is not None
    assert (world.state.utterance.text, world.state.utterance.prompt_id) == (prompt.text, "q1:1")
    world.speak()
    world.do(inp.SkipPressed())
    world.speak()
    assert world.state.answers["q1:1"].status == "skipped"
    assert (world.state.round, world.state.answers["q1"].status) == (1, "answered")


def test_one_that_comes_when_the_next_question_was_about_to_be_asked_goes_first() -> None:
    world = World()
    world.to_question(1)
    world.answer("The first answer is long enough.")
    asking = world.state.utterance
    assert asking is not None
    assert asking.prompt_id == "q2"
    first = world.state.agenda[0]
    late = follow_up(first, 1, "Why is that?")
    world.fold(ev.AgendaExtended(prompt=late, reason="a criterion is open"))
    world.speak()
    world.speak()
    assert (world.state.answering, world.state.round) == ("q1:1", 0)
    world.answer("Because it was the simplest thing that worked.")
    world.speak()
    assert (world.state.answering, world.state.round) == ("q2", 1)
    assert world.rounds() == [0, 1]


@pytest.mark.parametrize("voiced", [True, False])
def test_one_that_comes_when_the_farewell_was_about_to_be_said_goes_first(voiced: bool) -> None:
    world = World()
    world.to_question(3)
    world.answer("The last answer is long enough.")
    assert world.state.utterance is not None
    assert world.state.utterance.kind == "wrap_up"
    prompt = asks_back(world)
    if voiced:
        world.do(inp.VoiceReady(world.state.utterance.utterance_id, 2.0))
    else:
        world.do(inp.VoiceFailed(world.state.utterance.utterance_id, "no engine"))
    world.speak()
    assert (world.state.status, world.state.prompt) == (Status.LISTENING, prompt)
    world.answer("Because it was the simplest thing that worked.")
    world.speak()
    assert world.state.status is Status.COMPLETED
    assert world.state.answers["q3:1"].status == "answered"


def test_an_interview_is_over_after_the_last_prompt() -> None:
    world = World()
    world.to_question(3)
    first, second = asks_back(world), asks_back(world, 2)
    for prompt in (first, second):
        world.answer("An answer that is long enough.")
        world.speak()
        assert world.state.prompt == prompt
    world.answer("The last one.")
    assert world.state.utterance is not None
    assert world.state.utterance.kind == "wrap_up"
    world.speak()
    assert world.state.status is Status.COMPLETED
    assert [a.status for a in world.state.answers.values()] == ["answered"] * 5


def test_a_snapshot_keeps_the_agenda_and_the_log_folds_to_the_same() -> None:
    world = World()
    world.to_question(2)
    asks_back(world)
    world.answer("The second answer is long enough.")
    world.speak()
    loaded = load(world.state.spec, dump(world.state))
    assert loaded is not None
    assert (loaded.agenda, loaded.position) == (world.state.agenda, world.state.position)
    assert list(loaded.answers) == ["q1", "q2", "q2:1", "q3"]
    folded = initial(world.state.spec)
    for event in world.log:
        if event.durability is not ev.Durability.NEVER:
            row = ev.EVENT.validate_json(event.model_dump_json())
            folded = evolve(folded, row, world.now_s)
    assert (folded.agenda, folded.round, folded.position) == (world.state.agenda, 1, 2)


# --- logs of former releases ---


def test_a_log_of_before_the_agenda_folds_to_the_same_result() -> None:
    """Skips, requests, an addition to an earlier answer, a lost call and a typed answer in it."""
    kept: dict[str, Any] = json.loads(LOG.read_text())
    state = initial(stored_spec(kept["spec"]))
    for at_s, row in kept["events"]:
        state = evolve(state, ev.EVENT.validate_python(row), at_s)
    files = frozenset({"audio-0001.ogg", "audio-0002.ogg"})
    ended = result.build("iv_1", state, now_s=kept["events"][-1][0], recordings=files)
    built = ended.model_dump(mode="json")
    assert built.pop("record_pending") == 0
    assert (built.pop("review"), built.pop("summary")) == (None, None)
    for answer in built["answers"]:
        assert answer.pop("prompt_id") == answer["question_id"]
        assert answer.pop("kind") == "question"
        assert answer.pop("correction") is None
        assert answer.pop("grounded_on") is None
        assert answer.pop("summary_corrections") == []
        assert [span.pop("url") for span in answer["audio"]] == [None] * len(answer["audio"])
        for turn in answer["turns"]:
            assert (turn.pop("words_from"), turn.pop("live_text")) == ("live", None)
            assert turn.pop("set_aside") == ""
    for request in built["requests"]:
        assert request.pop("prompt_id") == request["question_id"]
        assert request.pop("answer") is None
    assert built == kept["result"]
