"""Statements of the SQLite log, each run inside its caller's transaction in the thread."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from media_server.ports import (
    InterviewRow,
    LogEntry,
    NewEntry,
    SummaryRow,
    UnknownInterview,
)
from media_server.store.boot_clock import boot_id, boot_s
from media_server.store.encoding import dump, load, load_row, load_summary, unreadable
from media_server.store.settings import OUTBOX_KEPT

Compaction = Literal["done", "later", "nothing"]
COMPACT_WHILE_LIVE_BYTES = 8 * 1024 * 1024
"""Rewriting this much takes a fraction of the second that every call has."""
OUTBOX_TRIM_EVERY = 64
"""Entries of a log between two looks at how many rows there are: counting them reads as many."""

EncodedRow = tuple[int, float, str, str]
ROW = "id, created_s, version, CAST(status AS BLOB), CAST(spec AS BLOB)"
"""As bytes: SQLite refuses a whole query for one text in it that is no UTF-8."""


def encode(entries: Sequence[NewEntry], *, first_seq: int, now_s: float) -> tuple[EncodedRow, ...]:
    """Rows of `entry` from `first_seq` on. `now_s` (Unix time) dates those without a time.

    Raises TypeError or ValueError for data that JSON cannot say.
    """
    return tuple(
        (
            first_seq + index,
            now_s if entry.at_s is None else entry.at_s,
            entry.type,
            dump(entry.data),
        )
        for index, entry in enumerate(entries)
    )


def entry(row: EncodedRow) -> LogEntry:
    """Through JSON both ways: the caller of now sees what a reader will see later."""
    return LogEntry(row[0], row[1], row[2], json.loads(row[3]))


def row(found: Sequence[Any]) -> InterviewRow:
    """From the columns that ROW names. What cannot be read is in its `damage`."""
    return load_row(*found)


def version(db: sqlite3.Connection, interview_id: str) -> int:
    """Of the log: the seq of its last entry. Raises UnknownInterview."""
    found = db.execute("SELECT version FROM interview WHERE id = ?", (interview_id,)).fetchone()
    if found is None:
        raise UnknownInterview(interview_id)
    return int(found[0])


def below(db: sqlite3.Connection, after: str | None) -> tuple[str, tuple[Any, ...]]:
    """A condition for what is listed after a cursor. Raises UnknownInterview."""
    if after is None:
        return "1", ()
    found = db.execute("SELECT created_s FROM interview WHERE id = ?", (after,)).fetchone()
    created_s = erased_created_s(db, after) if found is None else found[0]
    if created_s is None:
        raise UnknownInterview(after)
    return "(created_s, id) < (?, ?)", (created_s, after)


def put_summary(db: sqlite3.Connection, interview_id: str, version: int, text: str | None) -> None:
    """`text`: JSON, as made from the log at `version`. None: none is kept, a list makes it."""
    if text is not None:
        db.execute("INSERT OR REPLACE INTO summary VALUES (?, ?, ?)", (interview_id, version, text))


def listed(
    db: sqlite3.Connection, after: str | None, status: str | None
) -> tuple[str, tuple[Any, ...]]:
    """A condition for a page of a list. Raises UnknownInterview."""
    where, values = below(db, after)
    return (where, values) if status is None else (f"{where} AND status = ?", (*values, status))


def summaries(
    db: sqlite3.Connection, after: str | None, limit: int, status: str | None
) -> tuple[SummaryRow, ...]:
    """A page, newest first. `summary` is None for one that was made from an older version.

    Raises UnknownInterview for a cursor that never was.
    """
    where, values = listed(db, after, status)
    found = db.execute(
        "SELECT i.id, i.created_s, i.version, CAST(i.status AS BLOB),"  # noqa: S608  # a constant
        " (SELECT CAST(body AS BLOB) FROM summary s"
        " WHERE s.interview_id = i.id AND s.version = i.version)"
        f" FROM interview i WHERE {where} ORDER BY created_s DESC, id DESC LIMIT ?",
        (*values, limit),
    )
    return tuple(load_summary(*row) for row in found)


def erased_created_s(db: sqlite3.Connection, interview_id: str) -> object:
    """As it stands there, damaged or not: its row had this place in the list. None: not erased."""
    found = db.execute(
        "SELECT created_s FROM audit WHERE interview_id = ? AND what = 'erased'", (interview_id,)
    ).fetchone()
    return None if found is None else found[0]


def erased_among(db: sqlite3.Connection, ids: Sequence[str]) -> frozenset[str]:
    """Those of `ids` that have an audit line of their erasing; one query for all."""
    found = db.execute(
        "SELECT interview_id FROM audit WHERE what = 'erased'"
        " AND interview_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return frozenset(row[0] for row in found)


def read(
    db: sqlite3.Connection, interview_id: str, after_seq: int, last_seq: int
) -> tuple[LogEntry, ...]:
    """Those with after_seq < seq <= last_seq. Raises DamagedInterview, with the seq."""
    found = db.execute(
        "SELECT seq, at_s, CAST(type AS BLOB), CAST(data AS BLOB) FROM entry"
        " WHERE interview_id = ? AND seq > ? AND seq <= ? ORDER BY seq",
        (interview_id, after_seq, last_seq),
    )
    return tuple(_read(row) for row in found)


def _read(row: tuple[int, float, bytes, bytes]) -> LogEntry:
    try:
        return LogEntry(row[0], float(row[1]), row[2].decode(), load(row[3]))
    except (ValueError, TypeError, RecursionError):
        raise unreadable(row[0]) from None


def insert(
    db: sqlite3.Connection, interview_id: str, rows: Sequence[EncodedRow], now_s: float
) -> None:
    """The entries, and the row of the outbox that names them, dated `now_s` (Unix time).

    About every 64 entries the outbox is cut to its newest OUTBOX_KEPT rows.
    """
    if not rows:
        return
    db.executemany(
        "INSERT INTO entry VALUES (?, ?, ?, ?, ?)", [(interview_id, *row) for row in rows]
    )
    db.execute(
        "INSERT INTO outbox (interview_id, first_seq, last_seq, at_s) VALUES (?, ?, ?, ?)",
        (interview_id, rows[0][0], rows[-1][0], now_s),
    )
    if rows[0][0] // OUTBOX_TRIM_EVERY != (rows[-1][0] + 1) // OUTBOX_TRIM_EVERY:
        db.execute(
            "DELETE FROM outbox WHERE interview_id = ?1 AND id <= (SELECT id FROM outbox"
            " WHERE interview_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            (interview_id, OUTBOX_KEPT),
        )


def truncate_journal(db: sqlite3.Connection) -> bool:
    """Copy the write-ahead log into the database and cut it to nothing (SQLite, wal_checkpoint).

    False: another process was reading or writing.
    """
    (busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def vacuum(db: sqlite3.Connection, limit_bytes: int | None) -> Compaction:
    """Rewrite the file where something was erased since the last time (SQLite, VACUUM).

    "later": it holds more than `limit_bytes`, or more than COMPACT_WHILE_LIVE_BYTES while somebody
    is live. Outside a transaction; writers of every process wait meanwhile.
    """
    clean = db.execute("SELECT 1 FROM audit WHERE interview_id = '' AND what = 'compacted'")
    if clean.fetchone() is not None or db.execute("SELECT 1 FROM audit LIMIT 1").fetchone() is None:
        return "nothing"
    pages, free, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    if limit_bytes is not None and (pages - free) * size > limit_bytes:
        return "later"
    live = db.execute(
        "SELECT 1 FROM lease WHERE owner != '' AND boot_id = ? AND expires_boot_s > ? LIMIT 1",
        (boot_id(), boot_s()),
    ).fetchone()
    if live is not None and (pages - free) * size > COMPACT_WHILE_LIVE_BYTES:
        return "later"
    # What another process erases meanwhile takes this mark away, and a crash leaves it as it is:
    # either way the file is not taken for clean.
    db.execute("INSERT OR REPLACE INTO audit VALUES ('', 'compacting', 0, 0, '{}')")
    db.execute("VACUUM")
    db.execute("UPDATE audit SET what = 'compacted' WHERE interview_id = ''")
    truncate_journal(db)
    return "done"


def audit(
    db: sqlite3.Connection,
    interview_id: str,
    what: str,
    *,
    at_s: float,
    created_s: float,
    counts: Mapping[str, int],
) -> None:
    """The line that stays; and the file is no longer clean (see `vacuum`)."""
    db.execute(
        "INSERT OR REPLACE INTO audit VALUES (?, ?, ?, ?, ?)",
        (interview_id, what, at_s, created_s, dump(counts)),
    )
    db.execute("DELETE FROM audit WHERE interview_id = ''")
