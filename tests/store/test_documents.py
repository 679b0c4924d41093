"""What both stores of documents do; run against SQLite and a real Redis."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from media_server.ports import Conflict, Document, Documents, StoreUnavailable
from media_server.ports.documents import MAX_BODY_BYTES
from media_server.store.redis import RedisEventLog
from media_server.store.redis_client import RedisClient
from media_server.store.redis_documents import RedisDocuments
from media_server.store.sqlite_documents import SqliteDocuments
from tests.store.conftest import AnyLog, OpenLog
from tests.support.redis_server import RedisServer

ODD_BODY: dict[str, Any] = {
    "text": 'Grüße "\x00\n\\ 你好 🙂 \ud800',
    "list": [1, 2.5, None, True, {"a": {}}],
}
LIMIT_S = 30.0
"""They end, on a machine however busy."""


def documents_of(log: AnyLog) -> Documents:
    if isinstance(log, RedisEventLog):
        return RedisDocuments(log._client)
    return SqliteDocuments(log.worker)


@pytest.fixture
async def documents(log: AnyLog) -> Documents:
    return documents_of(log)


def document(id_: str = "a", *, tenant: str = "t", kind: str = "k", **body: Any) -> Document:
    return Document(tenant, kind, id_, 0, 1.25, body)


async def put(documents: Documents, id_: str, expected: int | None, **body: Any) -> Document:
    stored = await documents.put(document(id_, **body), expected_version=expected)
    assert isinstance(stored, Document)
    return stored


# --- versions -----------------------------------------------------------------------------------


async def test_what_was_put_is_got(documents: Documents) -> None:
    assert await documents.get("t", "k", "a") is None
    stored = await documents.put(
        Document("t", "k", "a", 77, 1_700_000_000.123457, ODD_BODY), expected_version=0
    )
    assert stored == Document("t", "k", "a", 1, 1_700_000_000.123457, ODD_BODY)
    assert stored == await documents.get("t", "k", "a")


async def test_each_put_is_the_next_version_and_keeps_the_first_time(documents: Documents) -> None:
    await put(documents, "a", 0, n=1)
    later = Document("t", "k", "a", 0, 99.0, {"n": 2})
    assert await documents.put(later, expected_version=1) == Document(
        "t", "k", "a", 2, 1.25, {"n": 2}
    )
    assert (await put(documents, "a", None, n=3)).version == 3
    found = await documents.get("t", "k", "a")
    assert found == Document("t", "k", "a", 3, 1.25, {"n": 3})


@pytest.mark.parametrize("expected", [0, 1, 3, -1])
async def test_another_version_than_expected_changes_nothing(
    documents: Documents, expected: int
) -> None:
    for n in (0, 1):
        await put(documents, "a", n, n=n)
    refused = await documents.put(document(n=9), expected_version=expected)
    assert refused == Conflict(2)
    found = await documents.get("t", "k", "a")
    assert found is not None
    assert (found.version, found.body) == (2, {"n": 1})


async def test_a_version_is_expected_where_there_is_none(documents: Documents) -> None:
    assert await documents.put(document(), expected_version=1) == Conflict(0)
    assert await documents.get("t", "k", "a") is None
    assert await documents.page("t", "k") == ()


async def test_tenants_and_kinds_are_apart(documents: Documents) -> None:
    for tenant in ("t", "u"):
        for kind in ("k", "l"):
            name = {"tenant": tenant, "kind": kind}
            await documents.put(document("a", **name, own=tenant + kind), expected_version=0)
    assert await documents.delete("t", "k", "a") is True
    assert await documents.get("t", "k", "a") is None
    for tenant, kind in (("t", "l"), ("u", "k"), ("u", "l")):
        found = await documents.get(tenant, kind, "a")
        assert found is not None
        assert found.body == {"own": tenant + kind}
        assert await documents.page(tenant, kind) == (found,)
    assert await documents.page("t", "k") == ()


# --- delete -------------------------------------------------------------------------------------


async def test_delete(documents: Documents) -> None:
    assert await documents.delete("t", "k", "a") is False
    await put(documents, "a", 0)
    await put(documents, "a", 1)
    assert await documents.delete("t", "k", "a", expected_version=1) == Conflict(2)
    assert await documents.get("t", "k", "a") is not None
    assert await documents.delete("t", "k", "a", expected_version=2) is True
    assert await documents.delete("t", "k", "a", expected_version=2) is False
    assert await documents.page("t", "k") == ()
    assert (await put(documents, "a", 0)).version == 1, "made again it begins anew"


# --- pages --------------------------------------------------------------------------------------


async def test_thousands_in_pages_while_some_go(documents: Documents) -> None:
    # From the end to the beginning: the order is that of the ids, not of the writing.
    names = [f"id-{n:05d}" for n in range(3_000)]
    for start in range(0, 3_000, 200):
        batch = names[2_800 - start : 3_000 - start]
        await asyncio.gather(*(put(documents, name, 0, name=name) for name in reversed(batch)))
    found: list[str] = []
    after = None
    while page := await documents.page("t", "k", after=after, limit=700):
        assert all(one.body == {"name": one.id} for one in page)
        found += [one.id for one in page]
        after = found[-1]
        # What a cursor names may go, and so may what has not been listed yet.
        await documents.delete("t", "k", after)
    assert found == names
    assert len(await documents.page("t", "k", limit=1000)) == 1000
    assert [one.id for one in await documents.page("t", "k", after="id-02997", limit=9)] == [
        "id-02998"
    ]


async def test_order_is_that_of_bytes(documents: Documents) -> None:
    names = ["B", "a", "0", "a-1", "a.1", "a1", "Ab", "a_1", "a@2"]
    for name in names:
        await put(documents, name, 0)
    assert [one.id for one in await documents.page("t", "k")] == sorted(names)
    assert [one.id for one in await documents.page("t", "k", after="a", limit=2)] == ["a-1", "a.1"]
    assert await documents.page("t", "k", after="zzz") == ()


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "a:b", "a b", "{a}", ".a", "ü", "a\n", "a" * 129, "a/b"])
async def test_names_that_are_none(documents: Documents, name: str) -> None:
    for place in range(3):
        names = ["t", "k", "a"]
        names[place] = name
        with pytest.raises(ValueError, match="1 to 128"):
            await documents.get(*names)
        with pytest.raises(ValueError, match="1 to 128"):
            await documents.delete(*names)
        with pytest.raises(ValueError, match="1 to 128"):
            await documents.put(
                Document(names[0], names[1], names[2], 0, 1.0, {}), expected_version=None
            )
    with pytest.raises(ValueError, match="1 to 128"):
        await documents.page(name, "k")


@pytest.mark.parametrize("limit", [0, -1, 1001])
async def test_pages_are_bounded(documents: Documents, limit: int) -> None:
    with pytest.raises(ValueError, match="1 to 1000"):
        await documents.page("t", "k", limit=limit)


async def test_bodies_are_bounded_json(documents: Documents) -> None:
    room = MAX_BODY_BYTES - len('{"x":""}')
    await put(documents, "a", 0, x="ü" * (room // 2))
    for body in ({"x": "ü" * (room // 2 + 1)}, {"x": float("nan")}, {"x": b"bytes"}):
        with pytest.raises(ValueError, match=r"bytes|JSON"):
            await documents.put(Document("t", "k", "a", 0, 1.0, body), expected_version=None)
    found = await documents.get("t", "k", "a")
    assert found is not None
    assert found.version == 1


# --- several at once ----------------------------------------------------------------------------


async def test_of_racing_writers_one_wins_each_version(open_log: OpenLog) -> None:
    clients = [documents_of(await open_log()) for _ in range(3)]
    for version in range(5):
        answers = await asyncio.gather(
            *(clients[n % 3].put(document(by=n), expected_version=version) for n in range(12))
        )
        [winner] = [answer for answer in answers if isinstance(answer, Document)]
        losers = [answer for answer in answers if isinstance(answer, Conflict)]
        assert losers == [Conflict(version + 1)] * 11
        for client in clients:
            assert await client.get("t", "k", "a") == winner
    deletes = await asyncio.gather(*(client.delete("t", "k", "a") for client in clients))
    assert sorted(map(bool, deletes)) == [False, False, True]


async def test_counting_up_by_trying_again_loses_nothing(open_log: OpenLog) -> None:
    clients = [documents_of(await open_log()) for _ in range(2)]
    await put(clients[0], "a", 0, n=0)

    async def add_one(client: Documents) -> None:
        while True:
            now = await client.get("t", "k", "a")
            assert now is not None
            more = document(n=now.body["n"] + 1)
            if isinstance(await client.put(more, expected_version=now.version), Document):
                return

    await asyncio.gather(*(add_one(clients[n % 2]) for n in range(20)))
    found = await clients[0].get("t", "k", "a")
    assert found is not None
    assert (found.version, found.body) == (21, {"n": 20})


async def test_documents_stay_when_the_store_is_opened_again(open_log: OpenLog) -> None:
    first = await open_log()
    stored = await put(documents_of(first), "a", 0, n=1)
    await first.close()
    assert await documents_of(await open_log()).get("t", "k", "a") == stored


# --- damage -------------------------------------------------------------------------------------

DAMAGED_BODIES = ["{", "", "7", "[]", "null", "[" * 100_000, b"\xff\xfe"]
DAMAGED_VERSIONS = ["", "x", "0", "-3", "nan", "inf", "1" * 400]


async def expect_damage(documents: Documents) -> None:
    """Of the three there are, "b" cannot be read: it costs itself, and can be replaced."""
    found = await documents.get("t", "k", "b")
    assert found is not None
    assert found.damage == "the document cannot be read"
    assert (found.version, found.body) == (0, {})
    page = await documents.page("t", "k")
    assert [(one.id, bool(one.damage)) for one in page] == [("a", False), ("b", True), ("c", False)]
    assert isinstance(await documents.put(document("b", n=9), expected_version=0), Conflict)
    assert isinstance(await documents.delete("t", "k", "b", expected_version=0), Conflict)
    again = await put(documents, "b", None, n=2)
    assert await documents.get("t", "k", "b") == again
    assert again.body == {"n": 2}


async def three(documents: Documents) -> None:
    for name in "abc":
        await put(documents, name, None, n=1)


async def test_damaged_row(tmp_path: Path, open_log: OpenLog, store_url: str) -> None:
    if not store_url.startswith("sqlite:"):
        pytest.skip("Redis has its own below")
    documents = documents_of(await open_log())
    faults = [("body", body) for body in DAMAGED_BODIES]
    faults += [("version", version) for version in DAMAGED_VERSIONS]
    faults += [("created_s", value) for value in ("then", "", "nan", "1e999")]
    for column, value in faults:
        await three(documents)
        with sqlite3.connect(tmp_path / "log.sqlite3", timeout=10) as db:
            db.execute(
                f"UPDATE document SET {column} = CAST(? AS TEXT) WHERE id = 'b'",  # noqa: S608  # constants
                (value,),
            )
        db.close()
        await expect_damage(documents)


@pytest.mark.redis
async def test_what_is_lost_ends_no_list(redis_server: RedisServer) -> None:
    """A Redis that is restored or cut off may know ids of documents that are gone."""
    log = RedisEventLog(RedisClient(redis_server.url))
    await log.open()
    documents = documents_of(log)
    for n in range(120):
        await put(documents, f"d{n:03}", 0)
    redis_server.command("DEL", *(f"ms:document:t:k:d{n:03}" for n in range(60)))
    found = await documents.page("t", "k", limit=50)
    assert [one.id for one in found] == [f"d{n:03}" for n in range(60, 110)]
    found = await documents.page("t", "k", after=found[-1].id, limit=50)
    assert [one.id for one in found] == [f"d{n:03}" for n in range(110, 120)]
    await log.close()


@pytest.mark.redis
async def test_damaged_hash(redis_server: RedisServer) -> None:
    log = RedisEventLog(RedisClient(redis_server.url))
    await log.open()
    documents = documents_of(log)
    faults = [("body", body) for body in DAMAGED_BODIES if isinstance(body, str)]
    faults += [("version", version) for version in DAMAGED_VERSIONS]
    faults += [("created_s", value) for value in ("then", "", "nan", "1e999")]
    name = "ms:document:t:k:b"
    for field, value in faults:
        await three(documents)
        redis_server.command("HSET", name, field, value)
        await expect_damage(documents)
    for field in ("body", "version", "created_s"):
        await three(documents)
        redis_server.command("HDEL", name, field)
        await expect_damage(documents)
    await three(documents)
    redis_server.command("SET", name, "a text")
    await expect_damage(documents)
    redis_server.command("SET", name, "a text")
    assert await documents.delete("t", "k", "b") is True
    assert [one.id for one in await documents.page("t", "k")] == ["a", "c"]
    await log.close()


# --- a store that is away -----------------------------------------------------------------------


async def refused_in_time(documents: Documents, *, reads: bool) -> None:
    calls: list[Coroutine[Any, Any, Any]] = [
        documents.put(document(n=2), expected_version=1),
        documents.put(document("new"), expected_version=None),
        documents.delete("t", "k", "a"),
    ]
    if reads:
        calls += [documents.get("t", "k", "a"), documents.page("t", "k")]
    began_s = time.monotonic()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert time.monotonic() - began_s < LIMIT_S
    assert [type(result) for result in results] == [StoreUnavailable] * len(calls)


async def test_locked_file(tmp_path: Path, open_log: OpenLog, store_url: str) -> None:
    if not store_url.startswith("sqlite:"):
        pytest.skip("Redis has its own below")
    documents = documents_of(await open_log())
    stored = await put(documents, "a", 0, n=1)
    other = sqlite3.connect(tmp_path / "log.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await refused_in_time(documents, reads=False)
    assert await documents.get("t", "k", "a") == stored, "reading goes on"
    other.execute("ROLLBACK")
    other.close()
    assert (await put(documents, "a", 1, n=2)).version == 2


@pytest.mark.redis
@pytest.mark.parametrize("how", ["silent", "dead"])
@pytest.mark.product_limits
async def test_redis_is_away(redis_server: RedisServer, how: str) -> None:
    log = RedisEventLog(RedisClient(redis_server.url))
    await log.open()
    documents = documents_of(log)
    await put(documents, "a", 0, n=1)
    if how == "silent":
        redis_server.pause()
    else:
        redis_server.kill()
    await refused_in_time(documents, reads=True)
    await log.close()
