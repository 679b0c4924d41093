"""What answers cannot be judged by is refused when it is sent, with what to write instead."""

from __future__ import annotations

from typing import Any

import pytest

from media_server.evaluation.rubric_lint import RubricFault
from signaling import rubrics
from tests.signaling.conftest import API, House

ANCHORS = [{"score": 1, "text": "Names no result"}, {"score": 5, "text": "Names a measure"}]
GOOD = {"id": "result", "text": "Names what came of it", "anchors": ANCHORS}


def body(*criteria: dict[str, Any], evaluation: dict[str, Any] | None = None) -> dict[str, Any]:
    questions = [
        {"id": "q1", "text": "Why?", "criteria": list(criteria)},
        {"id": "q2", "text": "How?"},
    ]
    made: dict[str, Any] = {"questions": questions}
    return made if evaluation is None else {**made, "evaluation": evaluation}


async def sent(house: House, content: dict[str, Any]) -> tuple[int, list[dict[str, str]]]:
    answer = await house.client.post("/v1/interviews", json=content, headers=API)
    return answer.status, (await answer.json()).get("errors", [])


async def test_a_good_rubric_is_taken(house: House) -> None:
    assert await sent(house, body(GOOD, evaluation={})) == (201, [])
    without = {"id": "own", "text": "Says what they did themselves"}
    assert await sent(house, body(without)) == (201, []), "follow-ups need no anchors"


@pytest.mark.parametrize(
    ("content", "pointer", "says"),
    [
        (body(evaluation={}), "#/evaluation", "nothing to judge by"),
        (
            body({**GOOD, "anchors": ANCHORS[:1]}, evaluation={}),
            "#/questions/0/criteria/0/anchors",
            "two anchors or more",
        ),
        (body(GOOD, GOOD, evaluation={}), "#/questions/0/criteria/0/id", "give each its own"),
    ],
)
async def test_what_is_missing_is_named(
    house: House, content: dict[str, Any], pointer: str, says: str
) -> None:
    status, errors = await sent(house, content)
    assert status == 422
    assert errors[0]["pointer"] == pointer
    assert says in errors[0]["message"]


async def test_an_unfair_criterion_is_refused_with_better_words(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is unfair is for `evaluation.rubric_lint` to say."""
    fault = RubricFault("#/questions/0/criteria/0/text", "it asks how somebody speaks", "Says what")
    monkeypatch.setattr(rubrics, "faults", lambda _: [fault])
    for path, content in (
        ("/v1/interviews", body(GOOD, evaluation={})),
        ("/v1/templates", {"name": "T", **body(GOOD, evaluation={})}),
    ):
        answer = await house.client.post(path, json=content, headers=API)
        problem = await answer.json()
        assert (answer.status, problem["code"]) == (422, "bad_rubric"), path
        assert problem["errors"] == [
            {"pointer": fault.pointer, "message": fault.message, "better": fault.better}
        ]
