"""In which order the Redis log lists interviews: newest first, by status, page by page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from media_server.ports import (
    DEFAULT_TENANT,
    InterviewRow,
    StoreUnavailable,
    SummaryRow,
    UnknownInterview,
)
from media_server.store import redis_codec as codec
from media_server.store.redis_client import RedisClient

_PAGE = 200
"""Ids in one answer."""
_SCAN_PAGES = 50
"""Pages of an index looked through for one page of rows; ties in `created_s` are rare."""


Row = TypeVar("Row", InterviewRow, SummaryRow)


class RedisIndex:
    """The sorted sets `PREFIX:interviews` and `PREFIX:status:STATUS`, by the time of creation, and
    the same two of each tenant, below `PREFIX:tenant:TENANT`."""

    def __init__(self, client: RedisClient, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    async def listed(
        self, after: str | None, limit: int, status: str | None, tenant: str | None
    ) -> list[str]:
        """Ids after the cursor, which may have been erased. Raises UnknownInterview for one that
        never was or is another tenant's, StoreUnavailable also for a `limit` that too many equal
        times stand before."""
        index = f"{self._prefix}:" + ("interviews" if tenant is None else f"tenant:{tenant}")
        if status is not None:
            index = f"{index.removesuffix(':interviews')}:status:{status}"
        below: tuple[float, str] | None = None
        if after is not None:
            place_s = await self._place_s(after, tenant)
            if place_s is None:
                raise UnknownInterview(after)
            below = (place_s, after)
        return await self._ids(index, below, limit)

    async def page(
        self,
        read: Callable[[Sequence[str]], Awaitable[list[Row | None]]],
        after: str | None,
        limit: int,
        status: str | None,
        tenant: str | None,
    ) -> tuple[Row, ...]:
        """`listed`, read, without those that are not there: erased meanwhile, or by a server of the
        former release, which leaves a tenant's indexes as they were. Others take their place, so
        that fewer than `limit` are the end of the list.
        """
        found: list[Row] = []
        last = after
        while len(found) < limit:
            wanted = limit - len(found)
            try:
                ids = await self.listed(last, wanted, status, tenant)
            except UnknownInterview:
                if last == after:
                    raise
                break  # the last one was erased, and nobody knows its place
            found += [row for row in await read(ids) if row is not None and _has(row, status)]
            if len(ids) < wanted:
                break
            last = ids[-1]
        return tuple(found)

    async def owner(self, interview_id: str) -> str | None:
        """None: there is no such interview. Neither its row nor its log is looked at, unless the
        index has lost it: they may be damaged."""
        row = f"{self._prefix}:{{{interview_id}}}:row"

        async def ask(redis: Any) -> tuple[bytes | None, float | None, int]:
            async with redis.pipeline(transaction=False) as pipeline:
                pipeline.hget(f"{self._prefix}:tenants", interview_id)
                pipeline.zscore(f"{self._prefix}:interviews", interview_id)
                pipeline.exists(row)
                tenant, listed_s, stored = await pipeline.execute()
            return tenant, listed_s, stored

        tenant, listed_s, stored = await self._client.call(ask)
        if listed_s is None and not stored:
            return None
        return DEFAULT_TENANT if tenant is None else tenant.decode()

    async def _place_s(self, interview_id: str, tenant: str | None) -> float | None:
        """Where pages have it. Not by its row, which may be damaged: by the index they go by. None
        as well where it was erased and the line about that is damaged: nobody knows its place."""
        index = f"{self._prefix}:interviews"

        async def ask(redis: Any) -> tuple[float | None, bytes | None, bytes | None]:
            return (
                await redis.zscore(index, interview_id),
                await redis.hget(f"{self._prefix}:erased", interview_id),
                await redis.hget(f"{self._prefix}:tenants", interview_id)
                or await redis.hget(f"{self._prefix}:tenants:former", interview_id),
            )

        listed_s, erased, owner = await self._client.call(ask)
        if tenant is not None and tenant != (owner or DEFAULT_TENANT.encode()).decode():
            return None
        if listed_s is not None:
            return listed_s
        return None if erased is None else codec.erased_line(erased)[1]

    async def _index_page(self, index: str, highest: str, offset: int) -> list[tuple[bytes, float]]:
        found: Any = await self._client.call(
            lambda redis: redis.zrevrangebyscore(
                index, highest, "-inf", start=offset, num=_PAGE, withscores=True
            )
        )
        return list(found)

    async def _ids(self, index: str, below: tuple[float, str] | None, limit: int) -> list[str]:
        """Newest first; of equal age, the higher id first, as a sorted set orders them."""
        highest = "+inf" if below is None else repr(below[0])
        ids: list[str] = []
        for page in range(_SCAN_PAGES):
            found = await self._index_page(index, highest, page * _PAGE)
            for member, score in found:
                interview_id = member.decode()
                if below is None or (score, interview_id) < below:
                    ids.append(interview_id)
                    if len(ids) == limit:
                        return ids
            if len(found) < _PAGE:
                return ids
        if len(ids) < limit:
            raise StoreUnavailable(f"ask for fewer rows than {limit} at once")
        return ids


def _has(row: InterviewRow | SummaryRow, status: str | None) -> bool:
    """What is damaged stays in the list that has it."""
    return status is None or bool(row.damage) or row.status == status
