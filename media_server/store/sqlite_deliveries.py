"""Outbox and deliveries in the SQLite file of the log: written with the log, in one transaction.

Due times are the machine's wall clock, for they outlive a reboot. Who holds a lane is known by the
clock that counts since the boot, so nobody gets a second one by a clock that is set forward.
"""

from __future__ import annotations

import secrets
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from typing import Literal

from media_server.ports.deliveries import (
    OWN_DUE,
    OWN_PREFIX,
    Backlog,
    Claim,
    Delivery,
    Disabled,
    Settled,
    Unread,
)
from media_server.store.boot_clock import boot_id, boot_s
from media_server.store.delivery_codec import CLOCK_BACK_S, after, delivery, tries_text
from media_server.store.sqlite_lanes import COLUMNS, EMPTY, due_now, hold_next, let_go
from media_server.store.sqlite_worker import SqliteWorker

_DUE = "(due_s <= :now OR set_s > :now + :back) AND (boot_id != :boot OR held_boot_s <= :boot_s)"
_ENDPOINT_DUE = (
    "(due_s <= :now OR set_s > :now + :back) AND NOT EXISTS (SELECT 1 FROM webhook_disabled d"
    " WHERE d.tenant = l.tenant AND d.endpoint = l.endpoint)"
)
_DUE_SET_UP = (
    "SELECT DISTINCT tenant, endpoint FROM webhook_lane l WHERE"  # noqa: S608  # constants
    f" endpoint NOT BETWEEN :own AND :end AND {_ENDPOINT_DUE} LIMIT :limit"
)
# From tenant to tenant by the primary key, past all the rows of each.
_DUE_OWN = (
    "WITH RECURSIVE tenants(tenant) AS (SELECT MIN(tenant) FROM webhook_lane UNION ALL SELECT"  # noqa: S608
    " (SELECT MIN(w.tenant) FROM webhook_lane w WHERE w.tenant > tenants.tenant) FROM tenants"
    " WHERE tenant IS NOT NULL) SELECT DISTINCT t.tenant, o.endpoint FROM tenants t"
    " JOIN webhook_lane o ON o.tenant = t.tenant AND o.endpoint IN (SELECT DISTINCT endpoint FROM"
    " webhook_lane l WHERE l.tenant = t.tenant AND endpoint BETWEEN :own AND :end"
    f" AND {_ENDPOINT_DUE} LIMIT :most) LIMIT :limit"
)

_LOOK_AT = 2_000
"""Deliveries that one page looks at: a filter may pass most of them over, and appends wait."""


class SqliteDeliveries:
    """`Deliveries` of `media_server.ports.deliveries`. Lives as long as the log does."""

    def __init__(self, worker: SqliteWorker, *, now_s: Callable[[], float] = time.time) -> None:
        """`now_s`: the machine's wall clock, Unix seconds."""
        self._worker = worker
        self._now_s = now_s

    async def unread(self, limit: int) -> tuple[Unread, ...]:
        """By the index of the outbox; nothing of a log is read."""

        def work(db: sqlite3.Connection) -> tuple[Unread, ...]:
            found = db.execute(
                "SELECT interview_id, MIN(first_seq), at_s, tenant, EXISTS (SELECT 1 FROM"
                " webhook_watch w WHERE w.interview_id = o.interview_id) FROM"
                " (SELECT * FROM outbox ORDER BY id LIMIT ?1) o"
                " GROUP BY interview_id ORDER BY at_s",
                (limit,),
            )
            return tuple(
                Unread(id_, first, at_s, tenant, bool(watched))
                for id_, first, at_s, tenant, watched in found
            )

        return await self._worker.read(work)

    async def hand_over(
        self,
        interview_id: str,
        *,
        through_seq: int,
        deliveries: Sequence[Delivery],
        watch_s: float | Literal["as_it_was"] | None,
        if_unread: bool = False,
    ) -> None:
        """One transaction: what was read leaves the outbox as its deliveries come."""
        now_s = self._now_s()

        def work(db: sqlite3.Connection) -> None:
            there = db.execute("SELECT 1 FROM interview WHERE id = ?", (interview_id,)).fetchone()
            if there is None and through_seq > 0:
                return
            read = db.execute(
                "DELETE FROM outbox WHERE interview_id = ? AND last_seq <= ?",
                (interview_id, through_seq),
            ).rowcount
            if if_unread and not read:
                return
            _put(db, deliveries, now_s)
            if through_seq == 0:  # what is not told that it is gone has nothing to wait for
                db.execute(
                    f"DELETE FROM webhook_lane WHERE interview_id = ? AND {EMPTY}",  # noqa: S608  # a constant
                    (interview_id,),
                )
            if watch_s is None:
                db.execute("DELETE FROM webhook_watch WHERE interview_id = ?", (interview_id,))
            elif watch_s != "as_it_was":
                db.execute(
                    "INSERT OR REPLACE INTO webhook_watch VALUES (?, ?, ?)",
                    (interview_id, now_s + watch_s, now_s),
                )

        await self._worker.write(work)

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """One transaction, and one lane for all that are about no interview."""
        now_s = self._now_s()

        def work(db: sqlite3.Connection) -> None:
            _put(db, deliveries, now_s)
            for one in deliveries:
                due_now(db, (one.tenant, one.endpoint, one.interview_id), now_s)

        await self._worker.write(work)

    async def watched(self, limit: int) -> tuple[str, ...]:
        """Also those that were set while the clock was ahead."""
        now_s = self._now_s()

        def work(db: sqlite3.Connection) -> tuple[str, ...]:
            found = db.execute(
                "SELECT interview_id FROM webhook_watch WHERE due_s <= ?1 OR set_s > ?1 + ?2"
                " ORDER BY due_s LIMIT ?3",
                (now_s, CLOCK_BACK_S, limit),
            )
            return tuple(row[0] for row in found)

        return await self._worker.read(work)

    async def due(self, limit: int) -> tuple[tuple[str, str], ...]:
        """Without those that are disabled, for which lanes may wait for days."""
        now_s = self._now_s()

        def work(db: sqlite3.Connection) -> tuple[tuple[str, str], ...]:
            values = {
                "now": now_s, "back": CLOCK_BACK_S, "own": OWN_PREFIX, "end": f"{OWN_PREFIX}~",
                "limit": limit, "most": OWN_DUE,
            }  # fmt: skip
            set_up = db.execute(_DUE_SET_UP, values).fetchall()
            return tuple(set_up + db.execute(_DUE_OWN, values).fetchall())[:limit]

        return await self._worker.read(work)

    async def claim(
        self, tenant: str, endpoint: str, *, ttl_s: float, limit: int
    ) -> tuple[Claim, ...]:
        """Nothing is written where nothing is due."""
        now_s = self._now_s()
        values = {
            "tenant": tenant, "endpoint": endpoint, "now": now_s, "limit": limit,
            "boot": boot_id(), "boot_s": boot_s(), "back": CLOCK_BACK_S,
        }  # fmt: skip

        def due(db: sqlite3.Connection) -> list[str]:
            found = db.execute(
                "SELECT interview_id FROM webhook_lane WHERE tenant = :tenant"  # noqa: S608  # a constant
                f" AND endpoint = :endpoint AND {_DUE} AND NOT EXISTS (SELECT 1 FROM"
                " webhook_disabled WHERE tenant = :tenant AND endpoint = :endpoint)"
                " ORDER BY due_s LIMIT :limit",
                values,
            )
            return [row[0] for row in found]

        def work(db: sqlite3.Connection) -> tuple[Claim, ...]:
            claims = []
            for interview_id in due(db):
                token = secrets.token_hex(8)
                lane = (tenant, endpoint, interview_id)
                head = hold_next(db, lane, token, now_s, ttl_s)
                if head is not None:
                    claims.append(Claim(token, head))
            return tuple(claims)

        if not await self._worker.read(due):
            return ()
        return await self._worker.write(work)

    async def settle(self, claim: Claim, made: Settled, *, ttl_s: float) -> Claim | None:
        """The lane's token must be that of the claim, else it is another's."""
        now_s, about = self._now_s(), claim.delivery
        lane = (about.tenant, about.endpoint, about.interview_id)

        def work(db: sqlite3.Connection) -> Claim | None:
            held = db.execute(
                "SELECT token FROM webhook_lane"
                " WHERE tenant = ? AND endpoint = ? AND interview_id = ?",
                lane,
            ).fetchone()
            if held is None or held[0] != claim.token:
                return None
            there = db.execute(
                "UPDATE webhook_delivery SET status = ?, attempts = ?, tries = ?, next_s = ?"
                " WHERE id = ?",
                (*after(about, made), now_s + made.after_s, about.id),
            ).rowcount
            if made.gone:
                db.execute(
                    "INSERT OR IGNORE INTO webhook_disabled VALUES (?, ?, ?, ?)",
                    (*lane[:2], now_s, "the receiver answered 410 Gone"),
                )
            if made.status == "pending" and there:
                let_go(db, lane, now_s + made.after_s, now_s)
                return None
            head = hold_next(db, lane, claim.token, now_s, ttl_s)
            return None if head is None else Claim(claim.token, head)

        return await self._worker.write(work)

    async def page(
        self,
        tenant: str,
        *,
        after: str | None,
        limit: int,
        interview_id: str = "",
        endpoint: str = "",
        status: str = "",
    ) -> tuple[tuple[Delivery, ...], str]:
        """In the order in which they were made, the newest first."""
        given = {"endpoint": endpoint, "status": status}
        filters = {name: value for name, value in given.items() if value}
        of = "tenant = ?"
        whose: tuple[str, ...] = (tenant,)
        if interview_id:  # by its index: + keeps that of the tenant out
            of, whose = "interview_id = ? AND +tenant = ?", (interview_id, tenant)
        index = f"webhook_delivery WHERE {of} AND n < ? ORDER BY n DESC LIMIT"
        fits = " AND ".join(f"{name} = ?" for name in filters) or "1"

        def work(db: sqlite3.Connection) -> tuple[tuple[Delivery, ...], str]:
            place = (sys.maxsize,) if after is None else _place(db, tenant, after)
            if place is None:
                raise KeyError(after)
            found = db.execute(
                f"SELECT {COLUMNS} FROM (SELECT * FROM {index} ?)"  # noqa: S608  # constants
                f" WHERE {fits} ORDER BY n DESC LIMIT ?",
                (*whose, *place, _LOOK_AT, *filters.values(), limit + 1),
            ).fetchall()
            rows = tuple(delivery(row) for row in found[:limit])
            if len(found) > limit:
                return rows, rows[-1].id
            last = db.execute(
                f"SELECT id FROM {index} 1 OFFSET ?",  # noqa: S608  # constants
                (*whose, *place, _LOOK_AT - 1),
            ).fetchone()
            return rows, "" if last is None else last[0]

        return await self._worker.read(work)

    async def get(self, tenant: str, delivery_id: str) -> Delivery | None:
        """By its primary key; another tenant's is as if it were not there."""
        return await self._worker.read(lambda db: _get(db, tenant, delivery_id))

    async def replay(self, tenant: str, delivery_id: str) -> Delivery | None:
        """It comes before what else waits in its lane: that was made later."""
        now_s = self._now_s()

        def work(db: sqlite3.Connection) -> Delivery | None:
            found = _get(db, tenant, delivery_id)
            if found is None:
                return None
            db.execute(
                "UPDATE webhook_delivery SET status = 'pending', attempts = 0, next_s = ?"
                " WHERE id = ?",
                (now_s, delivery_id),
            )
            due_now(db, (found.tenant, found.endpoint, found.interview_id), now_s)
            return _get(db, tenant, delivery_id)

        return await self._worker.write(work)

    async def disabled(self, tenant: str, endpoint: str) -> Disabled | None:
        """As `settle` wrote it down."""

        def work(db: sqlite3.Connection) -> Disabled | None:
            found = db.execute(
                "SELECT since_s, reason FROM webhook_disabled WHERE tenant = ? AND endpoint = ?",
                (tenant, endpoint),
            ).fetchone()
            return None if found is None else Disabled(*found)

        return await self._worker.read(work)

    async def enable(self, tenant: str, endpoint: str) -> None:
        """Also what waits for its next attempt comes now."""
        now_s = self._now_s()

        def work(db: sqlite3.Connection) -> None:
            of = "WHERE tenant = ? AND endpoint = ?"
            db.execute(f"DELETE FROM webhook_disabled {of}", (tenant, endpoint))  # noqa: S608  # a constant
            db.execute(
                f"UPDATE webhook_lane SET due_s = ?, set_s = ? {of}",  # noqa: S608  # a constant
                (now_s, now_s, tenant, endpoint),
            )

        await self._worker.write(work)

    async def backlog(self, tenant: str = "", endpoint: str = "") -> Backlog:
        """By the index of what is pending."""
        where, values = ("", ()) if not endpoint else (
            " AND tenant = ? AND endpoint = ?", (tenant, endpoint)
        )  # fmt: skip

        def work(db: sqlite3.Connection) -> Backlog:
            found = db.execute(
                "SELECT COUNT(*), MIN(created_s) FROM webhook_delivery"  # noqa: S608  # a constant
                f" WHERE status = 'pending'{where}",
                values,
            ).fetchone()
            return Backlog(*found)

        return await self._worker.read(work)

    async def forget(self, *, older_than_s: float, limit: int) -> int:
        """The oldest first, and lanes of which nothing is left: nobody may look at them again."""
        before_s = self._now_s() - older_than_s

        def work(db: sqlite3.Connection) -> int:
            found = db.execute(
                "SELECT n, status, tenant, endpoint, interview_id FROM webhook_delivery"
                " WHERE created_s < ? ORDER BY created_s LIMIT ?",
                (before_s, limit),
            ).fetchall()
            db.executemany("DELETE FROM webhook_delivery WHERE n = ?", [row[:1] for row in found])
            lanes = {row[2:] for row in found if row[1] == "pending"}
            db.executemany(
                "DELETE FROM webhook_lane WHERE tenant = ? AND endpoint = ? AND interview_id = ?"  # noqa: S608  # a constant
                f" AND {EMPTY}",
                lanes,
            )
            return sum(status == "pending" for _, status, *_ in found)

        if not await self._worker.read(
            lambda db: db.execute(
                "SELECT 1 FROM webhook_delivery WHERE created_s < ? LIMIT 1", (before_s,)
            ).fetchone()
        ):
            return 0
        return await self._worker.write(work)


def forget_interview(db: sqlite3.Connection, interview_id: str, tenant: str, now_s: float) -> None:
    """With its erasing: what was to be sent about it goes, and that it is gone is to be sent. Its
    lanes stay until they are looked at next: after what is being sent just now."""
    for table in ("webhook_delivery", "webhook_watch"):
        db.execute(f"DELETE FROM {table} WHERE interview_id = ?", (interview_id,))  # noqa: S608  # constants
    db.execute(
        "UPDATE webhook_lane SET due_s = ?1, set_s = ?1 WHERE interview_id = ?2",
        (now_s, interview_id),
    )
    db.execute(
        "INSERT INTO outbox (interview_id, first_seq, last_seq, at_s, tenant)"
        " VALUES (?, 0, 0, ?, ?)",
        (interview_id, now_s, tenant),
    )


def _place(db: sqlite3.Connection, tenant: str, delivery_id: str) -> tuple[int] | None:
    found: tuple[int] | None = db.execute(
        "SELECT n FROM webhook_delivery WHERE id = ? AND tenant = ?", (delivery_id, tenant)
    ).fetchone()
    return found


def _get(db: sqlite3.Connection, tenant: str, delivery_id: str) -> Delivery | None:
    found = db.execute(
        f"SELECT {COLUMNS} FROM webhook_delivery WHERE id = ? AND tenant = ?",  # noqa: S608  # a constant
        (delivery_id, tenant),
    ).fetchone()
    return None if found is None else delivery(found)


def _put(db: sqlite3.Connection, deliveries: Sequence[Delivery], now_s: float) -> None:
    for one in deliveries:
        added = db.execute(
            f"INSERT OR IGNORE INTO webhook_delivery ({COLUMNS})"  # noqa: S608  # a constant
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (one.id, one.tenant, one.endpoint, one.interview_id, one.type, one.body, one.created_s,
             one.status, one.attempts, tries_text(one.tries), now_s),
        ).rowcount  # fmt: skip
        if added:
            db.execute(
                "INSERT OR IGNORE INTO webhook_lane VALUES (?, ?, ?, ?, ?, '', 0, '')",
                (one.tenant, one.endpoint, one.interview_id, now_s, now_s),
            )
