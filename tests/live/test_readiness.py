"""Whether a new candidate should come depends on the store and its disk; who has begun goes on."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from media_server import store_metrics
from media_server.metrics import HttpMetrics, render
from media_server.ports import Refused
from media_server.store.disk import DiskThread
from media_server.store.health import INTERVAL_S, LOOK_TIMEOUT_S, StoreHealth
from media_server.store.retention import Retention
from media_server.store.settings import StoreSettings
from tests.live.bench import Bench, open_bench
from tests.support.redis_server import RedisServer
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.virtual_time


async def told(bench: Bench, words: str, within_s: float = PATIENCE_S) -> tuple[str, ...]:
    """Until a reason has these words; asking never waits."""
    async with asyncio.timeout(within_s):
        while True:
            took_s = []
            for _ in range(3):  # the machine may hold one of them up
                started_s = time.perf_counter()
                ready = bench.service.readiness()
                took_s.append(time.perf_counter() - started_s)
            assert min(took_s) < 0.5, "what was last seen, at once"
            if any(words in reason for reason in ready.reasons):
                assert not ready.ready
                return ready.reasons
            await asyncio.sleep(0.02)


async def well(bench: Bench) -> None:
    await bench.until(lambda: bench.service.readiness().ready)


def test_what_is_told_is_at_most_two_seconds_old() -> None:
    assert INTERVAL_S + LOOK_TIMEOUT_S <= 2.0


@pytest.mark.parametrize("blobs_url", ["", "s3://bucket/prefix"])
async def test_everything_counted_is_exported(tmp_path: Path, blobs_url: str) -> None:
    nowhere = "http://127.0.0.1:9"  # nothing is sent that would need a bucket
    settings = StoreSettings(
        data_dir=tmp_path, blobs_url=blobs_url, blobs_endpoint=nowhere if blobs_url else ""
    )
    async with open_bench(tmp_path, store=settings) as bench:
        stores: Any = bench.service._stores
        Retention(stores, bench.services.clock)
        found = bench.service.storage()
        for figures, names in (
            (found.counters, store_metrics.COUNTERS),
            (found.gauges, store_metrics.GAUGES),
        ):
            uploading = {name for name in names if name.startswith("blob_")}
            assert set(figures) == set(names) - (set() if blobs_url else uploading)
        metrics = HttpMetrics()
        metrics.store.figures = found
        text = render(metrics.registry).decode()
        for name in (*store_metrics.COUNTERS, *store_metrics.GAUGES):
            assert f"\nmedia_server_{name}" in text


@pytest.mark.redis
@pytest.mark.product_limits
async def test_a_redis_that_is_dead_full_or_silent(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    async with open_bench(tmp_path, store_url=redis_server.url) as bench:
        await well(bench)
        redis_server.command("CONFIG", "SET", "maxmemory", "1mb")
        await told(bench, "out of memory")
        redis_server.command("CONFIG", "SET", "maxmemory", "0")
        await well(bench)
        redis_server.pause()
        await told(bench, "the store")
        redis_server.cont()
        await well(bench)
        redis_server.stop()
        reasons = await told(bench, "the store cannot be written")
        assert "Redis" in reasons[0]
        redis_server.start()
        await well(bench)
        storage = bench.service.storage()
        assert storage.counters["store_probe_failures"] >= 3
        assert storage.gauges["store_ready"] == 1


async def test_too_little_room_keeps_new_candidates_out_and_nobody_else(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        begun, fresh = await bench.interview(), await bench.interview()
        guest = await bench.call(begun)
        await guest.sees("welcome")
        health = bench.service._stores._health  # type: ignore[attr-defined]
        health._min_free_mb = 10**9
        reasons = await told(bench, "nearly full")
        assert "MEDIA_SERVER_MIN_FREE_MB" in reasons[0]
        assert str(tmp_path) not in reasons[0], "anybody may read it"
        with pytest.raises(Refused) as refused:
            await bench.service.open_call(fresh, "v=0", call_id="new")
        assert refused.value.status == 503
        again = await bench.call(begun)
        await again.sees("welcome", connection_epoch=2)
        health._min_free_mb = 0
        await well(bench)
        await again.candidate.leave()
        await guest.candidate.leave()


async def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    """The file is held by a writer that does not let go."""
    async with open_bench(tmp_path) as bench:
        await well(bench)
        worker = bench.services.log.worker  # type: ignore[attr-defined]
        other = sqlite3.connect(tmp_path / "interviews.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        worker.written_s = float("-inf")  # as after ten idle seconds
        await told(bench, "locked by another process")
        other.execute("ROLLBACK")
        other.close()
        await well(bench)


class Stubborn:
    """A store whose client swallows a cancellation that meets an answer, as redis-py may."""

    def __init__(self) -> None:
        self.looking = asyncio.Event()
        self.looks = 0

    async def probe(self) -> None:
        self.looks += 1
        if self.looks == 2:
            self.looking.set()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.5)


async def test_looking_ends_though_a_cancellation_was_swallowed(tmp_path: Path) -> None:
    disk, store = DiskThread(), Stubborn()
    await disk.start()
    health = StoreHealth(store, disk, {"DATA_DIR": tmp_path}, min_free_mb=0)
    await health.open()
    async with asyncio.timeout(PATIENCE_S):
        await store.looking.wait()
        await health.close()
    await disk.close()
