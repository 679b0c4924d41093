"""What both logs write alike."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from media_server.ports import DEFAULT_TENANT, DamagedInterview, InterviewRow, SummaryRow

T = TypeVar("T")

DAY_S = 86_400
OPERATIONS_KEPT = 512
"""Results of repeated operation ids are answered for the newest 512 entries of an interview."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def load(text: str | bytes) -> dict[str, Any]:
    """The object that `dump` wrote. ValueError for anything else."""
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    return value


def load_row(
    interview_id: str,
    created_s: object,
    version: object,
    status: object,
    spec: object,
    /,
    idempotency: tuple[str, str] = ("", ""),
    tenant: str | None = None,
) -> InterviewRow:
    """A row from what stands in its columns, however damaged: one bad row is no reason to refuse
    a page of good ones."""
    damage: list[str] = []

    def whole(name: str, read: Callable[[Any], T], value: object, instead: T) -> T:
        try:
            return read(value)
        except (ValueError, TypeError, RecursionError):
            damage.append(name)
            return instead

    return InterviewRow(
        interview_id,
        whole("created_s", float, created_s, 0.0),
        whole("version", int, version, 0),
        whole("status", _text, status, ""),
        whole("spec", load, spec, {}),
        idempotency=idempotency,
        damage=f"the row's {', '.join(damage)} cannot be read" if damage else "",
        tenant=tenant or DEFAULT_TENANT,
    )


def load_summary(
    interview_id: str,
    created_s: object,
    version: object,
    status: object,
    body: Any,
    /,
    tenant: str | None = None,
) -> SummaryRow:
    """A summary that cannot be read is none: it is made again."""
    row = load_row(interview_id, created_s, version, status, "{}", tenant=tenant)
    try:
        summary = None if body is None else load(body)
    except (ValueError, RecursionError):
        summary = None
    return SummaryRow(
        interview_id,
        row.created_s,
        row.version,
        row.status,
        summary,
        damage=row.damage,
        tenant=row.tenant,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).decode()


def own_key(tenant: str, idempotency_key: str | None) -> str | None:
    """What is kept for an Idempotency-Key, so that two tenants may use the same one.

    A key has no spaces. Those of the default tenant stay as an earlier release has kept them.
    """
    if idempotency_key is None or tenant == DEFAULT_TENANT:
        return idempotency_key
    return f"{tenant} {idempotency_key}"


def day_of(now_s: float) -> tuple[int, int]:
    """The day of UTC, counted from 1970-01-01, and the whole seconds that are left of it."""
    day = int(now_s // DAY_S)
    return day, max(1, math.ceil((day + 1) * DAY_S - now_s))


def unreadable(seq: int) -> DamagedInterview:
    """The error for an entry that is not what was written; it names the place, not the content."""
    return DamagedInterview(f"entry {seq} cannot be read")


def dump(data: Mapping[str, Any]) -> str:
    """JSON text that UTF-8 can carry, whatever a client has sent (half a surrogate pair, say).

    TypeError or ValueError for what JSON cannot say (NaN included).
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return json.dumps(data, separators=(",", ":"), allow_nan=False)
