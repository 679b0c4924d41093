"""Values in a real Redis that no release wrote: they cost what they stand for, nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from media_server.ports import Appended, NewEntry, UnknownInterview
from media_server.store.redis import RedisEventLog
from media_server.store.redis_client import RedisClient
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.redis
LINES = ("{", "", "null", "7", "[]", '["then","then"]', "[nan,nan,{}]", "[1e999,NaN]", "[true,{}]",
         f"[1{'0' * 400}]", "[" * 100_000)  # fmt: skip
TIMES = ("then", "", "nan", "-nan", "0x", "1,5", "7 s", "\x00", "then")


@pytest.fixture
async def log(redis_server: RedisServer) -> AsyncIterator[RedisEventLog]:
    log = RedisEventLog(RedisClient(redis_server.url))
    await log.open()
    for number in (1, 2, 3):
        await log.create(
            f"i{number}", spec={}, entries=[NewEntry("c", {})], status="s", now_s=float(number)
        )
    yield log
    await log.close()


async def test_the_line_of_an_erasing(log: RedisEventLog, redis_server: RedisServer) -> None:
    assert await log.erase("i2", now_s=9.0)
    [row] = await log.rows(after="i2", limit=9)
    assert row.interview_id == "i1", "a cursor that was erased goes on from its place"
    for line in LINES:
        redis_server.command("HSET", "ms:erased", "i2", line)
        assert await log.audit("i2") == {"erased": 0.0}, line[:12]
        assert await log.erased_among(["i1", "i2"]) == {"i2"}
        for listing in (log.rows, log.summaries):
            with pytest.raises(UnknownInterview):  # HTTP says 400 unknown_cursor, not 500
                await listing(after="i2", limit=9)


async def test_a_line_of_which_the_place_is_whole_keeps_its_cursor(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    assert await log.erase("i2", now_s=9.0)
    redis_server.command("HSET", "ms:erased", "i2", '["then",2.0]')
    assert [row.interview_id for row in await log.rows(after="i2", limit=9)] == ["i1"]
    assert await log.audit("i2") == {"erased": 0.0}


async def test_what_was_redacted(log: RedisEventLog, redis_server: RedisServer) -> None:
    for line in LINES:
        redis_server.command("HSET", "ms:{i2}:row", "redacted", line)
        assert await log.audit("i2") == {}, line[:12]
    # A row of another kind stops no retention.
    redis_server.command("SET", "ms:{i2}:row", "a text")
    assert await log.audit("i2") == {}


def placed_at(server: RedisServer, status: str, score: float) -> bool:
    return server.command("ZCOUNT", f"ms:status:{status}", repr(score), repr(score)) == b":1"


async def test_an_owner_goes_on_though_the_time_of_creation_is_damaged(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    lease = await log.acquire("i2", "owner", ttl_s=30)
    assert lease is not None

    async def append(version: int, status: str) -> None:
        done = await log.append(
            "i2", expected_version=version, lease_epoch=lease.lease_epoch,
            operation_id=f"o{version}", entries=[NewEntry("x", {})], status=status, now_s=5.0,
        )  # fmt: skip
        assert isinstance(done, Appended)

    for version, created in enumerate(TIMES, 1):
        redis_server.command("HSET", "ms:{i2}:row", "created_s", created)
        status = "paused" if version % 2 else "listening"
        await append(version, status)
        assert placed_at(redis_server, status, 2.0), f"{created!r}: by its place in the list"
        assert [row.interview_id for row in await log.rows(after=None, limit=9, status=status)]
    statuses = [await log.rows(after=None, limit=9, status=s) for s in ("listening", "paused", "s")]
    assert [[row.interview_id for row in rows] for rows in statuses] == [[], ["i2"], ["i3", "i1"]]
    redis_server.command("HDEL", "ms:{i2}:row", "created_s")
    redis_server.command("ZREM", "ms:interviews", "i2")
    await append(len(TIMES) + 1, "asking")
    assert placed_at(redis_server, "asking", 0.0)


async def test_the_time_of_creation_stays_exact(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    created_s = 1_700_000_000.123457
    await log.create("i9", spec={}, entries=[NewEntry("c", {})], status="new", now_s=created_s)
    assert placed_at(redis_server, "new", created_s)
