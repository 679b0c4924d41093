"""An evaluation in the log: each step once, after the end; a person decides; words go in time."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from media_server.interview import evaluating, snapshot
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.evaluation import Evaluation
from media_server.interview.result import build
from media_server.interview.rubric import Criterion, EvaluationWanted
from media_server.interview.spec import InterviewSpec, Question, Retention
from media_server.interview.status import Status
from tests.interview.test_review import SCHEMA, erased
from tests.interview.world import World, decided, evaluation_steps, judged, over, put_off

CRITERIA = tuple(Criterion(id=name, text="Says what happened") for name in ("c1", "c2"))
BEGAN, _, _, MADE, FAILED = evaluation_steps()
KEY = ("q1", "c1")


def spec(**changes: Any) -> InterviewSpec:
    return InterviewSpec(
        questions=(
            Question(id="q1", text="Question number 1?", criteria=CRITERIA),
            Question(id="q2", text="Question number 2?"),
        ),
        evaluation=EvaluationWanted(),
        **changes,
    )


def ended(given: InterviewSpec | None = None) -> World:
    world = World(given or spec())
    world.to_question(2)
    world.do(inp.LeavePressed())
    assert world.state.status is Status.ENDED_BY_CANDIDATE
    return world


def steps(world: World, *found: Any) -> list[str]:
    """The types of the events that these steps lead to."""
    known = len(world.log)
    for step in found:
        world.do(inp.Evaluated(step))
    return [event.type for event in world.log[known:]]


def made(*more: Any) -> World:
    world = ended()
    steps(world, BEGAN, judged(), judged("c2", score=None, status="insufficient_evidence"))
    steps(world, MADE, *more)
    return world


def shown(world: World) -> Evaluation:
    found = build("iv_1", world.state, now_s=world.now_s)
    Draft202012Validator(SCHEMA).validate(json.loads(found.model_dump_json()))
    assert not found.partial
    assert found.evaluation is not None
    return found.evaluation


def test_it_is_pending_until_it_is_made() -> None:
    world = ended()
    assert (shown(world).status, shown(world).criteria) == ("pending", ())
    assert steps(world, judged()) == [], "it has not begun"
    assert steps(world, BEGAN, judged()) == ["evaluation_began", "criterion_judged"]
    assert (shown(world).status, len(shown(world).criteria)) == ("pending", 1)
    assert steps(world, judged("c2"), MADE) == ["criterion_judged", "evaluation_made"]
    found = shown(world)
    assert (found.status, found.final, found.model, found.runs) == ("ready", False, "m", 3)
    assert [one.criterion_id for one in found.criteria] == ["c1", "c2"]
    assert found.made_at is not None


def test_each_step_is_written_once() -> None:
    world = ended()
    told = steps(world, BEGAN, BEGAN, judged(), judged(score=1.0), MADE, MADE, FAILED, judged("c2"))
    assert told == ["evaluation_began", "criterion_judged", "evaluation_made"]
    assert shown(world).criteria[0].score == 4.0


def test_nothing_is_judged_that_nobody_asked_for() -> None:
    world = ended(
        InterviewSpec(questions=(Question(id="q1", text="Why?"), Question(id="q2", text="How?")))
    )
    assert steps(world, BEGAN, judged(), MADE) == []
    assert build("iv_1", world.state, now_s=world.now_s).evaluation is None
    world = ended()
    assert steps(world, BEGAN, judged("unknown")) == ["evaluation_began"]


def test_nothing_is_judged_while_it_goes_on() -> None:
    world = World(spec())
    world.to_question(2)
    assert steps(world, BEGAN, MADE) == []


def test_a_failed_one_keeps_what_was_judged() -> None:
    world = ended()
    assert steps(world, BEGAN, judged(), FAILED)[-1] == "evaluation_failed"
    found = shown(world)
    assert (found.status, found.reason) == ("failed", "no model answered")
    assert len(found.criteria) == 1


def test_only_a_person_makes_a_score_final() -> None:
    world = made()
    assert not any(one.final for one in shown(world).criteria)
    assert world.do(inp.ScoreDecided(decided()))
    first, second = shown(world).criteria
    assert (first.final, second.final, shown(world).final) == (True, False, False)
    assert first.decision is not None
    assert (first.decision.by, first.decision.score, first.decision.confirmed) == ("Ada", 4, True)
    world.do(inp.ScoreDecided(decided("c2", score=None)))
    assert shown(world).final


def test_the_last_decision_stands_and_all_are_seen() -> None:
    world = made()
    world.do(inp.ScoreDecided(decided()))
    again = decided(score=2, confirmed=False, by="Bo", reason="She names no measure")
    assert not world.do(inp.ScoreDecided(again)), "Bo had not seen what Ada decided"
    assert world.do(inp.ScoreDecided(again, expected=1))
    found = shown(world).criteria[0]
    assert found.score == 4.0, "what was proposed stays"
    assert found.decision is not None
    assert (found.decision.by, found.decision.score) == ("Bo", 2)
    assert [one.by for one in found.decisions] == ["Ada", "Bo"]


def test_nothing_is_decided_before_it_is_made() -> None:
    world = ended()
    steps(world, BEGAN, judged())
    assert not world.do(inp.ScoreDecided(decided()))
    steps(world, MADE)
    assert world.do(inp.ScoreDecided(decided()))
    assert not world.do(inp.ScoreDecided(decided("c2"))), "it was never judged"


def test_decisions_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluating, "MAX_DECISIONS", 2)
    world = made()
    for expected in range(3):
        world.do(inp.ScoreDecided(decided(by=f"Reader {expected}"), expected=expected))
    assert [one.by for one in shown(world).criteria[0].decisions] == ["Reader 0", "Reader 1"]


def test_a_snapshot_keeps_it_without_raw_answers() -> None:
    world = made()
    world.do(inp.ScoreDecided(decided()))
    text = snapshot.dump(world.state)
    loaded = snapshot.load(world.state.spec, text)
    assert loaded is not None
    assert loaded.evaluated == world.state.evaluated
    assert '"raw": []' in text
    logged = [event for event in world.log if isinstance(event, ev.CriterionJudged)]
    assert all(event.raw for event in logged), "the log has them"


def test_its_words_go_with_the_transcript() -> None:
    world = made()
    world.do(inp.ScoreDecided(decided(reason="She says so in her own words")))
    before = shown(world)
    world.state = erased(world)
    found = shown(world)
    assert before.criteria[0].quotes
    assert not any(one.quotes for one in found.criteria)
    assert [one.score for one in found.criteria] == [one.score for one in before.criteria]
    assert found.criteria[0].decision is not None
    assert (found.criteria[0].decision.by, found.criteria[0].decision.reason) == ("Ada", "")


@pytest.mark.parametrize("said", ["quotes", "raw"])
def test_nothing_of_it_is_left_in_the_log(said: str) -> None:
    world = made()
    kept = erased(world).evaluated.of(KEY)
    assert kept is not None
    assert getattr(kept, said) == ()


def test_it_needs_the_words() -> None:
    with pytest.raises(ValidationError, match="an evaluation needs the words"):
        spec(retention=Retention(transcript_days=0))


def test_what_is_due() -> None:
    given = spec()
    assert evaluating.wanted(given) == (KEY, ("q1", "c2"))
    assert evaluating.wanted(given.model_copy(update={"evaluation": None})) == ()
    assert evaluating.is_due(given, ended().state.evaluated)
    assert not evaluating.is_due(given, made().state.evaluated)


def test_begun_again_nothing_of_before_counts() -> None:
    world = ended()
    assert not world.do(inp.EvaluateAgain()), "it has not begun"
    steps(world, BEGAN, judged())
    assert not world.do(inp.EvaluateAgain()), "it goes on"
    steps(world, FAILED)
    assert world.do(inp.EvaluateAgain())
    assert (shown(world).status, shown(world).criteria, shown(world).renewed) == ("pending", (), 1)
    assert evaluating.is_due(world.state.spec, world.state.evaluated)
    assert not world.do(inp.EvaluateAgain()), "once is enough"
    steps(world, BEGAN, judged(score=2.0), judged("c2"), MADE)
    assert [one.score for one in shown(world).criteria] == [2.0, 4.0]
    assert [type(event).__name__ for event in world.log].count("CriterionJudged") == 3


def test_nobody_decides_about_scores_that_they_have_not_seen() -> None:
    world = made()
    world.do(inp.EvaluateAgain("stale"))
    steps(world, BEGAN, judged(score=2.0), judged("c2"), MADE)
    assert not world.do(inp.ScoreDecided(decided(score=2))), "they saw a 4"
    assert world.do(inp.ScoreDecided(decided(score=2), renewed=1))


def test_it_is_not_begun_again_over_a_decision_nor_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = made()
    world.do(inp.ScoreDecided(decided()))
    assert not world.do(inp.EvaluateAgain("stale"))
    monkeypatch.setattr(evaluating, "MAX_RENEWALS", 1)
    world = made()
    assert world.do(inp.EvaluateAgain("stale"))
    steps(world, BEGAN, MADE)
    assert not world.do(inp.EvaluateAgain("stale"))


def test_a_list_says_how_far_it_is() -> None:
    def stage(world: World) -> str | None:
        return evaluating.stage(world.state.spec, world.state.evaluated)

    assert stage(World(spec())) == "pending"
    world = ended()
    steps(world, BEGAN, judged(), judged("c2"), MADE)
    assert stage(world) == "proposed"
    world = made()
    assert stage(world) == "needs_human"
    world.do(inp.ScoreDecided(decided("c2", score=None)))
    assert stage(world) == "proposed", "a person has looked at the other"
    world.do(inp.ScoreDecided(decided()))
    assert stage(world) == "final"
    world = ended()
    steps(world, BEGAN, FAILED)
    assert stage(world) == "failed"
    plain = world.state.spec.model_copy(update={"evaluation": None})
    assert evaluating.stage(plain, world.state.evaluated) is None


def test_what_another_try_would_change() -> None:
    known = made().state.evaluated
    assert evaluating.is_complete(known, "ollama m", "judge.en@1")
    assert not evaluating.is_complete(known, "ollama other", "judge.en@1")
    assert not evaluating.is_complete(known, "ollama m", "judge.en@2")
    world = ended()
    steps(world, BEGAN, judged(status="not_judged", score=None), MADE)
    assert not evaluating.is_complete(world.state.evaluated, "ollama m", "judge.en@1")


def test_what_was_answered_is_kept_where_it_is_news() -> None:
    world = ended()
    assert steps(world, put_off("busy", 1)) == [], "it has not begun"
    told = steps(world, BEGAN, put_off("", 0), put_off("busy", 0), put_off("busy", 0))
    assert told == ["evaluation_began", "criterion_put_off"]
    assert world.state.evaluated.gave_way()
    assert steps(world, put_off("", 2), put_off("", 1)) == ["criterion_put_off"]
    assert not world.state.evaluated.gave_way()
    assert len(world.state.evaluated.answers(KEY)) == 2
    assert erased(world).evaluated.answers(KEY) == ()
    steps(world, judged(), put_off("", 3))
    assert world.state.evaluated.put_off == ()


def test_a_log_of_a_newer_release_folds() -> None:
    """Fields that this one does not know."""
    event = ev.EVENT.validate_python({"type": "evaluation_made", **over(), "new": 1})
    assert isinstance(event, ev.EvaluationMade)
