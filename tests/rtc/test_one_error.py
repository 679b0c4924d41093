"""An error of ours costs one datagram or one call, never what all calls share."""

from __future__ import annotations

import asyncio
import socket

import pytest

from media_server.rtc.guard import FaultLog
from media_server.rtc.transport import RtcTransport
from media_server.rtc.udp import Address, UdpEndpoint
from tests.rtc.support import (
    Caller,
    calling,
    change_settings,
    eventually,
    loopback_settings,
    running,
)


@pytest.mark.parametrize("together", [1, 20])
async def test_a_datagram_that_raises_leaves_the_socket_read(together: int) -> None:
    """One at a time is read as it comes, twenty by the clock."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.setblocking(False)
    bound.bind(("127.0.0.1", 0))
    endpoint, faults, handled = UdpEndpoint(bound), FaultLog(), 0

    def handle(_: UdpEndpoint, data: bytes, __: Address) -> None:
        nonlocal handled
        handled += 1
        if data[0] % 2:
            raise BlockingIOError("as if the socket were empty")

    async def send(sender: socket.socket, wave: int) -> None:
        for number in range(together):
            sender.sendto(bytes([number + wave]), (endpoint.host, endpoint.port))
        await eventually(lambda: handled == wave * together)

    endpoint.open(handle, faults)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for wave in range(1, 6):
            await send(sender, wave)
    endpoint.close()
    assert faults.totals["error_datagram"] == (3 if together == 1 else 50)


async def test_a_sweep_that_raises_leaves_the_deadlines_of_the_others() -> None:
    async with running() as transport, calling(transport, "broken") as broken:
        vanishing = Caller(transport, "vanishing")
        await vanishing.connect()

        def fail(_now_s: float) -> None:
            raise RuntimeError("canary words of a candidate")

        broken.call.sweep = fail
        await vanishing.client.vanish()
        change_settings(transport, suspect_s=0.3, gone_s=1.0)
        await eventually(lambda: vanishing.sink.closed == ["gone"])
        assert broken.sink.closed == []
        await eventually(lambda: transport.dropped()["error_sweep"] >= 3)


async def test_whatever_ends_a_sweep_there_is_a_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sweeps = 0

    def fail(_transport: RtcTransport, _now_s: float) -> None:
        nonlocal sweeps
        sweeps += 1
        if sweeps > 1:
            raise RuntimeError("outside of any call")

    monkeypatch.setattr(RtcTransport, "_sweep_calls", fail)
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    async with running(loopback_settings(suspect_s=0.1)):
        await eventually(lambda: sweeps > 3)
