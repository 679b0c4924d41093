"""Blobs over HTTP: ranges and conditions of RFC 9110, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from media_server.ports import StoreUnavailable
from media_server.ports.blobs import Blob
from signaling import blob_response as module
from signaling import problems
from signaling.blob_response import blob_response
from tests.signaling.memory_service import blob_of

DATA = bytes(range(200))
CHANGED = "Sun, 15 Jun 2025 15:06:40 GMT"  # that of `blob_of`
LATER = "Sun, 15 Jun 2025 15:06:41 GMT"

Client = TestClient[web.Request, web.Application]


async def client_for(blob: Blob) -> Client:
    async def answer(request: web.Request) -> web.StreamResponse:
        return await blob_response(request, blob, content_type="audio/ogg", filename="a.ogg")

    app = web.Application(middlewares=[problems.middleware])
    app.router.add_get("/", answer)
    client = TestClient(TestServer(app))
    await client.start_server()
    return client


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = await client_for(blob_of(DATA))
    yield client
    await client.close()


async def test_the_whole_with_its_headers(client: Client) -> None:
    got = await client.get("/")
    assert (got.status, await got.read()) == (200, DATA)
    assert got.headers["ETag"] == '"c8"'
    assert got.headers["Last-Modified"] == CHANGED
    assert got.headers["Accept-Ranges"] == "bytes"
    assert got.headers["Content-Length"] == "200"
    assert got.headers["Cache-Control"] == "private, no-store"
    assert got.headers["Content-Disposition"] == 'attachment; filename="a.ogg"'


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=10-19", 10, 20),
        ("bytes=0-0", 0, 1),
        ("bytes=190-", 190, 200),
        ("bytes=190-9999", 190, 200),
        ("bytes=-5", 195, 200),
        ("bytes=-9999", 0, 200),
        ("BYTES=1-2", 1, 3),
    ],
)
async def test_one_range(client: Client, asked: str, start: int, end: int) -> None:
    got = await client.get("/", headers={"Range": asked})
    assert (got.status, await got.read()) == (206, DATA[start:end])
    assert got.headers["Content-Range"] == f"bytes {start}-{end - 1}/200"
    assert got.headers["Content-Length"] == str(end - start)
    head = await client.head("/", headers={"Range": asked})
    assert head.headers["Content-Length"] == str(end - start)


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "bytes", "bytes=-", "bytes=a-b", "junk"]
)
async def test_a_range_that_is_not_served_is_ignored(client: Client, asked: str) -> None:
    got = await client.get("/", headers={"Range": asked})
    assert (got.status, await got.read()) == (200, DATA)


@pytest.mark.parametrize("asked", ["bytes=200-", "bytes=900-901", "bytes=-0"])
async def test_a_range_without_a_byte(client: Client, asked: str) -> None:
    got = await client.get("/", headers={"Range": asked})
    assert got.status == 416
    assert got.headers["Content-Range"] == "bytes */200"
    assert (await got.json())["code"] == "range_not_satisfiable"


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ('"c8"', 206), (CHANGED, 206), ('"other"', 200), ('W/"c8"', 200), (LATER, 200), ("x", 200),
    ],
)  # fmt: skip
async def test_if_range(client: Client, condition: str, status: int) -> None:
    got = await client.get("/", headers={"Range": "bytes=1-2", "If-Range": condition})
    assert got.status == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": '"c8"'}, 304),
        ({"If-None-Match": 'W/"c8", "x"'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"x"'}, 200),
        ({"If-None-Match": '"x"', "If-Modified-Since": LATER}, 200),
        ({"If-Modified-Since": CHANGED}, 304),
        ({"If-Modified-Since": "Sun, 15 Jun 2025 15:06:39 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-Match": '"c8"'}, 200),
        ({"If-Match": '"x"'}, 412),
        ({"If-Match": 'W/"c8"'}, 412),
        ({"If-Unmodified-Since": "Sun, 15 Jun 2025 15:06:39 GMT"}, 412),
        ({"If-Unmodified-Since": CHANGED}, 200),
    ],
)
async def test_conditions(client: Client, headers: dict[str, str], status: int) -> None:
    for got in (await client.get("/", headers=headers), await client.head("/", headers=headers)):
        assert got.status == status
        if status == 304:
            assert await got.read() == b""
            assert got.headers["ETag"] == '"c8"'


async def test_head_sends_no_byte(client: Client) -> None:
    got = await client.head("/")
    assert (got.status, got.headers["Content-Length"], await got.read()) == (200, "200", b"")


async def test_an_empty_one() -> None:
    client = await client_for(blob_of(b""))
    got = await client.get("/")
    assert (got.status, await got.read()) == (200, b"")
    assert (await client.get("/", headers={"Range": "bytes=0-"})).status == 416
    await client.close()


def faulty(fault: Exception | float, *, after: int) -> Blob:
    """`fault`: raised, or seconds that nothing comes, after so many chunks."""

    async def read(start: int, end: int) -> AsyncGenerator[bytes, None]:
        for at in range(start, end, 50):
            if at // 50 >= after:
                if isinstance(fault, Exception):
                    raise fault
                await asyncio.sleep(fault)
            yield DATA[at : at + 50]

    return Blob("iv_1", "a.ogg", 200, "c8", 1_750_000_000, read)


@pytest.mark.parametrize(
    ("fault", "status"),
    [(StoreUnavailable("away"), 503), (30.0, 503), (FileNotFoundError(), 404)],
)
async def test_what_fails_before_the_first_byte_is_a_problem(
    fault: Exception | float, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_S", 0.2)
    client = await client_for(faulty(fault, after=0))
    got = await client.get("/")
    assert got.status == status
    assert got.content_type == "application/problem+json"
    await client.close()


@pytest.mark.parametrize("fault", [StoreUnavailable("away"), 30.0, FileNotFoundError()])
async def test_what_fails_later_is_cut_and_never_looks_whole(
    fault: Exception | float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_S", 0.2)
    client = await client_for(faulty(fault, after=2))
    with pytest.raises(aiohttp.ClientError):
        await (await client.get("/")).read()
    await client.close()
