"""The speech child's keeper, where no child is needed to see it."""

from __future__ import annotations

import asyncio

import pytest

from media_server.tts.host import ChildHost


@pytest.mark.parametrize("steps", range(6))
async def test_close_is_heard_at_whatever_moment_the_child_ends(steps: int) -> None:
    host = ChildHost({}, start_timeout_s=1, job_timeout_s=1)
    over = asyncio.Event()

    async def child() -> int:
        await over.wait()
        return 0

    ended = asyncio.create_task(child())
    waiting = asyncio.create_task(host._next_job(ended))
    await asyncio.sleep(0.01)
    over.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    cancelled = waiting.cancel()
    await asyncio.wait((waiting,))
    assert waiting.cancelled() == cancelled
    await ended
