"""Which datagram of a connection's set-up may be lost, and what its loss costs.

A real client and a real server, 40 ms apart, in virtual time: each wait that a timer causes is seen
exactly, on any machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from aiortc import rtcsctptransport as sctp

from media_server.rtc.factory import create_transport
from tests.network.shim import BadNetwork, Weather
from tests.rtc.support import Caller, loopback_settings
from tests.support.virtual_time import LoopClock

pytestmark = pytest.mark.virtual_time
Drop = Callable[[str, bytes], bool]


async def connect(drop: Drop, *, loss: float = 0.0, seed: int = 1) -> float:
    """Seconds from the offer until the client's data channel is open."""
    transport = create_transport(loopback_settings(), clock=LoopClock())
    await transport.start()
    network = BadNetwork(transport.port, Weather(delay_ms=40, loss=loss), seed=seed)
    await network.start()
    network.tap = lambda way, data: None if drop(way, data) else data
    caller = Caller(transport)
    caller.rewrite = network.rewrite
    began_s = asyncio.get_running_loop().time()
    try:
        await caller.connect()
        return asyncio.get_running_loop().time() - began_s
    finally:
        await caller.client.vanish()
        network.close()
        await transport.close()


def first(count: int, wanted: Drop) -> Drop:
    """Drops so many of the wanted datagrams."""
    left = count

    def drop(way: str, data: bytes) -> bool:
        nonlocal left
        if not wanted(way, data) or not left:
            return False
        left -= 1
        return True

    return drop


def server_hello(way: str, data: bytes) -> bool:
    return way == "out" and data[0] == 22 and data[13] == 2


def last_flight(way: str, data: bytes) -> bool:
    return way == "out" and data[0] == 20


def sealed(size: int, way_wanted: str) -> Drop:
    """An SCTP packet of this size: DTLS adds 37 bytes."""
    return lambda way, data: way == way_wanted and data[0] == 23 and len(data) == size + 37


INIT, INIT_ACK, COOKIE_ACK, OPEN_ACK = 44, 72, 16, 32


async def test_without_loss_nothing_waits() -> None:
    assert await connect(lambda *_: False) < 0.7


@pytest.mark.parametrize(
    ("drop", "at_most_s"),
    [
        pytest.param(first(1, server_hello), 0.2, id="the server's first flight"),
        pytest.param(first(3, server_hello), 1.0, id="three times"),
        pytest.param(first(1, last_flight), 0.2, id="the server's last flight"),
        pytest.param(first(2, last_flight), 0.9, id="twice"),
        pytest.param(first(2, sealed(INIT, "out")), 0.2, id="INIT"),
        pytest.param(first(1, sealed(COOKIE_ACK, "out")), 0.4, id="COOKIE ACK"),
        pytest.param(first(2, sealed(OPEN_ACK, "out")), 1.0, id="the channel's acknowledgement"),
    ],
)
async def test_what_is_lost_comes_again_soon(drop: Drop, at_most_s: float) -> None:
    undisturbed_s = await connect(lambda *_: False)
    assert await connect(drop) - undisturbed_s < at_most_s


async def test_both_init_acknowledgements_lost_is_no_deadlock() -> None:
    """A copy of INIT carries tag 0, whatever has been heard of the peer by then (§8.5.1)."""

    def init_ack(way: str, data: bytes) -> bool:
        return sealed(INIT_ACK, "in")(way, data) or sealed(INIT_ACK, "out")(way, data)

    assert await connect(first(4, init_ack)) < 2.0


@pytest.mark.parametrize(("loss", "goal_s"), [(0.05, 1.5), (0.1, 2.5), (0.2, 5.0)])
async def test_on_a_lossy_network_calls_come_about(loss: float, goal_s: float) -> None:
    """A few of those that `benchmarks/connect_loss.py` counts: all connect, most in good time.

    The bounds are wide: twelve calls are few, and reports leave at random times (RFC 3550 §6.2),
    so that no two runs lose the same. The real figures are the benchmark's.
    """
    took_s = sorted([await connect(lambda *_: False, loss=loss, seed=n) for n in range(1, 13)])
    assert took_s[-2] <= goal_s


def test_the_sizes_by_which_chunks_are_told_apart() -> None:
    init = sctp.InitChunk()
    init.params = [(0xC000, b""), (0x8008, b"\xc0\x82")]
    assert len(sctp.serialize_packet(1, 2, 3, init)) == INIT
    assert len(sctp.serialize_packet(1, 2, 3, sctp.CookieAckChunk())) == COOKIE_ACK
