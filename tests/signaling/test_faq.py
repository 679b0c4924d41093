"""A FAQ over the API: what is refused, with a pointer, and what is only advised."""

from __future__ import annotations

from typing import Any

import pytest

from signaling.advice import LONG_ANSWER_WORDS, MAX_WARNINGS
from tests.signaling.conftest import API, SPEC, House

ENTRY = {"q": "What is the salary?", "a": "42,000 euros a year."}


async def posted(house: House, faq: Any, locale: str = "en") -> tuple[int, Any]:
    body = {**SPEC, "candidate": {"locale": locale}, "faq": faq}
    response = await house.client.post("/v1/interviews", json=body, headers=API)
    return response.status, await response.json()


async def test_a_faq_is_taken(house: House) -> None:
    status, created = await posted(house, [ENTRY])
    assert status == 201
    assert created["warnings"] == []


@pytest.mark.parametrize(
    ("faq", "pointer"),
    [
        ([ENTRY, {"q": "", "a": "Yes."}], "#/faq/1/q"),
        ([{"q": "Why?", "a": "  "}], "#/faq/0/a"),
        ([{"q": "?!", "a": "Yes."}], "#/faq/0/q"),
        ([{"q": "Why?"}], "#/faq/0/a"),
        ([{"q": "Why?", "a": "So.", "b": "x"}], "#/faq/0/b"),
        ([{"q": "Why?", "a": "x" * 2001}], "#/faq/0/a"),
        ([{"q": "Why?", "a": "turned \u202e round"}], "#/faq/0/a"),
        ([{"q": f"Why {n}?", "a": "So."} for n in range(101)], "#/faq"),
        ("What?", "#/faq"),
    ],
)
async def test_what_cannot_be_used_is_refused_with_a_pointer(
    house: House, faq: Any, pointer: str
) -> None:
    status, problem = await posted(house, faq)
    assert status == 422
    assert pointer in [error["pointer"] for error in problem["errors"]]


async def test_a_hundred_entries_are_taken(house: House) -> None:
    faq = [{"q": f"What is rule number {n}?", "a": f"Rule {n}."} for n in range(100)]
    status, created = await posted(house, faq)
    assert (status, created["warnings"]) == (201, [])


async def test_two_that_cannot_be_told_apart_are_advised_against(house: House) -> None:
    again = {"q": "What's the pay?", "a": "It depends."}
    other = {"q": "Can I work from home?", "a": "Yes."}
    status, created = await posted(house, [ENTRY, other, again, ENTRY])
    assert status == 201
    (warning,) = created["warnings"]
    assert (warning["code"], warning["pointer"]) == ("faq_alike", "/faq/2/q")
    assert "entry 0" in warning["message"]


async def test_a_long_answer_is_advised_against(house: House) -> None:
    words = ["word"] * LONG_ANSWER_WORDS
    faq = [{"q": "Short?", "a": " ".join(words)}, {"q": "Long?", "a": " ".join([*words, "more"])}]
    status, created = await posted(house, faq)
    assert status == 201
    (warning,) = created["warnings"]
    assert (warning["code"], warning["pointer"]) == ("faq_long", "/faq/1/a")
    assert warning["message"].startswith("81 words")


async def test_advice_is_bounded(house: House) -> None:
    faq = [{"q": f"Rule {n}?", "a": "word " * 90} for n in range(50)]
    status, created = await posted(house, faq)
    assert (status, len(created["warnings"])) == (201, MAX_WARNINGS)


async def test_a_template_has_one_too(house: House) -> None:
    body = {**SPEC, "name": "Cooks", "faq": [ENTRY]}
    response = await house.client.post("/v1/templates", json=body, headers=API)
    assert response.status == 201, await response.text()
