"""The one way to Redis: every command has a deadline, and a silent server costs one of them only.

redis-py's own defaults hold a turn up for 3.7 s when the server is down and for more than 40 s
when it accepts and stays silent. Here a call ends within 1 s, whatever happens, and after one that
ran out of time the circuit is open: further calls fail at once until a probe, at most one each
second, comes back.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from media_server.ports import Public, StoreUnavailable
from media_server.redis_words import CLUSTER, place_of, predicate

logger = logging.getLogger(__name__)

T = TypeVar("T")

CALL_TIMEOUT_S = 1.0
CONNECT_TIMEOUT_S = 0.5
CONNECTIONS = 16
PROBE_INTERVAL_S = 1.0


class RedisClient:
    """`open` first, `close` last; in between `call`, from one event loop."""

    def __init__(self, url: str) -> None:
        """Raises ValueError for a URL that is none of redis://, rediss://, unix://."""
        self._place = place_of(url)
        self._pool = ConnectionPool.from_url(
            url,
            max_connections=2 * CONNECTIONS,  # one that was given up may still be closing
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            # The deadline is ours alone. With one of its own redis-py sends by `asyncio.wait_for`,
            # which before Python 3.12 swallows a cancellation: a loop would never end.
            socket_timeout=None,
            # One retry, for pooled connections that a restarted server has closed. Every script
            # is idempotent by its operation id, so sending it twice does no harm.
            retry=Retry(ConstantBackoff(0.05), 1, supported_errors=(RedisConnectionError,)),
        )
        self._redis: Redis = Redis(connection_pool=self._pool)
        self._slots = asyncio.Semaphore(CONNECTIONS)
        """First come, first served; redis-py's own waiting lets the newest overtake."""
        self._open_until_s = 0.0
        self._broken = False
        self._probing = False

    async def open(self) -> None:
        """Raises StoreUnavailable, with its place, when the server is away, a cluster, or set to
        throw our data away. Later ones leave the place out: candidates may read them."""
        try:
            await self._check()
        except StoreUnavailable as error:
            raise StoreUnavailable(self._placed(str(error))) from error

    def _placed(self, text: str) -> str:
        return text.replace("Redis", f"Redis at {self._place}", 1)

    async def _check(self) -> None:
        cluster = await self.call(lambda redis: redis.info("cluster"))
        if int(cluster.get("cluster_enabled", 0)):
            raise StoreUnavailable(f"Redis {CLUSTER}")
        memory = await self.call(lambda redis: redis.info("memory"))
        policy = str(memory.get("maxmemory_policy", ""))
        if policy.startswith("allkeys") and int(memory.get("maxmemory", 0)) > 0:
            raise StoreUnavailable(
                f"Redis may evict the log (maxmemory-policy {policy}): set it to noeviction"
            )

    async def close(self) -> None:
        await self._redis.aclose()
        await self._pool.aclose()

    def script(self, text: str) -> Any:
        """Loaded on first use, and again whenever the server has forgotten it."""
        return self._redis.register_script(text)

    async def call(self, command: Callable[[Redis], Awaitable[T]]) -> T:
        """The answer within 1 s, or StoreUnavailable. Then it may or may not have been done."""
        probe = self._enter()
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S), self._slots:
                result = await command(self._redis)
        except (TimeoutError, RedisTimeoutError) as error:
            self._break(f"Redis did not answer within {CALL_TIMEOUT_S} s")
            raise StoreUnavailable(f"Redis did not answer within {CALL_TIMEOUT_S} s") from error
        except RedisConnectionError as error:
            reason = _describe(error)
            if not isinstance(error, (AuthenticationError, BusyLoadingError)):
                self._break(reason)
            raise StoreUnavailable(reason) from error
        except (RedisError, OSError) as error:
            failure = StoreUnavailable(_describe(error))
            failure.nobody_can_write = str(error).startswith("MISCONF")
            raise failure from error
        finally:
            if probe:
                self._probing = False
        if self._broken:
            self._broken = False
            logger.warning("Redis at %s answers again", self._place)
        return result

    def _enter(self) -> bool:
        """True: this call is the probe."""
        if not self._broken:
            return False
        if self._probing or time.monotonic() < self._open_until_s:
            raise StoreUnavailable("Redis does not answer; it is tried again every second")
        self._probing = True
        return True

    def _break(self, reason: str) -> None:
        self._open_until_s = time.monotonic() + PROBE_INTERVAL_S
        if not self._broken:
            self._broken = True
            logger.error("%s", Public(self._placed(reason)))


def _describe(error: Exception) -> str:
    """No key and no value: messages of Redis may quote arguments."""
    if said := predicate(error):
        return f"Redis {said}"
    if isinstance(error, OutOfMemoryError):
        return "Redis is out of memory (maxmemory): raise it or let retention free some"
    if isinstance(error, AuthenticationError | NoPermissionError):
        return "Redis refuses our user: check name, password and ACL in the URL"
    if isinstance(error, BusyLoadingError):
        return "Redis is still loading its data"
    if isinstance(error, ReadOnlyError):
        return "this Redis is a read-only replica: the URL must name the primary"
    if isinstance(error, RedisConnectionError | OSError):
        return "Redis cannot be reached: is it running where the URL points to?"
    if isinstance(error, ResponseError):
        code = str(error).split(" ", 1)[0]
        if code == "OOM" or "OOM command not allowed" in str(error):
            return "Redis is out of memory (maxmemory): raise it or let retention free some"
        if code == "MISCONF":
            return "Redis cannot write its own files (MISCONF): free disk space on its machine"
        return f"Redis refused a command ({code[:32]})"
    return f"Redis failed ({type(error).__name__})"
