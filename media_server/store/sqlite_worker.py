"""One thread that owns one SQLite connection, and commits what has gathered in one go.

SQLite blocks, so nothing of it runs on the event loop; the default executor is shared with
everything else and has no bound, so it is not used either. Jobs that are waiting when the thread
comes round are written in one transaction, each inside a savepoint of its own: twenty appends then
cost one fsync, and the refusal of one does not undo its neighbours.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from media_server.ports import StoreUnavailable

T = TypeVar("T")

CALL_TIMEOUT_S = 1.0
"""What `EventLog` promises: an answer or StoreUnavailable."""
BUSY_TIMEOUT_S = 0.7
"""How long another process may hold the write lock before we give the call up."""
QUEUE_LIMIT = 1024
"""Calls that may wait: beyond it the disk hangs, and memory must not grow for it."""
BATCH_LIMIT = 64
"""Writes in one transaction: each waits for the last of them."""
READS_AT_ONCE = 16
"""Before the writes that came meanwhile have their turn."""
CHECKPOINT_PAGES = 1000
"""Copy the WAL into the database in an idle moment from here on, so that no append pays for it."""
CHECKPOINT_WRITES = 100
"""Once copied, the WAL is written over from its beginning and its file keeps its length, which then
tells nothing: the next time is after so many writes, each some ten pages, or a longer file."""

_DISK_FULL = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_SHMSIZE"}

_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


def describe(error: sqlite3.Error, path: Path) -> str:
    """What went wrong and what to do, without a word of any statement's content."""
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    if name in _DISK_FULL:
        return f"cannot write {path} ({name}): free disk space; writing goes on by itself then"
    if name.startswith("SQLITE_BUSY"):
        return f"{path} is locked by another process for over {BUSY_TIMEOUT_S} s"
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return f"cannot open {path} for writing ({name}): check owner and permissions of DATA_DIR"
    if name.startswith(_DAMAGED):
        return f"{path} is damaged ({name}): stop the server and restore it from a backup"
    return f"{path}: {name}"


@dataclass(slots=True, eq=False)
class _Job:
    kind: Literal["read", "write"]
    work: Callable[[sqlite3.Connection], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    started: bool = False


class SqliteWorker:
    """Call `start` first and `close` last; after `close` every call raises StoreUnavailable."""

    def __init__(
        self,
        path: Path,
        *,
        prepare: Callable[[sqlite3.Connection], None],
        call_timeout_s: float = CALL_TIMEOUT_S,
    ) -> None:
        """`prepare` runs in the thread on the new connection: pragmas and migrations."""
        self._path = path
        self._wal = Path(f"{path}-wal")
        self._prepare = prepare
        self._call_timeout_s = call_timeout_s
        self._jobs: collections.deque[_Job] = collections.deque()
        self._wake = threading.Condition()
        self._closing = True
        self._thread: threading.Thread | None = None
        self._unsettled_pages = False
        self._settled_pages = 0
        """Of the WAL's file, when it was last copied."""
        self._writes = 0
        """Jobs, since then."""
        self._ended: asyncio.Future[None]
        self.written_s = float("-inf")
        """When something was last written, `time.monotonic()`."""
        self.batches = 0
        """Transactions begun."""
        self.checkpoints = 0
        """How often the WAL was copied into the database."""

    async def start(self, *, timeout_s: float = 30.0) -> None:
        """Opens and migrates. Raises StoreUnavailable; 30 s, for a migration may rewrite rows."""
        if self._thread is not None:
            raise RuntimeError("already open")
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = loop.create_future()
        self._ended = loop.create_future()
        self._closing = False
        self._thread = threading.Thread(
            target=self._run, args=(loop, opened), name="sqlite-store", daemon=True
        )
        self._thread.start()
        try:
            async with asyncio.timeout(timeout_s):
                await opened
        except TimeoutError:  # the thread ends as soon as the disk lets it
            self._stop()
            self._thread = None
            raise StoreUnavailable(f"{self._path} did not open within {timeout_s} s") from None
        except StoreUnavailable:
            self._stop()
            self._thread = None
            raise

    def _stop(self) -> None:
        with self._wake:
            self._closing = True
            self._wake.notify()

    async def close(self, *, timeout_s: float = 5.0) -> None:
        """Jobs that were accepted are finished first.

        Raises StoreUnavailable after `timeout_s` seconds; the thread then ends as soon as the disk
        lets it.
        """
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stop()
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.shield(self._ended)
        except TimeoutError:
            if not self._ended.done():  # else it came, and the loop was late
                raise StoreUnavailable(
                    f"{self._path}: the disk did not answer within {timeout_s} s"
                ) from None
        thread.join()

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """`work` runs inside BEGIN IMMEDIATE; when this returns, it is on the disk.

        After StoreUnavailable it may or may not have been done: try again with the same
        operation id.
        """
        return await self._submit("write", work, self._call_timeout_s)

    async def read(
        self, work: Callable[[sqlite3.Connection], T], *, timeout_s: float | None = None
    ) -> T:
        """`work` runs outside a transaction. A longer timeout is for upkeep only: whatever comes
        after waits, and its own second runs."""
        return await self._submit("read", work, timeout_s or self._call_timeout_s)

    async def _submit(
        self,
        kind: Literal["read", "write"],
        work: Callable[[sqlite3.Connection], T],
        timeout_s: float,
    ) -> T:
        loop = asyncio.get_running_loop()
        job = _Job(kind, work, loop.create_future(), loop)
        with self._wake:
            if self._closing:
                raise StoreUnavailable(f"{self._path} is not open")
            if len(self._jobs) >= QUEUE_LIMIT:
                raise StoreUnavailable(f"{QUEUE_LIMIT} calls wait for {self._path}: disk too slow")
            self._jobs.append(job)
            self._wake.notify()
        try:
            async with asyncio.timeout(timeout_s):
                result: T = await job.future
        except TimeoutError:
            if job.future.done() and not job.future.cancelled():
                return cast("T", job.future.result())  # it came, and the loop was late
            what = "is writing" if job.started else "had not begun"
            raise StoreUnavailable(
                f"{self._path} {what} after {timeout_s} s: disk too slow or too busy"
            ) from None
        return result

    # --- the thread ---------------------------------------------------------------------------

    def _run(self, loop: asyncio.AbstractEventLoop, opened: asyncio.Future[None]) -> None:
        try:
            connection = self._connect()
        except (sqlite3.Error, OSError, StoreUnavailable) as error:
            reason = describe(error, self._path) if isinstance(error, sqlite3.Error) else str(error)
            _settle_soon(loop, [(opened, None, StoreUnavailable(reason))])
            return
        _settle_soon(loop, [(opened, None, None)])
        try:
            while (batch := self._next_batch(connection)) is not None:
                if batch and batch[0].kind == "read":
                    for job in batch:
                        self._perform(connection, [job])
                else:
                    self._perform(connection, batch)
        finally:
            with contextlib.suppress(sqlite3.Error):
                connection.close()
            _settle_soon(loop, [(self._ended, None, None)])

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _next_batch(self, connection: sqlite3.Connection) -> list[_Job] | None:
        with self._wake:
            while not self._jobs:
                if self._closing:
                    return None
                if self._unsettled_pages:
                    break
                self._wake.wait()
            if self._jobs:
                return self._take(self._jobs[0].kind)
        self._checkpoint(connection)
        return []

    def _take(self, kind: Literal["read", "write"]) -> list[_Job]:
        """Whoever wants the same as the first in the queue, also from behind others: a read
        between every two writes would else make each write pay for a sync of the disk."""
        limit = BATCH_LIMIT if kind == "write" else READS_AT_ONCE
        batch: list[_Job] = []
        others: list[_Job] = []
        while self._jobs and len(batch) < limit:
            job = self._jobs.popleft()
            if job.kind != kind:
                others.append(job)
            elif not job.future.cancelled():  # given up: must not happen afterwards
                job.started = True
                batch.append(job)
        self._jobs.extendleft(reversed(others))
        return batch

    def _checkpoint(self, connection: sqlite3.Connection) -> None:
        self._unsettled_pages = False
        self._settled_pages, self._writes = self._wal_pages(), 0
        self.checkpoints += 1
        with contextlib.suppress(sqlite3.Error):
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _perform(self, connection: sqlite3.Connection, batch: list[_Job]) -> None:
        if not batch:
            return
        try:
            if batch[0].kind == "read":
                results = [_outcome(batch[0].work, connection, self._path)]
            else:
                results = self._write_all(connection, batch)
        except sqlite3.Error as error:
            self.written_s = float("-inf")
            with contextlib.suppress(sqlite3.Error):
                if connection.in_transaction:  # SQLite ends it by itself on some errors
                    connection.execute("ROLLBACK")
            failure = StoreUnavailable(describe(error, self._path))
            failure.nobody_can_write = getattr(error, "sqlite_errorname", "") in _DISK_FULL
            results = [(None, failure)] * len(batch)
        _settle_soon(
            batch[0].loop,
            [(job.future, *result) for job, result in zip(batch, results, strict=True)],
        )

    def _write_all(
        self, connection: sqlite3.Connection, batch: list[_Job]
    ) -> list[tuple[Any, Exception | None]]:
        connection.execute("BEGIN IMMEDIATE")
        self.batches += 1
        results = []
        for job in batch:
            connection.execute("SAVEPOINT job")
            outcome = _outcome(job.work, connection, self._path)
            if outcome[1] is not None:
                connection.execute("ROLLBACK TO job")
            connection.execute("RELEASE job")
            results.append(outcome)
        connection.execute("COMMIT")
        self.written_s = time.monotonic()
        self._writes += len(batch)
        pages = self._wal_pages()
        self._settled_pages = min(pages, self._settled_pages)
        grown = pages - self._settled_pages
        self._unsettled_pages = grown >= CHECKPOINT_PAGES or (
            pages >= CHECKPOINT_PAGES and self._writes >= CHECKPOINT_WRITES
        )
        return results

    def _wal_pages(self) -> int:
        try:
            return self._wal.stat().st_size // 4096
        except OSError:
            return 0


def _outcome(
    work: Callable[[sqlite3.Connection], Any], connection: sqlite3.Connection, path: Path
) -> tuple[Any, Exception | None]:
    """A refusal (unknown interview, key reused, bad argument) belongs to its caller alone; a
    disk or lock that failed ends the whole transaction."""
    try:
        return work(connection), None
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "").startswith(_DAMAGED):
            return None, StoreUnavailable(describe(error, path))  # others' pages may be sound
        return None, error
    except Exception as refusal:  # whatever it is, its own caller gets it
        return None, refusal


def _settle_soon(
    loop: asyncio.AbstractEventLoop,
    results: list[tuple[asyncio.Future[Any], Any, Exception | None]],
) -> None:
    def settle() -> None:
        for future, value, error in results:
            if future.done():
                continue
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(value)

    with contextlib.suppress(RuntimeError):  # the loop is gone: nobody is waiting any more
        loop.call_soon_threadsafe(settle)
