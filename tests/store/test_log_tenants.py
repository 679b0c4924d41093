"""Whose interviews a log has: run against SQLite and a real Redis."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from media_server.ports import (
    Appended,
    InterviewRow,
    KeyReused,
    NewEntry,
    QuotaReached,
    UnknownInterview,
)
from media_server.store import sqlite_schema
from media_server.store.redis import RedisEventLog
from media_server.store.redis_client import RedisClient
from media_server.store.sqlite import SqliteEventLog
from tests.store.conftest import AnyLog, OpenLog
from tests.support.redis_server import RedisServer

CREATED = [NewEntry("created", {})]
DAY_S = 86_400.0
NOON_S = 20_000 * DAY_S + 43_200


async def create(
    log: AnyLog,
    interview_id: str,
    tenant: str = "acme",
    *,
    now_s: float = NOON_S,
    key: str | None = None,
    digest: str = "",
    most: int | None = None,
) -> InterviewRow:
    return await log.create(
        interview_id, spec={}, entries=CREATED, status="created", now_s=now_s, tenant=tenant,
        idempotency_key=key, request_digest=digest, most_per_day=most,
    )  # fmt: skip


async def ids(
    log: AnyLog, tenant: str | None, *, after: str | None = None, status: str | None = None
) -> list[str]:
    rows = await log.rows(after=after, limit=10, status=status, tenant=tenant)
    listed = await log.summaries(after=after, limit=10, status=status, tenant=tenant)
    assert [row.interview_id for row in listed] == [row.interview_id for row in rows]
    assert [row.tenant for row in listed] == [row.tenant for row in rows]
    assert all(tenant in (None, row.tenant) for row in rows)
    return [row.interview_id for row in rows]


async def test_an_interview_belongs_to_its_tenant(log: AnyLog) -> None:
    made = await create(log, "a1")
    assert made.tenant == "acme"
    assert await log.row("a1") == made
    assert [await log.owner(i) for i in ("a1", "nobody")] == ["acme", None]
    unnamed = await log.create("d1", spec={}, entries=[], status="created", now_s=NOON_S)
    assert (unnamed.tenant, await log.owner("d1")) == ("default", "default")


async def test_a_list_has_the_tenants_own_alone(log: AnyLog) -> None:
    for n, tenant in enumerate(("acme", "bank", "default", "acme", "bank", "acme")):
        await create(log, f"i{n}", tenant, now_s=NOON_S + n // 2)
    assert await ids(log, "acme") == ["i5", "i3", "i0"]
    assert await ids(log, "bank") == ["i4", "i1"]
    assert await ids(log, "default") == ["i2"]
    assert await ids(log, "gone") == []
    assert await ids(log, None) == ["i5", "i4", "i3", "i2", "i1", "i0"]
    assert await ids(log, "acme", after="i3") == ["i0"]


async def test_a_page_of_one_tenant_passes_over_many_of_others(log: AnyLog) -> None:
    await create(log, "first", now_s=NOON_S)
    await asyncio.gather(*(create(log, f"b{n:03}", "bank", now_s=NOON_S + 1) for n in range(450)))
    await create(log, "last", now_s=NOON_S + 2)
    assert await ids(log, "acme") == ["last", "first"]


async def test_a_list_of_one_status_has_the_tenants_own_alone(log: AnyLog) -> None:
    for n, tenant in enumerate(("acme", "bank", "acme")):
        await create(log, f"i{n}", tenant, now_s=NOON_S + n)
    for interview_id in ("i0", "i1"):
        done = await log.append(
            interview_id, expected_version=1, lease_epoch=0, operation_id="o",
            entries=[NewEntry("said", {})], status="listening", now_s=NOON_S,
        )  # fmt: skip
        assert isinstance(done, Appended)
    assert await ids(log, "acme", status="listening") == ["i0"]
    assert await ids(log, "acme", status="listening", after="i2") == ["i0"]
    assert await ids(log, "acme", status="listening", after="i0") == []
    assert await ids(log, "acme", status="created") == ["i2"]
    assert await ids(log, "bank", status="listening") == ["i1"]
    assert await ids(log, "bank", status="created") == []


async def test_a_cursor_of_another_tenant_is_unknown(log: AnyLog) -> None:
    await create(log, "a1")
    await create(log, "b1", "bank", now_s=NOON_S + 1)
    await create(log, "d1", "default", now_s=NOON_S + 2)
    for erased in (False, True):
        for after, tenants in (("a1", ("bank", "default")), ("d1", ("acme", "bank"))):
            for tenant in tenants:
                with pytest.raises(UnknownInterview):
                    await log.rows(after=after, limit=5, tenant=tenant)
                with pytest.raises(UnknownInterview):
                    await log.summaries(after=after, limit=5, tenant=tenant)
        if not erased:
            await create(log, "a0", now_s=NOON_S - 1)
            await log.erase("a1", now_s=NOON_S)
            await log.erase("d1", now_s=NOON_S)
    assert await ids(log, "acme", after="a1") == ["a0"]
    assert await ids(log, "default", after="d1") == []


async def test_what_is_erased_belongs_to_nobody(log: AnyLog) -> None:
    await create(log, "a1")
    assert await log.erase("a1", now_s=NOON_S)
    assert await log.owner("a1") is None
    assert await ids(log, "acme") == []
    assert await ids(log, "acme", status="created") == []
    with pytest.raises(KeyReused):
        await create(log, "a1", "bank")


async def test_two_tenants_use_the_same_idempotency_key(log: AnyLog) -> None:
    made = [
        await create(log, f"i{n}", tenant, key="k", digest=f"d{n}")
        for n, tenant in enumerate(("default", "acme", "bank"))
    ]
    assert [row.interview_id for row in made] == ["i0", "i1", "i2"]
    assert (await create(log, "new", "bank", key="k", digest="d2")).interview_id == "i2"
    with pytest.raises(KeyReused):
        await create(log, "new", "bank", key="k", digest="d1")
    await log.erase("i1", now_s=NOON_S)
    assert (await create(log, "i9", "acme", key="k", digest="x")).interview_id == "i9"
    assert (await create(log, "new", "default", key="k", digest="d0")).interview_id == "i0"


async def test_an_id_of_another_tenant_is_refused(log: AnyLog) -> None:
    await create(log, "i1")
    assert (await create(log, "i1")).tenant == "acme"
    for tenant in ("bank", "default"):
        with pytest.raises(KeyReused):
            await create(log, "i1", tenant)
    assert await log.owner("i1") == "acme"


# --- how many in a day --------------------------------------------------------------------------


async def test_a_day_has_as_many_as_are_allowed(log: AnyLog) -> None:
    await create(log, "i1", most=2)
    await create(log, "i2", key="k", digest="d", most=2)
    with pytest.raises(QuotaReached) as reached:
        await create(log, "i3", most=2)
    assert (reached.value.most, reached.value.retry_after_s) == (2, 43_200)
    again = await create(log, "i4", key="k", digest="d", most=2)
    assert again.interview_id == "i2", "what was made before counts once, and is answered"
    await create(log, "b1", "bank", most=2)
    assert await log.row("i3") is None
    await log.erase("i1", now_s=NOON_S)
    with pytest.raises(QuotaReached):
        await create(log, "i5", most=2)  # an erasing makes no room
    await create(log, "i6", most=3)
    await create(log, "i7", most=2, now_s=NOON_S + 43_200)
    with pytest.raises(QuotaReached):
        await create(log, "i8", most=3)  # a clock that is set back, over midnight
    await create(log, "i9", most=2, now_s=NOON_S + 43_200)
    with pytest.raises(QuotaReached):
        await create(log, "j1", most=2, now_s=NOON_S + 43_200)


async def test_who_asks_at_the_same_time_gets_no_more(open_log: OpenLog) -> None:
    logs = [await open_log() for _ in range(3)]
    made = await asyncio.gather(
        *(create(logs[n % 3], f"i{n}", most=7) for n in range(30)), return_exceptions=True
    )
    assert sum(isinstance(one, InterviewRow) for one in made) == 7
    assert sum(isinstance(one, QuotaReached) for one in made) == 23
    assert len(await logs[0].rows(after=None, limit=50, tenant="acme")) == 7


# --- of an earlier release ----------------------------------------------------------------------


async def test_a_file_without_tenants_belongs_to_the_default_one(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite3"
    before = next(n for n, one in enumerate(sqlite_schema.MIGRATIONS) if "TABLE owner" in one)
    with sqlite3.connect(path, isolation_level=None) as db:
        sqlite_schema.migrate(db, path, sqlite_schema.MIGRATIONS[:before])
        db.execute("INSERT INTO interview VALUES ('old', 1.0, 0, 'created', '{}', 'k', 'd')")
        log = SqliteEventLog(path)
        await log.open()
        # A process of the former release that has the file open still.
        db.execute("INSERT INTO interview VALUES ('late', 2.0, 0, 'created', '{}', NULL, '')")
    db.close()
    await create(log, "a1")
    assert await ids(log, "default") == ["late", "old"]
    assert await ids(log, "acme") == ["a1"]
    again = await create(log, "new", "default", key="k", digest="d")
    assert again.interview_id == "old"
    await log.close()


@pytest.mark.redis
async def test_keys_without_tenants_belong_to_the_default_one(redis_server: RedisServer) -> None:
    first = RedisEventLog(RedisClient(redis_server.url))
    await first.open()
    for n in range(450):
        await create(first, f"old{n:03}", "default", now_s=NOON_S + n)
    await create(first, "damaged", "default", now_s=NOON_S)
    redis_server.command("SET", "ms:{damaged}:row", "x")
    # As a server of the former release leaves it.
    redis_server.command("DEL", "ms:tenant:default", "ms:tenant:default:status:created")
    redis_server.command("SET", "ms:schema", "1")
    second = RedisEventLog(RedisClient(redis_server.url))
    await second.open()
    assert await ids(second, "default", after="old003") == ["old002", "old001", "old000", "damaged"]
    page = await second.rows(after="old003", limit=5, status="created", tenant="default")
    assert [row.interview_id for row in page] == ["old002", "old001", "old000"]
    assert await second.owner("damaged") == "default"
    await first.close()
    await second.close()


@pytest.mark.redis
async def test_what_the_former_release_makes_beside_this_one(redis_server: RedisServer) -> None:
    log = RedisEventLog(RedisClient(redis_server.url))
    await log.open()
    for interview_id in ("i1", "i2"):
        await create(log, interview_id, "default")
        redis_server.command("ZREM", "ms:tenant:default", interview_id)
        redis_server.command("ZREM", "ms:tenant:default:status:created", interview_id)
    assert await log.owner("i1") == "default"
    assert await ids(log, "default") == []
    await log.append(
        "i1", expected_version=1, lease_epoch=0, operation_id="o", entries=CREATED,
        status="created", now_s=NOON_S,
    )  # fmt: skip
    assert await ids(log, "default", status="created") == ["i1"]
    later = RedisEventLog(RedisClient(redis_server.url))
    await later.open()
    assert await ids(later, "default", status="created") == ["i2", "i1"]
    assert await ids(later, "default") == ["i2", "i1"]
    await log.close()
    await later.close()


@pytest.mark.redis
async def test_what_the_former_release_erases_and_ends_beside_this_one(
    redis_server: RedisServer,
) -> None:
    """It knows the indexes of all interviews, and none of a tenant's."""
    log = RedisEventLog(RedisClient(redis_server.url))
    await log.open()
    for n in range(8):
        await create(log, f"i{n}", "default", now_s=NOON_S + n)
    for n in (2, 5, 6, 7):
        redis_server.command("ZREM", "ms:interviews", f"i{n}")
        redis_server.command("ZREM", "ms:status:created", f"i{n}")
        redis_server.command("HSET", "ms:erased", f"i{n}", f"[{NOON_S}, {NOON_S + n}, {{}}]")
        redis_server.command("DEL", f"ms:{{i{n}}}:row", f"ms:{{i{n}}}:log")
    redis_server.command("HSET", "ms:{i3}:row", "status", "completed")
    assert await ids(log, "default") == ["i4", "i3", "i1", "i0"]
    first = await log.summaries(after=None, limit=3, tenant="default")
    assert [row.interview_id for row in first] == ["i4", "i3", "i1"], "a whole page: it goes on"
    rest = await log.summaries(after="i1", limit=3, tenant="default")
    assert [row.interview_id for row in rest] == ["i0"]
    assert await ids(log, "default", status="created") == ["i4", "i1", "i0"]
    await log.close()


@pytest.mark.redis
async def test_an_owner_writes_its_tenant_back(redis_server: RedisServer) -> None:
    log = RedisEventLog(RedisClient(redis_server.url))
    await log.open()
    row = await create(log, "a1")
    entries = await log.read("a1")
    lease = await log.acquire("a1", "me", ttl_s=10)
    assert lease is not None
    redis_server.command("FLUSHALL")
    assert await log.restore(row, entries, lease_epoch=lease.lease_epoch, now_s=NOON_S) == 1
    assert await log.owner("a1") == "acme"
    assert await ids(log, "acme", status="created") == ["a1"]
    assert await ids(log, "default") == []
    await log.close()


@pytest.mark.redis
async def test_a_damaged_row_has_an_owner(redis_server: RedisServer) -> None:
    log = RedisEventLog(RedisClient(redis_server.url))
    await log.open()
    await create(log, "a1")
    redis_server.command("SET", "ms:{a1}:row", "x")
    assert await log.owner("a1") == "acme"
    assert await ids(log, "acme") == ["a1"]
    assert await log.erase("a1", now_s=NOON_S)
    assert await ids(log, "acme") == []
    assert await log.owner("a1") is None
    await log.close()
