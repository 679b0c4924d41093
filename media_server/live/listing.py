"""Which interviews a list shows: by status, and by what the integrator called them.

By status the store's own index is read. By text the summaries that are kept with the rows are
looked through, a bounded number of them: a page may then hold fewer than were asked for, or none,
and the next one goes on where it ended.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol

from media_server.ports import SummaryRow
from media_server.ports.only import Only

LOOKED_THROUGH = 2_000
"""Summaries that one page by text looks through."""
AT_ONCE = 200


class ReadSummaries(Protocol):
    """`EventLog.summaries`, of one tenant."""

    def __call__(
        self, *, after: str | None, limit: int, status: str | None = None
    ) -> Awaitable[tuple[SummaryRow, ...]]: ...


async def find(
    read: ReadSummaries, only: Only, after: str | None, limit: int
) -> tuple[Sequence[SummaryRow], str]:
    """Newest first, and the next cursor ("" at the end). Raises what `read` raises."""
    if not only.text:
        return await _page(read, only.statuses, after, limit)
    wanted, found, looked_through = folded(only.text), [], 0
    while True:
        rows, following = await _page(read, only.statuses, after, AT_ONCE)
        for row in rows:
            if wanted in _told(row):
                found.append(row)
            if len(found) == limit:
                last = row is rows[-1] and not following
                return found, "" if last else row.interview_id
        looked_through += len(rows)
        if not following or looked_through >= LOOKED_THROUGH:
            return found, following
        after = following


async def _page(
    read: ReadSummaries, statuses: tuple[str, ...], after: str | None, limit: int
) -> tuple[Sequence[SummaryRow], str]:
    """Of several statuses: each one's index is in the same order, so their heads are merged."""
    wanted: tuple[str | None, ...] = statuses or (None,)
    rows: list[SummaryRow] = []
    more = False
    for status in wanted:
        part = await read(after=after, limit=limit, status=status)
        rows += part
        more |= len(part) == limit
    rows.sort(key=lambda row: (row.created_s, row.interview_id), reverse=True)
    more |= len(rows) > limit
    rows = rows[:limit]
    return rows, rows[-1].interview_id if more and rows else ""


def _told(row: SummaryRow) -> str:
    kept: Mapping[str, Any] = row.summary or {}
    metadata = kept.get("metadata")
    values = metadata.values() if isinstance(metadata, Mapping) else ()
    parts = [row.interview_id, kept.get("title"), kept.get("candidate_external_id"), *values]
    return folded("\n".join(part for part in parts if isinstance(part, str)))


def folded(text: str) -> str:
    """Letters as they are compared: however they were typed, large or small."""
    return unicodedata.normalize("NFKC", text).casefold()
