"""A call that is over before the interview, which waits for its store, has taken it in."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.live.bench import Guest, open_bench


async def test_nobody_is_taken_to_be_there(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview()
        guest, held = Guest("call-1"), asyncio.Event()

        async def wait() -> None:
            await held.wait()

        async def exchange(offer: str) -> str:
            made = await bench.service.open_call(interview_id, offer, call_id="call-1")
            session = bench.service._registry.get(interview_id)
            assert session is not None
            session.inbox.do(wait)
            return made.answer_sdp

        await guest.candidate.connect_by(exchange)
        session = bench.service._registry.get(interview_id)
        assert session is not None
        assert await bench.service.close_call("call-1")
        held.set()
        await bench.until(lambda: session.state.connections and not session.state.connected)
        assert session.connection is None
        await guest.candidate.vanish()
        again = await bench.call(interview_id)  # the inbox has passed whatever was left of it
        assert (await again.sees("welcome"))["connection_epoch"] == 2
        await again.candidate.leave()
