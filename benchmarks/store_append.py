"""What an append costs on both logs, and how long it takes to fold an hour again.

    python benchmarks/store_append.py [--appends 1000] [--directory DIR] [--json FILE]

Latency: appends of two entries, as at the end of a turn, one after another (one interview), and
with 20 and 200 interviews appending at once; p50, p99 and appends per second. The directory
decides about SQLite: on a tmpfs an fsync costs nothing, so give one on the disk to be used.
Redis: a server of its own on loopback, AOF everysec. Replay: reading and parsing the log of a
60-minute interview (4 appends per turn and 6 finals, a turn each 60 s: about 1,100 entries).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from media_server.ports import Appended, NewEntry
from media_server.store.redis import RedisEventLog
from media_server.store.redis_client import RedisClient
from media_server.store.sqlite import SqliteEventLog
from tests.support.env import free_port

Log = SqliteEventLog | RedisEventLog
CONCURRENCY = (1, 20, 200)
TEXT = "I would first measure where the time goes, and only then decide what to change. " * 2
TURN = [
    NewEntry("turn_ended", {"turn_epoch": 7, "round": 3, "reason": "silence", "end_s": 61.24}),
    NewEntry("segment_transcribed", {"segment_id": "1-7-0", "text": TEXT, "start_s": 41.0}),
]
FINAL = NewEntry(
    "segment_transcribed",
    {
        "segment_id": "1-7-0",
        "text": TEXT,
        "words": [{"w": word, "s": 1.23, "e": 1.45, "c": 0.9} for word in TEXT.split()],
        "engine": "whisper",
        "start_s": 41.0,
        "end_s": 47.5,
    },
)


async def measure(log: Log, interviews: int, appends: int, numbers: itertools.count[int]) -> Any:
    """Each interview appends in turn; all of them at once."""
    ids = [f"bench-{next(numbers)}" for _ in range(interviews)]
    for interview_id in ids:
        await log.create(interview_id, spec={}, entries=TURN[:1], status="s", now_s=1.0)
    times_s: list[float] = []

    async def run(interview_id: str) -> None:
        version = 1
        for n in range(max(5, appends // interviews)):
            began = time.perf_counter()
            result = await log.append(
                interview_id, expected_version=version, lease_epoch=0, operation_id=f"op{n}",
                entries=TURN, status="listening", now_s=2.0,
            )  # fmt: skip
            times_s.append(time.perf_counter() - began)
            assert isinstance(result, Appended)
            version += 2

    began = time.perf_counter()
    await asyncio.gather(*(run(interview_id) for interview_id in ids))
    wall_s = time.perf_counter() - began
    quantiles = statistics.quantiles(times_s, n=100)
    return {
        "interviews": interviews,
        "appends": len(times_s),
        "p50_ms": round(quantiles[49] * 1000, 3),
        "p99_ms": round(quantiles[98] * 1000, 3),
        "per_s": round(len(times_s) / wall_s),
    }


async def replay(log: Log, numbers: itertools.count[int]) -> Any:
    interview_id = f"bench-{next(numbers)}"
    await log.create(interview_id, spec={}, entries=TURN[:1], status="s", now_s=1.0)
    version = 1
    for n in range(60):
        for part, entries in enumerate([TURN, TURN, [*TURN, *TURN], [*TURN, *[FINAL] * 6]]):
            result = await log.append(
                interview_id, expected_version=version, lease_epoch=0,
                operation_id=f"{n}-{part}", entries=entries, status="s", now_s=2.0,
            )  # fmt: skip
            assert isinstance(result, Appended)
            version = result.entries[-1].seq
    times_s = []
    for _ in range(7):
        began = time.perf_counter()
        entries_read = await log.read(interview_id)
        times_s.append(time.perf_counter() - began)
    assert len(entries_read) == version
    size = sum(len(json.dumps(dict(entry.data))) for entry in entries_read)
    return {
        "entries": version,
        "kilobytes": round(size / 1000),
        "read_ms": round(statistics.median(times_s) * 1000, 1),
    }


async def bench(log: Log, appends: int) -> Any:
    await log.open()
    numbers = itertools.count()
    try:
        await measure(log, 1, 50, numbers)
        return {
            "append": [await measure(log, n, appends, numbers) for n in CONCURRENCY],
            "replay": await replay(log, numbers),
        }
    finally:
        await log.close()


@contextlib.contextmanager
def redis_server(directory: Path) -> Iterator[str | None]:
    """URL of a server with AOF everysec; None where there is no redis-server."""
    binary = shutil.which("redis-server")
    if binary is None:
        yield None
        return
    port = free_port()
    process = subprocess.Popen(
        [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(directory), "--save", "",
         "--appendonly", "yes", "--appendfsync", "everysec"],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        time.sleep(0.5)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


async def bench_redis(url: str, appends: int) -> Any:
    return await bench(RedisEventLog(RedisClient(url)), appends)


def fsync_ms(directory: Path) -> float:
    """What the disk asks for one small durable write: the floor of every SQLite append."""
    times_s = []
    with (directory / "fsync").open("wb", buffering=0) as file:
        for _ in range(100):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fsync(file.fileno())
            times_s.append(time.perf_counter() - began)
    return round(statistics.median(times_s) * 1000, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--appends", type=int, default=1000)
    parser.add_argument("--directory", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    directory = Path(tempfile.mkdtemp(dir=arguments.directory))
    try:
        report: dict[str, Any] = {"fsync_ms": fsync_ms(directory)}
        report["sqlite"] = asyncio.run(
            bench(SqliteEventLog(directory / "log.sqlite3"), arguments.appends)
        )
        with redis_server(directory) as url:
            if url is not None:
                report["redis"] = asyncio.run(bench_redis(url, arguments.appends))
    finally:
        shutil.rmtree(directory)
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2))
    print(json.dumps(report))
    print(f"\none fsync: {report['fsync_ms']} ms")
    print(f"{'log':8}{'interviews':>12}{'p50 ms':>10}{'p99 ms':>10}{'per s':>10}")
    for name in ("sqlite", "redis"):
        for row in (report.get(name) or {"append": []})["append"]:
            print(
                f"{name:8}{row['interviews']:>12}{row['p50_ms']:>10}{row['p99_ms']:>10}"
                f"{row['per_s']:>10}"
            )
    for name in ("sqlite", "redis"):
        if name in report:
            replayed = report[name]["replay"]
            print(
                f"{name}: 60 minutes, {replayed['entries']} entries, {replayed['kilobytes']} kB, "
                f"read in {replayed['read_ms']} ms"
            )


if __name__ == "__main__":
    main()
