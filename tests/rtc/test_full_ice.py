"""The same promises over full ICE: media both ways, guard, limits, deadlines, closing."""

from __future__ import annotations

import asyncio
import random
import re
import socket
from collections.abc import AsyncIterator

import pytest

from media_server.audio.types import RtpPacket
from media_server.ports import OfferRejected
from media_server.rtc.full_ice import FullIceTransport
from media_server.rtc.rtp import build_rtp
from media_server.rtc.settings import IceServer, RtcSettings
from media_server.rtc.transport import LiteTransport
from media_server.tools.headless import HeadlessError
from tests.rtc.support import (
    Caller,
    calling,
    clip,
    eventually,
    loopback_settings,
    running,
    wire_of,
)


@pytest.fixture
async def transport() -> AsyncIterator[LiteTransport]:
    settings = loopback_settings(suspect_s=0.5, gone_s=1.5, connect_timeout_s=5.0)
    async with running(settings, kind=FullIceTransport) as transport:
        yield transport


async def test_media_text_and_playout_pass_both_ways(transport: LiteTransport) -> None:
    async with calling(transport) as caller:
        await eventually(lambda: caller.sink.channels == ["interview.v1"])
        caller.client.send({"type": "hello"})
        caller.call.send_text('{"type": "welcome"}')
        caller.call.play(clip(10), "u1")
        await eventually(lambda: caller.sink.playouts[-1:] == [("u1", "finished", 0.2)])
        await eventually(lambda: caller.sink.texts and caller.messages)
        await eventually(lambda: caller.client.packets_received == 10)
        assert caller.call.stats().packets_lost == 0
        assert caller.accepted is not None
        assert "a=ice-lite" not in caller.accepted.answer_sdp


async def test_close_is_a_gate_and_goodbye_is_heard(transport: LiteTransport) -> None:
    async with calling(transport) as caller:
        caller.call.play(clip(100), "u")
        caller.call.close("ended")
        assert caller.sink.closed == ["ended"]
        sent = caller.call.stats().bytes_sent
        await eventually(caller.client.closed.is_set)
        await asyncio.sleep(0.1)
        assert caller.call.stats().bytes_sent == sent


async def test_a_client_that_vanished_is_gone(transport: LiteTransport) -> None:
    caller = Caller(transport)
    await caller.connect()
    await caller.client.vanish()
    await eventually(lambda: caller.sink.closed == ["gone"], within_s=5)


async def test_noise_from_a_third_address_harms_no_call(transport: LiteTransport) -> None:
    rng = random.Random(5)
    async with calling(transport) as caller:
        assert caller.accepted is not None
        found = re.search(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+)", caller.accepted.answer_sdp)
        assert found is not None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.connect((found.group(1), int(found.group(2))))
            for index in range(500):
                sock.send(rng.randbytes(rng.choice([0, 1, 20, 100])))
                if index % 50 == 0:
                    await asyncio.sleep(0.005)
            sock.send(b"\x15\xfe\xfd" + bytes(8) + b"\x00\x02\x02\x28")
            await asyncio.sleep(0.1)
            with pytest.raises(BlockingIOError):
                sock.recv(100)
        before = len(caller.sink.packets)
        await eventually(lambda: len(caller.sink.packets) > before + 10)
        assert caller.sink.closed == []
        assert transport.dropped()["off_path"] > 50


async def test_too_many_ssrcs_and_messages(transport: LiteTransport) -> None:
    async with calling(transport, "a") as a, calling(transport, "b") as b:
        await eventually(lambda: a.sink.channels and b.sink.channels)
        for ssrc in range(1, 20):
            packet = RtpPacket(ssrc, 1, 0, False, 96, b"\xf8\xff\xfe")
            await wire_of(a.client)._send_rtp(build_rtp(packet))
        for _ in range(300):
            b.client.send({"spam": 1})
        await eventually(lambda: a.sink.closed == ["limit"] and b.sink.closed == ["limit"])
        await eventually(lambda: b.messages and b.messages[0]["code"] == "limit")


async def test_patches(transport: LiteTransport) -> None:
    async with calling(transport) as caller:
        same = f"a=ice-ufrag:{caller.call.offer.ufrag}\r\na=ice-pwd:{'p' * 22}\r\n"
        hostile = "a=candidate:1 1 udp 1 169.254.169.254 80 typ host\r\n"
        answer = await transport.trickle("call", same + hostile, caller.call.etag)
        assert answer.status == 204
        remote = caller.call.agent._connection._remote_candidates
        assert "169.254.169.254" not in {candidate.host for candidate in remote}
        with pytest.raises(OfferRejected) as refused:
            await transport.trickle("call", same.replace("ufrag:", "ufrag:new"), "*")
        assert refused.value.status == 422
        assert caller.sink.closed == []


async def test_half_open_calls_are_freed() -> None:
    settings = loopback_settings(connect_timeout_s=0.3, max_calls=1)
    async with running(settings, kind=FullIceTransport) as transport:
        caller = Caller(transport)
        caller.rewrite = lambda answer: re.sub(r"a=candidate.*\r\n", "", answer)
        with pytest.raises(HeadlessError):
            await caller.connect(timeout_s=1)
        await eventually(lambda: caller.sink.closed == ["timeout_connect"])
        assert transport.live == 0
        async with calling(transport, "next"):
            pass


async def test_a_relay_that_does_not_answer_is_said_so() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        settings = RtcSettings(
            bind_addresses=("127.0.0.1",),
            ice_servers=(IceServer(f"turn:127.0.0.1:{port}", "user", "secret"),),
        )
        async with running(settings, kind=FullIceTransport) as transport:
            caller = Caller(transport)
            with pytest.raises(OfferRejected) as refused:
                await caller.connect()
            assert refused.value.status == 503
            assert caller.sink.closed == ["error"]
            assert transport.live == 0
