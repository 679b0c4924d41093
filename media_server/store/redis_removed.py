"""What has gone from the Redis log: the lines that say so, and the server's files without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from media_server.ports import StoreUnavailable
from media_server.store import redis_codec as codec
from media_server.store.redis_client import RedisClient, is_of_another_kind


async def audit(client: RedisClient, prefix: str, interview_id: str) -> dict[str, float]:
    """See `RedisEventLog.audit`."""
    erased: bytes | None = await client.call(
        lambda redis: redis.hget(f"{prefix}:erased", interview_id)
    )
    if erased is not None:
        return {"erased": codec.erased_line(erased)[0] or 0.0}
    try:
        redacted: bytes | None = await client.call(
            lambda redis: redis.hget(f"{prefix}:{{{interview_id}}}:row", "redacted")
        )
    except StoreUnavailable as error:
        if not is_of_another_kind(error):
            raise
        return {}
    return {} if redacted is None else codec.redacted(redacted)


async def erased_among(client: RedisClient, prefix: str, ids: Sequence[str]) -> frozenset[str]:
    """Those that have an audit line of their erasing."""
    if not ids:
        return frozenset()
    found: list[Any] = await client.call(lambda redis: redis.hmget(f"{prefix}:erased", list(ids)))
    return frozenset(id_ for id_, line in zip(ids, found, strict=True) if line is not None)


async def rewrite_files(client: RedisClient) -> bool:
    """In the background of the server. False: it is not ours to ask that of, or one is running."""

    async def ask(redis: Any) -> bool:
        persistence = await redis.info("persistence")
        if int(persistence.get("aof_enabled", 0)):
            if int(persistence.get("aof_rewrite_in_progress", 0)):
                return False
            await redis.bgrewriteaof()
        if (await redis.config_get("save")).get("save"):
            await redis.bgsave(schedule=True)
        return True

    try:
        return await client.call(ask)
    except StoreUnavailable:
        return False
