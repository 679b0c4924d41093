"""What a text may hold: of everything that is posted or typed, in every field."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from media_server.dialects import interview_v1 as v1
from media_server.interview import snapshot
from media_server.interview.spec import InterviewSpec, stored_spec
from media_server.interview.state import initial
from media_server.interview.texts import has_words, is_visible, unwanted, without_unwanted
from media_server.ports.dialect import BadMessage

FULL: dict[str, Any] = {
    "title": "Engineer",
    "candidate": {"external_id": "person-7", "locale": "en"},
    "greeting": "Hello.",
    "questions": [
        {
            "id": "q1",
            "text": "Why?",
            "clarification": "For what reason?",
            "criteria": [
                {"id": "c1", "text": "Is honest.", "anchors": [{"score": 1, "text": "Is not."}]}
            ],
        },
        {"id": "q2", "text": "And then?"},
    ],
    "faq": [{"q": "Where?", "a": "In Bonn."}],
    "consent": {"version": "1", "text": "Do you agree?"},
    "glossary": ["Kubernetes"],
    "metadata": {"job": "4711"},
    "branding": {"name": "Acme", "logo": "/logo.svg", "accent": "#14566b"},
    "completion": {"text": "We write within a week.", "url": "https://example.com/next"},
    "redirect_url": "https://example.com/done",
    "contact": "mailto:jobs@example.com",
    "privacy_url": "https://example.com/privacy",
    "alternative_url": "https://example.com/other-way",
}
UNWANTED = ("\x00", "\x1b", "\x7f", "\x85", "\u202e", "\ufffe", "\U0001ffff")
FINE = (
    "Is C++ faster?\tSay why.\r\nThen: why not?",
    "\u200fמה הניסיון שלך ב-Python?\u200e",
    "می‌توانید توضیح دهید؟ \u2068Redis\u2069",
    "क्‍या आप 👩‍💻 हैं?",
    "质量是什么?",
)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path


def changed(path: tuple[Any, ...], text: str) -> dict[str, Any]:
    spec = copy.deepcopy(FULL)
    place: Any = spec
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = text
    return spec


def faults(spec: Any) -> list[tuple[Any, ...]]:
    try:
        InterviewSpec.model_validate_json(json.dumps(spec))
    except ValidationError as error:
        return [fault["loc"] for fault in error.errors()]
    return []


def test_the_full_specification_names_every_text_there_is() -> None:
    """A field that is added later has to be added above, and is tested then."""

    def names(schema: dict[str, Any], definitions: dict[str, Any]) -> Iterator[str]:
        for name, inner in schema.get("properties", {}).items():
            text = json.dumps(inner)
            if '"string"' in text and "date-time" not in text and '"enum"' not in text:
                yield name
            for reference, definition in definitions.items():
                if f'"#/$defs/{reference}"' in text:
                    yield from names(definition, definitions)

    schema = InterviewSpec.model_json_schema()
    known = {step for path in leaves(FULL) for step in path if isinstance(step, str)}
    assert set(names(schema, schema["$defs"])) <= known


@pytest.mark.parametrize("path", list(leaves(FULL)), ids=lambda path: "/".join(map(str, path)))
@pytest.mark.parametrize("char", UNWANTED, ids=ascii)
def test_no_text_of_a_specification_holds_what_no_text_may(
    path: tuple[Any, ...], char: str
) -> None:
    assert faults(changed(path, f"a{char}b")) == [path]


@pytest.mark.parametrize("char", UNWANTED, ids=ascii)
def test_nor_does_a_name_of_its_metadata(char: str) -> None:
    assert faults({**FULL, "metadata": {f"a{char}": "b"}})


def test_half_a_surrogate_pair_is_refused() -> None:
    for body in (r'{"questions": [{"id": "q", "text": "a\ud800b"}]}',):
        with pytest.raises(ValidationError):
            InterviewSpec.model_validate_json(body)


@pytest.mark.parametrize("text", FINE, ids=ascii)
def test_every_script_is_welcome(text: str) -> None:
    assert faults(changed(("questions", 0, "text"), text)) == []
    assert faults(changed(("greeting",), text)) == []


@pytest.mark.parametrize(
    "text", ["\u200b\u200b", "...", "🙂🙂", "\u2060\u200d", "?!", "\u3164", "\u2800\u2800", "­"]
)
def test_a_question_has_something_to_say(text: str) -> None:
    for path in (
        ("questions", 0, "text"),
        ("questions", 0, "clarification"),
        ("questions", 0, "criteria", 0, "text"),
        ("greeting",),
        ("consent", "text"),
    ):
        assert faults(changed(path, text)) == [path]


def test_a_title_can_be_seen() -> None:
    assert faults(changed(("title",), "\u200b")) == [("title",)]
    assert faults(changed(("title",), "🎻")) == []


def test_what_was_accepted_before_is_still_read() -> None:
    old = changed(("questions", 0, "text"), "...")
    old["metadata"] = {"job": "a\x00b"}
    spec = stored_spec(old)
    assert spec.metadata == {"job": "a\x00b"}
    state = initial(spec)
    assert snapshot.load(spec, snapshot.dump(state)) == state


def test_what_a_candidate_typed_is_kept_without_it() -> None:
    def typed(text: str) -> Any:
        return v1.decode(json.dumps({"type": "text_answer", "text": text}))

    for char in (*UNWANTED, "\ud800"):
        assert typed(f"I used{char} Redis.") == v1.TextAnswer(text="I used Redis.")
    for text in FINE:
        assert typed(text).text == text
    assert typed("🙂").text == "🙂"
    for text in ("", " ", "\x00", "\u200b\u200b", "\ud800"):
        with pytest.raises(BadMessage):
            typed(text)
    hello = v1.decode(json.dumps({"type": "hello", "client": "me\x00"}))
    assert hello == v1.Hello(client="me")


def test_the_parts() -> None:
    assert unwanted("fine\n") == ""
    assert unwanted("a\x00\x01") == "U+0000"
    assert without_unwanted("a\x00\u202eb\U0010ffff") == "ab"
    assert has_words("७")
    assert not has_words("—…")
    assert not is_visible("\u200b \u3000\ufeff")
