"""Lanes in SQLite: what one endpoint gets of one interview, in order, and who delivers it now."""

from __future__ import annotations

import sqlite3

from media_server.ports.deliveries import Delivery
from media_server.store.boot_clock import boot_id, boot_s
from media_server.store.delivery_codec import delivery

Lane = tuple[str, str, str]
"""Tenant, endpoint, interview."""
COLUMNS = (
    "id, tenant, endpoint, interview_id, type, body, created_s, status, attempts, tries, next_s"
)
EMPTY = (
    "NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.tenant = webhook_lane.tenant"
    " AND d.endpoint = webhook_lane.endpoint AND d.interview_id = webhook_lane.interview_id"
    " AND d.status = 'pending')"
)
"""Of a lane: nothing waits in it."""


def due_now(db: sqlite3.Connection, lane: Lane, now_s: float) -> None:
    """Made where there is none; who holds it goes on holding it."""
    db.execute(
        "INSERT INTO webhook_lane VALUES (?1, ?2, ?3, ?4, ?4, '', 0, '')"
        " ON CONFLICT DO UPDATE SET due_s = ?4, set_s = ?4",
        (*lane, now_s),
    )


def hold_next(
    db: sqlite3.Connection, lane: Lane, token: str, now_s: float, ttl_s: float
) -> Delivery | None:
    """The first that is pending, its lane held; None: nothing is left, and the lane goes."""
    found = db.execute(
        f"SELECT {COLUMNS} FROM webhook_delivery WHERE tenant = ? AND endpoint = ?"  # noqa: S608  # a constant
        " AND interview_id = ? AND status = 'pending' ORDER BY n LIMIT 1",
        lane,
    ).fetchone()
    if found is None:
        db.execute(
            "DELETE FROM webhook_lane WHERE tenant = ? AND endpoint = ? AND interview_id = ?", lane
        )
        return None
    db.execute(
        "UPDATE webhook_lane SET due_s = ?, set_s = ?, token = ?, held_boot_s = ?, boot_id = ?"
        " WHERE tenant = ? AND endpoint = ? AND interview_id = ?",
        (now_s + ttl_s, now_s, token, boot_s() + ttl_s, boot_id(), *lane),
    )
    return delivery(found)


def let_go(db: sqlite3.Connection, lane: Lane, due_s: float, now_s: float) -> None:
    """Nobody holds it, and it is due at `due_s`."""
    db.execute(
        "UPDATE webhook_lane SET due_s = ?, set_s = ?, token = '', held_boot_s = 0"
        " WHERE tenant = ? AND endpoint = ? AND interview_id = ?",
        (due_s, now_s, *lane),
    )
