"""`HOST=::` is every address of both families, and an IPv4 client stays one, by its own address."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

import signaling
from media_server.config import Config
from media_server.http_connections import LimitedSite, families_of, listen
from media_server.http_settings import HttpSettings
from media_server.serve import CannotServe, bind, person_url, reachable_urls
from signaling.hosts import plain_address
from signaling.urls import client_address
from tests.signaling.conftest import open_house

pytestmark = pytest.mark.skipif(
    not socket.has_dualstack_ipv6(), reason="this system has no dual-stack sockets"
)


def is_served(listening: socket.socket, address: str) -> bool:
    """By this very socket: another process may have the same port of the other family."""
    try:
        client = socket.create_connection((address, listening.getsockname()[1]), timeout=5)
    except OSError:
        return False
    with client:
        listening.settimeout(1)
        try:
            accepted, peer = listening.accept()
        except TimeoutError:
            return False
        accepted.close()
        return bool(peer[1] == client.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "families", "serves"),
    [
        ("::", {4, 6}, {"127.0.0.1", "::1"}),
        ("0.0.0.0", {4}, {"127.0.0.1"}),
        ("::1", {6}, {"::1"}),
        ("127.0.0.1", {4}, {"127.0.0.1"}),
    ],
)
def test_who_is_served(host: str, families: set[int], serves: set[str]) -> None:
    with bind(host, 0) as listening:
        port = listening.getsockname()[1]
        assert families_of(listening) == families
        assert {one for one in ("127.0.0.1", "::1") if is_served(listening, one)} == serves
        name = f"[{host}]" if host == "::1" else "localhost"
        assert person_url(Config(), listening) == f"http://{name}:{port}"


def test_an_ipv4_port_that_is_taken_is_said() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=f"port {port} is taken"):
            bind("::", port)


def test_where_the_system_has_no_dual_stack_it_is_ipv6_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    with bind("::", 0) as listening:
        port = listening.getsockname()[1]
        assert families_of(listening) == {6}
        assert person_url(Config(), listening) == f"http://[::1]:{port}"
        assert all("[" in url for url in reachable_urls(listening))


def test_a_system_without_ipv6_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> socket.socket:
        raise OSError(97, "Address family not supported by protocol")

    monkeypatch.setattr(socket, "create_server", none)
    with pytest.raises(CannotServe, match=r"no IPv6.*HOST=0\.0\.0\.0"):
        bind("::", 0)


@asynccontextmanager
async def on_both(proxy: str) -> AsyncIterator[int]:
    """The port of a dual-stack server that answers with the client's address as it sees it."""
    house = await open_house(HttpSettings(trusted_proxies=(proxy,)))

    async def who(request: web.Request) -> web.Response:
        return web.Response(text=client_address(request))

    app = web.Application()
    app[signaling.CONTEXT] = house.app[signaling.CONTEXT]
    app.router.add_get("/", who)
    runner = web.AppRunner(app)
    await runner.setup()
    listening = listen("::", 0)
    try:
        await LimitedSite(
            runner, listening, max_connections=50, per_address=2, trusted_proxies=(proxy,)
        ).start()
        yield listening.getsockname()[1]
    finally:
        await runner.cleanup()
        listening.close()
        await house.client.close()


async def test_an_ipv4_client_is_counted_trusted_and_named_as_one() -> None:
    async with on_both("127.0.0.9/32") as port:

        async def seen_as(source: str, **headers: str) -> str:
            connector = aiohttp.TCPConnector(local_addr=(source, 0))
            url = f"http://127.0.0.1:{port}/"
            async with (
                aiohttp.ClientSession(connector=connector) as session,
                session.get(url, headers=headers) as response,
            ):
                return await response.text()

        assert await seen_as("127.0.0.2") == "127.0.0.2"
        assert await seen_as("127.0.0.9", **{"X-Forwarded-For": "192.0.2.7"}) == "192.0.2.7"
        mapped = {"X-Forwarded-For": "192.0.2.7, ::ffff:127.0.0.9"}
        assert await seen_as("127.0.0.9", **mapped) == "192.0.2.7"
        waiting = [
            socket.create_connection(("127.0.0.1", port), source_address=(f"127.0.0.{n}", 0))
            for n in (3, 3, 9, 9, 9, 9)
        ]
        with pytest.raises(aiohttp.ClientError):
            await seen_as("127.0.0.3")  # it has its share
        assert await seen_as("127.0.0.4") == "127.0.0.4"  # not of "the same /64"
        assert await seen_as("127.0.0.9") == "127.0.0.9"  # a proxy may have more
        for one in waiting:
            one.close()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("unknown", "unknown"),
    ],
)
def test_an_address_is_written_in_one_way(written: str, meant: str) -> None:
    assert plain_address(written) == meant
