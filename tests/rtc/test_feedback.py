"""What we tell a sender of its loss, and what we send again, judged by aiortc's own statistics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aiortc.rtp
import pytest

from tests.rtc.support import (
    Caller,
    IceKind,
    calling,
    clip,
    eventually,
    loopback_settings,
    relaying,
    running,
    wire_of,
)
from tests.support.waiting import PATIENCE_S


async def test_receiver_reports_tell_the_sender_its_true_loss(kind: IceKind) -> None:
    settings = loopback_settings(rtcp_interval_s=0.2)
    dropped = 0

    def lossy(way: str, data: bytes) -> bytes | None:
        nonlocal dropped
        if way == "in" and 127 < data[0] < 192 and data[3] % 5 == 0:
            dropped += 1
            return None
        return data

    async with (
        running(settings, kind=kind) as transport,
        relaying(transport) as relay,
        calling(transport, relay=relay) as caller,
    ):
        await eventually(lambda: len(caller.sink.packets) > 5)
        relay.tap = lossy
        await _told(caller, lambda told: 30 <= told.fractionLost <= 80)  # 51 are a fifth
        await eventually(lambda: len(caller.sink.packets) > 100)
        relay.tap = lambda _, data: data
        await _told(
            caller, lambda told: told.fractionLost == 0 and abs(told.packetsLost - dropped) <= 1
        )
        assert abs(caller.call.stats().packets_lost - dropped) <= 1


async def _told(caller: Caller, condition: Callable[[Any], bool]) -> None:
    """Its share of loss is that since the report before: how great it is depends on how many
    packets came by chance in between."""
    async with asyncio.timeout(PATIENCE_S):
        while (seen := await _remote_inbound(caller)) is None or not condition(seen):
            await asyncio.sleep(0.02)


async def _remote_inbound(caller: Caller) -> Any:
    assert caller.client._pc is not None
    report = await caller.client._pc.getTransceivers()[0].sender.getStats()
    return next((s for s in report.values() if s.type == "remote-inbound-rtp"), None)


async def test_sender_reports_only_while_speaking_and_a_round_trip_can_be_measured(
    kind: IceKind,
) -> None:
    settings = loopback_settings(rtcp_interval_s=0.1)
    async with running(settings, kind=kind) as transport, calling(transport) as caller:
        kinds: list[str] = []
        dtls = wire_of(caller.client)
        handle = dtls._handle_rtcp_data

        async def spy(data: bytes) -> None:
            kinds.extend(type(part).__name__ for part in aiortc.rtp.RtcpPacket.parse(data))
            await handle(data)

        dtls._handle_rtcp_data = spy
        await eventually(lambda: kinds.count("RtcpRrPacket") >= 3)
        assert set(kinds) == {"RtcpRrPacket", "RtcpSdesPacket"}
        assert caller.call.stats().round_trip_s is None
        caller.call.play(clip(30), "u")
        await eventually(lambda: kinds.count("RtcpSrPacket") >= 3)
        await eventually(lambda: caller.sink.playouts[-1:] == [("u", "finished", 0.6)])
        await asyncio.sleep(1.0)
        kinds.clear()
        await eventually(lambda: kinds.count("RtcpRrPacket") >= 2)
        assert "RtcpSrPacket" not in kinds


@pytest.mark.parametrize("offered", [True, False])
async def test_lost_speech_is_sent_again_where_nack_was_offered(
    kind: IceKind, offered: bool
) -> None:
    held: list[bytes] = []

    def lose_one(way: str, data: bytes) -> bytes | None:
        speech = way == "out" and 127 < data[0] < 192 and data[1] & 0x7F == 96
        if speech and not held and caller.client.packets_received >= 5:
            held.append(data)
            return None
        return data

    async with running(kind=kind) as transport, relaying(transport) as relay:
        caller = Caller(transport)
        caller.rewrite = relay.rewrite
        if offered:
            caller.edit_offer = lambda sdp: sdp.replace(
                "a=rtpmap:96 opus/48000/2\r\n", "a=rtpmap:96 opus/48000/2\r\na=rtcp-fb:96 nack\r\n"
            )
        await caller.connect()
        relay.tap = lose_one
        caller.call.play(clip(20), "u")
        await eventually(lambda: caller.client.packets_received == 19)
        number = int.from_bytes(held[0][2:4], "big")
        ssrc = caller.call.media_out.stream.ssrc
        for _ in range(2):  # the second at once is not answered
            nack = aiortc.rtp.RtcpRtpfbPacket(
                fmt=1,
                ssrc=1,
                media_ssrc=ssrc,
                lost=[number, number + 500],
            )
            await wire_of(caller.client)._send_rtp(bytes(nack))
        if offered:
            await eventually(lambda: caller.client.packets_received == 20)
        await asyncio.sleep(0.2)
        assert caller.client.packets_received == (20 if offered else 19)
        await caller.client.vanish()
