"""Format of a spool file: a header, then records, each with its own checksum. Pure.

    header  b"MSS1" + connection_epoch u32
    record  length u16 (of the packet) + media_s f64 + CRC-32 u32 (of all but itself) + packet

Big-endian; the CRC is zlib's (RFC 1952, section 8). A process may die in the middle of a record: a
last one that is cut short is no damage. A record that does not add up is: the next good one is
looked for behind it, and what lies between is reported.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from media_server.ports import SpooledPacket

_HEADER = struct.Struct(">4sI")
_RECORD = struct.Struct(">HdI")
_SIGNED = struct.Struct(">Hd")
_MAGIC = b"MSS1"
PACKET_LIMIT = 0xFFFF
_LONGEST_CALL_S = 1e6
"""A media time beyond it is damage: 11 days."""
_BYTES_PER_S = 4_000
"""32 kbit/s, what browsers send: to estimate how much audio so many damaged bytes were."""
_PACKET_S = 0.02


def header(connection_epoch: int) -> bytes:
    """What a file, or an entry of the stream in Redis, begins with."""
    return _HEADER.pack(_MAGIC, connection_epoch)


def encode(packets: Iterable[SpooledPacket]) -> bytes:
    """Records only. A packet over 65535 bytes cannot come from UDP: ValueError."""
    parts: list[bytes] = []
    for packet in packets:
        if len(packet.opus) > PACKET_LIMIT:
            raise ValueError("a packet is at most 65535 bytes")
        signed = _SIGNED.pack(len(packet.opus), packet.media_s)
        crc = zlib.crc32(packet.opus, zlib.crc32(signed))
        parts += (signed, crc.to_bytes(4, "big"), packet.opus)
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What `decode` made of a file; packets in the order in which they were written."""

    packets: tuple[SpooledPacket, ...] = ()
    damaged_bytes: int = 0
    lost_s: float = 0.0
    """Audio that the damage took; estimated from its bytes where an edge of it is unknown."""


def decode(data: bytes) -> Decoded:
    """Whatever is whole. Without a whole header nothing is: not even whose audio it was."""
    if len(data) < _HEADER.size:
        return Decoded()
    magic, connection_epoch = _HEADER.unpack_from(data)
    if magic != _MAGIC:
        return Decoded((), len(data), len(data) / _BYTES_PER_S)
    packets: list[SpooledPacket] = []
    damaged_bytes, lost_s, at = 0, 0.0, _HEADER.size
    while at < len(data):
        if (found := _record(data, at)) is not None:
            packets.append(SpooledPacket(connection_epoch, *found))
            at += _RECORD.size + len(found[1])
            continue
        behind = _next_record(data, at + 1)
        if behind is None:
            if not _is_cut_short(data, at):
                damaged_bytes += len(data) - at
                lost_s += (len(data) - at) / _BYTES_PER_S
            break
        damaged_bytes += behind - at
        lost_s += _missing_s(data, behind, packets, behind - at)
        at = behind
    return Decoded(tuple(packets), damaged_bytes, lost_s)


def _record(data: bytes, at: int) -> tuple[float, bytes] | None:
    """(media_s, packet) of a whole and sound record."""
    if at + _RECORD.size > len(data):
        return None
    length, media_s, crc = _RECORD.unpack_from(data, at)
    if at + _RECORD.size + length > len(data) or not 0.0 <= media_s < _LONGEST_CALL_S:
        return None
    opus = data[at + _RECORD.size : at + _RECORD.size + length]
    if crc != zlib.crc32(opus, zlib.crc32(data[at : at + _SIGNED.size])):
        return None
    return media_s, opus


def _next_record(data: bytes, start: int) -> int | None:
    last = len(data) - _RECORD.size
    return next((at for at in range(start, last + 1) if _record(data, at) is not None), None)


def _is_cut_short(data: bytes, at: int) -> bool:
    """The rest is the beginning of a record whose end was never written."""
    if at + _RECORD.size > len(data):
        return True
    length, media_s, _ = _RECORD.unpack_from(data, at)
    return bool(at + _RECORD.size + length > len(data) and 0.0 <= media_s < _LONGEST_CALL_S)


def _missing_s(data: bytes, behind: int, packets: list[SpooledPacket], damaged_bytes: int) -> float:
    if not packets:
        return damaged_bytes / _BYTES_PER_S
    after = _record(data, behind)
    at_s = after[0] if after is not None else 0.0
    return max(0.0, at_s - packets[-1].media_s - _PACKET_S)
