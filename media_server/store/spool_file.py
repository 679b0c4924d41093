"""Format of a spool file: a header, then records, each with its own checksum. Pure.

    header  b"MSS1" + connection_epoch u32
    record  length u16 (of the packet) + media_s f64 + CRC-32 u32 (of all but itself) + packet

Big-endian. A process may die in the middle of a record: reading ends at the first one that is cut
short or does not add up, and whatever stands before it is good.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

from media_server.ports import SpooledPacket

_HEADER = struct.Struct(">4sI")
_RECORD = struct.Struct(">HdI")
_SIGNED = struct.Struct(">Hd")
_MAGIC = b"MSS1"
PACKET_LIMIT = 0xFFFF


def header(connection_epoch: int) -> bytes:
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


def decode(data: bytes) -> tuple[SpooledPacket, ...]:
    """Whatever is whole; () for a file that is not a spool file or has no whole header."""
    if len(data) < _HEADER.size:
        return ()
    magic, connection_epoch = _HEADER.unpack_from(data)
    if magic != _MAGIC:
        return ()
    packets = []
    at = _HEADER.size
    while at + _RECORD.size <= len(data):
        length, media_s, crc = _RECORD.unpack_from(data, at)
        opus = data[at + _RECORD.size : at + _RECORD.size + length]
        expected = zlib.crc32(opus, zlib.crc32(data[at : at + _SIGNED.size]))
        if len(opus) != length or crc != expected:
            break
        packets.append(SpooledPacket(connection_epoch, media_s, opus))
        at += _RECORD.size + length
    return tuple(packets)
