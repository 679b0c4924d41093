"""Public events of an interview, made from the entries of its log: what others learn of it. Pure.

Webhooks and the live view read the same function. No event holds a word that was said: ids, a
status, and where to ask for more. That it has ended and that its result is final are two events,
always; the second also where there is nothing to write down. Where answers are evaluated a third
follows when that is done, or is given up.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from media_server.interview.result import iso
from media_server.ports import LogEntry
from media_server.webhooks.names import (
    DELETED,
    ENDINGS,
    EVALUATION_FAILED,
    EVALUATION_READY,
    EVENT_TYPES,
    TEST,
    TRANSCRIPT_READY,
    UPDATED,
)

__all__ = [
    "DELETED",
    "ENDINGS",
    "EVALUATION_FAILED",
    "EVALUATION_READY",
    "EVENT_TYPES",
    "TEST",
    "TRANSCRIPT_READY",
    "UPDATED",
    "PublicEvent",
    "deleted",
    "delivery_id",
    "public_events",
    "transcript_ready",
    "updated",
]

_PLAIN = {
    "started": "interview.started",
    "paused": "interview.paused",
    "resumed": "interview.resumed",
}
_EVALUATED = {"evaluation_made": EVALUATION_READY, "evaluation_failed": EVALUATION_FAILED}
_RECORDED = frozenset({"answered", "cut_short"})
"""How an answer closes of which something is kept."""
MOST_CHANGED = 200
"""Answers that one event names."""


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """One thing that happened to an interview, as the outside may know it."""

    type: str
    interview_id: str
    seq: int
    """Of the entry in the log that says so; 0: none does (the log is gone, or it was derived)."""
    at_s: float
    """When it happened, Unix seconds."""
    data: Mapping[str, Any]
    """Without the interview's id."""

    def body(self, links: Mapping[str, str] | None = None) -> str:
        """The JSON that is sent: `{type, timestamp, data: {interview, …}}`. The same for every
        attempt, so that its signature covers the same text."""
        data: dict[str, Any] = {"interview": self.interview_id or None, **self.data}
        if links:
            data["links"] = dict(links)
        said = {"type": self.type, "timestamp": iso(self.at_s), "data": data}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def public_events(
    interview_id: str, entry: LogEntry, *, external_id: str | None = None
) -> tuple[PublicEvent, ...]:
    """What this entry of the log tells the outside; () for most. `external_id`: what the integrator
    calls the candidate. An entry of a newer release, or a damaged one, tells nothing."""
    found = _told(entry)
    if found is None:
        return ()
    type_, data = found
    if external_id is not None:
        data = {"candidate_external_id": external_id, **data}
    return (PublicEvent(type_, interview_id, entry.seq, entry.at_s, data),)


def _told(entry: LogEntry) -> tuple[str, dict[str, Any]] | None:
    if (plain := _PLAIN.get(entry.type)) is not None:
        return plain, {}
    if entry.type == "ended" and (ending := ENDINGS.get(str(entry.data.get("status")))) is not None:
        status, reason = str(entry.data["status"]), str(entry.data.get("reason", ""))
        return ending, {"status": status, "ended_reason": reason}
    if entry.type == "answer_closed" and entry.data.get("status") in _RECORDED:
        prompt_id, round_ = entry.data.get("prompt_id", ""), entry.data.get("round")
        status = entry.data["status"]
        return "interview.answer_recorded", {
            "prompt_id": prompt_id, "round": round_, "answer_status": status,
        }  # fmt: skip
    if (evaluated := _EVALUATED.get(entry.type)) is not None:
        return evaluated, _evaluation(entry.data)
    return None


def _evaluation(data: Mapping[str, Any]) -> dict[str, Any]:
    """Counts and no score: nothing is final before a person has decided."""
    counts = {name: data.get(name) for name in ("criteria", "needs_human")}
    found = {name: count if isinstance(count, int) else 0 for name, count in counts.items()}
    told = {"engine": str(data.get("engine", "")), **found}
    return {**told, "reason": str(data["reason"])} if data.get("reason") else told


def transcript_ready(
    interview_id: str, *, at_s: float, status: str, external_id: str | None = None
) -> PublicEvent:
    """The result is final: every word that will be written down is, also where that is none."""
    data: dict[str, Any] = {"status": status}
    if external_id is not None:
        data = {"candidate_external_id": external_id, **data}
    return PublicEvent(TRANSCRIPT_READY, interview_id, 0, at_s, data)


def updated(
    interview_id: str,
    entries: Sequence[LogEntry],
    *,
    status: str,
    external_id: str | None = None,
) -> PublicEvent | None:
    """Of an interview whose result was final before `entries` came: which answers have other words
    by them; None: none. `revision` grows with each. One event for all that is read at once."""
    told = [(entry, what) for entry in entries if (what := _changed(entry)) is not None]
    if not told:
        return None
    last = told[-1][0]
    changed: list[dict[str, Any]] = []
    for entry, what in told:
        about = {
            "prompt_id": entry.data.get("prompt_id", ""), "round": entry.data.get("round"),
            "what": what,
        }  # fmt: skip
        if about not in changed:
            changed.append(about)
    data = {"status": status, "revision": last.seq, "changed": changed[:MOST_CHANGED]}
    if external_id is not None:
        data = {"candidate_external_id": external_id, **data}
    return PublicEvent(UPDATED, interview_id, last.seq, last.at_s, data)


def _changed(entry: LogEntry) -> str | None:
    """What of the result is another one by this entry."""
    if entry.type == "segment_transcribed":
        return "untranscribed" if entry.data.get("untranscribed") else "words"
    if entry.type == "stretch_transcribed" and not entry.data.get("kept"):
        return "words"
    return None


def deleted(interview_id: str, *, at_s: float) -> PublicEvent:
    """Everything of it is gone, so nothing but its id can be told."""
    return PublicEvent(DELETED, interview_id, 0, at_s, {})


def delivery_id(event: PublicEvent, endpoint_id: str) -> str:
    """The `webhook-id`: the same whoever computes it, and whenever, so that every attempt has it,
    also after a crash between the event and its delivery. At most 64 characters."""
    named = json.dumps([event.interview_id, event.seq, event.type, endpoint_id])
    digest = hashlib.sha256(named.encode()).digest()
    return "msg_" + base64.urlsafe_b64encode(digest[:24]).decode()
