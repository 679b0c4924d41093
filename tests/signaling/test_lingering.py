"""The last answer of a connection reaches a client that is still sending (RFC 9112 §9.6).

Real sockets: what is held to is what the system's TCP makes of closing one.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from media_server import http_connections, http_lingering
from media_server.http_connections import LimitedSite, listen
from media_server.http_lingering import LingeringEnd
from signaling.bodies import read_body
from signaling.problems import middleware
from tests.support.waiting import until

POST = b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n"
PIECE = b"x" * 4096
ONE_READ = 256 * 1024
"""What asyncio reads of a socket at once, at most."""


@pytest.fixture(autouse=True)
def time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine; nothing here waits for its end."""
    monkeypatch.setattr(http_lingering, "LINGER_S", 20.0)


@asynccontextmanager
async def served(max_connections: int = 10) -> AsyncIterator[tuple[LimitedSite, int]]:
    async def read(request: web.Request) -> web.Response:
        await read_body(request, limit=10_000_000, timeout_s=0.2)
        return web.Response()

    async def small(request: web.Request) -> web.Response:
        await read_body(request, limit=1000, timeout_s=10)
        return web.Response()

    app = web.Application(middlewares=[middleware])
    app.router.add_post("/read", read)
    app.router.add_post("/small", small)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    listening = listen("127.0.0.1", 0)
    site = LimitedSite(runner, listening, max_connections=max_connections)
    await site.start()
    try:
        yield site, listening.getsockname()[1]
    finally:
        await runner.cleanup()


class Client:
    """A plain socket: asyncio's own streams would read beside the writing."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._loop = asyncio.get_running_loop()
        self.socket = socket.socket()
        self.socket.setblocking(False)

    async def __aenter__(self) -> Client:
        async with asyncio.timeout(10):
            await self._loop.sock_connect(self.socket, ("127.0.0.1", self._port))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.socket.close()

    async def send(self, data: bytes) -> None:
        async with asyncio.timeout(10):
            await self._loop.sock_sendall(self.socket, data)

    async def send_while_answered(self, head: bytes) -> bytes:
        """Sends on for a while after the answer has begun, then reads to the end.

        Raises ConnectionResetError or BrokenPipeError where the server resets.
        """
        await self.send(head)
        async with asyncio.timeout(10):
            begun = await self._loop.sock_recv(self.socket, 9)
        for _ in range(30):
            await self.send(PIECE)
            await asyncio.sleep(0.002)
        async with asyncio.timeout(10):
            while more := await self._loop.sock_recv(self.socket, 65_536):
                begun += more
        return begun


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (POST + PIECE, b"408"),
        (POST.replace(b"/read", b"/small") + PIECE, b"413"),
        (POST.replace(b"Content-Length: 1", b"Content-Length: x1") + PIECE, b"400"),
    ],
    ids=["a body that is too slow", "a body that is too large", "a head that is none"],
)
async def test_an_answer_of_the_application(head: bytes, status: bytes) -> None:
    async with served() as (site, port):
        async with Client(port) as client:
            answer = await client.send_while_answered(head)
            assert answer.split()[1] == status
            assert answer.count(b"HTTP/1.") == 1
            assert answer.endswith(b"}"), "whole"
        await until(lambda: not site.lingering)


async def test_a_full_server() -> None:
    async with served(max_connections=0) as (site, port):
        async with Client(port) as client:
            answer = await client.send_while_answered(POST + PIECE)
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert answer.endswith(b"\r\n\r\n")
            assert len(site.lingering) == 1
            assert not site._reserved, "the reserve is there for others"
        await until(lambda: not site.lingering)


async def test_who_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_lingering, "LINGER_S", 0.3)
    monkeypatch.setattr(http_lingering, "LINGER_BYTES", 10_000)
    async with served(max_connections=0) as (site, port), Client(port) as client:
        ends = []
        begin = site.lingering.begin

        def noted(transport: asyncio.Transport) -> LingeringEnd | None:
            ends.append(begin(transport))
            return ends[-1]

        monkeypatch.setattr(site.lingering, "begin", noted)
        await client.send(POST)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            await client.send(bytes(50_000_000))
        await until(lambda: not site.lingering)
        [end] = ends
        assert end is not None
        assert end._bytes_left > -ONE_READ


async def test_no_more_than_a_few_linger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_lingering, "MOST", 1)
    monkeypatch.setattr(http_connections, "RESERVE", 1)
    async with served(max_connections=0) as (site, port):
        async with Client(port) as first:
            await first.send(POST)
            await until(lambda: len(site.lingering) == 1)
            async with Client(port) as second:
                await second.send(POST)
                async with asyncio.timeout(10):
                    answer = await second._loop.sock_recv(second.socket, 1000)
                    assert answer.startswith(b"HTTP/1.1 503")
                    assert await second._loop.sock_recv(second.socket, 1) == b""
                await until(lambda: not site._reserved)
                assert len(site.lingering) == 1, "the first"
        await until(lambda: not site.lingering)
