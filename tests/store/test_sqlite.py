"""What only the SQLite log has: its file, its thread, its migrations."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Awaitable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from media_server.ports import Appended, NewEntry, StoreUnavailable
from media_server.store import sqlite_leases, sqlite_schema, sqlite_worker
from media_server.store.sqlite import SqliteEventLog
from media_server.store.sqlite_worker import SqliteWorker
from tests.store.conftest import fill
from tests.support.slow_disk import held
from tests.support.waiting import PATIENCE_S, until

NEWEST = len(sqlite_schema.MIGRATIONS)
MORE = (
    *sqlite_schema.MIGRATIONS,
    "ALTER TABLE interview ADD COLUMN extra TEXT; CREATE TABLE t (x)",
)
BROKEN = (*sqlite_schema.MIGRATIONS, "CREATE TABLE t (x); INSERT INTO nowhere VALUES (1)")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.sqlite3"


async def opened(path: Path) -> SqliteEventLog:
    log = SqliteEventLog(path)
    await log.open()
    return log


async def create(log: SqliteEventLog, interview_id: str = "i1") -> None:
    await log.create(interview_id, spec={}, entries=[NewEntry("c", {})], status="s", now_s=1.0)


async def append(log: SqliteEventLog, version: int, *, size: int = 10) -> object:
    return await log.append(
        "i1", expected_version=version, lease_epoch=0, operation_id=f"op{version}",
        entries=[NewEntry("x", {"pad": "p" * size})], status="s", now_s=2.0,
    )  # fmt: skip


async def outcome(call: Awaitable[object]) -> object:
    try:
        return await call
    except StoreUnavailable as error:
        return error


# --- schema -------------------------------------------------------------------------------------


def migrated(path: Path, migrations: tuple[str, ...]) -> int:
    with sqlite3.connect(path, isolation_level=None, timeout=10) as db:
        sqlite_schema.migrate(db, path, migrations)
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
    db.close()
    return version


async def test_older_file_is_migrated_and_keeps_its_rows(path: Path) -> None:
    log = await opened(path)
    await create(log)
    await log.close()
    assert migrated(path, MORE) == NEWEST + 1
    assert migrated(path, MORE) == NEWEST + 1
    db = sqlite3.connect(path)
    assert db.execute("SELECT id, extra FROM interview").fetchall() == [("i1", None)]
    db.close()


async def test_file_of_the_first_release_takes_leases(path: Path) -> None:
    assert migrated(path, sqlite_schema.MIGRATIONS[:1]) == 1
    log = await opened(path)
    await create(log)
    lease = await log.acquire("i1", "a", ttl_s=10)
    assert lease is not None
    assert await log.acquire("i1", "b", ttl_s=10, wanted=True) is None
    renewed = await log.renew(lease, ttl_s=10)
    assert renewed is not None
    assert renewed.wanted
    await log.close()


async def test_lists_by_status_know_what_a_process_of_a_former_release_does(path: Path) -> None:
    """It has the file open still, and knows nothing of them. What is asked is found by an index."""
    before = next(n for n, one in enumerate(sqlite_schema.MIGRATIONS) if "TABLE listed" in one)
    migrated(path, sqlite_schema.MIGRATIONS[:before])
    row = "INSERT INTO interview VALUES (?, 1.0, 1, 'created', '{}', NULL, '')"
    with sqlite3.connect(path) as db:
        db.execute(row, ("old",))
    log = await opened(path)

    async def listed(status: str) -> set[str]:
        rows = await log.summaries(after=None, limit=9, status=status, tenant="default")
        return {one.interview_id for one in rows}

    with sqlite3.connect(path) as db:
        db.execute(row, ("new",))
    assert await listed("created") == {"old", "new"}
    with sqlite3.connect(path) as db:
        db.execute("UPDATE interview SET version = 2, status = 'completed' WHERE id = 'new'")
        db.execute("DELETE FROM interview WHERE id = 'old'")
        plan = db.execute(
            "EXPLAIN QUERY PLAN SELECT interview_id FROM listed WHERE tenant = '' AND status = ''"
            " ORDER BY created_s DESC, interview_id DESC"
        ).fetchall()
    db.close()
    assert (await listed("created"), await listed("completed")) == (set(), {"new"})
    assert [detail for *_, detail in plan] == [
        "SEARCH listed USING COVERING INDEX listed_by_status (tenant=? AND status=?)"
    ]
    await log.close()


def test_lists_by_status_are_filled_without_the_specifications(path: Path) -> None:
    """Of a large file they are most of it, and whoever writes waits meanwhile."""
    before = next(n for n, one in enumerate(sqlite_schema.MIGRATIONS) if "TABLE listed" in one)
    table, *_, fill, _, _, _ = sqlite_schema._statements(sqlite_schema.MIGRATIONS[before])
    migrated(path, sqlite_schema.MIGRATIONS[:before])
    with sqlite3.connect(path) as db:
        db.execute(table)
        plan = db.execute(f"EXPLAIN QUERY PLAN {fill}").fetchall()
    db.close()
    assert plan[0][-1] == "SCAN i USING COVERING INDEX interview_by_status"


def test_migrating_from_many_processes_at_once(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:  # connections of their own: locks as between processes
        assert set(pool.map(lambda _: migrated(path, MORE), range(8))) == {NEWEST + 1}


def test_migration_that_fails_changes_nothing(path: Path) -> None:
    migrated(path, sqlite_schema.MIGRATIONS)
    with pytest.raises(sqlite3.OperationalError):
        migrated(path, BROKEN)
    assert migrated(path, sqlite_schema.MIGRATIONS) == NEWEST
    assert migrated(path, MORE) == NEWEST + 1


async def test_newer_file_is_refused_with_what_to_do(path: Path) -> None:
    migrated(path, MORE)
    with pytest.raises(StoreUnavailable, match="start the newer release"):
        await opened(path)


async def test_file_that_is_no_database(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to be taken for one" * 100)
    with pytest.raises(StoreUnavailable, match="restore it from a backup"):
        await opened(path)


async def test_durable_and_private(path: Path) -> None:
    log = await opened(path)
    await create(log)

    def pragmas(db: sqlite3.Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "secure_delete")
        return [db.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert await log.worker.read(pragmas) == ["wal", 2, 1]
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await log.close()


async def test_outbox_has_one_row_per_append_with_its_entries(path: Path) -> None:
    log = await opened(path)
    await create(log)
    await append(log, 1)
    await append(log, 1)  # repeated: not sent twice
    await append(log, 2)
    rows = await log.worker.read(
        lambda db: db.execute("SELECT interview_id, first_seq, last_seq FROM outbox").fetchall()
    )
    assert rows == [("i1", 1, 1), ("i1", 2, 2), ("i1", 3, 3)]
    await log.close()


async def test_outbox_that_nobody_reads_is_kept_whole(path: Path) -> None:
    log = await opened(path)
    await create(log)
    for version in range(1, 80):
        await append(log, version)
    (rows,) = await log.worker.read(lambda db: db.execute("SELECT COUNT(*) FROM outbox").fetchone())
    assert rows == 80
    await log.close()


# --- when the file cannot be written ------------------------------------------------------------


@pytest.fixture
def locker(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the write lock until its stdin closes."""
    script = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "db.execute('PRAGMA journal_mode=WAL'); db.execute('BEGIN IMMEDIATE');"
        "print('locked', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process:
        process.stdout.readline()
        yield process


async def test_locked_by_another_process(path: Path, locker: subprocess.Popen[bytes]) -> None:
    assert locker.stdin is not None
    with pytest.raises(StoreUnavailable, match="locked by another process"):
        await opened(path)
    locker.stdin.close()
    locker.wait(10)
    log = await opened(path)
    await create(log)
    await log.close()


async def test_lock_held_for_long_ends_all_calls_in_one_wait(path: Path) -> None:
    log = await opened(path)
    await create(log)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    results = await asyncio.gather(*(append(log, 1) for _ in range(60)), return_exceptions=True)
    assert time.monotonic() - began < 30.0  # one by one it were 42 s
    assert all(isinstance(result, StoreUnavailable) for result in results)
    assert len(await log.read("i1")) == 1  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    assert isinstance(await append(log, 1), Appended)
    await log.close()


async def test_disk_full_then_room_again(small_disk: Path) -> None:
    log = await opened(small_disk / "log.sqlite3")
    await create(log)
    filler = fill(small_disk)
    version = 1
    while isinstance(result := await outcome(append(log, version, size=5000)), Appended):
        version += 1
    assert isinstance(result, StoreUnavailable)
    assert "free disk space" in str(result)
    assert result.nobody_can_write

    async def probe_often() -> None:
        for _ in range(300):  # a page that was freed may take one more small row
            await log.probe()
            log.worker.written_s = float("-inf")

    with pytest.raises(StoreUnavailable, match="free disk space"):
        await probe_often()
    before = await log.read("i1")
    assert len(before) == version
    filler.unlink()
    await log.probe()
    assert isinstance(await append(log, version, size=5000), Appended)
    assert (await log.read("i1"))[:-1] == before
    await log.close()


async def test_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="cannot"):
        await opened(tmp_path / "file" / "log.sqlite3")


# --- the thread ---------------------------------------------------------------------------------


async def test_closed_log_says_so(path: Path) -> None:
    log = SqliteEventLog(path)
    with pytest.raises(StoreUnavailable, match="not open"):
        await create(log)
    await log.open()
    await log.close()
    await log.close()
    with pytest.raises(StoreUnavailable, match="not open"):
        await create(log)


async def test_calls_accepted_before_close_are_done(path: Path) -> None:
    log = await opened(path)
    await create(log)
    pending = asyncio.create_task(append(log, 1))
    await asyncio.sleep(0)
    await log.close()
    assert isinstance(await pending, Appended)


async def test_what_waited_too_long_is_given_up_and_never_done(path: Path) -> None:
    worker = SqliteWorker(
        path, prepare=lambda db: sqlite_schema.prepare(db, path), call_timeout_s=0.1
    )
    await worker.start()
    done: list[int] = []
    async with held(worker):
        with pytest.raises(StoreUnavailable, match="had not begun"):
            await worker.write(lambda _: done.append(1))
    await worker.read(lambda _: None, timeout_s=PATIENCE_S)
    assert done == []
    await worker.close()


async def test_queue_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_worker, "QUEUE_LIMIT", 3)
    log = await opened(path)
    await create(log)
    async with held(log.worker):
        calls = [asyncio.create_task(append(log, 1)) for _ in range(5)]
        await until(lambda: sum(call.done() for call in calls) == 2)
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(result, Appended) for result in results) == 3
    assert sum(isinstance(result, StoreUnavailable) for result in results) == 2
    await log.close()


async def test_waiting_appends_share_one_commit(path: Path) -> None:
    log = await opened(path)
    for n in range(20):
        await create(log, f"i{n}")
    commits: list[str] = []
    await log.worker.read(lambda db: db.set_trace_callback(commits.append))
    appends = (
        log.append(
            f"i{n}", expected_version=1, lease_epoch=0, operation_id="o",
            entries=[NewEntry("x", {})], status="s", now_s=2.0,
        )
        for n in range(20)
    )  # fmt: skip
    async with held(log.worker):
        waiting = asyncio.gather(*appends)
        await until(lambda: len(log.worker._jobs) == 20)
    await waiting
    assert commits.count("COMMIT") == 1
    await log.close()


# --- leases -------------------------------------------------------------------------------------


async def test_lease_of_an_earlier_boot_is_dead_but_its_epoch_counts(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = await opened(path)
    await create(log)
    before = await log.acquire("i1", "a", ttl_s=1000)
    assert before is not None
    assert await log.acquire("i1", "b", ttl_s=1000) is None
    monkeypatch.setattr(sqlite_leases, "boot_id", lambda: "after the restart")
    after = await log.acquire("i1", "b", ttl_s=1000)
    assert after is not None
    assert after.lease_epoch == before.lease_epoch + 1
    await log.close()


async def test_wall_clock_has_no_say_in_leases(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = await opened(path)
    await create(log)
    lease = await log.acquire("i1", "a", ttl_s=10)
    assert lease is not None
    real = time.time
    for jump_s in (3600.0, -3600.0):
        monkeypatch.setattr(time, "time", lambda jump_s=jump_s: real() + jump_s)
        assert await log.acquire("i1", "b", ttl_s=10) is None
        assert await log.renew(lease, ttl_s=10) is not None
    await log.close()


async def test_an_end_that_came_while_the_loop_was_late_is_taken(path: Path) -> None:
    worker = SqliteWorker(path, prepare=lambda db: sqlite_schema.prepare(db, path))
    await worker.start()
    thread = worker._thread
    assert thread is not None
    closing = asyncio.create_task(worker.close(timeout_s=0.1))
    await asyncio.sleep(0)
    thread.join(PATIENCE_S)
    time.sleep(0.2)  # noqa: ASYNC251  # past the limit
    await closing
