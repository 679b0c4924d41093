"""Everybody comes back at once after a restart: nobody is told that the store cannot be reached."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.store_return import measure
from media_server.live import folding
from media_server.live.folding import Folding
from media_server.ports import InterviewRow, NewEntry, Refused
from media_server.store import sqlite_schema, sqlite_worker
from media_server.store.sqlite import SqliteEventLog
from media_server.store.sqlite_worker import SqliteWorker
from tests.live.bench import make_spec
from tests.support.waiting import PATIENCE_S


@pytest.mark.real_time  # each has the second that a store may take
async def test_a_hundred_candidates_come_back_at_once() -> None:
    """`benchmarks.store_return` has 200; here other tests have the processors, too."""
    found = await measure(candidates=100, entries=60)
    assert found["refused"] == {}
    assert found["journals_in_trouble"] == 0


async def test_writes_share_a_sync_though_reads_stand_between(tmp_path: Path) -> None:
    """Twenty writers, each behind somebody's read: one transaction, not twenty."""
    path = tmp_path / "log.sqlite3"
    worker = SqliteWorker(path, prepare=lambda db: sqlite_schema.prepare(db, path))
    await worker.start()
    transactions: list[int] = []
    held, let_go = threading.Event(), threading.Event()

    def hold(_: sqlite3.Connection) -> None:
        held.set()
        let_go.wait(PATIENCE_S)

    def write(db: sqlite3.Connection) -> None:
        db.execute("INSERT OR REPLACE INTO probe VALUES (1, 0)")
        transactions.append(worker.batches)

    holding = asyncio.create_task(worker.read(hold))
    await asyncio.to_thread(held.wait, PATIENCE_S)
    calls = []
    for _ in range(20):
        calls += [worker.read(lambda db: db.execute("SELECT 1").fetchone()), worker.write(write)]
    waiting = [asyncio.ensure_future(call) for call in calls]
    await asyncio.sleep(0)  # each has begun, and stands in the queue
    let_go.set()
    await asyncio.gather(holding, *waiting)
    assert len(transactions) == 20
    assert len(set(transactions)) <= 2
    await worker.close()


async def test_an_answer_that_came_counts_though_the_loop_was_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.sqlite3"
    worker = SqliteWorker(
        path, prepare=lambda db: sqlite_schema.prepare(db, path), call_timeout_s=0.2
    )
    await worker.start()
    answered, settle = threading.Event(), sqlite_worker._settle_soon

    def settle_and_tell(*settled: Any) -> None:
        settle(*settled)
        answered.set()

    monkeypatch.setattr(sqlite_worker, "_settle_soon", settle_and_tell)
    asking = asyncio.create_task(worker.read(lambda _: "an answer"))
    await asyncio.sleep(0)
    assert answered.wait(PATIENCE_S)
    time.sleep(0.3)  # noqa: ASYNC251  # somebody holds the loop past the deadline
    assert await asking == "an answer"
    await worker.close()


class Turns:
    """A log of one entry that counts who reads it."""

    def __init__(self, log: SqliteEventLog) -> None:
        self.log = log
        self.now = self.most = self.reads = 0

    async def row(self, interview_id: str) -> InterviewRow:
        self.now += 1
        self.reads += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        found = await self.log.row(interview_id)
        self.now -= 1
        assert found is not None
        return found


async def test_logs_are_folded_a_few_at_a_time_and_kept_while_they_do_not_grow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = SqliteEventLog(tmp_path / "log.sqlite3")
    await log.open()
    spec = make_spec().model_dump(mode="json")
    for number in range(40):
        created = NewEntry("created", {"expires_s": 4e9})
        await log.create(f"i{number}", spec=spec, entries=[created], status="created", now_s=1.0)
    turns = Turns(log)
    folding_ = Folding(log, turns.row)
    await asyncio.gather(*(folding_.fold(f"i{n}") for n in range(40)))
    assert turns.most <= folding.AT_ONCE
    assert folding_.reused == 0
    first = await folding_.fold("i7")
    assert folding_.reused == 1
    await log.append(
        "i7", expected_version=1, lease_epoch=0, operation_id="o", status="joined", now_s=2.0,
        entries=[NewEntry("joined", {})],
    )  # fmt: skip
    grown = await folding_.fold("i7")
    assert (first.version, grown.version, folding_.reused) == (1, 2, 1)

    monkeypatch.setattr(folding, "WAIT_S", 0.05)
    for _ in range(folding.AT_ONCE):
        await folding_._turns.acquire()
    with pytest.raises(Refused, match="Too many interviews"):
        await folding_.fold("i7")
    await log.close()
