"""What the kernel grants to the media sockets, and what it had to drop."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from media_server.rtc import udp
from media_server.rtc.udp import UdpEndpoint, bind_endpoints, small_buffer
from tests.rtc.support import calling, eventually, loopback_settings, running, shared_port

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="as Linux counts")


def endpoint() -> UdpEndpoint:
    (bound,) = bind_endpoints(loopback_settings())
    return bound


@linux_only
def test_no_more_than_the_kernel_allows_and_root_gets_what_it_asks_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    allowed = int(Path("/proc/sys/net/core/rmem_max").read_text())
    wanted = allowed * 2
    monkeypatch.setattr(udp, "BUFFER_BYTES", wanted)
    if os.geteuid() == 0:
        forced = endpoint()
        assert forced.receive_buffer_bytes == wanted
        assert small_buffer([forced]) is None
        forced.close()
    monkeypatch.setattr(udp, "_RECEIVE_BUFFER_FORCE", None)
    clamped = endpoint()
    assert clamped.receive_buffer_bytes == allowed
    found = small_buffer([clamped])
    assert found is not None
    assert f"net.core.rmem_max={wanted}" in found[1]
    clamped.close()


async def test_a_small_buffer_is_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(udp, "BUFFER_BYTES", 1 << 30)
    monkeypatch.setattr(udp, "_RECEIVE_BUFFER_FORCE", None)
    async with running():
        assert "sysctl -w net.core.rmem_max=" in caplog.text


@linux_only
async def test_datagrams_that_found_the_socket_full_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(udp, "BUFFER_BYTES", 16_384)
    async with running() as transport, calling(transport) as caller:
        assert "socket_full" not in transport.dropped()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(500):  # the loop reads none of them in between
                sender.sendto(bytes(1000), ("127.0.0.1", transport.port))
        assert transport.dropped()["socket_full"] > 300
        before = len(caller.sink.packets)
        await eventually(lambda: len(caller.sink.packets) > before + 5)
        assert shared_port(transport).endpoints[0].kernel_drops() > 300


def test_a_closed_socket_has_dropped_nothing() -> None:
    closed = endpoint()
    closed.close()
    assert closed.kernel_drops() == 0
