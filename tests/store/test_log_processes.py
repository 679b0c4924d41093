"""Real processes on one log: several writers at once, and writers that are killed."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process

from media_server.ports import LogEntry, NewEntry
from tests.store.conftest import AnyLog


async def start_writer(store_url: str, writer: str, limit: int) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.store.log_writer", store_url, "i1", writer, str(limit),
        stdout=PIPE,
    )  # fmt: skip


async def create(log: AnyLog) -> None:
    await log.create("i1", spec={}, entries=[NewEntry("created", {})], status="s", now_s=0.0)


def check_whole(entries: tuple[LogEntry, ...], acknowledged: list[str]) -> None:
    """No gap, no append torn in two, and all that was acknowledged is where it was said to be."""
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    pairs = entries[1:]
    assert len(pairs) % 2 == 0
    for first, second in zip(pairs[::2], pairs[1::2], strict=True):
        assert (first.type, second.type) == ("first", "second")
        assert first.data["op"] == second.data["op"]
    operations = [entry.data["op"] for entry in pairs[::2]]
    assert len(set(operations)) == len(operations)
    where = {entry.data["op"]: entry.seq for entry in pairs[::2]}
    for line in acknowledged:
        operation, seq = line.split()
        assert where[operation] == int(seq)


async def test_three_processes_share_one_interview(store_url: str, log: AnyLog) -> None:
    await create(log)
    writers = [await start_writer(store_url, f"w{n}", 40) for n in range(3)]
    outputs = await asyncio.gather(*(writer.communicate() for writer in writers))
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    acknowledged = [line for out, _ in outputs for line in out.decode().splitlines()]
    assert len(acknowledged) == 120
    entries = await log.read("i1")
    assert len(entries) == 241
    check_whole(entries, acknowledged)


async def test_killed_writers_lose_nothing_that_was_acknowledged(
    store_url: str, log: AnyLog
) -> None:
    await create(log)
    acknowledged: list[str] = []
    for round_ in range(4):
        writer = await start_writer(store_url, f"k{round_}", 100_000)
        assert writer.stdout is not None
        # killed at another moment each time
        lines = [await writer.stdout.readline() for _ in range(15 + 11 * round_)]
        acknowledged += [line.decode() for line in lines]
        writer.kill()
        rest = (await writer.stdout.read()).decode()
        acknowledged += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        await writer.wait()
        entries = await log.read("i1", limit=100_000)
        check_whole(entries, acknowledged)
        row = await log.row("i1")
        assert row is not None
        assert row.version == len(entries)
        assert row.status == entries[-1].data["op"]
