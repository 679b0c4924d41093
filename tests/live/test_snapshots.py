"""Whoever takes a long interview over folds what came since the last snapshot, not all of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from media_server.interview import snapshot
from media_server.interview.state import State
from media_server.live import snapshots
from media_server.live.registry import Registry
from media_server.ports import StoreUnavailable
from tests.live.bench import open_bench

pytestmark = pytest.mark.virtual_time


def settled(state: State) -> State:
    """Without what a snapshot leaves out: a crash does, too."""
    return replace(state, pending={}, listening=None, utterance=None, plan=None)


async def test_fold_after_a_kill_starts_at_the_last_snapshot_and_tells_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "EVERY", 5)
    async with open_bench(tmp_path) as bench:
        log = bench.services.log
        interview_id = await bench.interview()
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.listening(1)
        guest.send("text_answer", text="The first answer.")
        await guest.listening(2)
        guest.send("pause")
        await guest.sees("state", stage="paused")
        async with asyncio.timeout(20):
            while (kept := await log.snapshot(interview_id)) is None or kept[0] < 10:
                await asyncio.sleep(0.01)
        guest.send("resume")
        await guest.listening(2)

        # As it is on the disk now, without a word of goodbye: what kill -9 would leave.
        other = Registry(bench.services)
        reads: list[int] = []
        read, load = log.read, snapshot.load

        async def counted(interview_id: str, *, after_seq: int = 0, limit: int = 10_000) -> Any:
            reads.append(after_seq)
            return await read(interview_id, after_seq=after_seq, limit=limit)

        monkeypatch.setattr(log, "read", counted)
        from_snapshot = await other.fold(interview_id)
        assert min(reads) >= 10, "the whole log was read"
        while True:
            monkeypatch.setattr(snapshot, "load", lambda *_: None)
            whole = await other.fold(interview_id)
            monkeypatch.setattr(snapshot, "load", load)
            if whole[1] == from_snapshot[1]:
                break
            from_snapshot = await other.fold(interview_id)  # it has grown between the two
        assert settled(from_snapshot[0]) == settled(whole[0])
        await guest.candidate.leave()


async def test_store_that_refuses_a_snapshot_harms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "EVERY", 3)
    async with open_bench(tmp_path) as bench:
        asked: list[int] = []

        async def refuse(interview_id: str, version: int, state: str) -> None:
            asked.append(version)
            raise StoreUnavailable("no room")

        monkeypatch.setattr(bench.services.log, "save_snapshot", refuse)
        guest = await bench.call(await bench.interview())
        guest.send("ready")
        for number in (1, 2, 3):
            await guest.listening(number)
            guest.send("text_answer", text=f"Answer {number}.")
        await guest.sees("completed")
        assert 2 <= len(asked) <= 10
        await guest.candidate.leave()
