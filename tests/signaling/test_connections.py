"""Limits on TCP connections: real sockets on loopback, and aiohttp behind them."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from media_server import fd_limit, http_connections
from media_server.http_connections import RESERVE, LimitedSite, listen
from signaling.limits import address_key
from tests.support.waiting import until

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Served:
    site: LimitedSite
    port: int
    release: asyncio.Event
    """Lets the requests to /wait go."""
    begun: list[web.Request]
    opened: list[asyncio.StreamWriter]

    async def connect(self, data: bytes = b"", host: str = "127.0.0.1") -> Streams:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(host, 0))
        self.opened.append(writer)
        if data:
            writer.write(data)
        return reader, writer

    async def status(self, data: bytes, host: str = "127.0.0.1") -> int:
        """Of the answer on a connection of its own; 0: closed without one."""
        try:
            reader, _ = await self.connect(data, host)
            async with asyncio.timeout(10):
                line = await reader.readline()
        except ConnectionError:
            return 0
        return int(line.split()[1]) if line else 0

    async def busy(self, count: int) -> None:
        for _ in range(count):
            await self.connect(GET.replace(b"/ ", b"/wait "))
        await until(lambda: len(self.begun) == count)


@asynccontextmanager
async def served(**limits: Any) -> AsyncIterator[Served]:
    release, begun = asyncio.Event(), []

    async def wait(request: web.Request) -> web.Response:
        begun.append(request)
        await release.wait()
        return web.Response(text="waited")

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    app.router.add_get("/healthz", hello)
    app.router.add_get("/wait", wait)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    listening = listen("127.0.0.1", 0)
    site = LimitedSite(runner, listening, **limits)
    await site.start()
    found = Served(site, listening.getsockname()[1], release, begun, [])
    try:
        yield found
    finally:
        release.set()
        for writer in found.opened:
            writer.close()
        await asyncio.gather(*(w.wait_closed() for w in found.opened), return_exceptions=True)
        await runner.cleanup()


@pytest.fixture
def nobody_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_connections, "GIVES_WAY_S", 1e9)


@pytest.fixture
def all_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_connections, "GIVES_WAY_S", 0.0)
    monkeypatch.setattr(http_connections, "LOOK_AGAIN_S", 0.0)


async def test_aiohttp_tells_when_a_request_is_under_way() -> None:
    """What `_Connection.busy` reads of aiohttp."""
    async with served(max_connections=5) as server:
        reader, writer = await server.connect(GET[:10])
        await until(lambda: server.site.open_connections == 1)
        [connection] = server.site._all.open

        def busy() -> bool:
            return connection.busy

        await asyncio.sleep(0.05)
        assert not busy(), "half a head"
        writer.write(GET[10:])
        await reader.readuntil(b"hello")
        await until(lambda: not busy())
        writer.write(GET.replace(b"/ ", b"/wait ") + GET)
        await until(lambda: server.begun)
        assert busy()
        server.release.set()
        await until(lambda: not busy())


async def test_every_head_of_a_connection_has_a_deadline() -> None:
    async with served(max_connections=5, head_timeout_s=0.5) as server:
        reader, writer = await server.connect(GET)
        assert b"200" in await reader.readline()
        await reader.readuntil(b"hello")
        await asyncio.sleep(0.7)  # idle: aiohttp's own time for that is longer
        answer = asyncio.ensure_future(reader.read())
        for byte in GET[:-2] + b"X: " + b"x" * 500:  # a byte at a time never resets the deadline
            if answer.done():
                break
            writer.write(bytes([byte]))
            await asyncio.sleep(0.02)
        assert (await answer).startswith(b"HTTP/1.1 408 ")
        assert server.site.timed_out == 1
        await server.busy(1)
        await asyncio.sleep(0.7)
        assert server.site.timed_out == 1, "an answer may take its time"


async def test_one_address_has_its_share(nobody_gives_way: None) -> None:
    async with served(max_connections=10, per_address=3) as server:
        for _ in range(3):
            await server.connect()
        await until(lambda: server.site.open_connections == 3)
        assert await server.status(GET) == 0
        assert server.site.refused == 1
        assert await server.status(GET, "127.0.0.2") == 200
    async with served(
        max_connections=10, per_address=3, trusted_proxies=("127.0.0.0/8",)
    ) as server:
        for _ in range(8):
            await server.connect()
        assert await server.status(GET) == 200, "all candidates come through the proxy"


async def test_slow_connections_give_way_and_requests_do_not(all_give_way: None) -> None:
    async with served(max_connections=20, per_address=15) as server:
        await server.busy(4)
        for _ in range(60):  # a byte now and then, from one address
            await server.connect(GET[:7])
        assert server.site.open_connections <= 15
        assert await server.status(GET) == 200, "of the same address, as behind one NAT"
        for host in ("127.0.0.3", "127.0.0.4"):
            for _ in range(20):
                await server.connect(GET[:7], host)
        assert await server.status(GET, "127.0.0.5") == 200
        assert server.site.gave_way > 40
        server.release.set()
        await until(lambda: all(not one.busy for one in server.site._all.open))
        assert len(server.begun) == 4
        assert all(request.transport is not None for request in server.begun), "none was cut off"


async def test_a_full_server_answers_health_all_the_same() -> None:
    async with served(max_connections=3) as server:
        await server.busy(3)
        assert await server.status(GET) == 503
        assert server.site.refused == 1
        assert await server.status(HEALTH) == 200
        reader, writer = await server.connect(HEALTH[:6])
        await asyncio.sleep(0.05)
        writer.write(HEALTH[6:])
        assert b"200" in await reader.readline(), "in pieces"
        assert server.site.open_connections == 3


async def test_the_reserve_is_a_few_and_each_for_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_connections, "RESERVED_S", 1e6)
    async with served(max_connections=1) as server:
        await server.busy(1)
        for _ in range(RESERVE):
            await server.connect()
        await until(lambda: len(server.site._reserved) == RESERVE)
        assert await server.status(HEALTH) == 0, "used up"
    monkeypatch.setattr(http_connections, "RESERVED_S", 0.3)
    async with served(max_connections=1) as server:
        await server.busy(1)
        silent = [await server.connect() for _ in range(RESERVE)]
        for reader, _ in silent:
            assert await reader.read() == b""
        assert await server.status(HEALTH) == 200
        await until(lambda: not server.site._reserved)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_what_an_address_is_counted_by(address: str, key: str) -> None:
    assert address_key(address) == key


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    soft, hard = fd_limit.limits()
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
        assert fd_limit.raise_limit() == hard
        assert fd_limit.limits() == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_connections_stay_below_the_limit() -> None:
    assert fd_limit.connections_for(65_536, wanted=2000, max_live=50) == 2000
    assert fd_limit.connections_for(1024, wanted=2000, max_live=50) == 1024 - 256 - 300
    assert fd_limit.connections_for(256, wanted=2000, max_live=50) == fd_limit.LEAST
    assert fd_limit.connections_for(resource.RLIM_INFINITY, wanted=2000, max_live=50) == 2000
