"""A lease of a dead process is free at once; one of a living process is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from media_server.ports import NewEntry
from media_server.store.owner import is_gone, process_owner
from media_server.store.sqlite import SqliteEventLog

CHILD = "from media_server.store.owner import process_owner; print(process_owner())"


def dead_owner() -> str:
    made = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    return made.stdout.strip()


def test_who_is_gone() -> None:
    assert not is_gone(process_owner())
    assert is_gone(dead_owner())
    assert not is_gone("somebody else")
    assert not is_gone("process:1:2:3:4")  # of another namespace
    assert process_owner() != process_owner()


async def test_the_dead_keep_nothing(tmp_path: Path) -> None:
    log = SqliteEventLog(tmp_path / "log.sqlite3")
    await log.open()
    try:
        await log.create(
            "iv_1", spec={}, entries=[NewEntry("created", {})], status="created", now_s=1.0
        )
        first = await log.acquire("iv_1", dead_owner(), ttl_s=60)
        second = await log.acquire("iv_1", process_owner(), ttl_s=60)
        assert first is not None
        assert second is not None
        assert second.lease_epoch > first.lease_epoch
        assert await log.acquire("iv_1", process_owner(), ttl_s=60) is None
    finally:
        await log.close()
