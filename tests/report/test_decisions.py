"""Only a person makes a score final: with a key that may, or by a link, under a name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from media_server.interview import evaluating
from media_server.interview import inputs as inp
from media_server.interview.rubric import Criterion, EvaluationWanted
from media_server.interview.spec import InterviewSpec, Question
from tests.evidence.bundles import API_KEY, INTERVIEW, fill, finished, serving
from tests.interview.world import World, evaluation_steps, judged
from tests.live.bench import open_bench
from tests.report.place import code

API = {"Authorization": f"Bearer {API_KEY}"}
BASE = f"/v1/interviews/{INTERVIEW}"
DECISIONS = f"{BASE}/evaluation/decisions"
CONFIRM = {"question_id": "q1", "criterion_id": "c1", "action": "confirm", "by": "Ada Weber"}
OVERRIDE = {**CONFIRM, "action": "override", "score": 2, "by": "Bo", "reason": "Names no measure"}


def world(*, is_made: bool = True) -> World:
    """Over, with a proposal, one that lies between two scores, one without any, and one of a model
    that was led by the answer."""
    criteria = tuple(Criterion(id=f"c{n}", text="Says what happened") for n in (1, 2, 3, 4))
    questions = tuple(
        Question(id=f"q{n}", text=f"Number {n}?", criteria=criteria) for n in (1, 2, 3)
    )
    made = finished(spec=InterviewSpec(questions=questions, evaluation=EvaluationWanted()))
    made.do(inp.LeavePressed())
    began, _, _, over, _ = evaluation_steps()
    between = judged("c2", score=3.5, scores=(3, 4))
    none = judged("c3", score=None, scores=(), spread=None, quotes=(), status="not_judged")
    led = judged("c4", score=None, scores=(), spread=None, status="needs_human")
    for step in (began, judged(), between, none, led, *([over] if is_made else [])):
        made.do(inp.Evaluated(step))
    return made


@dataclass
class Place:
    client: TestClient[Any, Any]

    async def decide(self, body: dict[str, Any], headers: dict[str, str] = API) -> ClientResponse:
        return await self.client.post(DECISIONS, json=body, headers=headers)

    async def link(self, *scopes: str) -> dict[str, str]:
        made = await self.client.post(f"{BASE}/report-links", json={"scopes": scopes}, headers=API)
        assert made.status == 201, await made.text()
        token = (await made.json())["url"].partition("#")[2]
        return {"Authorization": f"Bearer {token}"}

    async def evaluation(self) -> dict[str, Any]:
        answer = await self.client.get(f"{BASE}/evaluation", headers=API)
        assert answer.status == 200, await answer.text()
        return dict(await answer.json())


@pytest.fixture
async def place(tmp_path: Path, store_url: str) -> AsyncIterator[Place]:
    async with open_bench(tmp_path, store_url=store_url) as bench:
        await fill(bench, world(), audio_s=0)
        async with serving(tmp_path, bench) as client:
            yield Place(client)


async def test_a_score_is_final_when_a_person_has_confirmed_it(place: Place) -> None:
    before = (await place.evaluation())["criteria"][0]
    assert (before["score"], before["final"], before["decision"]) == (4.0, False, None)
    for _ in range(2):  # the answer to the first may be lost
        answer = await place.decide(CONFIRM)
        assert answer.status == 200, await answer.text()
        first = (await answer.json())["criteria"][0]
        assert (first["final"], len(first["decisions"])) == (True, 1)
    decision = first["decision"]
    assert (decision["score"], decision["confirmed"], decision["by"]) == (4, True, "Ada Weber")
    assert decision["via"] == "api_key"
    assert not (await place.evaluation())["final"], "two others are open"
    result = await (await place.client.get(f"{BASE}/result", headers=API)).json()
    assert result["evaluation"] == await place.evaluation()


async def test_whoever_has_not_seen_a_decision_does_not_take_its_place(place: Place) -> None:
    assert (await place.decide(CONFIRM)).status == 200
    refused = await place.decide(OVERRIDE)
    assert await code(refused) == (409, "decided_otherwise")
    assert "Ada Weber has decided about it: a score of 4" in (await refused.json())["detail"]
    assert (await place.decide({**OVERRIDE, "expected": 1})).status == 200
    found = (await place.evaluation())["criteria"][0]
    assert [(one["by"], one["score"]) for one in found["decisions"]] == [
        ("Ada Weber", 4),
        ("Bo", 2),
    ]
    assert found["decision"]["reason"] == "Names no measure"
    assert found["score"] == 4.0, "what was proposed stays"
    assert await code(await place.decide({**CONFIRM, "expected": 0})) == (409, "decided_otherwise")


async def test_a_link_decides_if_it_may(place: Place) -> None:
    reads = await place.link("report")
    assert await code(await place.decide(CONFIRM, reads)) == (403, "missing_scope")
    report = await (await place.client.get(f"{BASE}/report", headers=reads)).json()
    assert report["links"]["decisions"] is None
    decides = await place.link("report", "decide")
    report = await (await place.client.get(f"{BASE}/report", headers=decides)).json()
    assert (report["links"]["decisions"], report["scopes"]) == (
        DECISIONS.lstrip("/"),
        ["decide", "report"],
    )
    answer = await place.decide(CONFIRM, decides)
    assert answer.status == 200
    assert (await answer.json())["criteria"][0]["decision"]["via"] == "link"
    seen = await place.client.get(f"{BASE}/evaluation", headers=reads)
    assert (await seen.json())["criteria"][0]["final"]


async def test_what_cannot_be_confirmed(place: Place) -> None:
    between = {**CONFIRM, "criterion_id": "c2"}
    assert await code(await place.decide(between)) == (422, "no_score_to_confirm")
    unjudged = {**CONFIRM, "criterion_id": "c3"}
    assert await code(await place.decide(unjudged)) == (422, "no_score_to_confirm")
    led = {**CONFIRM, "criterion_id": "c4"}
    assert await code(await place.decide(led)) == (422, "no_score_to_confirm")
    for criterion, score in (("c1", None), ("c2", 3), ("c3", 1), ("c4", 2)):
        body = {**OVERRIDE, "criterion_id": criterion, "score": score}
        assert (await place.decide(body)).status == 200
    found = await place.evaluation()
    assert found["final"]
    assert [one["decision"]["score"] for one in found["criteria"]] == [None, 3, 1, 2]


@pytest.mark.parametrize(
    "change",
    [
        {"score": 6},
        {"score": 0},
        {"score": 2.5},
        {"score": True},
        {"score": "3"},
        {"reason": "\u200b"},
        {"reason": "a\x1b[31m"},
        {"by": "   "},
        {"by": "a\u202eb"},
        {"reason": ""},
        {"action": "accept"},
        {"action": "confirm"},
        {"criterion_id": "../c1"},
        {"expected": -1},
        {"more": 1},
    ],
)
async def test_what_says_too_little_or_too_much(place: Place, change: dict[str, Any]) -> None:
    assert (await place.decide({**OVERRIDE, **change})).status == 422
    assert (await place.evaluation())["criteria"][0]["decisions"] == []


async def test_so_many_decisions_are_kept(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluating, "MAX_DECISIONS", 1)
    assert (await place.decide(CONFIRM)).status == 200
    answer = await place.decide({**OVERRIDE, "expected": 1})
    assert await code(answer) == (409, "too_many_decisions")
    assert (await place.decide(CONFIRM)).status == 200, "the same again says nothing new"


async def test_an_override_names_its_score(place: Place) -> None:
    body = {name: value for name, value in OVERRIDE.items() if name != "score"}
    assert (await place.decide(body)).status == 422


async def test_a_criterion_that_there_is_not(place: Place) -> None:
    answer = await place.decide({**CONFIRM, "question_id": "q9"})
    assert await code(answer) == (422, "unknown_criterion")


async def test_nothing_is_decided_before_it_is_made(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        await fill(bench, world(is_made=False), audio_s=0)
        async with serving(tmp_path, bench) as client:
            place = Place(client)
            assert (await place.evaluation())["status"] == "pending"
            assert await code(await place.decide(CONFIRM)) == (409, "not_evaluated")
            decides = await place.link("report", "decide")
            report = await (await client.get(f"{BASE}/report", headers=decides)).json()
            assert report["links"]["decisions"] is None


async def test_where_none_was_asked_for(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        await fill(bench, finished(), audio_s=0)
        async with serving(tmp_path, bench) as client:
            answer = await client.get(f"{BASE}/evaluation", headers=API)
            assert await code(answer) == (404, "no_evaluation")
            assert await code(await Place(client).decide(CONFIRM)) == (404, "no_evaluation")
