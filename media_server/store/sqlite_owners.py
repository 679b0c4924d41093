"""Whose interviews the SQLite log has: statements, run inside their caller's transaction."""

from __future__ import annotations

import sqlite3

from media_server.ports import DEFAULT_TENANT, QuotaReached, UnknownInterview
from media_server.store.encoding import day_of


def owner(db: sqlite3.Connection, interview_id: str) -> str | None:
    """None: there is no such interview."""
    found = db.execute(
        "SELECT o.tenant FROM owner o JOIN interview i ON i.id = o.interview_id"
        " WHERE o.interview_id = ?",
        (interview_id,),
    ).fetchone()
    return None if found is None else str(found[0])


def put(db: sqlite3.Connection, interview_id: str, tenant: str, created_s: float) -> None:
    """Before the row of the interview, whose trigger names the default tenant where nobody is."""
    db.execute("INSERT INTO owner VALUES (?, ?, ?)", (interview_id, tenant, created_s))


def erased(db: sqlite3.Connection, interview_id: str) -> None:
    """It leaves the lists; whose cursor it may be stays known."""
    db.execute(
        "INSERT OR REPLACE INTO former_owner SELECT interview_id, tenant FROM owner"
        " WHERE interview_id = ? AND tenant != ?",
        (interview_id, DEFAULT_TENANT),
    )
    db.execute("DELETE FROM owner WHERE interview_id = ?", (interview_id,))


def require_cursor(db: sqlite3.Connection, interview_id: str, tenant: str) -> None:
    """Raises UnknownInterview for another tenant's, erased or not."""
    found = db.execute(
        "SELECT tenant FROM owner WHERE interview_id = ?1"
        " UNION ALL SELECT tenant FROM former_owner WHERE interview_id = ?1",
        (interview_id,),
    ).fetchone()
    if (DEFAULT_TENANT if found is None else found[0]) != tenant:
        raise UnknownInterview(interview_id)


def count_made(db: sqlite3.Connection, tenant: str, most: int | None, now_s: float) -> None:
    """One more today. Raises QuotaReached. Nothing is counted where there is no limit."""
    if most is None:
        return
    day, left_s = day_of(now_s)
    found = db.execute(
        "SELECT interviews FROM made WHERE tenant = ? AND day = ?", (tenant, day)
    ).fetchone()
    if (0 if found is None else found[0]) >= most:
        raise QuotaReached(most, left_s)
    # The day before stays: a clock that is set back over midnight comes to it again.
    db.execute("DELETE FROM made WHERE tenant = ? AND day < ? - 1", (tenant, day))
    db.execute(
        "INSERT INTO made VALUES (?, ?, 1)"
        " ON CONFLICT (tenant, day) DO UPDATE SET interviews = interviews + 1",
        (tenant, day),
    )
