"""How the Redis log writes what it is given, and reads what it finds. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from media_server.ports import InterviewRow, Lease, LogEntry, NewEntry
from media_server.store.encoding import dump

ROW = ("created_s", "version", "status", "spec", "key", "digest")
"""Fields that `row` reads, in this order."""


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def ms(seconds: float) -> int:
    return round(seconds * 1000)


def encoded(at_s: float, type_: str, data: Mapping[str, Any]) -> str:
    return f"[{at_s!r},{json.dumps(type_)},{dump(data)}]"


def encode(entries: Sequence[NewEntry], now_s: float) -> list[str]:
    return [encoded(now_s, entry.type, entry.data) for entry in entries]


def decode(found: Sequence[bytes | str], *, first_seq: int) -> tuple[LogEntry, ...]:
    return tuple(LogEntry(first_seq + index, *json.loads(text)) for index, text in enumerate(found))


def row(interview_id: str, fields: Sequence[bytes]) -> InterviewRow:
    created_s, version, status, spec, key, digest = fields
    return InterviewRow(
        interview_id,
        float(created_s),
        int(version),
        status.decode(),
        json.loads(spec),
        idempotency=(key.decode(), digest.decode()),
    )


def lease(interview_id: str, owner: str, answer: Sequence[bytes]) -> Lease | None:
    if answer[0] != b"ok":
        return None
    expires_s = int(answer[2]) / 1000
    if len(answer) < 5:
        return Lease(interview_id, owner, int(answer[1]), expires_s)
    version, wanted = int(answer[3]), answer[4] == b"1"
    return Lease(interview_id, owner, int(answer[1]), expires_s, version, wanted)
