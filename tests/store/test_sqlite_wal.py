from __future__ import annotations

import asyncio
from pathlib import Path

from media_server.store import sqlite_schema, sqlite_worker
from media_server.store.sqlite_worker import SqliteWorker


async def test_the_wal_is_copied_now_and_then_and_not_after_each_write(tmp_path: Path) -> None:
    """Its file keeps its length when it is written over from the beginning."""
    path = tmp_path / "log.sqlite3"
    worker = SqliteWorker(path, prepare=lambda db: sqlite_schema.prepare(db, path))
    await worker.start()
    await worker.write(lambda db: db.execute("CREATE TABLE t (x)"))

    async def write(count: int, size: int) -> None:
        for _ in range(count):
            await worker.write(lambda db: db.execute("INSERT INTO t VALUES (zeroblob(?))", (size,)))
            await worker.read(lambda _: None)  # the moment in which it has nothing to do

    await write(1, 4096 * (sqlite_worker.CHECKPOINT_PAGES + 10))
    for _ in range(100):
        if worker.checkpoints:
            break
        await asyncio.sleep(0.01)
    assert worker.checkpoints == 1, "long enough to be copied"
    await write(sqlite_worker.CHECKPOINT_WRITES - 10, 10)
    assert worker.checkpoints == 1
    await write(20, 10)
    await worker.close()
    assert worker.checkpoints == 2, "and again after so many writes"
