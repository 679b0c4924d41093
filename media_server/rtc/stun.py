"""The server's half of STUN for an ICE-lite agent (RFC 8445 §2.5, §7.3; RFC 8489). Pure.

A lite agent only answers Binding requests. A request that does not prove knowledge of the call's
password gets no answer at all, not even the 400 or 401 that RFC 8489 §9.1.3 suggests: an answer to
a stranger could be reflected at a third party, and an ICE client needs none, it retransmits.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAGIC_COOKIE = 0x2112A442
HEADER_BYTES = 20
MAX_BYTES = 1280
"""Longer than any check; RFC 8489 §6.1 asks for less than the path MTU."""

MAX_ATTRIBUTES = 32
"""Of a message; a browser's check has about ten."""

BINDING_REQUEST = 0x0001
BINDING_SUCCESS = 0x0101
BINDING_ERROR = 0x0111

_USERNAME = 0x0006
_MESSAGE_INTEGRITY = 0x0008
_ERROR_CODE = 0x0009
_UNKNOWN_ATTRIBUTES = 0x000A
_XOR_MAPPED_ADDRESS = 0x0020
_PRIORITY = 0x0024
_USE_CANDIDATE = 0x0025
_FINGERPRINT = 0x8028
_ICE_CONTROLLED = 0x8029
_ICE_CONTROLLING = 0x802A
_FINGERPRINT_XOR = 0x5354554E
_INTEGRITY_BYTES = 20
_PEER_REFLEXIVE_PRIORITY = (110 << 24) | (65_535 << 8) | 255

_UNDERSTOOD = frozenset(
    {
        0x0001,  # MAPPED-ADDRESS
        _USERNAME,
        _MESSAGE_INTEGRITY,
        _ERROR_CODE,
        _UNKNOWN_ATTRIBUTES,
        0x0014,  # REALM
        0x0015,  # NONCE
        0x001C,  # MESSAGE-INTEGRITY-SHA256: sent beside MESSAGE-INTEGRITY, which decides
        _XOR_MAPPED_ADDRESS,
        _PRIORITY,
        _USE_CANDIDATE,
    }
)
"""Comprehension-required attributes (below 0x8000) that do not earn a 420."""


class BadStun(Exception):
    """Not a message this server can use; the argument is a short reason for a counter: one of
    `drop_reasons`, without its `stun_`."""


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """A well-formed check. Nothing in it is to be believed before `is_authentic` says so."""

    transaction_id: bytes
    """12 bytes, repeated in the answer (RFC 8489 §5)."""
    local_ufrag: str
    """Ours, by which the call is found; the first part of USERNAME."""
    remote_ufrag: str
    """The client's, behind the colon; may be empty."""
    use_candidate: bool
    sender_controlled: bool
    """Carries ICE-CONTROLLED: two controlled agents, to be answered with 487."""
    priority: int
    """Of a peer-reflexive candidate (RFC 8445 §7.1.1); 0 where it is missing. A lite agent has no
    use for it: the client nominates."""
    unknown: tuple[int, ...]
    """Comprehension-required attributes nobody here knows: to be answered with 420."""
    integrity_at: int
    """Offset of MESSAGE-INTEGRITY."""


def parse_request(data: bytes) -> BindingRequest:
    """Read a check (RFC 8445 §7.3): it has USERNAME, MESSAGE-INTEGRITY and FINGERPRINT.

    Raises BadStun for any other message. Nothing is verified but the FINGERPRINT.
    """
    attributes, unknown = _read_attributes(data, BINDING_REQUEST)
    if _MESSAGE_INTEGRITY not in attributes:
        raise BadStun("no_integrity")
    username_at, username_length = attributes.get(_USERNAME, (0, 0))
    if not username_length:
        raise BadStun("no_username")
    try:
        username = data[username_at : username_at + username_length].decode("ascii")
    except UnicodeDecodeError:
        raise BadStun("bad_username") from None
    local_ufrag, colon, remote_ufrag = username.partition(":")
    if not colon or not local_ufrag:
        raise BadStun("bad_username")
    integrity_at, integrity_length = attributes[_MESSAGE_INTEGRITY]
    if integrity_length != _INTEGRITY_BYTES:
        raise BadStun("bad_integrity_length")
    priority_at, priority_length = attributes.get(_PRIORITY, (0, 0))
    priority = struct.unpack_from("!I", data, priority_at)[0] if priority_length == 4 else 0
    return BindingRequest(
        transaction_id=data[8:20],
        local_ufrag=local_ufrag,
        remote_ufrag=remote_ufrag,
        use_candidate=_USE_CANDIDATE in attributes,
        sender_controlled=_ICE_CONTROLLED in attributes,
        priority=priority,
        unknown=tuple(unknown),
        integrity_at=integrity_at - 4,
    )


def message_type(data: bytes) -> int:
    """The 16 bits at its head (RFC 8489 §5). Raises BadStun when the header alone is wrong."""
    if len(data) < HEADER_BYTES or len(data) > MAX_BYTES:
        raise BadStun("bad_length")
    kind, length, cookie = struct.unpack_from("!HHI", data)
    if cookie != MAGIC_COOKIE:
        raise BadStun("bad_cookie")
    if length % 4 or length + HEADER_BYTES != len(data):
        raise BadStun("bad_length")
    return int(kind)


def _read_attributes(data: bytes, wanted_type: int) -> tuple[dict[int, tuple[int, int]], list[int]]:
    """({type: (offset of the value, length)}, unknown types); first occurrence counts."""
    if message_type(data) != wanted_type:
        raise BadStun("not_a_request")
    attributes: dict[int, tuple[int, int]] = {}
    unknown: list[int] = []
    for kind, position, length in _walk(data):
        if kind == _FINGERPRINT:
            _check_fingerprint(data, position - 4, length)
            return attributes, unknown
        if _MESSAGE_INTEGRITY not in attributes:  # what follows it is not protected by it
            attributes.setdefault(kind, (position, length))
            if kind < 0x8000 and kind not in _UNDERSTOOD and len(unknown) < 8:
                unknown.append(kind)
    raise BadStun("no_fingerprint")


def check_shape(data: bytes) -> None:
    """Of any message, before another's parser reads it. Raises BadStun."""
    message_type(data)
    for _ in _walk(data):
        pass


def _walk(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(type, offset of the value, length) of each attribute. Raises BadStun."""
    position = HEADER_BYTES
    for _ in range(MAX_ATTRIBUTES):
        if position >= len(data):
            return
        if position + 4 > len(data):
            raise BadStun("bad_attribute")
        kind, length = struct.unpack_from("!HH", data, position)
        position += 4
        if position + length > len(data):
            raise BadStun("bad_attribute")
        yield kind, position, length
        position += (length + 3) & ~3
    if position < len(data):
        raise BadStun("too_many_attributes")


def _check_fingerprint(data: bytes, at: int, length: int) -> None:
    """RFC 8489 §14.7: last attribute, CRC-32 over everything before it."""
    if length != 4 or at + 8 != len(data):
        raise BadStun("bad_fingerprint")
    expected = zlib.crc32(data[:at]) ^ _FINGERPRINT_XOR
    if struct.unpack_from("!I", data, at + 4)[0] != expected:
        raise BadStun("bad_fingerprint")


def is_authentic(data: bytes, request: BindingRequest, password: bytes) -> bool:
    """Whether its sender knows the password: ours, of the ufrag it names.

    `data`: what `request` was read from. RFC 8489 §14.5: the length field counts up to and with
    MESSAGE-INTEGRITY itself. Compared in constant time.
    """
    at = request.integrity_at
    expected = _integrity(data[:at], password)
    return hmac.compare_digest(expected, data[at + 4 : at + 4 + _INTEGRITY_BYTES])


def _integrity(head: bytes, password: bytes) -> bytes:
    length = len(head) - HEADER_BYTES + 4 + _INTEGRITY_BYTES
    covered = head[:2] + struct.pack("!H", length) + head[4:]
    return hmac.new(password, covered, hashlib.sha1).digest()


def binding_request(
    transaction_id: bytes, username: str, password: bytes, tie_breaker: int
) -> bytes:
    """Our own question to a client's address (RFC 8445 §7.2.2).

    `transaction_id`: 12 bytes. `username`: theirs, a colon, ours. `password`: theirs.
    `tie_breaker`: below 2^64.
    """
    head = struct.pack("!HHI", BINDING_REQUEST, 0, MAGIC_COOKIE) + transaction_id
    body = (
        _attribute(_USERNAME, username.encode())
        + _attribute(_PRIORITY, struct.pack("!I", _PEER_REFLEXIVE_PRIORITY))
        + _attribute(_ICE_CONTROLLED, struct.pack("!Q", tie_breaker))
    )
    return _seal_body(head + body, password)


def is_success(data: bytes, transaction_id: bytes, password: bytes) -> bool:
    """An authentic answer to `binding_request`; False for anything else. `password`: the
    client's."""
    if len(data) < HEADER_BYTES or data[8:20] != transaction_id:
        return False
    try:
        attributes, _ = _read_attributes(data, BINDING_SUCCESS)
    except BadStun:
        return False
    at, length = attributes.get(_MESSAGE_INTEGRITY, (0, 0))
    if length != _INTEGRITY_BYTES:
        return False
    return hmac.compare_digest(_integrity(data[: at - 4], password), data[at : at + length])


def success_response(request: BindingRequest, host: str, port: int, password: bytes) -> bytes:
    """An answer with the address that the sender is seen at (RFC 8489 §14.2).

    `host`, `port`: where the request came from; an IPv6 zone is left out, and a mapped IPv4 address
    written as IPv4. `password`: ours.
    """
    return _seal(
        BINDING_SUCCESS,
        request.transaction_id,
        _attribute(_XOR_MAPPED_ADDRESS, _xor_address(host, port, request.transaction_id)),
        password,
    )


def error_response(
    request: BindingRequest, code: int, password: bytes, *, unknown: Sequence[int] = ()
) -> bytes:
    """487 (role conflict) or 420 (`unknown`), to a sender that has proved itself."""
    reason = {420: b"Unknown Attribute", 487: b"Role Conflict"}.get(code, b"Error")
    body = _attribute(_ERROR_CODE, struct.pack("!HBB", 0, code // 100, code % 100) + reason)
    if unknown:
        body += _attribute(
            _UNKNOWN_ATTRIBUTES, b"".join(struct.pack("!H", kind) for kind in unknown)
        )
    return _seal(BINDING_ERROR, request.transaction_id, body, password)


def _xor_address(host: str, port: int, transaction_id: bytes) -> bytes:
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    mask = struct.pack("!I", MAGIC_COOKIE) + transaction_id
    packed = bytes(a ^ b for a, b in zip(address.packed, mask, strict=False))
    family = 1 if address.version == 4 else 2
    return struct.pack("!BBH", 0, family, port ^ (MAGIC_COOKIE >> 16)) + packed


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def _seal(kind: int, transaction_id: bytes, body: bytes, password: bytes) -> bytes:
    return _seal_body(struct.pack("!HHI", kind, 0, MAGIC_COOKIE) + transaction_id + body, password)


def _seal_body(head: bytes, password: bytes) -> bytes:
    message = head + _attribute(_MESSAGE_INTEGRITY, _integrity(head, password))
    message = message[:2] + struct.pack("!H", len(message) - HEADER_BYTES + 8) + message[4:]
    crc = zlib.crc32(message) ^ _FINGERPRINT_XOR
    return message + _attribute(_FINGERPRINT, struct.pack("!I", crc))
