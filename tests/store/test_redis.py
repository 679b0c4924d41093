"""A real Redis that is silent, dead, empty, full or set wrongly."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from media_server.ports import (
    Appended,
    Conflict,
    Fenced,
    KeyReused,
    Lease,
    NewEntry,
    StoreUnavailable,
    UnknownInterview,
)
from media_server.redis_link.circuit import PROBE_INTERVAL_S
from media_server.store.redis import RedisEventLog
from media_server.store.redis_client import RedisClient
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.redis

LIMIT_S = 30.0
"""The contract says 1 s; the rest is for a busy machine."""


def make_log(server: RedisServer) -> RedisEventLog:
    return RedisEventLog(RedisClient(server.url))


@pytest.fixture
async def log(redis_server: RedisServer) -> AsyncIterator[RedisEventLog]:
    log = make_log(redis_server)
    await log.open()
    yield log
    await log.close()


async def create(log: RedisEventLog, interview_id: str = "i1") -> None:
    await log.create(
        interview_id, spec={"t": 1}, entries=[NewEntry("c", {})], status="s", now_s=1.0
    )


async def append(
    log: RedisEventLog, version: int, *, epoch: int = 0, operation: str = "", size: int = 10
) -> Appended | Conflict | Fenced:
    return await log.append(
        "i1", expected_version=version, lease_epoch=epoch,
        operation_id=operation or f"op{version}", entries=[NewEntry("x", {"pad": "p" * size})],
        status="s", now_s=2.0,
    )  # fmt: skip


async def acquired(log: RedisEventLog, owner: str = "a") -> Lease:
    lease = await log.acquire("i1", owner, ttl_s=10)
    assert lease is not None
    return lease


async def eventually_appended(log: RedisEventLog, version: int) -> Appended:
    """The owner's way: the same operation again until the store answers."""
    for _ in range(100):
        try:
            result = await append(log, version)
        except StoreUnavailable:
            await asyncio.sleep(0.1)
            continue
        assert isinstance(result, Appended)
        return result
    pytest.fail("the store did not come back within 10 s")


async def test_forgotten_scripts_are_sent_again(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    await create(log)
    assert redis_server.command("SCRIPT", "FLUSH") == b"+OK"
    results = await asyncio.gather(*(append(log, 1, operation=f"o{n}") for n in range(20)))
    assert sum(isinstance(result, Appended) for result in results) == 1


@pytest.mark.product_limits
async def test_silent_server_costs_one_call_its_second_and_the_next_nothing(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    await create(log)
    redis_server.pause()
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match="did not answer"):
        await append(log, 1)
    assert time.monotonic() - began < LIMIT_S
    refused = await asyncio.gather(*(append(log, 1) for _ in range(50)), return_exceptions=True)
    assert all(isinstance(result, StoreUnavailable) for result in refused)
    unasked = sum("it is tried again every second" in str(result) for result in refused)
    assert unasked >= 49  # one asks again where a second has passed
    redis_server.cont()
    result = await eventually_appended(log, 1)
    assert result.entries[0].seq == 2
    assert len(await log.read("i1")) == 2  # sent before and after: applied once


@pytest.mark.product_limits
async def test_many_callers_of_a_silent_server_all_end_in_time(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    await create(log)
    redis_server.pause()
    began = time.monotonic()
    results = await asyncio.gather(
        *(append(log, 1, operation=f"o{n}") for n in range(1000)), return_exceptions=True
    )
    assert time.monotonic() - began < LIMIT_S
    assert all(isinstance(result, StoreUnavailable) for result in results)
    redis_server.cont()


async def test_dead_server_is_refused_at_once_and_found_again(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    await create(log)
    redis_server.kill()
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        await append(log, 1)
    assert time.monotonic() - began < LIMIT_S
    redis_server.start()
    await asyncio.sleep(PROBE_INTERVAL_S)
    with pytest.raises(UnknownInterview):  # came back empty, and answers
        await append(log, 1)


async def test_restarted_between_two_calls_nobody_notices(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", aof=True)
    server.start()
    log = make_log(server)
    await log.open()
    try:
        await create(log)
        server.restart(kill=False)
        assert isinstance(await append(log, 1), Appended)
    finally:
        await log.close()
        server.stop()


async def test_killed_with_aof_the_owner_writes_back_what_was_lost(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", aof=True)
    server.start()
    log = make_log(server)
    await log.open()
    try:
        await create(log)
        lease = await acquired(log)
        for version in range(1, 30):
            await append(log, version, epoch=lease.lease_epoch)
        ours = await log.read("i1")
        row = await log.row("i1")
        assert row is not None
        server.restart()
        await asyncio.sleep(PROBE_INTERVAL_S)
        written = await log.restore(row, ours, lease_epoch=lease.lease_epoch, now_s=9.0)
        assert isinstance(written, int)
        assert await log.read("i1") == ours
        assert await log.renew(lease, ttl_s=10) is not None
        assert isinstance(await append(log, 30, epoch=lease.lease_epoch), Appended)
    finally:
        await log.close()
        server.stop()


async def test_restarted_empty_the_owner_writes_everything_back(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    await create(log)
    lease = await acquired(log)
    await append(log, 1, epoch=lease.lease_epoch)
    ours = await log.read("i1")
    row = await log.row("i1")
    assert row is not None
    redis_server.restart()
    await asyncio.sleep(PROBE_INTERVAL_S)
    assert await log.row("i1") is None
    assert await log.restore(row, ours, lease_epoch=lease.lease_epoch, now_s=9.0) == 2
    assert await log.restore(row, ours, lease_epoch=lease.lease_epoch, now_s=9.0) == 0
    assert await log.row("i1") == row
    assert await log.rows(after=None, limit=5, status="s") == (row,)
    again = await log.renew(lease, ttl_s=10)
    assert again is not None
    assert isinstance(await append(log, 2, epoch=lease.lease_epoch), Appended)
    await log.release(again)
    newer = await acquired(log, "b")
    assert newer.lease_epoch > lease.lease_epoch
    assert await log.restore(row, ours, lease_epoch=lease.lease_epoch, now_s=9.0) == Fenced(
        newer.lease_epoch
    )


async def test_epochs_given_after_a_loss_are_above_those_before(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    await create(log)
    before = [await acquired(log) for _ in range(5)]
    redis_server.command("FLUSHALL")
    await create(log)
    after = await acquired(log, "b")
    assert after.lease_epoch > max(lease.lease_epoch for lease in before)
    assert await append(log, 1, epoch=before[-1].lease_epoch) == Fenced(after.lease_epoch)
    assert await log.renew(before[-1], ttl_s=10) is None


async def test_restore_refuses_another_history_and_what_was_erased(log: RedisEventLog) -> None:
    await create(log)
    lease = await acquired(log)
    await append(log, 1, epoch=lease.lease_epoch)
    ours = await log.read("i1")
    row = await log.row("i1")
    assert row is not None
    await append(log, 2, epoch=lease.lease_epoch)
    assert await log.restore(row, ours, lease_epoch=lease.lease_epoch, now_s=9.0) == Conflict(3)
    other = (*ours, *ours)
    assert await log.restore(row, other, lease_epoch=lease.lease_epoch, now_s=9.0) == Conflict(3)
    await log.erase("i1", now_s=5.0)
    with pytest.raises(UnknownInterview):
        await log.restore(row, ours, lease_epoch=lease.lease_epoch, now_s=9.0)
    assert await log.row("i1") is None


async def test_out_of_memory_says_so_and_passes(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    await create(log)
    lease = await acquired(log)
    redis_server.command("CONFIG", "SET", "maxmemory-policy", "noeviction")
    redis_server.command("CONFIG", "SET", "maxmemory", "1mb")
    with pytest.raises(StoreUnavailable, match="out of memory"):
        await append(log, 1, epoch=lease.lease_epoch)
    assert len(await log.read("i1")) == 1  # reading goes on, and nothing was half done
    assert await log.renew(lease, ttl_s=10) is not None  # whoever is live stays the owner
    redis_server.command("CONFIG", "SET", "maxmemory", "0")
    assert isinstance(await append(log, 1, epoch=lease.lease_epoch), Appended)


async def test_erasing_works_while_out_of_memory(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    await create(log)
    redis_server.command("CONFIG", "SET", "maxmemory", "1mb")
    assert await log.erase("i1", now_s=2.0)
    redis_server.command("CONFIG", "SET", "maxmemory", "0")
    assert await log.audit("i1") == {"erased": 2.0}


async def test_redis_that_would_evict_the_log_is_refused(redis_server: RedisServer) -> None:
    redis_server.command("CONFIG", "SET", "maxmemory", "100mb")
    redis_server.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    log = make_log(redis_server)
    with pytest.raises(StoreUnavailable, match="noeviction"):
        await log.open()
    await log.close()


async def test_wrong_password_is_named(redis_server: RedisServer) -> None:
    redis_server.command("CONFIG", "SET", "requirepass", "secret")
    log = make_log(redis_server)
    with pytest.raises(StoreUnavailable, match="password"):
        await log.open()
    await log.close()


async def test_nothing_listens_there(unused_tcp_port: int) -> None:
    log = RedisEventLog(RedisClient(f"redis://127.0.0.1:{unused_tcp_port}/0"))
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        await log.open()
    await log.close()


async def test_outbox_is_written_with_the_append(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    await create(log)
    await append(log, 1)
    await append(log, 1)  # repeated: not sent twice
    assert redis_server.command("XLEN", "ms:{i1}:outbox") == b":2"
    assert redis_server.command("ZCARD", "ms:outbox") == b":1"


async def test_outbox_that_nobody_reads_is_kept_whole(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    await create(log)
    for version in range(1, 1_301):
        await append(log, version)
    assert redis_server.command("XLEN", "ms:{i1}:outbox") == b":1301"


@pytest.mark.parametrize("prefix", ["", "a b", "{x}", "a:b"])
def test_prefix_that_would_break_keys(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        RedisEventLog(RedisClient("redis://127.0.0.1:1/0"), prefix=prefix)


async def test_two_prefixes_do_not_see_each_other(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    other = RedisEventLog(RedisClient(redis_server.url), prefix="other")
    await create(log)
    assert await other.row("i1") is None
    assert await other.rows(after=None, limit=5) == ()
    await other.close()


async def lease_as_if_the_clock_went_back(server: RedisServer, by_s: float) -> None:
    seconds = int(server.command("EVAL", "return tonumber(redis.call('TIME')[1])", "0")[1:])
    expires_ms = str(int((seconds + by_s) * 1000))
    server.command("HSET", "ms:{i1}:lease", "expires_ms", expires_ms)


DEAD_S = 15.0


async def test_clock_set_back_does_not_keep_a_dead_owners_lease(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    await create(log)
    await log.acquire("i1", "dead", ttl_s=DEAD_S)
    await lease_as_if_the_clock_went_back(redis_server, by_s=3600)
    assert await log.acquire("i1", "b", ttl_s=0.1) is None  # alive, for all that is known
    await asyncio.sleep(0.3)
    assert await log.acquire("i1", "b", ttl_s=0.1) is None, "for as long as its owner asked for"
    await asyncio.sleep(DEAD_S)
    assert await log.acquire("i1", "b", ttl_s=0.1) is not None


async def test_clock_set_back_does_not_cost_a_live_owner_its_lease(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    await create(log)
    lease = await log.acquire("i1", "a", ttl_s=60.0)
    assert lease is not None
    await lease_as_if_the_clock_went_back(redis_server, by_s=3600)
    for _ in range(5):
        assert await log.acquire("i1", "b", ttl_s=60.0) is None
        assert await log.renew(lease, ttl_s=60.0) is not None
        await asyncio.sleep(0.2)


async def test_idempotency_key_comes_back_with_a_lost_log(
    log: RedisEventLog, redis_server: RedisServer
) -> None:
    request: dict[str, Any] = {"spec": {}, "entries": [NewEntry("c", {})], "status": "s"}
    keyed = {**request, "idempotency_key": "k", "request_digest": "d", "now_s": 1.0}
    await log.create("i1", **keyed)
    lease = await acquired(log)
    row, ours = await log.row("i1"), await log.read("i1")
    assert row is not None
    redis_server.command("FLUSHALL")
    assert await log.restore(row, ours, lease_epoch=lease.lease_epoch, now_s=9.0) == 1
    assert (await log.create("i2", **keyed)).interview_id == "i1"
    with pytest.raises(KeyReused):
        await log.create("i3", **{**keyed, "request_digest": "e"})

    redis_server.command("FLUSHALL")
    assert (await log.create("i4", **keyed)).interview_id == "i4"  # while it was lost
    assert await log.restore(row, ours, lease_epoch=lease.lease_epoch, now_s=9.0) == 1
    assert (await log.create("i5", **keyed)).interview_id == "i4"
    await log.erase("i1", now_s=10.0)
    assert (await log.create("i6", **keyed)).interview_id == "i4"
