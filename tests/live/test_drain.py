"""A server that is about to stop leaves its interviews to others, at their pauses."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from media_server.ports import Refused
from tests.faults.invariants import check_silence
from tests.live.bench import open_bench
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.virtual_time


@pytest.mark.parametrize("where", ["before start", "paused"])
async def test_a_pause_is_left_at_once(tmp_path: Path, where: str) -> None:
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview()
        guest = await bench.call(interview_id)
        await guest.sees("welcome")
        if where == "paused":
            guest.send("ready")
            await guest.listening(1)
            guest.send("pause")
            await guest.sees("state", stage="paused")
        bench.service.drain()
        assert not bench.service.readiness().ready
        await guest.sees("error", code="moved", recoverable=True)
        await bench.until(lambda: not bench.service.sessions())
        check_silence(guest.messages, "moved")
        with pytest.raises(Refused) as refused:
            await bench.service.joined(interview_id)
        assert (refused.value.status, refused.value.code) == (503, "draining")
        # Given back: another server would not have to wait for the lease to run out.
        async with asyncio.timeout(PATIENCE_S):
            while await bench.services.log.acquire(interview_id, "another", ttl_s=1.0) is None:
                await asyncio.sleep(0.05)
        await guest.candidate.vanish()


async def test_the_next_question_is_left_to_the_other_server(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview()
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.listening(1)
        bench.service.drain()
        guest.send("text_answer", text="One.")
        await guest.sees("error", code="moved")
        assert [m["number"] for m in guest.of("question")] == [1]
        await guest.candidate.vanish()
    async with open_bench(tmp_path) as other:
        again = await other.call(interview_id)
        await again.listening(2)
        assert not [m for m in again.of("caption") if m["kind"] == "greeting"]
        await again.candidate.leave()
