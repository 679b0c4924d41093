"""What an authenticated peer may try on its data channel: a limit, an error, the call's end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiortc import rtcsctptransport as sctp
from aiortc.rtcdatachannel import RTCDataChannel, RTCDataChannelParameters

from media_server.rtc.transport import LiteTransport
from tests.rtc.support import Caller, calling, eventually, running


@asynccontextmanager
async def abused(kind: type[LiteTransport]) -> AsyncIterator[tuple[Caller, Any, Caller]]:
    """(the abuser, their SCTP association, a bystander whose call must go on)"""
    async with running(kind=kind) as transport, calling(transport, "bystander") as bystander:
        caller = Caller(transport, "abuser")
        await caller.connect()
        await eventually(lambda: caller.sink.channels and bystander.sink.channels)
        assert caller.client._pc is not None
        yield caller, caller.client._pc.sctp, bystander
        await caller.client.vanish()
        bystander.client.send({"still": "here"})
        before = len(bystander.sink.packets)
        await eventually(lambda: bystander.sink.texts and len(bystander.sink.packets) > before)
        assert bystander.sink.closed == []
        assert bystander.call.stats().packets_lost == 0


async def ends_at_a_limit(caller: Caller, *, told: bool = True) -> None:
    await eventually(lambda: caller.sink.closed == ["limit"])
    if told:
        await eventually(lambda: caller.messages)
        assert caller.messages[0]["type"] == "error"
        assert caller.messages[0]["code"] == "limit"
        assert caller.messages[0]["recoverable"] is False


async def test_a_message_of_four_megabytes(kind: type[LiteTransport]) -> None:
    async with abused(kind) as (caller, association, _):
        association._remote_max_message_size = 0
        caller.client.send_raw("x" * (4 << 20))
        await ends_at_a_limit(caller)
        assert caller.sink.texts == []


async def test_the_largest_message_passes_and_one_byte_more_does_not(
    kind: type[LiteTransport],
) -> None:
    async with abused(kind) as (caller, association, _):
        caller.client.send_raw("x" * 16_384)
        await eventually(lambda: caller.sink.texts == ["x" * 16_384])
        association._remote_max_message_size = 0
        caller.client.send_raw("x" * 16_385)
        await ends_at_a_limit(caller)


async def test_fragments_without_end(kind: type[LiteTransport]) -> None:
    async with abused(kind) as (caller, association, _):
        stream = 0
        with contextlib.suppress(ConnectionError):  # the server's goodbye may come first
            for number in range(200):
                flags = sctp.SCTP_DATA_FIRST_FRAG if number == 0 else 0
                await send_data(association, stream, b"y" * 1000, flags=flags)
                if caller.sink.closed:
                    break
                await asyncio.sleep(0.001)
        await ends_at_a_limit(caller)


async def test_ten_thousand_messages_a_second(kind: type[LiteTransport]) -> None:
    async with abused(kind) as (caller, _, _bystander):
        for _ in range(2000):
            caller.client.send({"spam": 1})
        await ends_at_a_limit(caller)
        assert 20 <= len(caller.sink.texts) <= 80


async def test_a_burst_after_a_reconnect_is_sensible_use(kind: type[LiteTransport]) -> None:
    async with abused(kind) as (caller, _, _bystander):
        for number in range(30):
            caller.client.send({"ack": number})
        await eventually(lambda: len(caller.sink.texts) == 30)
        assert caller.sink.closed == []


async def test_a_thousand_channels(kind: type[LiteTransport]) -> None:
    async with abused(kind) as (caller, association, _):
        for number in range(1000):
            parameters = RTCDataChannelParameters(label=f"c{number}", id=2 + 2 * number)
            RTCDataChannel(association, parameters)
            if caller.sink.closed:
                break
            if number % 20 == 19:
                await asyncio.sleep(0.002)
        await ends_at_a_limit(caller)
        assert caller.sink.channels == ["interview.v1"]


async def test_a_channel_may_be_opened_again_after_it_was_closed(kind: type[LiteTransport]) -> None:
    async with abused(kind) as (caller, _, _bystander):
        client = caller.client
        assert client._channel is not None
        assert client._pc is not None
        client._channel.close()
        await eventually(lambda: client._channel and client._channel.readyState == "closed")
        client._channel = client._pc.createDataChannel("interview.v1")
        await eventually(lambda: len(caller.sink.channels) == 2)
        await eventually(lambda: client._channel and client._channel.readyState == "open")
        client.send({"again": 1})
        await eventually(lambda: caller.sink.texts == ['{"again": 1}'])
        assert caller.call.send_text("{}")


async def test_many_streams_with_data_that_nobody_opened(kind: type[LiteTransport]) -> None:
    async with abused(kind) as (caller, association, _):
        for stream in range(10, 60):
            await send_data(association, stream, b"z", flags=sctp.SCTP_DATA_FIRST_FRAG)
        await ends_at_a_limit(caller)


async def test_text_that_is_no_utf8_arrives_as_bytes(kind: type[LiteTransport]) -> None:
    whole = sctp.SCTP_DATA_FIRST_FRAG | sctp.SCTP_DATA_LAST_FRAG
    async with abused(kind) as (caller, association, _):
        bad = b'\xff\xfe{"type"'
        await send_data(association, 0, bad, flags=whole, sequence=1)
        await eventually(lambda: caller.sink.texts == [bad])
        assert caller.sink.closed == []


async def test_deep_json_and_empty_messages_are_handed_on(kind: type[LiteTransport]) -> None:
    async with abused(kind) as (caller, _, _bystander):
        deep = "[" * 8000 + "]" * 8000
        for message in (deep, "", b"", b"\x00\xff"):
            caller.client.send_raw(message)
        await eventually(lambda: caller.sink.texts == [deep, "", b"", b"\x00\xff"])
        assert caller.sink.closed == []


async def test_malformed_sctp_from_an_authenticated_peer(kind: type[LiteTransport]) -> None:
    async with abused(kind) as (caller, association, _):
        dtls = association.transport
        tag = association._remote_verification_tag
        for number in (0, 1, 2, 3, 9, 10, 15, 130, 192):
            chunk = sctp.Chunk(flags=3, body=b"\x01\x02\x03")
            chunk.type = number
            await dtls._send_data(sctp.serialize_packet(5000, 5000, tag, chunk))
        await dtls._send_data(b"\x00" * 12)
        caller.client.send({"still": "talking"})
        await eventually(lambda: caller.sink.texts)
        assert caller.call.stats().dropped["sctp_malformed"] >= 3
        for _ in range(40):
            chunk = sctp.Chunk(flags=3, body=b"\x01")
            chunk.type = 3
            await dtls._send_data(sctp.serialize_packet(5000, 5000, tag, chunk))
        await ends_at_a_limit(caller)


async def test_a_sack_that_spans_millions_costs_nothing(kind: type[LiteTransport]) -> None:
    async with abused(kind) as (caller, association, _):
        sack = sctp.SackChunk()
        sack.cumulative_tsn = association._last_received_tsn
        sack.gaps = [(1, 65_535)] * 250
        await association._send_chunk(sack)
        caller.client.send({"still": "talking"})
        await eventually(lambda: caller.sink.texts)
        assert caller.call.stats().dropped["sctp_malformed"] == 1


async def send_data(
    association: Any, stream: int, data: bytes, *, flags: int, sequence: int = 0
) -> None:
    """One DATA chunk that keeps to no window and no order of messages."""
    chunk = sctp.DataChunk(flags=flags)
    chunk.tsn = association._local_tsn
    association._local_tsn = sctp.tsn_plus_one(association._local_tsn)
    chunk.stream_id, chunk.stream_seq = stream, sequence
    chunk.protocol = sctp.WEBRTC_STRING
    chunk.user_data = data
    await association._send_chunk(chunk)
