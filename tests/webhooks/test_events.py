"""Entries of a log become public events: which, in what shape, and with what id."""

from __future__ import annotations

import json
from typing import Any

import pytest

from media_server.interview.status import TERMINAL
from media_server.ports import LogEntry
from media_server.webhooks.endpoint import WebhookEndpoint, secret_bytes
from media_server.webhooks.events import (
    ENDINGS,
    EVENT_TYPES,
    PublicEvent,
    deleted,
    delivery_id,
    public_events,
    transcript_ready,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105  # of the specification


def of(type_: str, **data: Any) -> tuple[PublicEvent, ...]:
    return public_events("i1", LogEntry(7, 1_700_000_000.0, type_, data))


def test_the_plain_ones() -> None:
    found = [event.type for type_ in ("started", "paused", "resumed") for event in of(type_)]
    assert found == ["interview.started", "interview.paused", "interview.resumed"]


def test_every_end_is_told_by_its_own_name() -> None:
    assert set(ENDINGS) == TERMINAL
    for status in TERMINAL:
        (event,) = of("ended", status=status.value, reason="why")
        assert event.type == ENDINGS[status]
        assert event.data == {"status": status.value, "ended_reason": "why"}


@pytest.mark.parametrize("status", ["not_asked", "open", "no_answer", "skipped"])
def test_an_answer_of_which_nothing_is_kept_is_not_recorded(status: str) -> None:
    assert of("answer_closed", status=status, prompt_id="q1", round=1, reason="r") == ()


def test_an_answer_is_recorded_without_its_words() -> None:
    (event,) = of("answer_closed", status="answered", prompt_id="q1", round=1, reason="they said X")
    assert event.type == "interview.answer_recorded"
    assert event.data == {"prompt_id": "q1", "round": 1, "answer_status": "answered"}


@pytest.mark.parametrize(
    "type_", ["created", "segment_transcribed", "utterance_started", "reviewed", "of_the_future"]
)
def test_what_is_nobodys_business_is_not_told(type_: str) -> None:
    assert of(type_, text="a secret") == ()


def test_an_evaluation_is_told_by_counts_without_a_score() -> None:
    told = {"engine": "ollama m", "criteria": 4, "needs_human": 1}
    (ready,) = of("evaluation_made", **told, coverage=[], flags=[])
    assert (ready.type, ready.data) == ("result.evaluation_ready", told)
    (failed,) = of("evaluation_failed", **told, reason="no language model answered")
    assert failed.type == "result.evaluation_failed"
    assert failed.data == {**told, "reason": "no language model answered"}
    assert of("criterion_judged", score=4, quotes=[{"text": "a secret"}]) == ()
    assert of("evaluation_decided", score=4, by="Ada") == ()


def test_a_damaged_end_tells_nothing() -> None:
    assert of("ended") == ()
    assert of("ended", status=["x"]) == ()


def test_the_body_has_the_shape_of_standard_webhooks() -> None:
    entry = LogEntry(7, 1_700_000_000.25, "ended", {"status": "completed", "reason": "done"})
    (event,) = public_events("i1", entry, external_id="cand-9")
    assert json.loads(event.body({"result": "/v1/interviews/i1/result"})) == {
        "type": "interview.completed",
        "timestamp": "2023-11-14T22:13:20.250000Z",
        "data": {
            "interview": "i1",
            "candidate_external_id": "cand-9",
            "status": "completed",
            "ended_reason": "done",
            "links": {"result": "/v1/interviews/i1/result"},
        },
    }
    assert event.body() == event.body()


def test_derived_events() -> None:
    assert transcript_ready("i1", at_s=1.0, status="declined").data == {"status": "declined"}
    assert deleted("i1", at_s=1.0).data == {}


def test_an_id_is_the_same_again_and_differs_for_another_event_or_endpoint() -> None:
    (started,) = of("started")
    (paused,) = of("paused")
    ready = transcript_ready("i1", at_s=1.0, status="completed")
    later = transcript_ready("i1", at_s=2.0, status="completed")
    assert delivery_id(started, "e1") == delivery_id(of("started")[0], "e1")
    assert delivery_id(ready, "e1") == delivery_id(later, "e1"), "not a matter of the time"
    ids = {delivery_id(e, name) for e in (started, paused, ready) for name in ("e1", "e2")}
    assert len(ids) == 6
    assert all(len(id_) <= 64 and id_.startswith("msg_") for id_ in ids)


# --- endpoints ----------------------------------------------------------------------------------


def endpoint(**changed: Any) -> WebhookEndpoint:
    given = {"id": "e1", "url": "https://x.example/in", "secrets": (SECRET,), **changed}
    return WebhookEndpoint(**given)


def test_an_endpoint_takes_what_it_wants() -> None:
    assert all(endpoint().wants(type_) for type_ in EVENT_TYPES)
    some = endpoint(events=("result.*", "interview.completed"))
    wanted = {type_ for type_ in EVENT_TYPES if some.wants(type_)}
    assert wanted == {
        "result.transcript_ready", "result.updated", "result.evaluation_ready",
        "result.evaluation_failed", "interview.completed", "webhook.test",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"id": "a b"}, "id:"),
        ({"url": "ftp://x"}, "url:"),
        ({"secrets": ()}, "secrets:"),
        ({"secrets": ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",)}, "secrets:"),
        ({"secrets": ("whsec_!",)}, "secrets:"),
        ({"secrets": ("whsec_c2hvcnQ=",)}, "24 to 64 bytes"),
        ({"events": ("interview.finished",)}, "events:"),
    ],
)
def test_an_endpoint_that_cannot_be_used_says_what_is_wrong(
    changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        endpoint(**changed)
    assert all(secret not in str(caught.value) for secret in changed.get("secrets", ()))


def test_a_secret_is_shown_nowhere() -> None:
    assert SECRET not in repr(endpoint())
    assert len(secret_bytes(SECRET)) == 24
