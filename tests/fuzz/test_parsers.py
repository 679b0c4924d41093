"""Each parser that a peer reaches: ends, raises what it is documented to raise, costs little.

Inputs are real packets with damage, and bytes at random. Cost is counted in lines of Python.
"""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.steps import TooManySteps, at_most
from tests.fuzz.targets import SEEDS, TARGETS
from tests.support.examples import examples

EXAMPLES = 120
MAX_BYTES = 1500

_EDIT = st.one_of(
    st.tuples(st.just("set"), st.integers(0, MAX_BYTES), st.binary(min_size=1, max_size=4)),
    st.tuples(
        st.just("set"),
        st.integers(0, MAX_BYTES),
        st.sampled_from([b"\0", b"\0\0", b"\xff\xff", b"\0\4", b"\0\3", b"\x7f\xff\xff\xff"]),
    ),
    st.tuples(st.just("insert"), st.integers(0, MAX_BYTES), st.binary(max_size=40)),
    st.tuples(st.just("cut"), st.integers(0, MAX_BYTES), st.just(b"")),
    st.tuples(st.just("repeat"), st.integers(0, MAX_BYTES), st.binary(min_size=1, max_size=1)),
)


def damaged(seed: bytes, edits: list[tuple[str, int, bytes]]) -> bytes:
    data = bytearray(seed)
    for what, at, value in edits:
        position = at % (len(data) + 1)
        if what == "set":
            data[position : position + len(value)] = value
        elif what == "insert":
            data[position:position] = value
        elif what == "cut":
            del data[position:]
        else:  # the rest again and again
            data += data[position:] * value[0]
        del data[MAX_BYTES:]
    return bytes(data)


def inputs(seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    return st.one_of(
        st.builds(damaged, st.sampled_from(seeds), st.lists(_EDIT, max_size=5)),
        st.binary(max_size=200),
    )


def allowance(size: int) -> int:
    """Linear: 60 lines for a byte, and something to begin with."""
    return 4000 + 60 * size


@pytest.mark.parametrize("name", TARGETS)
def test_ends_and_raises_nothing_else(name: str) -> None:
    target, seeds = TARGETS[name]

    @settings(max_examples=examples(EXAMPLES))
    @given(data=inputs(seeds))
    def run(data: bytes) -> None:
        with at_most(allowance(len(data))):
            target(data)

    run()


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_themselves(name: str) -> None:
    target, seeds = TARGETS[name]
    for seed in seeds:
        with at_most(allowance(len(seed))):
            target(seed)


SCTP_HEADER = SEEDS["sctp"][0][:12]
DATA_CHUNK = struct.pack("!BBHIHHI", 0, 0, 17, 1, 1, 1, 51) + b"x\0\0\0"
REPEATED = {
    "sctp": SCTP_HEADER + struct.pack("!BBH", 4, 0, 4) * 370,
    "sctp data": SCTP_HEADER + DATA_CHUNK * 74,
    "sctp parameters": SCTP_HEADER + b"\4\0\5\xcc" + struct.pack("!HH", 1, 4) * 370,
    "rtcp": struct.pack("!BBHI", 0x80, 201, 1, 1) * 187,
    "rtcp nack": struct.pack("!BBHII", 0x81, 205, 370, 1, 1) + b"\0\1\xff\xff" * 368,
    "stun": struct.pack("!HHI", 1, 1240, 0x2112A442) + bytes(12) + struct.pack("!HH", 6, 0) * 310,
    "dtls": struct.pack("!BHHHIHB", 23, 0xFEFD, 1, 0, 0, 1, 0) * 107,
    "offer": b"v=0\r\n" + b"m=audio 9 RTP/SAVPF 0\r\n" * 1400,
    "offer attributes": b"v=0\r\nm=audio 9 RTP/SAVPF 0\r\n" + b"a=rtpmap:0 opus/48000/2\r\n" * 1300,
    "offer groups": b"v=0\r\n" + (b"a=group:BUNDLE" + b" 0" * 40 + b"\r\n") * 390,
    "offer line": b"v=0\r\na=fingerprint:sha-256 " + b"AA:" * 10_000,
    "fragment": b"a=candidate:" + b" 1" * 4000,
    "message": b"[" * 16_000,
    "message deep": b'{"type":' * 2000,
    "message long": b'{"type": "text_answer", "text": "' + b"\\u0041" * 2700 + b'"}',
    "message number": b'{"type": "hello", "last_seq": ' + b"9" * 16_000 + b"}",
    "opus": b"\x03\x7f" + b"\xff" * 1400,
}  # fmt: skip


@pytest.mark.parametrize("name", REPEATED)
def test_the_most_that_fits_costs_no_more_than_its_length(name: str) -> None:
    target, _ = TARGETS[name.partition(" ")[0]]
    data = REPEATED[name]
    with at_most(allowance(len(data))):
        target(data)


def test_the_counter_stops_what_does_not_end() -> None:
    def never() -> None:
        while True:
            pass

    with pytest.raises(TooManySteps), at_most(1000):
        never()
