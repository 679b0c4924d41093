"""What an authenticated peer may try on its data channel: a limit, an error, the call's end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest
from aiortc import rtcsctptransport as sctp
from aiortc.rtcdatachannel import RTCDataChannel, RTCDataChannelParameters

from media_server.rtc import channel_life
from tests.rtc.support import Caller, IceKind, calling, eventually, running


@asynccontextmanager
async def abused(kind: IceKind) -> AsyncIterator[tuple[Caller, Any, Caller]]:
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


async def test_a_message_of_four_megabytes(kind: IceKind) -> None:
    async with abused(kind) as (caller, association, _):
        association._remote_max_message_size = 0
        caller.client.send_raw("x" * (4 << 20))
        await ends_at_a_limit(caller)
        assert caller.sink.texts == []


async def test_the_largest_message_passes_and_one_byte_more_does_not(
    kind: IceKind,
) -> None:
    async with abused(kind) as (caller, association, _):
        caller.client.send_raw("x" * 16_384)
        await eventually(lambda: caller.sink.texts == ["x" * 16_384])
        association._remote_max_message_size = 0
        caller.client.send_raw("x" * 16_385)
        await ends_at_a_limit(caller)


async def test_fragments_without_end(kind: IceKind) -> None:
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


async def test_ten_thousand_messages_a_second(kind: IceKind) -> None:
    async with abused(kind) as (caller, _, _bystander):
        for _ in range(2000):
            caller.client.send({"spam": 1})
        await ends_at_a_limit(caller)
        assert 20 <= len(caller.sink.texts) <= 80


async def test_a_burst_after_a_reconnect_is_sensible_use(kind: IceKind) -> None:
    async with abused(kind) as (caller, _, _bystander):
        for number in range(30):
            caller.client.send({"ack": number})
        await eventually(lambda: len(caller.sink.texts) == 30)
        assert caller.sink.closed == []


async def test_a_thousand_channels(kind: IceKind) -> None:
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


async def test_a_channel_may_be_opened_again_after_it_was_closed(
    kind: IceKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_life, "REOPEN_S", 600.0)
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


async def test_many_streams_with_data_that_nobody_opened(kind: IceKind) -> None:
    async with abused(kind) as (caller, association, _):
        for stream in range(10, 60):
            await send_data(association, stream, b"z", flags=sctp.SCTP_DATA_FIRST_FRAG)
        await ends_at_a_limit(caller)


async def test_text_that_is_no_utf8_arrives_as_bytes(kind: IceKind) -> None:
    whole = sctp.SCTP_DATA_FIRST_FRAG | sctp.SCTP_DATA_LAST_FRAG
    async with abused(kind) as (caller, association, _):
        bad = b'\xff\xfe{"type"'
        await send_data(association, 0, bad, flags=whole, sequence=1)
        await eventually(lambda: caller.sink.texts == [bad])
        assert caller.sink.closed == []


async def test_deep_json_and_empty_messages_are_handed_on(kind: IceKind) -> None:
    async with abused(kind) as (caller, _, _bystander):
        deep = "[" * 8000 + "]" * 8000
        for message in (deep, "", b"", b"\x00\xff"):
            caller.client.send_raw(message)
        await eventually(lambda: caller.sink.texts == [deep, "", b"", b"\x00\xff"])
        assert caller.sink.closed == []


async def test_malformed_sctp_from_an_authenticated_peer(kind: IceKind) -> None:
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


async def test_a_sack_that_spans_millions_costs_nothing(kind: IceKind) -> None:
    async with abused(kind) as (caller, association, _):
        sack = sctp.SackChunk()
        sack.cumulative_tsn = association._last_received_tsn
        sack.gaps = [(1, 65_535)] * 250
        await association._send_chunk(sack)
        caller.client.send({"still": "talking"})
        await eventually(lambda: caller.sink.texts)
        assert caller.call.stats().dropped["sctp_malformed"] == 1


ZERO_PARAMETER = b"\x00\x01\x00\x00"
INIT_HEAD = bytes.fromhex("00000001 00020000 0010 0010 00000001")
CHUNKS_WITH_PARAMETERS = {
    "INIT": (1, INIT_HEAD),
    "INIT_ACK": (2, INIT_HEAD),
    "HEARTBEAT": (4, b""),
    "HEARTBEAT_ACK": (5, b""),
    "ABORT": (6, b""),
    "ERROR": (9, b""),
    "RECONFIG": (130, b""),
}


@pytest.mark.timeout(90)  # aiortc alone hangs here for ever
@pytest.mark.parametrize("name", CHUNKS_WITH_PARAMETERS)
async def test_a_parameter_of_length_zero_ends_the_call_and_nothing_else(
    kind: IceKind, name: str
) -> None:
    number, head = CHUNKS_WITH_PARAMETERS[name]
    async with abused(kind) as (caller, association, _):
        chunk = sctp.Chunk(body=head + ZERO_PARAMETER)
        chunk.type = number
        tag = 0 if name == "INIT" else association._remote_verification_tag
        await association.transport._send_data(sctp.serialize_packet(5000, 5000, tag, chunk))
        await ends_at_a_limit(caller)


async def test_data_without_data(kind: IceKind) -> None:
    """RFC 9260 §6.2: it is answered with the end of the association."""
    async with abused(kind) as (caller, association, _):
        await send_data(association, 0, b"", flags=WHOLE, sequence=1)
        await ends_at_a_limit(caller)


@pytest.mark.parametrize("flags", [0, sctp.SCTP_DATA_UNORDERED])
async def test_a_message_in_pieces_of_one_byte(kind: IceKind, flags: int) -> None:
    """As many in a packet as fit: each would cost aiortc a look at all that came before."""
    async with abused(kind) as (caller, association, _):
        pieces = count()
        await send_packets(
            association,
            lambda: piece(
                association,
                stream=0,
                sequence=1,
                flags=flags | (sctp.SCTP_DATA_FIRST_FRAG if next(pieces) == 0 else 0),
            ),
        )
        await ends_at_a_limit(caller)
        held = caller.call.channel.sctp._inbound_streams[0].reassembly
        assert len(held) <= 65


async def test_pieces_of_many_messages_that_never_end(kind: IceKind) -> None:
    """Over several streams, unordered, each TSN before the last one."""
    async with abused(kind) as (caller, association, _):
        base = association._local_tsn
        numbers, streams = iter(range(2000, 2, -1)), count()

        def chunk() -> sctp.DataChunk:
            made = piece(association, stream=2 * (next(streams) % 12), sequence=1, flags=6)
            made.tsn = base + next(numbers)
            return made

        await send_packets(association, chunk)
        await ends_at_a_limit(caller)
        streams_held = caller.call.channel.sctp._inbound_streams.values()
        assert sum(len(stream.reassembly) for stream in streams_held) <= 130


async def test_an_association_begun_again_and_again(kind: IceKind) -> None:
    async with abused(kind) as (caller, association, _):
        chunk = sctp.Chunk(body=INIT_HEAD)
        chunk.type = 1
        for _ in range(40):
            packet = sctp.serialize_packet(5000, 5000, 0, chunk)
            with contextlib.suppress(ConnectionError):
                await association.transport._send_data(packet)
            await asyncio.sleep(0.001)
        await ends_at_a_limit(caller, told=False)  # it gave itself another tag


async def test_a_long_message_in_small_pieces_out_of_order_arrives(
    kind: IceKind,
) -> None:
    """What a path with the smallest MTU and reordering makes of the longest message."""
    async with abused(kind) as (caller, association, _):
        text = "0123456789abcdef" * 1024
        chunks = []
        for start in range(0, len(text), 512):
            first, last = start == 0, start + 512 >= len(text)
            made = piece(association, stream=0, sequence=1, flags=2 * first + last)
            made.user_data = text[start : start + 512].encode()
            chunks.append(made)
        for made in chunks[::2] + chunks[1::2]:
            await association._send_chunk(made)
        await eventually(lambda: caller.sink.texts == [text])
        assert caller.sink.closed == []


WHOLE = sctp.SCTP_DATA_FIRST_FRAG | sctp.SCTP_DATA_LAST_FRAG


def piece(association: Any, *, stream: int, sequence: int, flags: int) -> sctp.DataChunk:
    """One byte of a message, with the next TSN."""
    chunk = sctp.DataChunk(flags=flags)
    chunk.tsn = association._local_tsn
    association._local_tsn = sctp.tsn_plus_one(association._local_tsn)
    chunk.stream_id, chunk.stream_seq = stream, sequence
    chunk.protocol = sctp.WEBRTC_STRING
    chunk.user_data = b"y"
    return chunk


class Bundle(sctp.Chunk):
    """Several chunks for `serialize_packet`, which takes one."""

    def __init__(self, chunks: list[sctp.DataChunk]) -> None:
        super().__init__()
        self._chunks = chunks

    def __bytes__(self) -> bytes:
        return b"".join(map(bytes, self._chunks))


async def send_packets(
    association: Any, make: Callable[[], sctp.DataChunk], *, packets: int = 30
) -> None:
    """Packets with as many chunks as fit."""
    tag = association._remote_verification_tag
    with contextlib.suppress(ConnectionError):  # the server's goodbye may come first
        for _ in range(packets):
            bundle = Bundle([make() for _ in range(55)])
            await association.transport._send_data(sctp.serialize_packet(5000, 5000, tag, bundle))
            await asyncio.sleep(0.001)


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
