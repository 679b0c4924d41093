"""What the front passes on, what it keeps to itself, and what it does when a worker is gone."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from signaling.front_peer import HEADER
from tests.front.fakes import PIECE, FakeWorker, house
from tests.support.waiting import until

CLOSE = b"Connection: close\r\n\r\n"


async def test_a_request_arrives_as_it_was_sent(tmp_path: Path) -> None:
    async with house(tmp_path, FakeWorker(1)) as there:
        headers = [
            ("X-Twice", "1"),
            ("X-Twice", "2"),
            ("Connection", "X-Mine, Authorization, X-Forwarded-For, keep-alive"),
            ("X-Forwarded-For", "203.0.113.7"),
            ("X-Mine", "for the next one alone"),
            ("Authorization", "Bearer abc"),
            ("TE", "trailers"),
            ("Proxy-Authorization", "Basic abc"),
            ("Content-Encoding", "gzip"),
            (HEADER, '{"address":"10.9.9.9"}'),
        ]
        body = gzip.compress(b"packed stays packed")
        path = "/a%2Fb%20c;d/..%2f?q=%C3%BC+1&q=2"
        url = URL(there.url + path, encoded=True)
        async with there.client.put(url, data=body, headers=headers) as answer:
            seen = await answer.json()
            assert answer.headers.getall("Set-Cookie") == ["a=1", "b=2"]
            assert "X-Hop" not in answer.headers
        assert (seen["method"], seen["raw_path"]) == ("PUT", path)
        assert seen["body"] == "packed stays packed", "the worker is the first to unpack it"
        arrived = [(name.lower(), value) for name, value in seen["headers"]]
        assert ("x-twice", "1") in arrived
        assert ("x-twice", "2") in arrived
        for kept in (("authorization", "Bearer abc"), ("x-forwarded-for", "203.0.113.7")):
            assert kept in arrived, "cannot be named away"
        assert ("host", there.url.removeprefix("http://")) in arrived
        names = {name for name, _ in arrived}
        assert not names & {"x-mine", "te", "proxy-authorization", "upgrade"}
        assert [value for name, value in arrived if name == HEADER.lower()] != [headers[-1][1]]
        assert seen["peer"] == ["127.0.0.1", ["127.0.0.1", there.port], False]


async def test_statuses_and_methods_are_passed_on(tmp_path: Path) -> None:
    async with house(tmp_path, FakeWorker(1)) as there:
        for status in (206, 304, 404, 418, 503):
            async with there.client.get(f"{there.url}/x?status={status}") as answer:
                assert answer.status == status
        async with there.client.head(f"{there.url}/x") as answer:
            assert int(answer.headers["Content-Length"]) > 100
            assert await answer.read() == b""
        async with there.client.options(f"{there.url}/whip/abc") as answer:
            assert (await answer.json())["method"] == "OPTIONS"


async def test_a_client_of_http_1_0(tmp_path: Path) -> None:
    async with house(tmp_path, FakeWorker(1)) as there:
        said = await there.raw(b"GET /x HTTP/1.0\r\n\r\n")
        assert b'["Host", ""]' in said, "none was sent, and none is made up"
        said = await there.raw(b"GET /x HTTP/1.0\r\nHost: a\r\n\r\n")
        assert b'"peer": ["127.0.0.1", ["127.0.0.1", ' in said
        assert said.endswith(b", true]}")


async def test_what_else_may_be_asked_for(tmp_path: Path) -> None:
    """A whole URL (RFC 9112 §3.2.2), dots, bytes beyond ASCII, and what is no path."""
    async with house(tmp_path, FakeWorker(1)) as there:
        for target, arrives in (
            (b"http://x.example/a%2Fb?q=1&w", b"/a%2Fb?q=1&w"),
            (b"//x.example/a", b"//x.example/a"),
            (b"/a/../b/./c", b"/a/../b/./c"),
            (b"/a?", b"/a"),
        ):
            said = await there.raw(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n" + CLOSE)
            assert b'"raw_path": "' + arrives + b'"' in said, target
        for line in (b"OPTIONS *", b"CONNECT a:80"):
            said = await there.raw(line + b" HTTP/1.1\r\nHost: a\r\n" + CLOSE)
            assert said.startswith(b"HTTP/1.1 400 "), line
            assert b"no_path" in said
        for line in (b"GET http://x.example/internal/load", b"GET /internal/load"):
            said = await there.raw(line + b" HTTP/1.1\r\nHost: a\r\n" + CLOSE)
            assert said.startswith(b"HTTP/1.1 404 "), line


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_large_body_is_passed_on_as_it_comes(tmp_path: Path, chunked: bool) -> None:
    body = os.urandom(3_000_000)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 100_000):
            yield body[start : start + 100_000]

    async with house(tmp_path, FakeWorker(1)) as there:
        data = pieces() if chunked else io.BytesIO(body)
        async with there.client.post(f"{there.url}/upload", data=data) as answer:
            seen = await answer.json()
        assert seen == {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}


async def test_events_come_one_by_one_and_a_client_that_leaves_is_gone(tmp_path: Path) -> None:
    worker = FakeWorker(1)
    async with house(tmp_path, worker) as there:
        async with there.client.get(f"{there.url}/stream") as answer:
            assert await answer.content.readuntil(b"\n\n") == b"data: one\n\n"
            worker.may_go_on.set()
            assert await answer.content.readuntil(b"\n\n") == b"data: two\n\n"
            assert not worker.left.is_set()
            answer.close()
        async with asyncio.timeout(30):
            await worker.left.wait()


async def test_who_reads_nothing_holds_up_the_worker_and_no_memory(tmp_path: Path) -> None:
    worker, pieces = FakeWorker(1), 1024
    async with house(tmp_path, worker) as there:
        reader, writer = await asyncio.open_connection("127.0.0.1", there.port, limit=4096)
        writer.write(f"GET /big?pieces={pieces} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        await until(lambda: worker.written > 0)
        before = -1
        while before != worker.written:
            before = worker.written
            await asyncio.sleep(0.2)
        assert worker.written < 32 * 1024 * 1024, (
            "of 64 MiB: the kernel's buffers and a few of ours"
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"chunked" in head
        size = 0
        while size < pieces * len(PIECE):
            size += len(await reader.read(1_000_000))
        writer.close()
        await writer.wait_closed()
        assert worker.written == pieces * len(PIECE)


async def test_an_answer_that_breaks_off_is_not_taken_for_whole(tmp_path: Path) -> None:
    async with (
        house(tmp_path, FakeWorker(1)) as there,
        there.client.get(f"{there.url}/breaks") as answer,
    ):
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


async def test_a_worker_that_dies_is_replaced_for_who_only_reads(tmp_path: Path) -> None:
    """A GET goes to the other one; what may have had an effect is the client's to repeat."""
    one, two = FakeWorker(1), FakeWorker(2, in_call=5)
    two.ready = False  # so that it answers
    async with house(tmp_path, one, two) as there:
        async with there.client.get(f"{there.url}/dies") as answer:
            assert await answer.text() == "2"
        assert (one.asked[0], two.asked) == ("/dies", ["/dies"])
    one, two = FakeWorker(1), FakeWorker(2, in_call=5)
    async with house(tmp_path, one, two) as there:
        async with there.client.post(f"{there.url}/dies", data=b"once") as answer:
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "1"
            assert answer.content_type == "application/problem+json"
            assert (await answer.json())["code"] == "worker_lost"
        assert two.asked == []


async def test_a_socket_that_refuses_was_asked_nothing(tmp_path: Path) -> None:
    """So whatever was sent goes to another one."""
    one, two = FakeWorker(1), FakeWorker(2, in_call=5)
    async with house(tmp_path, one, two) as there:
        await one.stop()
        async with there.client.post(f"{there.url}/x", data=b"abc") as answer:
            seen = await answer.json()
            assert (seen["worker"], seen["body"]) == (2, "abc")
        await two.stop()
        async with there.client.get(f"{there.url}/x") as answer:
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) >= 1
            assert (await answer.json())["code"] == "no_worker"


async def test_a_socket_between_client_and_worker(tmp_path: Path) -> None:
    worker = FakeWorker(1)
    async with house(tmp_path, worker) as there:
        url = f"{there.url}/v1/calls/abc/text"
        async with there.client.ws_connect(url, protocols=("interview.v1",)) as line:
            assert line.protocol == "interview.v1"
            long = "ä" * 200_000
            for text in ("hello", long):
                await line.send_str(text)
                assert (await line.receive_str()) == f"1: {text}"
            await line.ping()
            await line.send_str("bye")
            closed = await line.receive()
            assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, 4001)
        async with there.client.ws_connect(url) as line:
            worker.left.clear()
            await line.send_str("hello")
            await line.receive_str()
            assert line._response.connection is not None
            assert line._response.connection.transport is not None
            line._response.connection.transport.abort()
            async with asyncio.timeout(30):
                await worker.left.wait()


async def test_an_upgrade_that_is_refused_says_why(tmp_path: Path) -> None:
    async with house(tmp_path, FakeWorker(1)) as there:
        said = await there.raw(
            b"GET /v1/calls/abc/text?no HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert said.startswith(b"HTTP/1.1 403 ")
        assert b"origin_refused" in said


async def test_nobody_asks_a_worker_what_the_front_asks(tmp_path: Path) -> None:
    async with house(tmp_path, FakeWorker(1)) as there:
        for path in ("/internal/load", "/%69nternal/load", "/internal/%6coad", "/internal/metrics"):
            url = URL(there.url + path, encoded=True)
            async with there.client.get(url) as answer:
                assert answer.status == 404, path


async def test_what_a_client_expects(tmp_path: Path) -> None:
    async with house(tmp_path, FakeWorker(1)) as there:
        head = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n"
        said = await there.raw(head + b"Expect: 100-continue\r\n\r\nabc")
        assert said.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")
        assert b'"body": "abc"' in said
        said = await there.raw(head + b"Expect: wonders\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 417 ")
        assert b"unknown_expectation" in said


async def test_a_body_that_breaks_its_encoding(tmp_path: Path) -> None:
    async with house(tmp_path, FakeWorker(1)) as there:
        head = b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        said = await there.raw(head + b"3\r\nabc\r\nzz\r\n")
        assert b" 400 " in said.splitlines()[0]


async def test_a_page_of_another_origin_reads_why_there_is_no_worker(tmp_path: Path) -> None:
    async with house(tmp_path, count=1, cors_origins=("https://jobs.example",)) as there:
        origin = {"Origin": "https://jobs.example"}
        async with there.client.post(f"{there.url}/whip/abc", headers=origin) as answer:
            assert answer.status == 503
            assert answer.headers["Access-Control-Allow-Origin"] == "https://jobs.example"
            assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
        async with there.client.get(f"{there.url}/v1/interviews", headers=origin) as answer:
            assert "Access-Control-Allow-Origin" not in answer.headers
