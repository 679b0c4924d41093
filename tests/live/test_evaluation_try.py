"""One interview is judged, a request at a time or several: what is answered is not asked again."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from media_server.evaluation.judging import plan
from media_server.interview import inputs as inp
from media_server.interview.evaluation_events import (
    MAX_RAW_CHARS,
    CriterionJudged,
    CriterionPutOff,
    EvaluationFailed,
)
from media_server.interview.rubric import Anchor, Criterion, EvaluationWanted
from media_server.interview.spec import InterviewSpec, Question
from media_server.interview.state import State
from media_server.live.evaluation_try import MADE_WAY, NO_MODEL, EvaluationTry, NotNow, _resumed
from media_server.llm.scripted import ScriptedLlm
from media_server.ports import JsonAnswer, LlmRequest, LlmUnavailable
from media_server.ports.llm import Failure
from tests.interview.world import World
from tests.support.judge import LOWEST, QUOTE, SAID
from tests.support.waiting import PATIENCE_S

ANCHORS = (Anchor(score=1, text="Names no result"), Anchor(score=5, text="Names a measure"))
CRITERIA = tuple(
    Criterion(id=name, text="Says what happened", anchors=ANCHORS) for name in ("c1", "c2", "c3")
)
SCORED = ["quotes", "score", "score", "score", "control"]


class Model(ScriptedLlm):
    """A real one would be on the network. It answers so often, then it has no place."""

    scripted = False

    def __init__(self, answers: int = 10_000, then: Failure = "busy") -> None:
        super().__init__()
        self.name = "ollama m"
        self.answers = answers
        self.then: Failure = then
        self.asked: list[str] = []
        self.now = self.most_at_once = 0
        self.meeting = asyncio.Barrier(1)
        self.raw_chars = 0
        self.model = "m"

    async def json(self, request: LlmRequest, schema: Mapping[str, Any]) -> JsonAnswer:
        if len(self.asked) >= self.answers:
            raise LlmUnavailable("not now", failure=self.then)
        step = "quotes" if "quotes" in schema["properties"] else "score"
        if LOWEST in request.system + request.user:
            step = "control"
        self.asked.append(step)
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        if len(self.asked) <= self.meeting.parties:
            async with asyncio.timeout(PATIENCE_S):
                await self.meeting.wait()
        self.now -= 1
        value: dict[str, Any] = {"quotes": [QUOTE]}
        if step != "quotes":
            value = {"score": 1 if step == "control" else 4}
        raw = str(value).replace("'", '"') + " " * self.raw_chars
        return JsonAnswer(value, raw, self.model)


@dataclass
class Log:
    """Implements `evaluation_try.Writer`."""

    world: World
    halts: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def state(self) -> State:
        return self.world.state

    async def write(self, input_: inp.Input) -> None:
        self.world.do(input_)

    def of(self, *types: type[Any]) -> list[Any]:
        return [event for event in self.world.log if isinstance(event, types)]

    async def tried(self, model: Model, *, at_once: int = 1, now_s: float = 0.0) -> None:
        trying = EvaluationTry(model, self.halts, lambda: False, at_once=at_once)
        await trying.run(self, give_up_s=60.0, now_s=now_s)


@pytest.fixture
def log() -> Log:
    world = World(
        InterviewSpec(
            questions=(
                Question(id="q1", text="Question number 1?", criteria=CRITERIA),
                Question(id="q2", text="Question number 2?"),
            ),
            evaluation=EvaluationWanted(),
        )
    )
    world.to_question(1)
    world.answer(SAID)
    world.do(inp.LeavePressed())
    return Log(world)


@pytest.mark.parametrize(("at_once", "most"), [(1, 1), (2, 2), (9, 3)])
async def test_so_many_requests_at_a_time(log: Log, at_once: int, most: int) -> None:
    model = Model()
    model.meeting = asyncio.Barrier(most)
    await log.tried(model, at_once=at_once)
    assert model.most_at_once == most
    assert Counter(model.asked) == Counter(SCORED * 3)
    assert [one.criterion_id for one in log.of(CriterionJudged)] == ["c1", "c2", "c3"]


@pytest.mark.parametrize("at_once", [1, 2])
async def test_what_is_answered_is_not_asked_again(log: Log, at_once: int) -> None:
    """Whoever tries next has nothing but the log: a new try each time, as after a restart."""
    asked: list[str] = []
    for _ in range(30):
        model = Model(answers=1)
        with contextlib.suppress(NotNow):
            await log.tried(model, at_once=at_once)
        asked += model.asked
    assert Counter(asked) == Counter(SCORED * 3)
    judged = log.of(CriterionJudged)
    assert [(one.score, one.scores, len(one.raw)) for one in judged] == [(4.0, (4, 4, 4), 5)] * 3
    assert log.state.evaluated.put_off == ()


async def test_it_had_to_make_way_until_its_time_was_over(log: Log) -> None:
    with pytest.raises(NotNow):
        await log.tried(Model(answers=0))
    assert [one.because for one in log.of(CriterionPutOff)] == ["busy"]
    await log.tried(Model(), now_s=1e12)
    (failed,) = log.of(EvaluationFailed)
    assert failed.reason == MADE_WAY


@pytest.mark.parametrize(("then", "code"), [("busy", "made_way"), ("unreachable", "model_away")])
async def test_what_is_left_says_why(log: Log, then: Failure, code: str) -> None:
    """Also where others were judged, so that the whole has not failed."""
    with pytest.raises(NotNow):
        await log.tried(Model(answers=7, then=then))
    await log.tried(Model(), now_s=1e12)
    assert log.of(EvaluationFailed) == []
    judged = log.of(CriterionJudged)
    assert [one.status for one in judged] == ["proposed", "not_judged", "not_judged"]
    assert [[reason.code for reason in one.reasons] for one in judged] == [[], [code], [code]]


async def test_a_model_that_was_away_is_another_reason(log: Log) -> None:
    with pytest.raises(NotNow):
        await log.tried(Model(answers=0, then="unreachable"))
    assert log.of(CriterionPutOff) == []
    await log.tried(Model(), now_s=1e12)
    (failed,) = log.of(EvaluationFailed)
    assert failed.reason == NO_MODEL


async def test_the_last_reason_counts(log: Log) -> None:
    for then in ("busy", "unreachable"):
        with pytest.raises(NotNow):
            await log.tried(Model(answers=0, then=then))
    await log.tried(Model(), now_s=1e12)
    assert log.of(EvaluationFailed)[0].reason == NO_MODEL


async def test_an_answer_too_long_to_be_kept_is_asked_for_again(log: Log) -> None:
    model = Model(answers=2)
    model.raw_chars = MAX_RAW_CHARS
    with pytest.raises(NotNow):
        await log.tried(model)
    again = Model()
    await log.tried(again)
    assert Counter(again.asked) == Counter(SCORED * 3)


async def test_answers_to_other_prompts_are_not_taken_up(log: Log) -> None:
    with pytest.raises(NotNow):
        await log.tried(Model(answers=3))
    known = log.state.evaluated.answers(("q1", "c1"))
    task = plan(log.state)[0]
    other = (known[0], known[1].model_copy(update={"prompt": "evaluate_score.en@0"}), known[2])
    assert [len(_resumed(task, found)[1]) for found in (known, other, known[1:])] == [3, 1, 0]
    broken = (known[0].model_copy(update={"raw": "{"}),)
    assert _resumed(task, broken)[1] == []


async def test_answers_of_another_model_are_not_mixed_with_its_own(log: Log) -> None:
    """The model was changed in between: one that obeys must not be vouched for by another."""
    obeying = Model(answers=4)
    with pytest.raises(NotNow):
        await log.tried(obeying)
    asked: list[str] = []
    for answers in (3, 10_000):
        other = Model(answers)
        other.model = "another"
        with contextlib.suppress(NotNow):
            await log.tried(other)
        asked += other.asked
    assert Counter(asked) == Counter([*SCORED * 3, "control"]), "the first was asked to no purpose"
    judged = log.of(CriterionJudged)[0]
    assert (judged.model, {one.model for one in judged.raw}) == ("another", {"another"})
    assert [one.step for one in judged.raw] == [
        "quotes 1", "score 1", "score 2", "score 3", "control 1",
    ]  # fmt: skip
