"""Bodies that are far too wide: named once, and not validated item by item."""

from __future__ import annotations

import json
from typing import Any

import pytest

from media_server.interview.spec import MAX_QUESTIONS, InterviewSpec
from signaling.bodies import AT_ONCE_BYTES, parse_json
from signaling.problems import Problem

QUESTION = {"text": "Who are you?"}


@pytest.mark.parametrize(
    ("body", "pointer", "message"),
    [
        ({"questions": [1] * 60_000}, "#/questions", "at most 100 items, and not 60000"),
        ({"questions": [QUESTION], "glossary": [1] * 5_000}, "#/glossary", "at most 100 items"),
        (
            {"questions": [{**QUESTION, "criteria": [1] * 5_000}]},
            "#/questions/0/criteria",
            "at most 20 items, and not 5000",
        ),
        ({f"k{n}": 1 for n in range(5_000)}, "#", "at most 60 members, and not 5000"),
        ({"metadata": {f"k{n}": "" for n in range(5_000)}}, "#/metadata", "at most 60 members"),
    ],
)
def test_one_fault_instead_of_thousands(body: Any, pointer: str, message: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_json(json.dumps(body).encode(), InterviewSpec)
    assert (caught.value.status, caught.value.code) == (422, "invalid_body")
    assert caught.value.errors is not None
    (fault,) = caught.value.errors
    assert fault["pointer"] == pointer
    assert message in fault["message"]


def test_what_is_as_wide_as_it_may_be_is_taken() -> None:
    criteria = [{"id": f"c{n}", "text": "It is clear."} for n in range(20)]
    body = {
        "questions": [{**QUESTION, "criteria": criteria} for _ in range(MAX_QUESTIONS)],
        "glossary": ["word"] * 100,
        "metadata": {f"k{n}": "v" for n in range(50)},
    }
    text = json.dumps(body).encode()
    assert len(text) > AT_ONCE_BYTES
    spec = parse_json(text, InterviewSpec)
    assert sum(len(question.criteria) for question in spec.questions) == 2_000
