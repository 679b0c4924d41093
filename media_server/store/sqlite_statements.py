"""Statements of the SQLite log, each run inside its caller's transaction in the thread."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from media_server.ports import (
    DEFAULT_TENANT,
    InterviewRow,
    KeyReused,
    LogEntry,
    NewEntry,
    SummaryRow,
    UnknownInterview,
)
from media_server.store import sqlite_owners as owners
from media_server.store.boot_clock import boot_id, boot_s
from media_server.store.encoding import dump, load, load_row, load_summary, unreadable
from media_server.store.sqlite_deliveries import forget_interview

Compaction = Literal["done", "later", "nothing"]
COMPACT_WHILE_LIVE_BYTES = 8 * 1024 * 1024
"""Rewriting this much takes a fraction of the second that every call has."""

EncodedRow = tuple[int, float, str, str]
_OWNER = "(SELECT tenant FROM owner WHERE interview_id = i.id)"
ROW = f"i.id, i.created_s, i.version, CAST(i.status AS BLOB), CAST(i.spec AS BLOB), {_OWNER}"
"""Of the table interview `i`. As bytes: SQLite refuses a whole query for one text in it that is no
UTF-8."""
_BODY = (
    "(SELECT CAST(body AS BLOB) FROM summary s"
    " WHERE s.interview_id = i.id AND s.version = i.version)"
)
SUMMARY = f"i.id, i.created_s, i.version, CAST(i.status AS BLOB), {_BODY}, {_OWNER}"
"""`body` is NULL where it was made from an older version."""


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
    id_, created_s, version, status, spec, tenant = found
    return load_row(id_, created_s, version, status, spec, tenant=tenant)


def summary(found: Sequence[Any]) -> SummaryRow:
    """From the columns that SUMMARY names."""
    id_, created_s, version, status, body, tenant = found
    return load_summary(id_, created_s, version, status, body, tenant=tenant)


def made_with(db: sqlite3.Connection, key: str | None) -> tuple[str, str] | None:
    """(id, digest of the request) of the interview with this idempotency key."""
    found = db.execute(
        "SELECT id, request_digest FROM interview WHERE idempotency_key = ?", (key,)
    ).fetchone()
    return None if found is None else (str(found[0]), str(found[1]))


def version(db: sqlite3.Connection, interview_id: str) -> int:
    """Of the log: the seq of its last entry. Raises UnknownInterview."""
    found = db.execute("SELECT version FROM interview WHERE id = ?", (interview_id,)).fetchone()
    if found is None:
        raise UnknownInterview(interview_id)
    return int(found[0])


@dataclass(frozen=True, slots=True)
class Made:
    """What `create` was given, as it is stored."""

    interview_id: str
    spec: str
    entries: tuple[EncodedRow, ...]
    status: str
    now_s: float
    idempotency_key: str | None
    request_digest: str
    summary: str | None
    tenant: str
    most_per_day: int | None


def create(db: sqlite3.Connection, made: Made) -> InterviewRow:
    """See `ports.EventLog.create`. Raises KeyReused and QuotaReached."""
    found = db.execute(
        f"SELECT {ROW}, request_digest, idempotency_key FROM interview i"  # noqa: S608  # a constant
        " WHERE id = ? OR (idempotency_key = ? AND idempotency_key IS NOT NULL)",
        (made.interview_id, made.idempotency_key),
    ).fetchone()
    if found is not None:
        known = row(found[:6])
        if found[7] != made.idempotency_key or found[6] != made.request_digest:
            raise KeyReused("this Idempotency-Key or id came before with another body")
        if made.idempotency_key is None and found[4] != made.spec.encode():
            raise KeyReused("this interview id exists with another specification")
        if known.tenant != made.tenant:
            raise KeyReused("this interview id is another tenant's")
        return known
    if erased_created_s(db, made.interview_id) is not None:
        raise KeyReused("this interview was erased; take a new id")
    owners.count_made(db, made.tenant, made.most_per_day, made.now_s)
    owners.put(db, made.interview_id, made.tenant, made.now_s)
    version = len(made.entries)
    db.execute(
        "INSERT INTO interview VALUES (?, ?, ?, ?, ?, ?, ?)",
        (made.interview_id, made.now_s, version, made.status, made.spec, made.idempotency_key,
         made.request_digest),
    )  # fmt: skip
    insert(db, made.interview_id, made.entries, made.now_s)
    put_summary(db, made.interview_id, version, made.summary)
    return InterviewRow(
        made.interview_id, made.now_s, version, made.status, json.loads(made.spec),
        tenant=made.tenant,
    )  # fmt: skip


def put_summary(db: sqlite3.Connection, interview_id: str, version: int, text: str | None) -> None:
    """`text`: JSON, as made from the log at `version`. None: none is kept, a list makes it."""
    if text is not None:
        db.execute("INSERT OR REPLACE INTO summary VALUES (?, ?, ?)", (interview_id, version, text))


def page(
    db: sqlite3.Connection,
    columns: str,
    after: str | None,
    limit: int,
    *,
    status: str | None,
    tenant: str | None,
) -> sqlite3.Cursor:
    """`columns` of interviews `i`, newest first. Those of one tenant are found by an index of its
    own: a page costs the same however many interviews others have, or it has of another status.

    Raises UnknownInterview for a cursor that never was, or is another tenant's.
    """
    tables, created_s, id_ = "interview i", "i.created_s", "i.id"
    where: list[str] = ["1"]
    values: list[object] = []
    if tenant is not None:
        table = "owner" if status is None else "listed"
        tables = f"{table} o CROSS JOIN interview i ON i.id = o.interview_id"
        created_s, id_ = "o.created_s", "o.interview_id"
        where.append("o.tenant = ?")
        values.append(tenant)
    if after is not None:
        if tenant is not None:
            owners.require_cursor(db, after, tenant)
        where.append(f"({created_s}, {id_}) < (?, ?)")
        values += [_place_s(db, after, by_owner=tenant is not None), after]
    if status is not None:
        where.append("i.status = ?" if tenant is None else "o.status = ?")
        values.append(status)
    return db.execute(
        f"SELECT {columns} FROM {tables} WHERE {' AND '.join(where)}"  # noqa: S608  # constants
        f" ORDER BY {created_s} DESC, {id_} DESC LIMIT ?",
        (*values, limit),
    )


def _place_s(db: sqlite3.Connection, after: str, *, by_owner: bool) -> object:
    """By the column that the page is ordered by: of a damaged row another may say otherwise, and
    a list would begin again at it for ever."""
    place = "owner WHERE interview_id = ?" if by_owner else "interview WHERE id = ?"
    found = db.execute(f"SELECT created_s FROM {place}", (after,)).fetchone()  # noqa: S608  # constants
    created_s = erased_created_s(db, after) if found is None else found[0]
    if created_s is None:
        raise UnknownInterview(after)
    return created_s


def erase(
    db: sqlite3.Connection, interview_id: str, now_s: float, counts: Mapping[str, int]
) -> bool:
    """Its rows go, its audit line stays. False: there was none."""
    found = db.execute(
        "SELECT created_s, version FROM interview WHERE id = ?", (interview_id,)
    ).fetchone()
    if found is None:
        return False
    for table in ("entry", "operation", "outbox", "snapshot", "summary", "lease", "wanted"):
        db.execute(f"DELETE FROM {table} WHERE interview_id = ?", (interview_id,))  # noqa: S608  # constants
    tenant = owners.owner(db, interview_id) or DEFAULT_TENANT
    db.execute("DELETE FROM interview WHERE id = ?", (interview_id,))
    owners.erased(db, interview_id)
    forget_interview(db, interview_id, tenant, now_s)
    audit(
        db, interview_id, "erased", at_s=now_s, created_s=found[0],
        counts={"entries": found[1], **counts},
    )  # fmt: skip
    return True


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
    """The entries, and the row of the outbox that names them, dated `now_s` (Unix time). It goes
    when it was read for events (`sqlite_deliveries`), and never before."""
    if not rows:
        return
    db.executemany(
        "INSERT INTO entry VALUES (?, ?, ?, ?, ?)", [(interview_id, *row) for row in rows]
    )
    db.execute(
        "INSERT INTO outbox (interview_id, first_seq, last_seq, at_s) VALUES (?, ?, ?, ?)",
        (interview_id, rows[0][0], rows[-1][0], now_s),
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
