"""Which schema the keys below a prefix have, and how older ones become newer.

`<prefix>:schema` names it. Keys without it are of schema 1, the first one. Migration n turns
schema n into n + 1. It works in calls of its own, for one script would hold the whole server up:
it must be safe to run twice, and in several processes at once. A published migration is never
edited, a change is a new one at the end of the list.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from media_server.ports import StoreUnavailable
from media_server.store import redis_owners
from media_server.store.redis_client import RedisClient

_PAGE = 200
"""Interviews in one call."""
_OUT_OF_INDEX = "return redis.call('ZREM', KEYS[1], unpack(ARGV))"
Migration = Callable[[RedisClient, str], Awaitable[None]]


async def _drop(client: RedisClient, names: Sequence[str]) -> None:
    await client.call(lambda redis: redis.unlink(*names))


async def _begin_outbox(client: RedisClient, prefix: str) -> None:
    """Former releases wrote an outbox that nobody read: what happened then is no news. With the
    stream of each interview, or its next entry would tell all of it."""
    index = f"{prefix}:outbox"
    while True:
        found: list[bytes] = await client.call(lambda redis: redis.zrange(index, 0, _PAGE - 1))
        if not found:
            return
        await _drop(client, [f"{prefix}:{{{id_.decode()}}}:outbox" for id_ in found])
        await client.run(_OUT_OF_INDEX, [index], found)


MIGRATIONS: tuple[Migration, ...] = (redis_owners.adopt, _begin_outbox)

_FOUND = """
-- KEYS: prefix; ARGV: newest schema. What there is; where there is nothing, the newest from now on.
local name = KEYS[1] .. ':schema'
local found = redis.call('GET', name)
if found then return found end
local old = redis.call('EXISTS', KEYS[1] .. ':interviews', KEYS[1] .. ':erased') > 0
found = old and '1' or ARGV[1]
redis.call('SET', name, found, 'NX')
return found
"""
_RAISE = """
-- KEYS: prefix; ARGV: from, to. Another process may have done it.
local name = KEYS[1] .. ':schema'
if redis.call('GET', name) == ARGV[1] then redis.call('SET', name, ARGV[2]) end
return redis.call('GET', name)
"""


def newest(migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """The schema that this release reads and writes, counted from 1."""
    return len(migrations) + 1


async def prepare(
    client: RedisClient, prefix: str, migrations: Sequence[Migration] = MIGRATIONS
) -> None:
    """Name the schema, or migrate to the newest one. Safe in several processes at once.

    Raises StoreUnavailable with what to do: Redis is away, or has a schema of a newer release.
    """
    known = newest(migrations)
    version = await _ask(client, _FOUND, prefix, known)
    while version < known:
        await migrations[version - 1](client, prefix)
        version = await _ask(client, _RAISE, prefix, version, version + 1)
    if version > known:
        raise StoreUnavailable(
            f"Redis has schema {version} at the prefix {prefix}, this release knows {known}: start "
            "the newer release, restore the backup made before the upgrade, or take another prefix"
        )


async def _ask(client: RedisClient, script: str, prefix: str, *values: int) -> int:
    answer: bytes = await client.run(script, [prefix], values)
    return int(answer)
