"""A loop that something held for a moment does not take an answer that waits for it for silence."""

from __future__ import annotations

import asyncio
import time

import pytest

from media_server.redis_link import link as link_module
from media_server.redis_link.link import CALL_TIMEOUT_S, CONNECT_TIMEOUT_S, RedisLink
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.redis


async def test_while_it_connects(redis_server: RedisServer) -> None:
    """The time to connect in is over when the loop goes on, and the connection stands as well."""
    loop = asyncio.get_running_loop()
    true_s, held_s = loop.time, 0.0
    loop.time = lambda: true_s() + held_s  # type: ignore[method-assign]  # nobody waits for it
    for turns in range(8):  # of the loop, until something holds it
        link = RedisLink(redis_server.url, setting="setting")
        try:
            asked = asyncio.create_task(link.do("PING"))
            for _ in range(turns):
                await asyncio.sleep(0)
            time.sleep(0.05)  # noqa: ASYNC251  # the connection is made meanwhile
            held_s += link_module.CONNECT_TIMEOUT_S + 0.05
            assert await asked, f"given up after {turns} turns of the loop"
        finally:
            await link.close()


def test_two_tries_to_connect_fit_into_one_call() -> None:
    assert 2 * CONNECT_TIMEOUT_S < CALL_TIMEOUT_S
