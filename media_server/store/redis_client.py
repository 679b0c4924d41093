"""The store's link to Redis: what fails there is StoreUnavailable here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from media_server.ports import StoreUnavailable
from media_server.redis_link.failures import Cause, RedisFailure, code_of
from media_server.redis_link.link import RedisLink

T = TypeVar("T")

SETTING = "store_url"
"""What messages call the URL by: the operator finds it under this name."""


class RedisClient:
    """`open` first, `close` last; in between `call` and `run`, from one event loop."""

    def __init__(self, url: str) -> None:
        """Raises ValueError for a URL that is none of redis://, rediss://, unix://."""
        try:
            self._link = RedisLink(url, setting=SETTING)
        except ValueError as error:
            raise ValueError(f"{SETTING}: {error}") from None

    async def open(self) -> None:
        """Raises StoreUnavailable, with its place, when the server is away, a cluster, or set to
        throw our data away. Later ones leave the place out: candidates may read them."""
        try:
            await self._link.check_keeps_data()
        except RedisFailure as failure:
            raise StoreUnavailable(failure.named) from failure

    async def close(self) -> None:
        """Close every connection, for whoever called `open`. Nobody may `call` after that."""
        await self._link.close()

    async def call(self, command: Callable[[Any], Awaitable[T]]) -> T:
        """The answer within 1 s, or StoreUnavailable. Then it may or may not have been done."""
        try:
            return await self._link.call(command)
        except RedisFailure as failure:
            raise _unavailable(failure) from failure

    async def run(self, script: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """A Lua script, one step for Redis. As `call`: after an error it may have been done."""
        try:
            return await self._link.run(script, keys, arguments)
        except RedisFailure as failure:
            raise _unavailable(failure) from failure


def is_of_another_kind(error: BaseException) -> bool:
    """The key holds another kind of value than ours: written by somebody else, or damaged.

    `error`: what `call` raised, or one of the answers of a pipeline.
    """
    if isinstance(error.__cause__, RedisFailure):
        return error.__cause__.code == "WRONGTYPE"
    return code_of(error) == "WRONGTYPE"


def _unavailable(failure: RedisFailure) -> StoreUnavailable:
    unavailable = StoreUnavailable(str(failure))
    unavailable.nobody_can_write = failure.cause is Cause.DISK
    return unavailable
