"""Connections of the transcription queue to Redis: every command ends within its deadline."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from media_server.ports import EngineUnavailable
from media_server.stt import redis_protocol as protocol
from media_server.stt.redis_health import Health, place_of, problem_with, why

CONNECT_S = 0.5
TROUBLE = (RedisError, OSError, TimeoutError)
"""What a command may raise when Redis is down, silent, full or restarting."""


class RedisLink:
    """One client for commands and one for blocking reads; `close` last."""

    def __init__(self, url: str, keys: protocol.Keys, *, says: bool = True) -> None:
        """`says`: logs when Redis stops answering, and when it does again.

        Raises EngineUnavailable for a URL of something else.
        """
        if problem := problem_with(url):
            raise EngineUnavailable(f"stt redis_url: {problem}")
        self.keys = keys
        self._url = url
        self._health = Health(url) if says else None
        self._pools = [self._pool(url), self._pool(url)]
        self._redis, self._blocking = (Redis(connection_pool=pool) for pool in self._pools)
        self._scripts: dict[str, Any] = {}

    @staticmethod
    def _pool(url: str) -> ConnectionPool:
        # The deadlines are ours. With one of its own redis-py sends by `asyncio.wait_for`, which
        # before Python 3.12 swallows a cancellation: a loop would never end.
        return ConnectionPool.from_url(
            url,
            max_connections=64,
            socket_connect_timeout=CONNECT_S,
            socket_timeout=None,
            retry=Retry(NoBackoff(), 0),
        )

    async def close(self) -> None:
        for redis in (self._redis, self._blocking):
            await redis.aclose()
        for pool in self._pools:
            await pool.aclose()

    def why(self, error: BaseException) -> str:
        """Without its address: candidates' browsers may ask how the server is."""
        return f"Redis {why(self._url, error)}"

    def why_at(self, error: BaseException) -> str:
        """With its address, for whoever starts the server."""
        return f"Redis at {place_of(self._url)} {why(self._url, error)}"

    async def greet(self) -> None:
        """Raises EngineUnavailable when Redis lets nobody in with this URL.

        One that is away is not refused: it may come back.
        """
        try:
            await self.do("PING")
        except AuthenticationError as error:
            place = place_of(self._url)
            raise EngineUnavailable(f"Redis at {place} {why(self._url, error)}") from error
        except TROUBLE:
            return

    @contextlib.asynccontextmanager
    async def _asking(self, *, block_ms: int = 0) -> AsyncIterator[None]:
        """Ends within a second, or a second after `block_ms`."""
        try:
            async with asyncio.timeout(protocol.COMMAND_S + block_ms / 1000):
                yield
        except TROUBLE as error:
            if self._health:
                self._health.failed(error)
            raise
        if self._health:
            self._health.answered()

    async def do(self, *command: Any) -> Any:
        """One command. Raises one of TROUBLE within a second."""
        async with self._asking():
            return await self._redis.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py

    async def run(self, script: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        if script not in self._scripts:
            self._scripts[script] = self._redis.register_script(script)
        async with self._asking():
            return await self._scripts[script](keys=list(keys), args=list(args))

    async def read_new(
        self, consumer: str, queues: Sequence[str], *, count: int, block_ms: int | None
    ) -> list[tuple[str, bytes, dict[bytes, bytes]]]:
        """(queue, entry id, fields), at most `count` from each queue."""
        async with self._asking(block_ms=block_ms or 0):
            found = await self._blocking.xreadgroup(
                protocol.GROUP, consumer, dict.fromkeys(queues, ">"), count=count, block=block_ms
            )
        return [
            (_text(name), entry_id, fields)
            for name, entries in (found.items() if isinstance(found, dict) else found)
            for entry_id, fields in _flat(entries)
        ]

    async def read_results(self, server: str, *, block_ms: int) -> list[tuple[bytes, bytes]]:
        """Every result that has not been removed, (entry id, text) each."""
        async with self._asking(block_ms=block_ms):
            found = await self._blocking.xread(
                {self.keys.results(server): "0-0"}, count=64, block=block_ms
            )
        return [
            (entry_id, fields.get(b"result", b""))
            for _, entries in (found.items() if isinstance(found, dict) else found or [])
            for entry_id, fields in _flat(entries)
        ]

    async def claim(
        self, consumer: str, queue: str, in_work: Sequence[str]
    ) -> tuple[bytes, dict[bytes, bytes], int] | None:
        """One entry whose machine has gone silent, and its deliveries with this one.

        XAUTOCLAIM looks at ten pending entries a call: behind so many that are well it would
        find none.
        """
        claimed = await self.run(
            protocol.CLAIM, [queue], [protocol.GROUP, consumer, protocol.CLAIM_IDLE_MS, *in_work]
        )
        if not claimed:
            return None
        entry_id, flat, deliveries = claimed
        return entry_id, dict(zip(flat[::2], flat[1::2], strict=True)), int(deliveries)

    async def make_groups(self) -> None:
        for final in (True, False):
            try:
                await self.do(
                    "XGROUP",
                    "CREATE",
                    self.keys.queue(final=final),
                    protocol.GROUP,
                    "0",
                    "MKSTREAM",
                )
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _flat(entries: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """redis-py answers RESP3 with one more level of lists than RESP2."""
    if entries and isinstance(entries[0], list) and not isinstance(entries[0][0], bytes):
        return [(entry[0], entry[1]) for group in entries for entry in group]
    return [(entry[0], entry[1]) for entry in entries]
