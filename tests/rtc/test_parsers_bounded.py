"""What single datagrams may cost in each parser, ours and those behind: records, parts, attributes.

What a whole call may cost is in test_budget.py; what may be in SCTP in test_sctp_guard.py.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import zlib

import pytest

from media_server.rtc import stun
from media_server.rtc.guard import dtls_records, is_client_dtls
from media_server.rtc.rtp import Nack, ReceiverReport, parse_rtcp
from tests.rtc.support import IceKind, calling, eventually, loopback_settings, running, wire_of


def record(kind: int, body: bytes, *, epoch: int = 1) -> bytes:
    return struct.pack("!BHHHIH", kind, 0xFEFD, epoch, 0, 7, len(body)) + body


def test_a_datagram_is_taken_apart_into_its_records() -> None:
    records = [record(23, b"x" * size) for size in (1, 20, 300)]
    datagram = b"".join(records)
    assert is_client_dtls(datagram)
    assert dtls_records(datagram) == records
    assert dtls_records(b"\x2f" + bytes(50)) == [b"\x2f" + bytes(50)]


async def test_every_record_of_a_datagram_is_read(kind: IceKind) -> None:
    """aiortc reads the first and keeps the others for ever: later messages came ever later."""
    async with running(kind=kind) as transport, calling(transport) as caller:
        await eventually(lambda: caller.sink.channels)
        seen: list[bytes] = []
        association = caller.call.channel.sctp
        handle = association._handle_data

        async def handle_data(data: bytes) -> None:
            seen.append(data)
            await handle(data)

        association._handle_data = handle_data
        dtls = wire_of(caller.client)
        sent = [bytes([number]) * 30 for number in range(15)]
        records = []
        for data in sent:
            dtls._ssl.send(data)
            records.append(dtls._ssl.bio_read(1500))
        await dtls.transport._send(b"".join(records))
        await eventually(lambda: set(sent) <= set(seen))
        caller.client.send({"and": "on"})
        await eventually(lambda: caller.sink.texts)


def compound(*parts: tuple[int, int, bytes]) -> bytes:
    return b"".join(
        struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body
        for count, kind, body in parts
    )


def test_parts_of_a_compound_packet_are_bounded() -> None:
    report = (0, 201, bytes(4))
    assert len(parse_rtcp(compound(*[report] * 180))) == 32
    assert parse_rtcp(compound(report, report)) == (ReceiverReport(0, ()),) * 2


def test_what_a_peer_can_ask_for_again_in_one_packet_is_bounded() -> None:
    """Whether in one part or in many."""
    items = struct.pack("!HH", 5, 0xFFFF)
    one = compound((1, 205, bytes(8) + items * 350))
    many = compound(*[(1, 205, bytes(8) + items * 10)] * 28)
    for packet in (one, many):
        asked = [n for part in parse_rtcp(packet) if isinstance(part, Nack)
                 for n in part.sequence_numbers]  # fmt: skip
        assert 128 <= len(asked) <= 300


def stun_message(attributes: int, *, kind: int = stun.BINDING_REQUEST) -> bytes:
    body = struct.pack("!HH", 0x8022, 0) * attributes
    head = struct.pack("!HHI", kind, len(body) + 8, stun.MAGIC_COOKIE) + bytes(12) + body
    return head + struct.pack("!HHI", 0x8028, 4, zlib.crc32(head) ^ 0x5354554E)


@pytest.mark.parametrize("read", [stun.parse_request, stun.check_shape])
def test_attributes_of_a_check_are_bounded(read: object) -> None:
    assert callable(read)
    with pytest.raises(stun.BadStun, match="too_many_attributes"):
        read(stun_message(stun.MAX_ATTRIBUTES))


def test_a_message_of_the_most_attributes_passes() -> None:
    stun.check_shape(stun_message(stun.MAX_ATTRIBUTES - 1))
    with pytest.raises(stun.BadStun, match="no_integrity"):
        stun.parse_request(stun_message(stun.MAX_ATTRIBUTES - 1))


async def test_what_strangers_send_is_not_kept() -> None:
    """aioice keeps what it cannot read for a reader that is not there."""
    settings = loopback_settings()
    async with running(settings, kind="full") as transport, calling(transport) as caller:
        agent = caller.call.path.agent
        protocol = agent.connection._protocols[0]
        port = protocol.transport.get_extra_info("sockname")[1]
        junk = [b"\x00", b"\x01" * 19, bytes(20) + b"\x01", stun_message(3)[:-1] + b"\x00"]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for datagram in junk * 20:
                stranger.sendto(datagram, ("127.0.0.1", port))
                await asyncio.sleep(0)
        await eventually(lambda: transport.dropped().get("stun_malformed", 0) >= 60)
        assert agent.connection._queue.qsize() == 0
