"""The link between two namespaces: what it lets through, without any namespace."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
from contextlib import suppress
from typing import Any

import pytest

from tests.network import link

UDP = bytes([0x45, *[0] * 8, 17, *[0] * 18])
TCP = bytes([0x45, *[0] * 8, 6, *[0] * 18])


async def through(packets: list[bytes], **weather: Any) -> tuple[link.Direction, list[bytes]]:
    """What comes out of one direction."""
    options = argparse.Namespace(
        **{"loss": 0.0, "burst": 0, "delay_ms": 0.0, "jitter_ms": 0.0, "reorder": 0.0, "dup": 0.0}
        | {"udp_only": False, "no_udp": False}
        | weather
    )
    kind = socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK
    pairs = [socket.socketpair(socket.AF_UNIX, kind) for _ in range(2)]
    (put, source), (target, out) = pairs
    way = link.Direction(source.fileno(), target.fileno(), options, "1 there")
    for packet in packets:
        put.send(packet)
    way.on_readable()
    await asyncio.sleep(0.02)
    came: list[bytes] = []
    with suppress(BlockingIOError):
        while True:
            came.append(out.recv(100))
    for end in (*pairs[0], *pairs[1]):
        end.close()
    return way, came


async def test_nothing_is_lost_in_fair_weather() -> None:
    packets = [UDP + bytes([n]) for n in range(50)]
    way, came = await through(packets)
    assert came == packets
    assert (way.seen, way.lost) == (50, 0)


async def test_loss_takes_tcp_too_unless_it_is_left_alone() -> None:
    way, came = await through([UDP, TCP], loss=1.0)
    assert (way.lost, came) == (2, [])
    way, came = await through([UDP, TCP], loss=1.0, udp_only=True)
    assert (way.lost, came) == (1, [TCP])


def test_who_is_not_root_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "root" in link.missing()
    with pytest.raises(link.NoLink, match="root"), link.linked("a", "b", "10.1.1"):
        raise AssertionError("no link was made")
