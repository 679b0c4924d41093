"""SCTP packets of an authenticated peer, walked before aiortc's parsers see them. Pure.

aiortc reads the parameters of a chunk without a look at their length: one of length 0 keeps it in
a loop for ever, and with it every call of the process (docs/upstream.md). It also accepts DATA
without data, any number of chunks in a packet, and answers each of them. Nothing that an honest
stack sends is refused here: the rules are those of RFC 9260 and RFC 6525.

DTLS has vouched for every byte, so damage on the way is no explanation. What only a bug could
send is malformed and dropped; what only an attack would send is hostile and ends the call.
"""

from __future__ import annotations

import struct
from collections import Counter

MAX_PACKET_BYTES = 1500
"""As of the datagram that carries it (`guard.MAX_DATAGRAM_BYTES`)."""
MAX_CONTROL_CHUNKS = 16
"""Of one packet, all chunks that are not DATA; each may be answered with a packet of its own."""
MAX_HANDSHAKES = 32
"""INITs of an association, and as many COOKIE ECHOs. A browser repeats either at most 8 times."""

_COMMON_HEADER_BYTES = 12
_CHUNK_HEADER = struct.Struct("!BBH")
_CHUNK_HEADER_BYTES = _CHUNK_HEADER.size
_TYPE_AND_LENGTH = struct.Struct("!HH")
_INIT = struct.Struct("!IIHHI")
_SACK = struct.Struct("!IIHH")

DATA, INIT, INIT_ACK, SACK, HEARTBEAT, HEARTBEAT_ACK, ABORT, SHUTDOWN = 0, 1, 2, 3, 4, 5, 6, 7
ERROR, COOKIE_ECHO, RECONFIG, FORWARD_TSN = 9, 10, 130, 192

_WITH_PARAMETERS = {
    INIT: _INIT.size,
    INIT_ACK: _INIT.size,
    HEARTBEAT: 0,
    HEARTBEAT_ACK: 0,
    ABORT: 0,
    ERROR: 0,
    RECONFIG: 0,
}
"""Where in the chunk's body they begin (error causes have the same form, RFC 9260 §3.3.10)."""
_BEGINS = (INIT, COOKIE_ECHO)
"""They begin an association, and are counted over all packets."""
_MAX_RECONFIG_PARAMETERS = 2  # RFC 6525 §3.1
_DATA_HEADER_BYTES = 12


class MalformedPacket(Exception):
    """A packet that no parser needs to see. The argument says why."""


class HostilePacket(Exception):
    """A packet that ends the call. The argument says why."""


class SctpGuard:
    """The packets of one association."""

    def __init__(self) -> None:
        self._handshakes: Counter[int] = Counter()

    def check(self, packet: bytes) -> None:
        """Takes time linear in the packet. Raises MalformedPacket or HostilePacket."""
        kinds = _walk(packet)
        if len(kinds) == 1 and kinds[0] not in _BEGINS:  # nearly always
            return
        if len(kinds) - kinds.count(DATA) > MAX_CONTROL_CHUNKS:
            raise MalformedPacket("too many chunks in one packet")
        if (INIT in kinds or INIT_ACK in kinds) and len(kinds) > 1:
            raise MalformedPacket("INIT shares its packet")  # RFC 9260 §6.10
        if kinds.count(SACK) > 1 or kinds.count(FORWARD_TSN) > 1:  # each tells the whole state
            raise MalformedPacket("the same state twice in one packet")
        for kind in _BEGINS:
            if kind in kinds:
                self._handshakes[kind] += kinds.count(kind)
                if self._handshakes[kind] > MAX_HANDSHAKES:
                    raise HostilePacket("association begun too often")


def _walk(packet: bytes) -> list[int]:
    """The types of the chunks, each of which has been looked at."""
    size = len(packet)
    if not _COMMON_HEADER_BYTES + _CHUNK_HEADER_BYTES <= size <= MAX_PACKET_BYTES:
        raise MalformedPacket("length of the packet")
    kinds = []
    position = _COMMON_HEADER_BYTES
    while position < size:
        if position + _CHUNK_HEADER_BYTES > size:
            raise MalformedPacket("bytes behind the last chunk")
        kind, _, length = _CHUNK_HEADER.unpack_from(packet, position)
        if length < _CHUNK_HEADER_BYTES or position + length > size:
            raise MalformedPacket("length of a chunk")
        kinds.append(kind)
        _check_chunk(kind, packet[position + _CHUNK_HEADER_BYTES : position + length])
        position += (length + 3) & ~3  # the padding of the last chunk may be missing
    return kinds


def _check_chunk(kind: int, body: bytes) -> None:
    if kind == DATA:
        if len(body) < _DATA_HEADER_BYTES:
            raise MalformedPacket("length of a DATA chunk")
        if len(body) == _DATA_HEADER_BYTES:  # RFC 9260 §6.2: answered with the end
            raise HostilePacket("a DATA chunk without data")
    elif kind == SACK:
        _check_sack(body)
    elif kind == FORWARD_TSN:
        if len(body) < 4 or len(body) % 4:
            raise MalformedPacket("length of a FORWARD TSN chunk")
    elif kind == SHUTDOWN:
        if len(body) != 4:
            raise MalformedPacket("length of a SHUTDOWN chunk")
    elif kind in _WITH_PARAMETERS:
        if kind in {INIT, INIT_ACK}:
            _check_init(body)
        count = _check_parameters(body, _WITH_PARAMETERS[kind])
        if kind == RECONFIG and count > _MAX_RECONFIG_PARAMETERS:
            raise MalformedPacket("too many parameters of a RE-CONFIG chunk")


def _check_init(body: bytes) -> None:
    """RFC 9260 §3.3.2: neither the tag nor a number of streams may be 0."""
    if len(body) < _INIT.size:
        raise MalformedPacket("length of an INIT chunk")
    tag, _, outbound, inbound, _ = _INIT.unpack_from(body)
    if not (tag and outbound and inbound):
        raise MalformedPacket("an INIT chunk with a zero")


def _check_sack(body: bytes) -> None:
    """Gap blocks rise and do not overlap (RFC 9260 §3.3.4)."""
    if len(body) < _SACK.size:
        raise MalformedPacket("length of a SACK chunk")
    _, _, gaps, duplicates = _SACK.unpack_from(body)
    if len(body) != _SACK.size + 4 * (gaps + duplicates):
        raise MalformedPacket("length of a SACK chunk")
    last = 0
    for first, end in struct.iter_unpack("!HH", body[_SACK.size : _SACK.size + 4 * gaps]):
        if not last < first <= end:
            raise MalformedPacket("gap blocks out of order")
        last = end


def _check_parameters(body: bytes, position: int) -> int:
    """How many there are (RFC 9260 §3.2.1)."""
    count = 0
    while position < len(body):
        if position + _TYPE_AND_LENGTH.size > len(body):
            raise MalformedPacket("bytes behind the last parameter")
        _, length = _TYPE_AND_LENGTH.unpack_from(body, position)
        if length < _TYPE_AND_LENGTH.size:
            raise HostilePacket("a parameter shorter than its header")
        if position + length > len(body):
            raise MalformedPacket("length of a parameter")
        count += 1
        position += (length + 3) & ~3
    return count
