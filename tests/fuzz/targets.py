"""The parsers that a peer reaches, each as a function of bytes that ends and raises nothing.

What a parser is documented to raise is part of its work; anything else leaves the target and is a
find. Used by Hypothesis (test_parsers.py) and by atheris (coverage.py).
"""

from __future__ import annotations

import contextlib
import json
import struct
from collections.abc import Callable
from pathlib import Path

import aioice
from aiortc import rtcsctptransport as sctp

from media_server.audio.opus_packet import MAX_PACKET_SAMPLES, inspect_packet, packet_samples
from media_server.dialects import interview_v1
from media_server.ports import OfferRejected
from media_server.ports.dialect import BadMessage
from media_server.rtc import stun
from media_server.rtc.guard import dtls_records, is_client_dtls
from media_server.rtc.incoming import IncomingStreams, TooManySsrcs
from media_server.rtc.outgoing import OutgoingStream
from media_server.rtc.rtp import Nack, ReceiverReport, SenderReport, parse_rtcp, parse_rtp
from media_server.rtc.sctp_guard import HostilePacket, MalformedPacket, SctpGuard
from media_server.rtc.sdp import parse_offer
from media_server.rtc.trickle import check_if_match, parse_fragment

SEEDS: dict[str, list[bytes]] = {
    kind: [item.encode() if kind in {"offer", "fragment", "message"} else bytes.fromhex(item)
           for item in items]
    for kind, items in json.loads((Path(__file__).parent / "seeds.json").read_text()).items()
}  # fmt: skip
"""Packets of Chromium and of aiortc as they reached each parser in calls to this server."""


class RawChunks(sctp.Chunk):
    """Bytes for `serialize_packet`, which adds the header and its checksum."""

    def __init__(self, chunks: bytes) -> None:
        super().__init__(body=chunks)

    def __bytes__(self) -> bytes:
        return self.body


def sctp_packet(data: bytes) -> None:
    """What the guard lets pass aiortc's own parsers survive."""
    try:
        SctpGuard().check(data)
    except (MalformedPacket, HostilePacket):
        return
    packet = sctp.serialize_packet(5000, 5000, 1, RawChunks(data[12:]))
    *_, chunks = sctp.parse_packet(packet)
    for chunk in chunks:
        bytes(chunk)
        for kind, value in getattr(chunk, "params", []):
            reader = sctp.RECONFIG_PARAM_TYPES.get(kind)
            if isinstance(chunk, sctp.ReconfigChunk) and reader is not None:
                with contextlib.suppress(struct.error):
                    reader.parse(value)


def rtp_packet(data: bytes) -> None:
    packet = parse_rtp(data)
    if packet is None:
        return
    assert len(packet.payload) <= len(data) - 12
    streams = IncomingStreams(packet.payload_type)
    for arrival_s in (0.0, 1e9):
        with contextlib.suppress(TooManySsrcs):
            streams.accept(packet, arrival_s)
            streams.reports(arrival_s)


def rtcp_packet(data: bytes) -> None:
    """Read and acted upon."""
    outgoing = OutgoingStream(96, 0.0)
    for number in range(64):
        outgoing.remember(number, b"")
    for part in parse_rtcp(data):
        if isinstance(part, SenderReport | ReceiverReport):
            outgoing.on_reports(part.blocks, 1.0)
        if isinstance(part, Nack):
            for number in part.sequence_numbers:
                outgoing.resend(number, 1.0)
    assert outgoing.resent <= 64


def stun_message(data: bytes) -> None:
    with contextlib.suppress(stun.BadStun):
        request = stun.parse_request(data)
        assert not stun.is_authentic(data, request, b"nobody's password")
        stun.success_response(request, "192.0.2.1", 9, b"key")
        stun.error_response(request, 420, b"key", unknown=request.unknown)
    with contextlib.suppress(stun.BadStun, ValueError, struct.error):
        stun.check_shape(data)
        aioice.stun.parse_message(data)


def dtls_datagram(data: bytes) -> None:
    if data and 19 < data[0] < 64 and is_client_dtls(data):
        assert b"".join(dtls_records(data)) == data


def sdp_offer(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    with contextlib.suppress(OfferRejected):
        parse_offer(text)


def trickle_fragment(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    with contextlib.suppress(OfferRejected):
        parse_fragment(text)
    with contextlib.suppress(OfferRejected):
        check_if_match(text, '"etag"')
    for line in text.splitlines()[:16]:
        with contextlib.suppress(ValueError, IndexError):  # as rtc/aioice_agent.py does
            aioice.Candidate.from_sdp(line)


def channel_message(data: bytes) -> None:
    for message in (data, data.decode("utf-8", "replace")):
        with contextlib.suppress(BadMessage):
            interview_v1.decode(message)


def opus_packet(data: bytes) -> None:
    info, samples = inspect_packet(data), packet_samples(data)
    if info is not None:
        assert info.samples == samples
        assert info.samples <= MAX_PACKET_SAMPLES


TARGETS: dict[str, tuple[Callable[[bytes], None], list[bytes]]] = {
    "sctp": (sctp_packet, SEEDS["sctp"]),
    "rtp": (rtp_packet, SEEDS["rtp"]),
    "rtcp": (rtcp_packet, SEEDS["rtcp"]),
    "stun": (stun_message, SEEDS["stun"]),
    "dtls": (dtls_datagram, SEEDS["dtls"]),
    "offer": (sdp_offer, SEEDS["offer"]),
    "fragment": (trickle_fragment, SEEDS["fragment"]),
    "message": (channel_message, SEEDS["message"]),
    "opus": (opus_packet, [seed[12:] for seed in SEEDS["rtp"]]),
}
