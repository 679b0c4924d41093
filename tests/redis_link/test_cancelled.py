"""A cancellation that meets the end of a Redis command is never swallowed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from media_server.redis_link.link import RedisLink
from tests.support.redis_server import RedisServer
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.redis

STEPS = 40
"""Turns of the loop that a command takes, and some more: the cancellation comes at each of them."""


async def cancelled_at(step: int, command: Callable[[], Awaitable[object]]) -> None:
    """Of a loop that asks Redis for ever; one cancellation must be enough."""

    async def for_ever() -> None:
        while True:
            await command()

    task = asyncio.create_task(for_ever())
    for _ in range(step):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=PATIENCE_S)
    while not task.done():  # so that a failure leaves nothing behind
        task.cancel()
        await asyncio.wait({task}, timeout=0.1)
    assert done, f"swallowed after {step} turns of the loop"


async def test_of_the_link(redis_server: RedisServer) -> None:
    link = RedisLink(redis_server.url, setting="setting")
    try:
        await link.do("PING")
        for step in range(STEPS):
            await cancelled_at(step, lambda: link.do("PING"))
        for step in range(STEPS):
            await cancelled_at(step, lambda: link.call(waiting, block_s=0.01))
    finally:
        await link.close()


async def waiting(redis: Any) -> None:
    await redis.xread({"nobody": "0-0"}, block=10)
