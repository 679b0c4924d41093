"""A peer that writes SCTP packets by hand to a real association; only DTLS is left out."""

from __future__ import annotations

import struct
from typing import Any

from aiortc import RTCDtlsTransport, RTCSctpCapabilities, RTCSctpTransport
from aiortc import rtcsctptransport as sctp

from media_server.rtc.channel import LimitedSctp
from tests.fuzz.targets import RawChunks

MAX_PACKET_BYTES = 1189
TSN = 1000
"""The peer's first."""


class FakeDtls:
    """What `RTCSctpTransport` asks of its transport."""

    state = "connected"
    _role = "server"

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def _register_data_receiver(self, receiver: Any) -> None: ...
    def _unregister_data_receiver(self, receiver: Any) -> None: ...

    async def _send_data(self, data: bytes) -> None:
        self.sent.append(data)


class Owner:
    def __init__(self) -> None:
        self.limits: list[str] = []
        self.errors = 0
        self.messages: list[str | bytes] = []

    def on_channel_data(self, size_bytes: int) -> None: ...
    def on_channel_open(self, label: str, protocol: str) -> None: ...

    def on_channel_message(self, data: str | bytes) -> None:
        self.messages.append(data)

    def on_channel_limit(self, what: str) -> None:
        self.limits.append(what)

    def on_channel_error(self) -> None:
        self.errors += 1


class Peer:
    """`begin`, `send` packets, `end`. `guarded`: ours; else aiortc's alone."""

    def __init__(self, *, guarded: bool = True) -> None:
        self.dtls, self.owner = FakeDtls(), Owner()
        dtls: Any = self.dtls
        assert hasattr(RTCDtlsTransport, "_register_data_receiver")
        self.association: RTCSctpTransport = (
            LimitedSctp(dtls, 5000, self.owner) if guarded else RTCSctpTransport(dtls, 5000)
        )

    async def begin(self) -> None:
        await self.association.start(RTCSctpCapabilities(maxMessageSize=65_536), 5000)
        init = struct.pack("!IIHHI", 77, 131_072, 1024, 1024, TSN)
        await self.send([chunk(1, 0, init)], tag=0)
        *_, (answer,) = sctp.parse_packet(self.dtls.sent[-1])
        assert isinstance(answer, sctp.InitAckChunk)
        cookie = dict(answer.params)[sctp.SCTP_STATE_COOKIE]
        await self.send([chunk(10, 0, cookie)])
        assert self.association._association_state is self.association.State.ESTABLISHED
        self.dtls.sent.clear()

    async def end(self) -> None:
        await self.association.stop()
        self.association.remove_all_listeners()

    async def send(self, chunks: list[bytes], *, tag: int | None = None) -> None:
        if tag is None:
            tag = self.association._local_verification_tag
        body = b""
        for each in chunks:
            if len(body) + len(each) <= MAX_PACKET_BYTES - 12:
                body += each
        packet = sctp.serialize_packet(5000, 5000, tag, RawChunks(body))
        await self.association._handle_data(packet)

    def check(self) -> None:
        association = self.association
        held = [c for s in association._inbound_streams.values() for c in s.reassembly]
        assert len(held) <= 130
        assert sum(len(c.user_data) for c in held) <= 135_000
        assert len(association._inbound_streams) <= 16
        assert len(association._sack_misordered) <= 130
        assert len(self.dtls.sent) <= 200
        self.dtls.sent.clear()


def chunk(kind: int, flags: int, body: bytes) -> bytes:
    return struct.pack("!BBH", kind, flags, len(body) + 4) + body + bytes(-len(body) % 4)


def data(tsn: int, stream: int, sequence: int, flags: int, protocol: int, user: bytes) -> bytes:
    return chunk(0, flags, struct.pack("!IHHI", tsn % (1 << 32), stream, sequence, protocol) + user)


def sack(tsn: int, gaps: list[tuple[int, int]], duplicates: int) -> bytes:
    head = struct.pack("!IIHH", tsn, 1000, len(gaps), duplicates)
    return chunk(3, 0, head + b"".join(struct.pack("!HH", *gap) for gap in gaps) + bytes(
        4 * duplicates
    ))  # fmt: skip


def chunk_parameter(kind: int, body: bytes) -> bytes:
    return struct.pack("!HH", kind, len(body) + 4) + body + bytes(-len(body) % 4)


def short(value: int) -> bytes:
    return struct.pack("!H", value)
