"""What operators see of a log: no field is shown that nobody has thought about."""

from __future__ import annotations

from typing import get_args

import pytest

from media_server.interview import blanked
from media_server.interview import events as ev
from media_server.interview.blanked import split
from media_server.interview.event import Durability, Event
from media_server.store.retention_plan import WORDS

HELD_BACK = {
    # what somebody has said, or a model of it
    "answer", "corrections", "dropped", "original", "quotes", "raw", "rejected", "rejected_text",
    "sentences", "text", "typed", "words",
    # the integrator's words, and what a model proposed to ask
    "criterion", "prompt",
    # about a person, or about what they said
    "coverage", "flags", "reasons", "score", "scores", "spread",
    # of no use
    "delivery", "resume_hash",
}  # fmt: skip
LOGGED: list[type[Event]] = [
    event
    for event in get_args(get_args(ev.AnyEvent)[0])
    if event.durability is not Durability.NEVER
]


def may_hold_text(event: type[Event], name: str) -> bool:
    """Whether its schema allows anything but numbers and truth values."""
    schema = event.model_json_schema()["properties"][name]
    kinds = {one.get("type") for one in schema.get("anyOf", [schema])}
    if kinds == {"array"}:
        kinds = {schema["items"].get("type")}
    return not kinds <= {"integer", "number", "boolean", "null"}


def test_of_every_event_each_text_is_shown_or_held_back_by_name() -> None:
    assert len(LOGGED) > 40
    fields = {
        name
        for event in LOGGED
        for name in event.model_fields
        if name != "type" and may_hold_text(event, name)
    }
    assert fields - blanked.SHOWN - HELD_BACK == set(), "say here, or in blanked, which it is"
    assert set() == blanked.SHOWN & HELD_BACK
    assert fields >= blanked.SHOWN, "what no event has any more goes from the list"


@pytest.mark.parametrize("type_", sorted(WORDS))
def test_what_retention_takes_out_is_not_shown(type_: str) -> None:
    [event] = [event for event in LOGGED if event.model_fields["type"].default == type_]
    said = {"untranscribed", "rejected"}  # it says why there are no words
    texts = {name: "secret" for name in WORDS[type_] if name not in said}
    assert set(texts) <= set(event.model_fields)
    assert split(type_, texts) == ({}, texts)


def test_ids_numbers_and_reasons_are_shown() -> None:
    data = {
        "segment_id": "1-2",
        "start_s": 1.5,
        "text": "I cook.",
        "words": [{"w": "I", "s": 0.1, "e": 0.2}],
        "engine": "whisper",
        "starts_s": (0.1, 0.2),
        "judged": False,
        "cause": "",
        "round": None,
        "resume_hash": "abc",
    }
    facts, held_back = split("segment_transcribed", data)
    assert facts == {
        "segment_id": "1-2",
        "start_s": 1.5,
        "engine": "whisper",
        "starts_s": (0.1, 0.2),
        "judged": False,
    }
    assert held_back == {"text": "I cook.", "words": [{"w": "I", "s": 0.1, "e": 0.2}]}


def test_who_decided_and_why_is_a_persons() -> None:
    data = {"by": "Ada Weber", "reason": "Her own.", "score": 4, "via": "link"}
    assert split("evaluation_decided", data)[0] == {"via": "link"}


def test_a_field_of_a_later_release_is_held_back() -> None:
    data = {"said": "hello", "more": {"a": 1}, "n": 3}
    assert split("unheard_of", data) == ({"n": 3}, {"said": "hello", "more": {"a": 1}})


def test_a_long_reason_is_cut() -> None:
    facts, _ = split("paused", {"reason": "x" * 1000})
    assert len(facts["reason"]) == blanked.MAX_CHARS
