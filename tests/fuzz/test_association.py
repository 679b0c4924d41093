"""Any sequence of SCTP packets to one association: it ends, raises nothing, and holds little.

The association is the real one, aiortc's behind our guard; only DTLS is left out.
"""

from __future__ import annotations

import asyncio
import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.association import TSN, Peer, chunk, chunk_parameter, data, sack, short
from tests.fuzz.steps import at_most
from tests.support.examples import examples

MAX_STEPS = 150_000
"""Lines of Python for one packet; about 5 ms. What the dearest found takes is in
benchmarks/hostile_packets.py."""


WORD, SHORT = st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFF)
NEAR = st.one_of(st.integers(TSN - 3, TSN + 200), WORD)
STREAM = st.one_of(st.integers(0, 3), st.integers(0, 20), SHORT)
PARAMETERS = st.one_of(
    st.builds(
        lambda seq, last, streams: chunk_parameter(
            13, struct.pack("!III", seq, TSN, last) + b"".join(map(short, streams))
        ),
        NEAR,
        NEAR,
        st.lists(STREAM, max_size=6),
    ),
    st.builds(lambda seq, result: chunk_parameter(16, struct.pack("!II", seq, result)), NEAR, WORD),
    st.builds(lambda seq, new: chunk_parameter(17, struct.pack("!IHH", seq, new, 0)), NEAR, SHORT),
    st.builds(chunk_parameter, SHORT, st.binary(max_size=20)),
)
OPEN = struct.pack("!BBHIHH", 3, 0, 0, 0, 2, 0) + b"ab"
CHUNKS = st.one_of(
    st.builds(
        data,
        NEAR,
        STREAM,
        st.integers(0, 3),
        st.integers(0, 7),
        st.sampled_from([50, 51, 53, 56, 57, 0]),
        st.one_of(st.just(OPEN), st.just(b"\x02"), st.binary(max_size=30)),
    ),
    st.builds(sack, NEAR, st.lists(st.tuples(SHORT, SHORT), max_size=4), st.integers(0, 3)),
    st.builds(
        lambda tsn, pairs: chunk(
            192, 0, struct.pack("!I", tsn) + b"".join(struct.pack("!HH", *pair) for pair in pairs)
        ),
        NEAR,
        st.lists(st.tuples(STREAM, SHORT), max_size=4),
    ),
    st.builds(lambda p: chunk(130, 0, b"".join(p)), st.lists(PARAMETERS, max_size=2)),
    st.builds(
        lambda kind, p: chunk(kind, 0, b"".join(p)),
        st.sampled_from([4, 5, 6, 9]),
        st.lists(PARAMETERS, max_size=3),
    ),
    st.builds(lambda kind: chunk(kind, 0, b""), st.sampled_from([7, 8, 11, 14])),
    st.builds(chunk, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=40)),
)
PACKETS = st.lists(
    st.one_of(
        st.lists(CHUNKS, min_size=1, max_size=4),
        st.builds(lambda one, times: [one] * times, CHUNKS, st.integers(1, 70)),
        st.builds(  # pieces, as many as fit
            lambda first, step, stream, flags: [
                data(first + step * n, (stream + n) % 12, 1, flags, 51, b"x") for n in range(58)
            ],
            NEAR,
            st.sampled_from([1, -1, 2, 3]),
            st.sampled_from([0, 2]),
            st.integers(0, 7),
        ),
    ),
    max_size=12,
)


def test_any_packets_in_any_order() -> None:
    dearest = 0

    async def play(packets: list[list[bytes]]) -> None:
        nonlocal dearest
        peer = Peer()
        await peer.begin()
        try:
            for packet in packets:
                with at_most(MAX_STEPS) as counter:
                    await peer.send(packet)
                dearest = max(dearest, counter.steps)
                peer.check()
                await asyncio.sleep(0)
        finally:
            await peer.end()

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:

        @settings(max_examples=examples(60))
        @given(packets=PACKETS)
        def run(packets: list[list[bytes]]) -> None:
            runner.run(play(packets))

        run()
    assert dearest > 1000  # something came through the guard


async def test_the_dearest_packets_that_are_known() -> None:
    """Pieces of messages that are never whole, held to the limit, then looked through again."""
    peer = Peer()
    await peer.begin()
    for start in range(0, 116, 58):
        pieces = [data(TSN + 2 + start + n, 0, 1, 6, 51, b"x") for n in range(58)]
        with at_most(MAX_STEPS):
            await peer.send(pieces)
    assert len(peer.association._sack_misordered) == 116
    for number in range(4):
        with at_most(MAX_STEPS):
            await peer.send([chunk(192, 0, struct.pack("!I", TSN - number))] * 1)
        with at_most(MAX_STEPS):
            await peer.send([data(TSN + 60, 0, 1, 6, 51, b"x")] * 58)
    peer.check()
    await peer.end()
