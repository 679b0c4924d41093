"""What the suites of the queue in Redis share: other machines, servers, and a look into Redis."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from redis.asyncio import Redis

from media_server.stt.remote import redis_protocol as protocol
from media_server.stt.remote.redis_queue import RedisSpeechToText
from media_server.stt.settings import SttSettings
from tests.stt import fake_engines
from tests.support.waiting import PATIENCE_S

KEYS = protocol.Keys(SttSettings().redis_prefix)
MACHINE = """
import asyncio, json, sys
from media_server.redis_link import link
from media_server.stt.remote import redis_protocol
from media_server.stt.remote.redis_worker import run_worker
from media_server.stt.settings import SttSettings
link.CALL_TIMEOUT_S, link.CONNECT_TIMEOUT_S = 20.0, 8.0
redis_protocol.INTERIM_MAX_AGE_MS = 60_000
asyncio.run(run_worker(SttSettings.from_mapping(json.loads(sys.argv[1]))))
"""


@contextmanager
def machine(
    redis_url: str, workers: int = 1, **settings: object
) -> Iterator[subprocess.Popen[bytes]]:
    """Another machine's `stt-worker`, as far as Redis can tell. It may be slow."""
    values = {"engine": fake_engines.ECHO, "redis_url": redis_url, "workers": workers, "nice": 0}
    values |= {"deadline_base_s": 600, **settings}
    with subprocess.Popen([sys.executable, "-c", MACHINE, json.dumps(values)]) as process:
        try:
            yield process
        finally:
            process.kill()


@asynccontextmanager
async def server(redis_url: str, **settings: object) -> AsyncIterator[RedisSpeechToText]:
    """A server without workers of its own, unless the settings say otherwise."""
    values = {"engine": fake_engines.ECHO, "nice": 0, "redis_url": redis_url, "workers": 0}
    values |= {"deadline_base_s": 600, **settings}
    queue = RedisSpeechToText(SttSettings.from_mapping(values))
    try:
        await queue.start()
        yield queue
    finally:
        await queue.close()


@asynccontextmanager
async def client(redis_url: str) -> AsyncIterator[Redis]:
    redis: Redis = Redis.from_url(redis_url)
    try:
        yield redis
    finally:
        await redis.aclose()


async def entries(redis: Redis, stream: str) -> Any:
    """redis-py types an answer that depends on the protocol version."""
    return await redis.xrange(stream)


async def kept_up(redis: Redis, times: int) -> int:
    """Waits until the machine of the one final that is in work has said so often enough that it
    still has it; how often Redis has given that final out."""
    name, silent_ms = KEYS.queue(final=True), -1
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for pending in await redis.xpending_range(name, protocol.GROUP, "-", "+", 1):
                before_ms, silent_ms = silent_ms, int(pending["time_since_delivered"])
                times -= silent_ms < before_ms
                if times <= 0:
                    return int(pending["times_delivered"])
            await asyncio.sleep(0.01)


async def entries_in(redis: Redis, stream: str, count: int) -> None:
    """Waits until there are so many."""
    async with asyncio.timeout(PATIENCE_S):
        while await redis.xlen(stream) != count:
            await asyncio.sleep(0.01)


async def command(redis: Redis, *words: object) -> Any:
    return await redis.execute_command(*words)  # type: ignore[no-untyped-call]  # redis-py


async def take(redis: Redis, *, final: bool) -> str:
    """One entry, by a machine that dies at once; its id. Waits for it."""
    name = KEYS.queue(final=final)
    read = ("XREADGROUP", "GROUP", protocol.GROUP, "ghost", "COUNT", 1)
    async with asyncio.timeout(PATIENCE_S):
        while not await command(redis, *read, "STREAMS", name, ">"):
            await asyncio.sleep(0.01)
    pending = await redis.xpending_range(name, protocol.GROUP, "-", "+", 1000, "ghost")
    newest = pending[-1]["message_id"]
    return newest.decode() if isinstance(newest, bytes) else str(newest)
