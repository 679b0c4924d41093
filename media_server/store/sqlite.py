"""Event log in one SQLite file: the embedded default, several processes on one machine.

Who may append, in this order:

1. An operation id that was applied before answers its stored entries (`repeated`), whatever has
   happened since. The last 512 entries' operations are remembered; an older one meets a version
   that has moved on and answers Conflict, so it is never applied twice either.
2. `lease_epoch` above zero is the owner's: the highest epoch ever given must be this one, else
   Fenced. Whether its time has run out does not matter as long as nobody has taken over.
   `lease_epoch` 0 is the integrator's (cancel, consent before a call): Fenced while a lease
   lives, whose holder must be asked to do it instead.
3. `expected_version` must be the version of the log, else Conflict.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from media_server.ports import (
    DEFAULT_TENANT,
    Appended,
    Conflict,
    Fenced,
    InterviewRow,
    Lease,
    LogEntry,
    NewEntry,
    StoreUnavailable,
    SummaryRow,
    UnknownInterview,
)
from media_server.store import sqlite_leases as leases
from media_server.store import sqlite_owners as owners
from media_server.store import sqlite_schema
from media_server.store import sqlite_statements as sql
from media_server.store.disk import private_directory
from media_server.store.encoding import OPERATIONS_KEPT, dump, own_key
from media_server.store.sqlite_worker import SqliteWorker

READ_PAGE = 500  # entries: a long log does not hold up the appends of others
PROBE_WRITES_S = 10.0
"""An idle server need not write each second; a full disk is seen by its room before."""
SCRUB_TIMEOUT_S = 0.5  # an append that waits behind it has a second in all
COMPACT_TIMEOUT_S = 60.0


class SqliteEventLog:
    """`EventLog` of `media_server.ports`. One instance per process and file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.scrub_due = False
        """Something was erased that the journal may still hold."""
        self.compact_due = False
        """Something was erased of which pages may still hold copies."""
        self.worker = SqliteWorker(path, prepare=self._prepare)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        sqlite_schema.prepare(connection, self._path)

    async def open(self) -> None:
        """Raises StoreUnavailable with what to do: no permission, or a newer schema."""
        try:
            private_directory(self._path.parent)
            self._path.touch(mode=0o600)
        except OSError as error:
            raise StoreUnavailable(
                f"cannot make {self._path} ({error.strerror}): check data_dir or store_url"
            ) from error
        await self.worker.start()

    async def close(self) -> None:
        """What was accepted is written first. Raises StoreUnavailable when that takes over 5 s."""
        await self.worker.close()

    async def create(
        self,
        interview_id: str,
        *,
        spec: Mapping[str, Any],
        entries: Sequence[NewEntry],
        status: str,
        now_s: float,
        idempotency_key: str | None = None,
        request_digest: str = "",
        summary: Mapping[str, Any] | None = None,
        tenant: str = DEFAULT_TENANT,
        most_per_day: int | None = None,
    ) -> InterviewRow:
        """Besides the contract: the same id again without a key answers the first row when the
        specification is the same, else KeyReused, so a caller may retry after a timeout. An id
        that was erased is never used again: KeyReused."""
        made = sql.Made(
            interview_id,
            dump(spec),
            sql.encode(entries, first_seq=1, now_s=now_s),
            status,
            now_s,
            own_key(tenant, idempotency_key),
            request_digest,
            None if summary is None else dump(summary),
            tenant,
            most_per_day,
        )
        return await self.worker.write(lambda db: sql.create(db, made))

    async def made_with(
        self, idempotency_key: str, *, tenant: str = DEFAULT_TENANT
    ) -> tuple[str, str] | None:
        """As last committed, by whichever process."""
        key = own_key(tenant, idempotency_key)
        return await self.worker.read(lambda db: sql.made_with(db, key))

    async def append(
        self,
        interview_id: str,
        *,
        expected_version: int,
        lease_epoch: int,
        operation_id: str,
        entries: Sequence[NewEntry],
        status: str,
        now_s: float,
        summary: Mapping[str, Any] | None = None,
    ) -> Appended | Conflict | Fenced:
        """See the module's docstring for who may append. ValueError when `entries` is empty."""
        if not entries:
            raise ValueError("an append needs at least one entry")
        rows = sql.encode(entries, first_seq=expected_version + 1, now_s=now_s)
        summary_text = None if summary is None else dump(summary)

        def work(db: sqlite3.Connection) -> Appended | Conflict | Fenced:
            version = sql.version(db, interview_id)
            done = db.execute(
                "SELECT first_seq, last_seq FROM operation"
                " WHERE interview_id = ? AND operation_id = ?",
                (interview_id, operation_id),
            ).fetchone()
            if done is not None:
                return Appended(sql.read(db, interview_id, done[0] - 1, done[1]), repeated=True)
            fenced = leases.fenced(db, interview_id, lease_epoch)
            if fenced is not None:
                return fenced
            if version != expected_version:
                return Conflict(version)
            sql.insert(db, interview_id, rows, now_s)
            last_seq = version + len(rows)
            db.execute(
                "UPDATE interview SET version = ?, status = ? WHERE id = ?",
                (last_seq, status, interview_id),
            )
            sql.put_summary(db, interview_id, last_seq, summary_text)
            db.execute(
                "INSERT INTO operation VALUES (?, ?, ?, ?)",
                (interview_id, operation_id, version + 1, last_seq),
            )
            db.execute(
                "DELETE FROM operation WHERE interview_id = ? AND last_seq <= ?",
                (interview_id, last_seq - OPERATIONS_KEPT),
            )
            return Appended(tuple(sql.entry(row) for row in rows))

        return await self.worker.write(work)

    async def read(
        self, interview_id: str, *, after_seq: int = 0, limit: int = 10_000
    ) -> tuple[LogEntry, ...]:
        """Empty when there is no such interview. In pages: a long log does not hold up the
        appends of others, and the log only grows, so they fit together."""
        entries: list[LogEntry] = []
        while len(entries) < limit:
            start = after_seq + len(entries)
            end = start + min(READ_PAGE, limit - len(entries))
            page = await self._page(interview_id, start, end)
            entries += page
            if len(page) < end - start:
                break
        return tuple(entries)

    async def _page(self, interview_id: str, start: int, end: int) -> tuple[LogEntry, ...]:
        return await self.worker.read(lambda db: sql.read(db, interview_id, start, end))

    async def row(self, interview_id: str) -> InterviewRow | None:
        """As last committed, by whichever process."""

        def work(db: sqlite3.Connection) -> InterviewRow | None:
            found = db.execute(
                f"SELECT {sql.ROW} FROM interview i WHERE id = ?",  # noqa: S608  # a constant
                (interview_id,),
            ).fetchone()
            return None if found is None else sql.row(found)

        return await self.worker.read(work)

    async def owner(self, interview_id: str) -> str | None:
        """By an index of its own: what else is stored of it is not looked at."""
        return await self.worker.read(lambda db: owners.owner(db, interview_id))

    async def rows(
        self,
        *,
        after: str | None,
        limit: int,
        status: str | None = None,
        tenant: str | None = None,
    ) -> tuple[InterviewRow, ...]:
        """A cursor stays good after its interview was erased."""

        def work(db: sqlite3.Connection) -> tuple[InterviewRow, ...]:
            page = sql.page(db, sql.ROW, after, limit, status=status, tenant=tenant)
            return tuple(sql.row(found) for found in page)

        return await self.worker.read(work)

    async def summaries(
        self,
        *,
        after: str | None,
        limit: int,
        status: str | None = None,
        tenant: str | None = None,
    ) -> tuple[SummaryRow, ...]:
        """As `rows`; no specification is read."""

        def work(db: sqlite3.Connection) -> tuple[SummaryRow, ...]:
            page = sql.page(db, sql.SUMMARY, after, limit, status=status, tenant=tenant)
            return tuple(sql.summary(found) for found in page)

        return await self.worker.read(work)

    async def save_summary(
        self, interview_id: str, version: int, summary: Mapping[str, Any]
    ) -> None:
        """Ignored when the log has moved on, or is gone."""
        text = dump(summary)

        def work(db: sqlite3.Connection) -> None:
            found = db.execute("SELECT version FROM interview WHERE id = ?", (interview_id,))
            if found.fetchone() == (version,):
                sql.put_summary(db, interview_id, version, text)

        await self.worker.write(work)

    async def save_snapshot(self, interview_id: str, version: int, state: str) -> None:
        """An older version than the one kept is ignored. Raises UnknownInterview."""

        def work(db: sqlite3.Connection) -> None:
            sql.version(db, interview_id)
            db.execute(
                "INSERT INTO snapshot VALUES (?1, ?2, ?3) ON CONFLICT (interview_id)"
                " DO UPDATE SET version = ?2, state = ?3 WHERE version <= ?2",
                (interview_id, version, state),
            )

        await self.worker.write(work)

    async def snapshot(self, interview_id: str) -> tuple[int, str] | None:
        """None also for one that cannot be read: the log says the same."""

        def work(db: sqlite3.Connection) -> tuple[int, str] | None:
            found = db.execute(
                "SELECT version, CAST(state AS BLOB) FROM snapshot WHERE interview_id = ?",
                (interview_id,),
            ).fetchone()
            if found is None or not isinstance(found[0], int) or found[1] is None:
                return None  # a snapshot is a cache: the log says the same
            return found[0], found[1].decode("utf-8", "replace")

        return await self.worker.read(work)

    async def erase(
        self, interview_id: str, *, now_s: float, counts: Mapping[str, int] | None = None
    ) -> bool:
        """False: there was no such interview. `counts` goes into the audit line as well."""

        erased = await self.worker.write(
            lambda db: sql.erase(db, interview_id, now_s, counts or {})
        )
        if erased:
            await self._clean_up()
        return erased

    async def _clean_up(self) -> None:
        self.scrub_due = self.compact_due = True
        with contextlib.suppress(StoreUnavailable):  # retention tries again
            await self.scrub()
            await self.compact(limit_bytes=sql.COMPACT_WHILE_LIVE_BYTES)

    async def redact(
        self,
        interview_id: str,
        entries: Sequence[LogEntry],
        *,
        expected_version: int,
        what: str,
        now_s: float,
    ) -> bool:
        """Retention: these entries take the place of those of the same seq; the snapshot, which
        says the same, goes. False: the log has moved on. Leaves an audit line `what`."""
        rows = [(dump(entry.data), interview_id, entry.seq) for entry in entries]

        def work(db: sqlite3.Connection) -> bool:
            found = db.execute(
                "SELECT created_s, version FROM interview WHERE id = ?", (interview_id,)
            ).fetchone()
            if found is None:
                raise UnknownInterview(interview_id)
            if found[1] != expected_version:
                return False
            db.executemany("UPDATE entry SET data = ? WHERE interview_id = ? AND seq = ?", rows)
            db.execute("DELETE FROM snapshot WHERE interview_id = ?", (interview_id,))
            sql.audit(
                db, interview_id, what, at_s=now_s, created_s=found[0],
                counts={"entries": len(rows)},
            )  # fmt: skip
            return True

        done = await self.worker.write(work)
        if done:
            await self._clean_up()
        return done

    async def audit(self, interview_id: str) -> dict[str, float]:
        """When what was removed: {"erased": at_s, "transcript": at_s}; {} for nothing."""

        def work(db: sqlite3.Connection) -> dict[str, float]:
            return dict(
                db.execute("SELECT what, at_s FROM audit WHERE interview_id = ?", (interview_id,))
            )

        return await self.worker.read(work)

    async def erased_among(self, ids: Sequence[str]) -> frozenset[str]:
        """Those that have an audit line of their erasing."""
        return await self.worker.read(lambda db: sql.erased_among(db, ids))

    async def scrub(self) -> bool:
        """What was erased leaves the write-ahead log too. False: another process is reading;
        the content is out of the database, try again for the journal.

        Deleted rows are overwritten at once (`secure_delete`); only the journal still has them
        until it is copied and cut to nothing.
        """
        self.scrub_due = True
        done = await self.worker.read(sql.truncate_journal, timeout_s=SCRUB_TIMEOUT_S)
        self.scrub_due = not done
        return done

    async def compact(self, *, limit_bytes: int | None = None) -> bool:
        """Rewrite the file without free pages when something was erased. False: nothing to do,
        or not now (`compact_due`).

        SQLite overwrites deleted rows, yet pages keep stale copies of rows that were moved when
        a neighbour grew or went: in a measurement, words of 3 % of the erased interviews. A
        rewritten file has none. Writers of every process wait meanwhile, so a file over 8 MiB
        waits until no lease lives; `erase` itself asks only for what is quick, retention for the
        rest, up to 60 s.
        """
        state = await self.worker.read(
            lambda db: sql.vacuum(db, limit_bytes),
            timeout_s=COMPACT_TIMEOUT_S if limit_bytes is None else SCRUB_TIMEOUT_S,
        )
        self.compact_due = state == "later"
        return state == "done"

    async def acquire(
        self, interview_id: str, owner: str, *, ttl_s: float, wanted: bool = False
    ) -> Lease | None:
        """An owner that acquires what it holds already gets a new epoch as well: it has
        restarted, and its former self is fenced. Raises UnknownInterview."""
        return await self.worker.write(
            lambda db: leases.acquire(db, interview_id, owner, ttl_s, wanted=wanted)
        )

    async def renew(self, lease: Lease, *, ttl_s: float) -> Lease | None:
        """Also after it ran out, as long as nobody has taken over. None: taken or released."""
        return await self.worker.write(lambda db: leases.renew(db, lease, ttl_s))

    async def release(self, lease: Lease) -> None:
        """The epoch stays, so that the next one is higher. Nothing when it is not held."""
        await self.worker.write(lambda db: leases.release(db, lease))

    async def probe(self) -> None:
        """Reads; and writes where nothing was written for a while, or the last write failed."""
        if time.monotonic() - self.worker.written_s < PROBE_WRITES_S:
            await self.worker.read(lambda db: db.execute("PRAGMA schema_version").fetchone())
        else:
            await self.worker.write(
                lambda db: db.execute("INSERT OR REPLACE INTO probe VALUES (1, ?)", (time.time(),))
            )
