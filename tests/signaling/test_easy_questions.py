"""Questions as people write them, and what they read when something is wrong."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.interview.spec import InterviewSpec, stored_spec, with_ids
from signaling.bodies import parse_json
from signaling.faults import MAX_LISTED
from signaling.problems import Problem
from signaling.schemas import JoinRequest
from tests.signaling.conftest import API, House


def spec(questions: Any, **more: Any) -> InterviewSpec:
    return parse_json(json.dumps({"questions": questions, **more}).encode(), InterviewSpec)


def refused(body: Any, model: type[Any] = InterviewSpec) -> list[tuple[str, str]]:
    with pytest.raises(Problem) as caught:
        parse_json(json.dumps(body).encode(), model)
    assert caught.value.status == 422
    assert caught.value.errors
    return [(error["pointer"], error["message"]) for error in caught.value.errors]


@pytest.mark.parametrize(
    "body",
    [
        {"questions": [{"text": "Why?"}] * 4000},
        {"questions": [{"text": ""}] * 4000},
        {"questions": [*({f"zz{n}": 1} for n in range(4000))]},
        {f"questins{n}": 1 for n in range(4000)},
        {"questions": [{"text": "Why?", "criteria": []}] * 2000, "q" * 100_000: 1},
        {"questions": [{"text": "Why?"}, *([[]] * 4000)], "glossary": [1] * 4000},
    ],
)
def test_many_faults_do_not_hold_the_server_up(body: Any) -> None:
    """The event loop waits meanwhile. A second is much: each of these took several."""
    started_s = time.process_time()
    faults = refused(body)
    assert time.process_time() - started_s < 1
    assert 1 <= len(faults) <= MAX_LISTED


def test_all_faults_are_counted_and_the_first_are_listed() -> None:
    with pytest.raises(Problem) as caught:
        parse_json(json.dumps({f"zz{n}": 1 for n in range(50)}).encode(), InterviewSpec)
    assert caught.value.detail.startswith("51 faults in the body")
    assert "the first 20 are listed" in caught.value.detail


# --- shapes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("questions", "ids"),
    [
        (["Why?", "And then?"], ["q1", "q2"]),
        ([{"text": "Why?"}, "And then?", {"id": "last", "text": "Who?"}], ["q1", "q2", "last"]),
        ([{"id": None, "text": "Why?"}], ["q1"]),
        # Given ids stay; one that was made keeps its place in its name.
        (["Why?", {"id": "q1", "text": "Who?"}], ["q1-2", "q1"]),
        (["Why?", {"id": "q1", "text": "Who?"}, {"id": "q1-2", "text": "How?"}],
         ["q1-3", "q1", "q1-2"]),
        ([{"id": "q2", "text": "Who?"}, "Why?", "How?"], ["q2", "q2-2", "q3"]),
    ],
)  # fmt: skip
def test_ids_are_made_where_none_is_given(questions: list[Any], ids: list[str]) -> None:
    made = spec(questions)
    assert [question.id for question in made.questions] == ids
    assert made.questions[0].text in ("Why?", "Who?")


@given(st.lists(st.one_of(st.none(), st.from_regex(r"\Aq[1-4](-[2-4])?\Z")), max_size=30))
def test_made_ids_are_stable_and_collide_with_none(given_ids: list[str | None]) -> None:
    sent = [{"text": "Why?"} if id_ is None else {"id": id_, "text": "Why?"} for id_ in given_ids]
    made = [question["id"] for question in with_ids(sent)]
    assert made == [question["id"] for question in with_ids(sent)]
    assert all(a in (None, b) for a, b in zip(given_ids, made, strict=True))
    fresh = [b for a, b in zip(given_ids, made, strict=True) if a is None]
    assert len({*fresh, *filter(None, given_ids)}) == len(fresh) + len({*filter(None, given_ids)})
    # What comes after a question changes nothing about it, unless it brings its id.
    assert [question["id"] for question in with_ids([*sent, {"text": "More?"}])][:-1] == made


def test_what_is_stored_is_canonical() -> None:
    easy = spec(["Why?", {"text": "Who?"}])
    stored = easy.model_dump(mode="json")
    assert [set(question) for question in stored["questions"]] == [
        {"id", "text", "clarification", "follow_ups", "limits", "criteria"}
    ] * 2
    assert stored_spec(stored) == easy
    assert easy == spec([{"id": "q1", "text": "Why?"}, {"id": "q2", "text": "Who?"}])


async def test_the_answer_shows_the_ids(house: House) -> None:
    body = {"questions": ["Why?", {"id": "x", "text": "Who?"}]}
    response = await house.client.post("/v1/interviews", json=body, headers=API)
    created = await response.json()
    assert response.status == 201
    assert created["questions"] == [{"id": "q1", "text": "Why?"}, {"id": "x", "text": "Who?"}]
    shown = await house.client.get(f"/v1/interviews/{created['id']}", headers=API)
    assert (await shown.json())["questions"] == created["questions"]


async def test_the_same_easy_body_is_the_same_request(house: House) -> None:
    body = {"questions": ["Why?"]}
    headers = {**API, "Idempotency-Key": "k1"}
    first, again = [
        await (await house.client.post("/v1/interviews", json=body, headers=headers)).json()
        for _ in range(2)
    ]
    assert first == again
    # The digest is of what was sent: another shape of the same questions is another request.
    other = {"questions": [{"id": "q1", "text": "Why?"}]}
    response = await house.client.post("/v1/interviews", json=other, headers=headers)
    assert (await response.json())["code"] == "idempotency_key_reused"


async def test_openapi_shows_both_shapes(house: House) -> None:
    document = await (await house.client.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    questions = schemas["InterviewSpec"]["properties"]["questions"]
    assert (questions["minItems"], questions["maxItems"]) == (1, 100)
    kinds = questions["items"]["anyOf"]
    assert [kind.get("type") or kind["$ref"].rpartition("/")[2] for kind in kinds] == [
        "string",
        "QuestionSent",
    ]
    assert schemas["QuestionSent"]["required"] == ["text"]


# --- what is wrong ------------------------------------------------------------------------------

ONE = {"questions": ["Why?"]}


@pytest.mark.parametrize(
    ("body", "pointer", "message"),
    [
        ({"questions": [""]}, "#/questions/0", "expected at least 1 character"),
        (
            {"questions": ["?"]},
            "#/questions/0",
            "nothing here can be said: a letter or a digit is needed",
        ),
        (
            {"questions": [7]},
            "#/questions/0",
            "expected a text, in quotes, or an object with a text",
        ),
        ({"questions": [{}]}, "#/questions/0/text", "required field: add it"),
        (
            {"questions": [{"txt": "Why?"}]},
            "#/questions/0/txt",
            'unknown field: did you mean "text"?',
        ),
        (
            {"questions": [{"id": "q 1", "text": "Why?"}]},
            "#/questions/0/id",
            "expected 1 to 64 of A-Z a-z 0-9 . _ -",
        ),
        ({"questions": "Why?"}, "#/questions", "expected a list, in brackets"),
        ({"questions": []}, "#/questions", "expected at least 1 item"),
        ({"questions": ["Why?"] * 101}, "#/questions", "expected at most 100 items"),
        ({}, "#/questions", "required field: add it"),
        ([], "#", "expected an object, in braces"),
        ({**ONE, "turn": {"silence_ms": "long"}}, "#/turn/silence_ms", "expected a whole number"),
        ({**ONE, "turn": {"silence_ms": 2.5}}, "#/turn/silence_ms", "expected a whole number"),
        ({**ONE, "turn": {"silence_ms": 1}}, "#/turn/silence_ms", "expected at least 300"),
        (
            {**ONE, "limits": {"resume_window_s": "x"}},
            "#/limits/resume_window_s",
            "expected a number",
        ),
        ({**ONE, "limits": 5}, "#/limits", "expected an object, in braces"),
        ({**ONE, "consent": {"required": 7}}, "#/consent/required", "expected true or false"),
        ({**ONE, "title": 7}, "#/title", "expected a text, in quotes"),
        ({**ONE, "title": "x" * 201}, "#/title", "expected at most 200 characters"),
        ({**ONE, "second_device": "no"}, "#/second_device", "expected 'take_over' or 'refuse'"),
        (
            {**ONE, "expires_at": "soon"},
            "#/expires_at",
            "expected a time with its zone, such as 2026-12-31T12:00:00Z",
        ),
        (
            {**ONE, "candidate": {"locale": "English"}},
            "#/candidate/locale",
            "expected a language such as en, or de-AT (BCP 47)",
        ),
        ({**ONE, "metadata": {"a": 1}}, "#/metadata/a", "expected a text, in quotes"),
        ({**ONE, "titel": "T"}, "#/titel", 'unknown field: did you mean "title"?'),
        (
            {**ONE, "turn": {"silenceMs": 900}},
            "#/turn/silenceMs",
            'unknown field: did you mean "silence_ms"?',
        ),
        (
            {**ONE, "branding": {"acent": "#123456"}},
            "#/branding/acent",
            'unknown field: did you mean "accent"?',
        ),
        (
            {**ONE, "completion": {"txt": "Bye"}},
            "#/completion/txt",
            'unknown field: did you mean "text"?',
        ),
        (
            {"questions": [{"text": "Why?", "limits": {"max_turn": 9}}]},
            "#/questions/0/limits/max_turn",
            'unknown field: did you mean "max_turn_ms"?',
        ),
        (
            {**ONE, "silence_ms": 900},
            "#/silence_ms",
            'unknown field here: did you mean "turn.silence_ms"?',
        ),
        (
            {**ONE, "Record-Audio": False},
            "#/Record-Audio",
            'unknown field here: did you mean "retention.record_audio"?',
        ),
        (
            {**ONE, "clarification": "x"},
            "#/clarification",
            'unknown field here: did you mean "questions[].clarification"?',
        ),
    ],
)
def test_one_fault_is_one_entry_that_says_what_to_do(body: Any, pointer: str, message: str) -> None:
    assert refused(body) == [(pointer, message)]


def test_a_name_that_is_near_none_is_not_repeated() -> None:
    [(pointer, message)] = refused({**ONE, "xyzzy": 1})
    assert pointer == "#/xyzzy"
    assert message.startswith("unknown field: remove it; known here are title, ")
    assert "xyzzy" not in message
    [(_, message)] = refused({"questions": [{"text": "Why?", "xyzzy": 1}]})
    assert message == (
        "unknown field: remove it; known here are "
        "text, clarification, follow_ups, limits, criteria, id"
    )


def test_faults_beside_each_other_are_all_listed() -> None:
    found = refused({"questions": ["", 7], "titel": 1, "limits": {"total_ms": "x"}})
    assert [pointer for pointer, _ in found] == [
        "#/questions/0",
        "#/questions/1",
        "#/limits/total_ms",
        "#/titel",
    ]


def test_other_bodies_say_it_too() -> None:
    assert refused({"lnk": "x"}, JoinRequest) == [("#/lnk", 'unknown field: did you mean "link"?')]
    assert ("#", "send either link or resume") in refused({}, JoinRequest)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["questions", "text", "id", "turn", "candidate", "x", "silence_ms"])
                | st.text(max_size=9),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_body_is_taken_or_refused_with_readable_faults(body: Any) -> None:
    problem = None
    try:
        parse_json(json.dumps(body).encode(), InterviewSpec)
    except Problem as found:
        problem = found
    if problem is not None:
        assert problem.status == 422
        assert problem.errors
        for error in problem.errors:
            assert error["pointer"].startswith("#")
            assert error["message"]
            assert "after validation" not in error["message"]
