"""RTP and RTCP on the wire (RFC 3550, RFC 4585). Pure; every parser answers None or skips."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from media_server.audio.types import RtpPacket

_RTP_HEADER = struct.Struct("!BBHII")
_RTCP_HEADER = struct.Struct("!BBH")

_SR, _RR, _SDES, _BYE, _RTPFB = 200, 201, 202, 203, 205
_NACK = 1
_MAX_NACKED = 128
"""Of a compound packet; more than is kept to be sent again (`outgoing`)."""
_MAX_PARTS = 32
"""Of a compound packet; a browser's has five at most."""


def is_rtcp(data: bytes) -> bool:
    """RFC 5761 §4: payload types 64-95 never carry RTP where both share a port."""
    return len(data) >= 2 and 192 <= data[1] <= 223


def media_ssrc(data: bytes) -> int:
    """The sender's SSRC of an RTP or RTCP packet, protected or not; 0 of what is too short."""
    at = 4 if is_rtcp(data) else 8
    return int.from_bytes(data[at : at + 4], "big") if len(data) >= 12 else 0


def parse_rtp(data: bytes) -> RtpPacket | None:
    """None: not a packet that makes sense (header extension and padding are taken off)."""
    if len(data) < 12:
        return None
    flags, second, sequence_number, timestamp, ssrc = _RTP_HEADER.unpack_from(data)
    if flags >> 6 != 2:
        return None
    start = 12 + 4 * (flags & 0x0F)
    if flags & 0x10:
        if start + 4 > len(data):
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data)
    if flags & 0x20:
        padding = data[-1]
        if padding == 0:
            return None
        end -= padding
    if start > end:
        return None
    # by position: names would cost each of 50 a second and call a dictionary
    return RtpPacket(
        ssrc, sequence_number, timestamp, second >= 0x80, second & 0x7F, data[start:end]
    )


def build_rtp(packet: RtpPacket) -> bytes:
    """The packet as it is sent before SRTP, without extensions (RFC 3550 §5.1)."""
    second = packet.payload_type | (0x80 if packet.marker else 0)
    header = _RTP_HEADER.pack(0x80, second, packet.sequence_number, packet.timestamp, packet.ssrc)
    return header + packet.payload


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What a receiver says of one sender (RFC 3550 §6.4.1)."""

    ssrc: int
    fraction_lost: int
    """Of 256, since the last report."""
    cumulative_lost: int
    """Packets since the stream began; 24 bits with a sign: below 0 when more came than were
    sent."""
    highest_sequence: int
    """32 bits: times around, then the sequence number."""
    jitter: int
    """RTP clock units."""
    last_sr: int
    """Middle 32 bits of the NTP time of the sender's last report; 0: none has come."""
    delay_since_sr: int
    """1/65536 s from that report to this block."""


@dataclass(frozen=True, slots=True)
class SenderReport:
    """What a sender says of its own stream (RFC 3550 §6.4.1)."""

    ssrc: int
    ntp_time: int
    """64 bits: seconds since 1900 and their fraction."""
    rtp_time: int
    """The same instant as `ntp_time`, in the stream's 48 kHz clock."""
    packets: int
    octets: int
    """Of payload alone, without headers and padding."""
    blocks: tuple[ReportBlock, ...]


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    """What somebody who sends nothing says of what it receives (RFC 3550 §6.4.2)."""

    ssrc: int
    blocks: tuple[ReportBlock, ...]


@dataclass(frozen=True, slots=True)
class Nack:
    """Packets that the other side misses and asks for again (RFC 4585 §6.2.1)."""

    media_ssrc: int
    sequence_numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bye:
    """Sources that leave (RFC 3550 §6.6). Nobody acts on it: a client may go on with another
    SSRC."""

    ssrcs: tuple[int, ...]


Rtcp = SenderReport | ReceiverReport | Nack | Bye


def parse_rtcp(data: bytes) -> tuple[Rtcp, ...]:
    """The parts of a compound packet, plain, that we know; stops at the first that is malformed."""
    found: list[Rtcp] = []
    position, nacked = 0, 0
    for _ in range(_MAX_PARTS):
        if position + 4 > len(data):
            break
        flags, kind, words = _RTCP_HEADER.unpack_from(data, position)
        end = position + 4 + 4 * words
        if flags >> 6 != 2 or end > len(data):
            break
        body = data[position + 4 : end]
        parsed = _parse_one(kind, flags & 0x1F, body)
        if isinstance(parsed, Nack):
            nacked += len(parsed.sequence_numbers)
        if parsed is not None:
            found.append(parsed)
        if nacked >= _MAX_NACKED:
            break
        position = end
    return tuple(found)


def _parse_one(kind: int, count: int, body: bytes) -> Rtcp | None:
    if kind == _SR and len(body) >= 24 + 24 * count:
        ssrc, ntp_time, rtp_time, packets, octets = struct.unpack_from("!IQIII", body)
        return SenderReport(ssrc, ntp_time, rtp_time, packets, octets, _blocks(body, 24, count))
    if kind == _RR and len(body) >= 4 + 24 * count:
        return ReceiverReport(int.from_bytes(body[:4], "big"), _blocks(body, 4, count))
    if kind == _BYE and len(body) >= 4 * count:
        return Bye(struct.unpack_from(f"!{count}I", body))
    if kind == _RTPFB and count == _NACK and len(body) >= 12:
        return Nack(int.from_bytes(body[4:8], "big"), _nacked(body[8:]))
    return None


def _blocks(body: bytes, start: int, count: int) -> tuple[ReportBlock, ...]:
    blocks = []
    for position in range(start, start + 24 * count, 24):
        ssrc, lost, highest, jitter, last_sr, delay = struct.unpack_from("!IIIIII", body, position)
        cumulative = lost & 0xFFFFFF
        if cumulative & 0x800000:
            cumulative -= 1 << 24
        blocks.append(ReportBlock(ssrc, lost >> 24, cumulative, highest, jitter, last_sr, delay))
    return tuple(blocks)


def _nacked(items: bytes) -> tuple[int, ...]:
    """RFC 4585 §6.2.1: a packet id and a bitmask of the 16 that follow it."""
    numbers: list[int] = []
    for position in range(0, len(items) - 3, 4):
        first, mask = struct.unpack_from("!HH", items, position)
        numbers.append(first)
        numbers.extend((first + bit + 1) & 0xFFFF for bit in range(16) if mask >> bit & 1)
        if len(numbers) >= _MAX_NACKED:
            break
    return tuple(numbers)


def build_report(report: SenderReport | ReceiverReport, cname: str) -> bytes:
    """A compound packet: the report, then SDES with our CNAME (RFC 3550 §6.1). Not yet protected.

    `cname`: ASCII of at most 255 bytes. At most 31 blocks fit; `incoming` has 4.
    """
    count = len(report.blocks)
    if isinstance(report, SenderReport):
        kind = _SR
        body = struct.pack(
            "!IQIII",
            report.ssrc,
            report.ntp_time,
            report.rtp_time,
            report.packets & 0xFFFFFFFF,
            report.octets & 0xFFFFFFFF,
        )
    else:
        kind = _RR
        body = struct.pack("!I", report.ssrc)
    body += b"".join(_build_block(block) for block in report.blocks)
    name = cname.encode("ascii")
    item = struct.pack("!IBB", report.ssrc, 1, len(name)) + name + b"\x00"
    item += bytes(-len(item) % 4)
    return (
        _RTCP_HEADER.pack(0x80 | count, kind, len(body) // 4)
        + body
        + _RTCP_HEADER.pack(0x81, _SDES, len(item) // 4)
        + item
    )


def _build_block(block: ReportBlock) -> bytes:
    lost = max(-(1 << 23), min(block.cumulative_lost, (1 << 23) - 1)) & 0xFFFFFF
    return struct.pack(
        "!IIIIII",
        block.ssrc,
        (block.fraction_lost & 0xFF) << 24 | lost,
        block.highest_sequence & 0xFFFFFFFF,
        block.jitter & 0xFFFFFFFF,
        block.last_sr & 0xFFFFFFFF,
        block.delay_since_sr & 0xFFFFFFFF,
    )
