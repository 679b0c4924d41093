"""Nobody makes this server connect to itself, to its network, or to a cloud's metadata."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Any

import aiohttp
import pytest

from media_server.ports.deliveries import Delivery
from media_server.webhooks.guard import Forbidden, Guard
from media_server.webhooks.sender import Sender
from tests.webhooks.receiver import SECRET, Receiver

PUBLIC = ["8.8.8.8", "193.0.6.139", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"]
NOT_PUBLIC = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.9.9", "172.31.255.255",
    "168.63.129.16",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "192.0.2.1", "192.88.99.1",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::",
    "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "3fff::1", "100::1",
    "not an address", "",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached_with_tls_alone(address: str) -> None:
    assert Guard().allows(address)
    assert not Guard().allows(address, plain=True)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_every_other_address_is_refused(address: str) -> None:
    assert not Guard().allows(address)
    assert not Guard(("192.0.2.9",)).allows(address)


def test_the_operator_may_name_networks() -> None:
    guard = Guard(("10.1.0.0/16", "::1"))
    assert guard.allows("10.1.2.3", plain=True)
    assert guard.allows("::1", plain=True)
    assert not guard.allows("10.2.0.1")
    assert not guard.allows("8.8.8.8", plain=True), "http:// is for those networks only"
    with pytest.raises(ValueError, match="no network"):
        Guard(("10.1.0.0/99",))


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "http://example.org/",
        "ftp://example.org/",
        "https:///x",
        "https://user:pass@example.org/",
        "https://example.org:99999/",
        "https://[/",
    ],
)
def test_urls_that_can_be_refused_as_they_are(url: str) -> None:
    with pytest.raises(Forbidden):
        Guard().check_url(url)


def test_urls_that_may_be_tried() -> None:
    Guard().check_url("https://example.org/in?x=1")
    Guard(("127.0.0.0/8",)).check_url("http://127.0.0.1:80/")
    Guard(("127.0.0.0/8",)).check_url("http://localhost/")


# --- connecting ---------------------------------------------------------------------------------


class Lying(Guard):
    """Its name server answers what the test says, one answer a time."""

    def __init__(self, *answers: list[str], allowed: tuple[str, ...] = ()) -> None:
        super().__init__(allowed)
        self._answers = list(answers)

    async def look_up(self, host: str, port: int, family: int) -> list[Any]:
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            (socket.AF_INET6 if ":" in a else socket.AF_INET, 1, 6, "", (a, port)) for a in found
        ]


async def attempt(guard: Guard, url: str) -> str:
    delivery = Delivery("msg_a", "default", "e1", "i1", "interview.started", "{}", 0.0)
    sender = Sender(guard, timeout_s=5.0, wall_s=lambda: 1_700_000_000.0)
    try:
        made = await sender.send(Receiver(url=url).endpoint(), delivery)
    finally:
        await sender.close()
    assert made.made.status is None
    assert "127.0.0.1" not in made.made.error, "what it is inside is nobody's business"
    return made.made.error


async def test_a_name_of_ours_among_others_is_refused(receiver: Receiver) -> None:
    port = receiver.url.rsplit(":", 1)[1]
    error = await attempt(Lying(["8.8.8.8", "127.0.0.1"]), f"https://x.example:{port}")
    assert "not a public one" in error
    assert receiver.got == []


async def test_a_name_that_changes_its_mind_is_checked_when_it_is_connected_to() -> None:
    """Whoever checks a name first and connects by name afterwards asks a name server twice."""
    connected: list[object] = []

    def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer)
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    guard = Lying(["8.8.8.8"], ["127.0.0.1"])
    guard.check_url(f"https://x.example:{port}/")
    await guard.look_up("x.example", port, 0)  # public, the first time it is asked
    assert "not a public one" in await attempt(guard, f"https://x.example:{port}/")
    assert connected == []
    server.close()
    await server.wait_closed()


async def test_a_resolver_that_is_got_round_is_of_no_use_either(receiver: Receiver) -> None:
    """An address in the URL is resolved by nobody: the socket itself is refused."""
    connector = Guard().connector(plain=False)
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(aiohttp.ClientError) as caught:
            await session.post(receiver.url)
    assert isinstance(getattr(caught.value, "os_error", caught.value.__cause__), Forbidden)
    assert receiver.got == []


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f000001", "017700000001", "localhost"])
async def test_odd_ways_to_write_an_address_reach_nothing(host: str, receiver: Receiver) -> None:
    port = receiver.url.rsplit(":", 1)[1]
    await attempt(Guard(), f"https://{host}:{port}")
    await attempt(Guard(("10.0.0.0/8",)), f"http://{host}:{port}")
    assert receiver.got == []


async def test_an_allowed_network_is_reached_by_name(receiver: Receiver) -> None:
    delivery = Delivery("msg_a", "default", "e1", "i1", "interview.started", "{}", 0.0)
    guard = Lying(["127.0.0.1"], allowed=("127.0.0.1",))
    sender = Sender(guard, timeout_s=5.0, wall_s=time.time)
    url = receiver.url.replace("127.0.0.1", "hooks.example")
    made = await sender.send(Receiver(url=url, secret=SECRET).endpoint(), delivery)
    await sender.close()
    assert (made.made.status, made.made.error) == (204, "")
    assert [id_ for id_, _ in receiver.got] == ["msg_a"]
