"""What of SCTP is refused before aiortc reads it, and that honest packets are not."""

from __future__ import annotations

import struct

import pytest
from aiortc import rtcsctptransport as sctp

from media_server.rtc import sctp_guard
from media_server.rtc.sctp_guard import HostilePacket, MalformedPacket, SctpGuard

HEADER = bytes(12)
PARAMETER = b"\x00\x01\x00\x08\x01\x02\x03\x04"
INIT_HEAD = struct.pack("!IIHHI", 1, 131_072, 16, 16, 1)


def packet(*chunks: tuple[int, bytes]) -> bytes:
    parts = []
    for kind, body in chunks:
        parts.append(struct.pack("!BBH", kind, 0, len(body) + 4) + body + bytes(-len(body) % 4))
    return HEADER + b"".join(parts)


def data(user_data: bytes = b"x") -> bytes:
    return struct.pack("!IHHI", 1, 0, 0, 51) + user_data


def sack(*gaps: tuple[int, int]) -> bytes:
    head = struct.pack("!IIHH", 7, 1000, len(gaps), 1)
    return head + b"".join(struct.pack("!HH", *gap) for gap in gaps) + bytes(4)


@pytest.mark.parametrize(
    "honest",
    [
        packet((0, data())),
        packet((0, data()))[:-3],  # the padding of the last chunk is missing
        packet((3, sack()), (0, data(b"four")), (0, data())),
        packet((3, sack((2, 2), (4, 9)))),
        packet((1, INIT_HEAD + PARAMETER + b"\xc0\x00\x00\x04")),
        packet((1, INIT_HEAD + b"\x80\x08\x00\x06\x82\xc0")),  # a last parameter's, too
        packet((4, PARAMETER)),
        packet((6, b"\x00\x0c\x00\x07bye")),
        packet((7, bytes(4))),
        packet((14, b"")),
        packet((130, PARAMETER + PARAMETER)),
        packet((192, bytes(4))),
        packet((192, bytes(12))),
        packet((132, bytes(1000))),  # padding, as a prober of the MTU sends it
        packet((10, b"cookie"), (0, data())),
    ],
)
def test_what_honest_stacks_send(honest: bytes) -> None:
    SctpGuard().check(honest)


def test_what_aiortc_itself_sends() -> None:
    init, reconfig = sctp.InitChunk(), sctp.ReconfigChunk()
    init.initiate_tag = init.outbound_streams = init.inbound_streams = 1
    init.params = [(0xC000, b""), (0x8008, b"\x82\xc0"), (7, bytes(24))]
    reset = sctp.StreamResetOutgoingParam(1, 1, 1, [1, 2, 3])
    reconfig.params = [(13, bytes(reset))]
    heartbeat = sctp.HeartbeatChunk()
    heartbeat.params = [(1, b"\x01\x02\x03\x04\x05")]
    forward = sctp.ForwardTsnChunk()
    forward.cumulative_tsn, forward.streams = 7, [(1, 2)]
    for chunk in (init, reconfig, heartbeat, forward, sctp.AbortChunk(), sctp.CookieAckChunk()):
        SctpGuard().check(sctp.serialize_packet(5000, 5000, 1, chunk))


@pytest.mark.parametrize("length", [0, 1, 2, 3])
@pytest.mark.parametrize("kind", [1, 2, 4, 5, 6, 9, 130])
@pytest.mark.parametrize("before", [b"", PARAMETER])
def test_a_parameter_shorter_than_its_header(kind: int, length: int, before: bytes) -> None:
    head = INIT_HEAD if kind in {1, 2} else b""
    with pytest.raises(HostilePacket, match="parameter"):
        SctpGuard().check(packet((kind, head + before + struct.pack("!HH", 1, length))))


def test_data_without_data() -> None:
    with pytest.raises(HostilePacket, match="without data"):
        SctpGuard().check(packet((0, data()), (0, data(b""))))


@pytest.mark.parametrize(
    "malformed",
    [
        b"",
        HEADER,
        HEADER + b"\x00\x00\x00",
        HEADER + b"\x04\x00\x00\x00",  # chunk lengths
        HEADER + b"\x04\x00\x00\x03",
        HEADER + b"\x04\x00\x00\x05",
        packet((4, PARAMETER)) + b"\x00",
        packet((0, data()[:11])),
        packet((1, INIT_HEAD[:15])),
        packet((1, bytes(16))),
        packet((1, INIT_HEAD), (1, INIT_HEAD)),
        packet((2, INIT_HEAD), (0, data())),
        packet((4, b"\x00\x01\x00\x09\x01\x02\x03\x04")),  # beyond the chunk, inside the packet
        packet((4, b"\x00\x01\x00")),
        packet((9, PARAMETER + b"\x00")),
        packet((130, PARAMETER * 3)),
        packet((3, sack()[:11])),
        packet((3, sack() + bytes(4))),
        packet((3, struct.pack("!IIHH", 7, 1000, 0xFFFF, 0xFFFF))),
        packet((3, sack((4, 9), (2, 2)))),
        packet((3, sack((4, 3)))),
        packet((3, sack((1, 65_535), (1, 65_535)))),
        packet((3, sack()), (3, sack())),
        packet((192, bytes(4)), (192, bytes(4))),
        packet((192, b"")),
        packet((7, b"")),
        packet((7, bytes(2))),
        packet((192, bytes(6))),
        packet(*[(4, PARAMETER)] * 17),
        packet((132, bytes(1500))),
    ],
)
def test_what_no_parser_needs_to_see(malformed: bytes) -> None:
    with pytest.raises(MalformedPacket):
        SctpGuard().check(malformed)


@pytest.mark.parametrize(("kind", "body"), [(1, INIT_HEAD), (10, b"cookie")])
def test_an_association_is_not_begun_for_ever(kind: int, body: bytes) -> None:
    guard = SctpGuard()
    for _ in range(sctp_guard.MAX_HANDSHAKES):
        guard.check(packet((kind, body)))
    with pytest.raises(HostilePacket, match="too often"):
        guard.check(packet((kind, body)))
