"""How the Redis log writes what it is given, and reads what it finds. Pure."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from media_server.ports import DamagedInterview, InterviewRow, Lease, LogEntry, NewEntry, SummaryRow
from media_server.store.encoding import dump, load_row, load_summary, unreadable

ROW = ("created_s", "version", "status", "spec", "key", "digest")
"""Fields that `row` reads, in this order."""
SUMMARY = ("created_s", "version", "status", "summary")
"""Those that `summary` reads."""


def sha256(text: str) -> str:
    """Hex digest. It stands in the name of a key where an integrator's own text must not."""
    return hashlib.sha256(text.encode()).hexdigest()


def ms(seconds: float) -> int:
    """Whole milliseconds, in which the scripts reckon a lease."""
    return round(seconds * 1000)


def encoded(at_s: float, type_: str, data: Mapping[str, Any]) -> str:
    """An element of the list `log`: JSON [at_s, type, data], `at_s` to the last digit.

    Raises TypeError or ValueError for data that JSON cannot say.
    """
    return f"[{at_s!r},{json.dumps(type_)},{dump(data)}]"


def encode(entries: Sequence[NewEntry], now_s: float) -> list[str]:
    """As `encoded`, each. `now_s` (Unix time) dates those that bring no time of their own."""
    return [
        encoded(now_s if entry.at_s is None else entry.at_s, entry.type, entry.data)
        for entry in entries
    ]


def decode(found: Sequence[bytes | str], *, first_seq: int) -> tuple[LogEntry, ...]:
    """Elements of the list `log`, of which the first has this seq. Raises DamagedInterview."""
    return tuple(_entry(first_seq + n, text) for n, text in enumerate(found))


def _entry(seq: int, text: bytes | str) -> LogEntry:
    try:
        at_s, type_, data = json.loads(text)
        if isinstance(type_, str) and isinstance(data, dict):
            return LogEntry(seq, float(at_s), type_, data)
    except (ValueError, TypeError, RecursionError):
        pass
    raise unreadable(seq)


def row(
    interview_id: str,
    fields: Sequence[bytes | None] | Exception,
    listed_s: float | None,
    tenant: bytes | None = None,
) -> InterviewRow | None:
    """None: no such interview. `fields` is an error where the key holds something else than a
    row; `listed_s`: when it was created, by the index; `tenant` None: the default one."""
    if isinstance(fields, Exception):
        fields = [None] * len(ROW)
    elif fields[0] is None and listed_s is None:
        return None
    created_s, version, status, spec, *identity = fields
    key, digest = (bytes(field or b"").decode("utf-8", "replace") for field in identity)
    found = load_row(
        interview_id, created_s, version, status, spec, (key, digest), tenant=_name(tenant)
    )
    if listed_s is not None and not found.created_s:
        found = replace(found, created_s=listed_s)
    return found


def summary(
    interview_id: str,
    fields: Sequence[bytes | None] | Exception,
    listed_s: float | None,
    tenant: bytes | None = None,
) -> SummaryRow | None:
    """As `row`. A summary of an older version of the log is none."""
    if isinstance(fields, Exception):
        fields = [None] * len(SUMMARY)
    elif fields[0] is None and listed_s is None:
        return None
    created_s, version, status, kept = fields
    of_version, _, body = (kept or b"").partition(b":")
    fresh = body if of_version and of_version == version else None
    found = load_summary(interview_id, created_s, version, status, fresh, tenant=_name(tenant))
    if listed_s is not None and not found.created_s:
        found = replace(found, created_s=listed_s)
    return found


def _name(tenant: bytes | None) -> str | None:
    return None if tenant is None else tenant.decode("utf-8", "replace")


def erased_line(line: bytes) -> tuple[float | None, float | None]:
    """Of the audit line of an erasing: when, and where lists had the interview. None: it cannot be
    read."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None, None
    values = found[:2] if isinstance(found, list) else []
    at_s, created_s, *_ = *(_finite(value) for value in values), None, None
    return at_s, created_s


def redacted(line: bytes) -> dict[str, float]:
    """What retention has taken out, and when; {} where that cannot be read: it is taken out once
    more."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    times = {what: _finite(at_s) for what, at_s in found.items()} if isinstance(found, dict) else {}
    return {what: at_s for what, at_s in times.items() if at_s is not None}


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def no_log() -> DamagedInterview:
    """The error for a key `log` of another kind: somebody else wrote it, or it is damaged."""
    return DamagedInterview("its log is not a list")


def lease(interview_id: str, owner: str, answer: Sequence[bytes]) -> Lease | None:
    """What ACQUIRE and RENEW answered; None: refused. Times come in ms of the server's clock.

    The version of the log, and whether another owner waits, stand in the answer of RENEW alone.
    """
    if answer[0] != b"ok":
        return None
    expires_s = int(answer[2]) / 1000
    if len(answer) < 5:
        return Lease(interview_id, owner, int(answer[1]), expires_s)
    version, wanted = int(answer[3]), answer[4] == b"1"
    return Lease(interview_id, owner, int(answer[1]), expires_s, version, wanted)
