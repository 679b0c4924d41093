"""What is taken out of a log when its words have to go, and what stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from media_server.interview import events
from media_server.interview.agenda import Grounds, agenda_of, follow_up
from media_server.interview.events import AgendaExtended
from media_server.interview.spec import InterviewSpec
from media_server.ports import LogEntry
from media_server.store import retention_plan
from media_server.store.retention_plan import WORDS, redacted
from tests.store.test_retention import CANARY, SAID, TYPED

BOT_SAYS = {"greeting_prepared", "utterance_started", "utterance_requested", "utterance_resumed"}
"""Events whose text is the interviewer's own."""
REASONS = {
    "audio", "detail", "reason", "status", "source", "intent", "effect", "action", "by", "kind",
    "type", "engine", "model", "language", "rejected", "untranscribed", "version",
}  # fmt: skip


def durable_events() -> Iterator[type[events.Event]]:
    for value in vars(events).values():
        if (
            isinstance(value, type)
            and issubclass(value, events.Event)
            and "type" in (value.model_fields)
        ):
            default = value.model_fields["type"].default
            if isinstance(default, str) and value.durability != events.Durability.NEVER:
                yield value


def test_every_durable_event_with_the_candidates_words_is_known() -> None:
    """A new event that carries words must be named in WORDS, or here as the interviewer's."""
    suspicious = {
        "text",
        "words",
        "typed",
        "transcript",
        "quote",
        "answer",
        "note",
        "rejected_text",
        "corrections",
    }
    unknown = [
        (event.__name__, name)
        for event in durable_events()
        for name in event.model_fields
        if name in suspicious
        and name not in WORDS.get(event.model_fields["type"].default, {})
        and event.model_fields["type"].default not in BOT_SAYS
        and name not in REASONS
    ]
    assert unknown == []


def test_redaction_keeps_form_and_times() -> None:
    entries = [
        LogEntry(1, 1.0, "created", {"expires_s": 9.0}),
        LogEntry(2, 2.0, SAID.type, SAID.data),
        LogEntry(3, 3.0, "turn_ended", {"typed": None, "reason": "silence"}),
        LogEntry(4, 4.0, TYPED.type, TYPED.data),
        LogEntry(5, 5.0, "typed_late", {"prompt_id": "q1", "turn_epoch": 2, "typed": CANARY}),
    ]
    changed = redacted(entries)
    assert [entry.seq for entry in changed] == [2, 4, 5]
    assert CANARY not in repr(changed)
    assert changed[0].data["start_s"] == 1.0
    assert changed[1].data["typed"] == ""
    assert redacted(changed) == ()


def test_a_follow_up_repeats_what_was_said_so_its_words_go_too() -> None:
    about = agenda_of(InterviewSpec(questions=("Why?",)).questions)[0]
    asked = follow_up(about, 2, f"Why {CANARY}?", Grounds(CANARY, "depth"))
    put = AgendaExtended(prompt=asked, reason="depth is open")
    said = {"kind": "question", "text": asked.text, "duration_s": 2.0}
    entries = [
        LogEntry(1, 1.0, put.type, put.model_dump(mode="json")),
        LogEntry(2, 2.0, "utterance_started", {**said, "prompt_id": "q1:2"}),
        LogEntry(3, 3.0, "utterance_resumed", {**said, "prompt_id": "q1:2"}),
        LogEntry(4, 4.0, "utterance_started", {**said, "text": about.text, "prompt_id": "q1"}),
        LogEntry(5, 5.0, "utterance_started", {**said, "text": "Yes?", "prompt_id": ":practice"}),
    ]
    changed = redacted(entries)
    assert [entry.seq for entry in changed] == [1, 2, 3]
    assert CANARY not in repr(changed)
    kept = AgendaExtended.model_validate(changed[0].data)
    assert kept.prompt == replace(asked, text="", grounds=None)
    assert changed[1].data["duration_s"] == 2.0
    assert redacted(changed) == ()


def test_sound_that_says_what_stays_is_no_quote() -> None:
    def said(seq: int, clip: str, **data: object) -> LogEntry:
        return LogEntry(seq, 1.0, "utterance_started", {"text": CANARY, "clip": clip, **data})

    entries = [
        said(1, "said-a.ogg", kind="question", prompt_id="q1"),
        said(2, "said-b.ogg", kind="question", prompt_id="q1:1"),
        said(3, "said-c.ogg", kind="summary", prompt_id=":summary"),
        said(4, "said-c.ogg", kind="summary", prompt_id=":summary"),
        said(5, "said-a.ogg", kind="question", prompt_id="q2:1"),
        said(6, "", kind="faq_answer", prompt_id="q2"),
    ]
    assert retention_plan.quoting_clips(entries) == ("said-b.ogg", "said-c.ogg")
