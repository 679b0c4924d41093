"""Interviews that a server of a release without tenants has made: the default tenant's from now on.

Such a server may run beside this one while all of them are replaced. What it makes has no place in
the index of the default tenant. It gets one when a server of this release appends to it, and all
of them get theirs when the next one starts.
"""

from __future__ import annotations

from typing import Any

from media_server.store.redis_client import RedisClient

_PAGE = 200
"""Ids in one script: a script holds the whole server up."""
_ADOPT = """
-- KEYS: prefix; ARGV: ids. A row that is damaged has no status that lists it.
local prefix = KEYS[1]
for _, id in ipairs(ARGV) do
  local listed = redis.call('ZSCORE', prefix .. ':interviews', id)
  if listed and redis.call('HEXISTS', prefix .. ':tenants', id) == 0 then
    redis.call('ZADD', prefix .. ':tenant:default', listed, id)
    local status = redis.pcall('HGET', prefix .. ':{' .. id .. '}:row', 'status')
    if type(status) == 'string' then
      redis.call('ZADD', prefix .. ':tenant:default:status:' .. status, listed, id)
    end
  end
end
return 'ok'
"""


async def adopt(client: RedisClient, prefix: str) -> None:
    """Every one of them, in steps. Safe to do twice, and in several processes at once."""
    cursor = 0
    while True:
        cursor, found = await _scan(client, f"{prefix}:interviews", cursor)
        for start in range(0, len(found), _PAGE):
            await client.run(_ADOPT, [prefix], found[start : start + _PAGE])
        if not cursor:
            return


async def adopt_missing(client: RedisClient, prefix: str) -> None:
    """`adopt`, where the counts say that some are missing."""

    async def ask(redis: Any) -> bool:
        async with redis.pipeline() as pipeline:
            pipeline.zcard(f"{prefix}:interviews")
            pipeline.hlen(f"{prefix}:tenants")
            pipeline.zcard(f"{prefix}:tenant:default")
            every, others, ours = await pipeline.execute()
        return bool(every - others != ours)

    if await client.call(ask):
        await adopt(client, prefix)


async def _scan(client: RedisClient, index: str, cursor: int) -> tuple[int, list[bytes]]:
    """A part of it: where to go on (0: nowhere), and ids."""
    following, found = await client.call(
        lambda redis: redis.zscan(index, cursor=cursor, count=_PAGE)
    )
    return int(following), [member for member, _ in found]
