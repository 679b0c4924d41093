"""Connections to Redis: every command has a deadline, and a silent server costs one of them only.

The library's own defaults hold a call up for 3.7 s when the server is down and for more than 40 s
when it accepts and stays silent. Here a call ends within 1 s, whatever happens, and after one that
ran out of time further calls fail at once until a probe, at most one each second, comes back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeVar

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from media_server.ports import Public
from media_server.redis_link.circuit import Admission, Circuit
from media_server.redis_link.failures import RAISED, Cause, RedisFailure, failure_of
from media_server.redis_link.urls import EXAMPLE, SCHEMES, has_password, place_of, url_problem

logger = logging.getLogger(__name__)

T = TypeVar("T")

CALL_TIMEOUT_S = 1.0
CONNECT_TIMEOUT_S = 0.4
"""Of each of two tries. When something holds the loop for longer, the time is over although the
connection stands: then the second try finds Redis at once."""
CONNECTIONS = 16
_RETRY_AFTER_S = 0.05


class RedisLink:
    """One per user of a Redis; `close` last. From one event loop. Connects at the first call."""

    def __init__(
        self, url: str, *, setting: str, logs: bool = True, fails_fast: bool = True
    ) -> None:
        """`setting`: where the operator wrote the URL, for messages. `logs`: each change between
        answering and not, once. `fails_fast`: while Redis is away calls fail at once; not for
        a few loops that pace themselves and must find it back without delay.

        Raises ValueError, without the URL, for one that cannot be that of a Redis.
        """
        if problem := unusable(url):
            raise ValueError(problem)
        self.place = place_of(url)
        self._setting = setting
        self._password = has_password(url)
        self._logs = logs
        self._pool = _pool(url)
        self._redis: Redis = Redis(connection_pool=self._pool)
        self._slots = asyncio.Semaphore(CONNECTIONS)
        """First come, first served; the library's own waiting lets the newest overtake."""
        self._scripts: dict[str, AsyncScript] = {}
        self._circuit = Circuit(fails_fast=fails_fast)

    async def close(self) -> None:
        await self._redis.aclose()
        await self._pool.aclose()

    async def call(self, command: Callable[[Redis], Awaitable[T]], *, block_s: float = 0.0) -> T:
        """The answer within 1 s, or 1 s after `block_s` for a command that waits in Redis.

        Raises RedisFailure: then it may or may not have been done.
        """
        limit_s = CALL_TIMEOUT_S + block_s
        admission = self._circuit.admit(time.monotonic())
        if admission is Admission.REFUSED:
            raise self._failure(Cause.SILENT, "does not answer; it is tried again every second")
        try:
            async with asyncio.timeout(limit_s), self._slot(waits=block_s > 0):
                result = await command(self._redis)
        except RAISED as error:
            raise self._failed(error, limit_s) from error
        finally:
            self._circuit.ended(admission)
        if self._circuit.answered() and self._logs:
            logger.warning("Redis at %s answers again", self.place)
        return result

    async def do(self, *words: Any) -> Any:
        """One command by its words. As `call`."""
        return await self.call(lambda redis: redis.execute_command(*words))  # type: ignore[no-untyped-call]  # redis-py

    async def run(self, script: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """A Lua script by its text; sent once, then by its digest, and again whenever the server
        has forgotten it. As `call`."""
        if script not in self._scripts:
            self._scripts[script] = self._redis.register_script(script)
        known = self._scripts[script]
        return await self.call(lambda redis: known(list(keys), list(arguments), client=redis))

    async def check_keeps_data(self) -> None:
        """Raises RedisFailure when the server is away, a cluster, or set to throw data away."""
        cluster = await self.call(lambda redis: redis.info("cluster"))
        if int(cluster.get("cluster_enabled", 0)):
            raise self._failure(
                Cause.CLUSTER,
                "is in cluster mode, which this server cannot use: name one that is not "
                "(a primary, with replicas if you like)",
            )
        memory = await self.call(lambda redis: redis.info("memory"))
        policy = str(memory.get("maxmemory_policy", ""))
        if policy.startswith("allkeys") and int(memory.get("maxmemory", 0)) > 0:
            raise self._failure(
                Cause.UNFIT,
                f"may evict the log (maxmemory-policy {policy}): set it to noeviction",
            )

    @contextlib.asynccontextmanager
    async def _slot(self, *, waits: bool) -> AsyncIterator[None]:
        """Commands that wait in Redis are few, and hold none: nobody is to queue behind them."""
        if waits:
            yield
            return
        async with self._slots:
            yield

    def _failure(self, cause: Cause, what: str) -> RedisFailure:
        return RedisFailure(cause, what, place=self.place)

    def _failed(self, error: BaseException, limit_s: float) -> RedisFailure:
        failure = failure_of(
            error,
            place=self.place,
            setting=self._setting,
            password=self._password,
            limit_s=limit_s,
        )
        if self._circuit.failed(failure.cause, time.monotonic()) and self._logs:
            logger.error("%s", Public(failure.named))
        return failure


def unusable(url: str) -> str:
    """Why this cannot be the URL of a Redis; "": it can. Shows no part of it."""
    if problem := url_problem(url):
        return problem
    if url.partition("://")[0] not in SCHEMES:
        return f"this is no URL of a Redis: {EXAMPLE}"
    try:
        _pool(url).make_connection()  # type: ignore[no-untyped-call]  # redis-py
    except ValueError:  # its text may hold the URL
        return f"this is no URL of a Redis: {EXAMPLE}"
    except TypeError:
        return f"the URL has an option behind ? that redis-py does not know: {EXAMPLE}"
    return ""


def _pool(url: str) -> ConnectionPool:
    return ConnectionPool.from_url(
        url,
        max_connections=2 * CONNECTIONS,  # one that was given up may still be closing
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        # The deadline is ours alone. With one of its own redis-py sends by `asyncio.wait_for`,
        # which before Python 3.12 swallows a cancellation: a loop would never end.
        socket_timeout=None,
        # One retry, for pooled connections that a restarted server has closed, and for a connection
        # that took too long (CONNECT_TIMEOUT_S; no other time limit is the library's). Whatever is
        # sent twice is recognised by its operation id or its token.
        retry=Retry(
            ConstantBackoff(_RETRY_AFTER_S),
            1,
            supported_errors=(RedisConnectionError, RedisTimeoutError),
        ),
    )
