"""An interview's log as lines of JSON: what `media-server replay` reads.

First a header `{"interview", "spec"}`, then one line `{"seq", "at_s", "type", "data"}` per entry.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from media_server.ports import EventLog, InterviewRow, LogEntry

PAGE = 1_000
"""Entries in memory at a time."""


async def lines(log: EventLog, row: InterviewRow) -> AsyncIterator[str]:
    """The header and the entries that were there when `row` was read, some lines at a time.

    What is appended meanwhile is left out. Raises StoreUnavailable, and Incomplete, so that a part
    is never taken for the whole.
    """
    # A URL may hold a secret, and logs are handed on.
    spec = {name: value for name, value in row.spec.items() if name != "webhook"}
    yield _line({"interview": row.interview_id, "spec": spec})
    seq = 0
    while seq < row.version:
        limit = min(PAGE, row.version - seq)
        entries = await log.read(row.interview_id, after_seq=seq, limit=limit)
        if len(entries) < limit:
            raise Incomplete(row.interview_id)
        seq = entries[-1].seq
        yield await asyncio.to_thread(_lines, entries)


class Incomplete(Exception):
    """The log was erased while it was read."""


def _lines(entries: Iterable[LogEntry]) -> str:
    """A page of them takes longer than the loop should wait."""
    return "".join(
        _line({"seq": e.seq, "at_s": e.at_s, "type": e.type, "data": e.data}) for e in entries
    )


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
