"""STUN against aioice's independent implementation, and against anything at all."""

from __future__ import annotations

import contextlib
import os
import random
import struct
import zlib

import aioice.stun
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtc import stun

PASSWORD = "p" * 24


def request(
    *, username: str = "ours:theirs", controlled: bool = False, nominate: bool = True
) -> aioice.stun.Message:
    message = aioice.stun.Message(
        message_method=aioice.stun.Method.BINDING, message_class=aioice.stun.Class.REQUEST
    )
    message.attributes["USERNAME"] = username
    message.attributes["PRIORITY"] = 1234
    message.attributes["ICE-CONTROLLED" if controlled else "ICE-CONTROLLING"] = 99
    if nominate:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(PASSWORD.encode())
    return message


def sealed(attributes: bytes, *, password: str = PASSWORD, kind: int = 0x0001) -> bytes:
    """A message with hand-made attributes, then integrity and fingerprint as they should be."""
    return stun._seal(kind, os.urandom(12), attributes, password.encode())


def attribute(kind: int, value: bytes) -> bytes:
    return stun._attribute(kind, value)


def test_a_check_of_another_implementation_is_understood() -> None:
    message = request()
    parsed = stun.parse_request(bytes(message))
    assert parsed.local_ufrag == "ours"
    assert parsed.remote_ufrag == "theirs"
    assert parsed.priority == 1234
    assert parsed.use_candidate
    assert not parsed.sender_controlled
    assert parsed.unknown == ()
    assert parsed.transaction_id == message.transaction_id
    assert stun.is_authentic(bytes(message), parsed, PASSWORD.encode())
    assert not stun.is_authentic(bytes(message), parsed, b"q" * 24)
    assert not stun.parse_request(bytes(request(nominate=False))).use_candidate
    assert stun.parse_request(bytes(request(controlled=True))).sender_controlled


@pytest.mark.parametrize(
    ("host", "seen"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8::9", "2001:db8::9"), ("::ffff:192.0.2.7", "192.0.2.7")],
)
def test_the_answer_is_understood_by_another_implementation(host: str, seen: str) -> None:
    parsed = stun.parse_request(bytes(request()))
    answer = aioice.stun.parse_message(
        stun.success_response(parsed, host, 40_000, PASSWORD.encode())
    )
    assert answer.check_message_integrity(PASSWORD.encode())
    assert answer.message_class == aioice.stun.Class.RESPONSE
    assert answer.transaction_id == parsed.transaction_id
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == (seen, 40_000)


def test_errors_are_understood_by_another_implementation() -> None:
    parsed = stun.parse_request(bytes(request()))
    conflict = aioice.stun.parse_message(stun.error_response(parsed, 487, PASSWORD.encode()))
    assert conflict.check_message_integrity(PASSWORD.encode())
    assert conflict.attributes["ERROR-CODE"] == (487, "Role Conflict")
    raw = stun.error_response(parsed, 420, PASSWORD.encode(), unknown=(0x7777, 0x0042))
    assert aioice.stun.parse_message(raw).attributes["ERROR-CODE"][0] == 420
    assert attribute(0x000A, struct.pack("!HH", 0x7777, 0x0042)) in raw


def test_unknown_attributes_that_must_be_understood_are_listed() -> None:
    username = attribute(0x0006, b"ours:theirs")
    raw = sealed(username + attribute(0x7777, b"abc") + attribute(0xC057, b"optional"))
    assert stun.parse_request(raw).unknown == (0x7777,)


def test_attributes_after_the_integrity_are_not_believed() -> None:
    body = attribute(0x0006, b"ours:theirs")
    raw = sealed(body)[:-8]  # without fingerprint
    raw += attribute(0x0025, b"")  # USE-CANDIDATE, unprotected
    raw = raw[:2] + struct.pack("!H", len(raw) - 20 + 8) + raw[4:]
    raw += attribute(0x8028, struct.pack("!I", zlib.crc32(raw) ^ 0x5354554E))
    parsed = stun.parse_request(raw)
    assert not parsed.use_candidate


def with_another_end(raw: bytes) -> bytes:
    return raw[:-1] + bytes((raw[-1] ^ 1,))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "bad_length"),
        (bytes(19), "bad_length"),
        (bytes(20), "bad_cookie"),
        (bytes(request())[:-4], "bad_length"),
        (with_another_end(bytes(request())), "bad_fingerprint"),
        (sealed(b"", kind=0x0101), "not_a_request"),
        (sealed(b"", kind=0x0011), "not_a_request"),
        (sealed(b""), "no_username"),
        (sealed(attribute(0x0006, b"no colon")), "bad_username"),
        (sealed(attribute(0x0006, b":theirs")), "bad_username"),
        (sealed(attribute(0x0006, b"\xff\xfe:x")), "bad_username"),
        (sealed(b"\x00\x06\xff\xff"), "bad_attribute"),
    ],
    # Not by their bytes: transaction ids are random, and runners in parallel compare names.
    ids=lambda value: value if isinstance(value, str) else f"{len(value)}_bytes",
)
def test_messages_that_are_dropped(raw: bytes, reason: str) -> None:
    with pytest.raises(stun.BadStun, match=reason):
        stun.parse_request(raw)


def test_no_fingerprint_and_no_integrity() -> None:
    whole = sealed(attribute(0x0006, b"ours:theirs"))
    without = whole[:2] + struct.pack("!H", len(whole) - 28) + whole[4:-8]
    with pytest.raises(stun.BadStun, match="no_fingerprint"):
        stun.parse_request(without)
    head = struct.pack("!HHI", 1, 0, stun.MAGIC_COOKIE) + bytes(12) + attribute(6, b"a:b")
    head = head[:2] + struct.pack("!H", len(head) - 12) + head[4:]
    bare = head + attribute(0x8028, struct.pack("!I", zlib.crc32(head) ^ 0x5354554E))
    with pytest.raises(stun.BadStun, match="no_integrity"):
        stun.parse_request(bare)


@given(st.binary(max_size=400))
def test_anything_is_either_a_request_or_dropped(data: bytes) -> None:
    with contextlib.suppress(stun.BadStun):
        stun.parse_request(data)


@given(st.integers(0, 10_000), st.integers(0, 3))
def test_a_damaged_check_is_never_authentic(seed: int, flips: int) -> None:
    rng = random.Random(seed)
    original = bytes(request())
    raw = bytearray(original)
    for _ in range(flips + 1):
        raw[rng.randrange(len(raw) - 8)] ^= 1 << rng.randrange(8)
    if rng.random() < 0.8:  # a forger can always make the fingerprint fit
        raw[-4:] = struct.pack("!I", zlib.crc32(bytes(raw[:-8])) ^ 0x5354554E)
    damaged = bytes(raw)
    if damaged == original:
        return
    with contextlib.suppress(stun.BadStun):
        parsed = stun.parse_request(damaged)
        assert not stun.is_authentic(damaged, parsed, PASSWORD.encode())
