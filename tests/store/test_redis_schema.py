"""Keys of another release: named, migrated, or refused."""

from __future__ import annotations

import asyncio

import pytest

from media_server.ports import NewEntry, StoreUnavailable
from media_server.store import redis_schema
from media_server.store.redis import RedisEventLog
from media_server.store.redis_client import RedisClient
from media_server.store.redis_deliveries import RedisDeliveries
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.redis
NEWER = f"schema 7 .* release knows {redis_schema.newest()}: start the newer"


async def create(log: RedisEventLog, interview_id: str = "i1") -> None:
    await log.create(interview_id, spec={}, entries=[NewEntry("c", {})], status="s", now_s=1.0)


async def test_newer_keys_are_refused_with_what_to_do(redis_server: RedisServer) -> None:
    redis_server.command("SET", "ms:schema", "7")
    log = RedisEventLog(RedisClient(redis_server.url))
    with pytest.raises(StoreUnavailable, match=NEWER):
        await log.open()
    await log.close()
    other = RedisEventLog(RedisClient(redis_server.url), prefix="other")
    await other.open()
    await other.close()


async def test_schema_is_named_at_the_start_and_after_a_loss(redis_server: RedisServer) -> None:
    log = RedisEventLog(RedisClient(redis_server.url))
    await log.open()
    named = redis_server.command("GETRANGE", "ms:schema", "0", "-1")
    assert named == b"$1"  # the length of the answer: one digit
    redis_server.command("FLUSHALL")
    await create(log)
    assert redis_server.command("EXISTS", "ms:schema") == b":1"
    await log.close()


async def test_an_outbox_of_before_it_was_read_is_no_news(redis_server: RedisServer) -> None:
    log = RedisEventLog(RedisClient(redis_server.url))
    await log.open()
    for n in range(250):
        await create(log, f"old{n}")
    await create(log)
    redis_server.command("SET", "ms:schema", "1")  # as a former release has left it
    await log.close()
    client = RedisClient(redis_server.url)
    again = RedisEventLog(client)
    await again.open()
    assert await RedisDeliveries(client).unread(10) == ()
    assert redis_server.command("EXISTS", "ms:{i1}:outbox", "ms:{old0}:outbox") == b":0"
    await create(again, "i2")
    lease = await again.acquire("i1", "me", ttl_s=30.0)
    assert lease is not None
    await again.append(
        "i1", expected_version=1, lease_epoch=lease.lease_epoch, operation_id="a",
        entries=[NewEntry("late_tried", {})], status="s", now_s=2.0,
    )  # fmt: skip
    found = {one.interview_id: one.first_seq for one in await RedisDeliveries(client).unread(10)}
    assert found == {"i1": 2, "i2": 1}, "of the old one what is new"
    await again.close()


async def test_older_keys_are_migrated_once_each_step(redis_server: RedisServer) -> None:
    client = RedisClient(redis_server.url)
    log = RedisEventLog(client)
    await log.open()
    await create(log)
    redis_server.command("DEL", "ms:schema")  # as before there was a name
    done: list[str] = []

    async def first(client: RedisClient, prefix: str) -> None:
        done.append(f"1 {prefix}")

    async def second(client: RedisClient, prefix: str) -> None:
        done.append(f"2 {prefix}")
        if len(done) == 2:
            raise StoreUnavailable("gone in the middle")

    with pytest.raises(StoreUnavailable, match="in the middle"):
        await redis_schema.prepare(client, "ms", (first, second))
    await redis_schema.prepare(client, "ms", (first, second))
    await redis_schema.prepare(client, "ms", (first, second))
    assert done == ["1 ms", "2 ms", "2 ms"]
    with pytest.raises(StoreUnavailable, match="schema 3"):
        await redis_schema.prepare(client, "ms", (first,))
    await log.close()


async def test_empty_keys_are_of_the_newest_schema(redis_server: RedisServer) -> None:
    clients = [RedisClient(redis_server.url) for _ in range(5)]

    async def never(client: RedisClient, prefix: str) -> None:
        raise AssertionError

    await asyncio.gather(*(redis_schema.prepare(client, "ms", (never,)) for client in clients))
    assert redis_server.command("EXISTS", "ms:schema") == b":1"
    for client in clients:
        await client.close()
