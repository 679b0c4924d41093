"""The faults of aiortc and aioice that we guard against, each shown on their code alone.

They are expected to be there. A test that fails here says that an upgrade has fixed one: then
docs/upstream.md says which guard of ours may go.
"""

from __future__ import annotations

import contextlib
import struct
import subprocess
import sys

import aioice
import pytest
from aioice.ice import Connection, StunProtocol
from aiortc import rtcsctptransport as sctp

from tests.fuzz.steps import TooManySteps, at_most
from tests.rtc.support import calling, eventually, running, wire_of

ZERO_LENGTH = b"\x00\x01\x00\x00"
HANGS = """
import math, resource, time
from aiortc import rtcsctptransport as sctp
allowed_s = math.ceil(time.process_time()) + 1
resource.setrlimit(resource.RLIMIT_CPU, (allowed_s, allowed_s))
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
chunk = sctp.Chunk(body=bytes.fromhex("00010000"))
chunk.type = 4
packet = sctp.serialize_packet(5000, 5000, 1, chunk)
print("begun", flush=True)
sctp.parse_packet(packet)
print("ended", flush=True)
"""


def fixed(what: str) -> str:
    return f"upstream has fixed it: {what}; see docs/upstream.md"


def test_decode_params_does_not_end() -> None:
    """`decode_params` steps on by the length that the packet states, also where that is 0."""
    ended = False
    with contextlib.suppress(TooManySteps), at_most(20_000):
        sctp.decode_params(ZERO_LENGTH)
        ended = True
    assert not ended, fixed("a parameter of length 0")


def test_one_packet_hangs_a_process() -> None:
    """The same without any means of ours: 1 s of CPU does not suffice for 16 bytes of HEARTBEAT.

    Those of the imports, on a cold machine more than that, come on top.
    """
    child = subprocess.run(
        [sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=150, check=False
    )
    assert "begun" in child.stdout, child.stderr
    assert "ended" not in child.stdout, fixed("a parameter of length 0")
    assert child.returncode != 0


def test_reassembly_is_quadratic() -> None:
    """Each piece of a message that is not whole costs a look at all that came before it."""
    steps = []
    for pieces in (200, 400):
        stream = sctp.InboundStream()
        with at_most(10_000_000) as counter:
            for number in range(pieces):
                chunk = sctp.DataChunk(flags=sctp.SCTP_DATA_FIRST_FRAG if not number else 0)
                chunk.tsn, chunk.user_data = number, b"x"
                stream.add_chunk(chunk)
                assert not list(stream.pop_messages())
        steps.append(counter.steps)
    assert steps[1] > 3 * steps[0], fixed("quadratic reassembly")


def test_data_without_data_is_accepted() -> None:
    packet = sctp.serialize_packet(5000, 5000, 1, sctp.DataChunk())
    *_, chunks = sctp.parse_packet(packet)
    assert chunks, fixed("DATA without user data (RFC 9260 §6.2)")


def test_a_sack_may_name_gaps_without_end() -> None:
    """250 gaps over the whole range: 16 million numbers go into a set, from one packet."""
    sack = sctp.SackChunk()
    sack.cumulative_tsn, sack.gaps = 1, [(1, 65_535)] * 250
    *_, (parsed,) = sctp.parse_packet(sctp.serialize_packet(5000, 5000, 1, sack))
    assert isinstance(parsed, sctp.SackChunk)
    assert sum(last - first for first, last in parsed.gaps) > 16_000_000, fixed("gap blocks")


async def test_one_record_of_a_datagram_is_read() -> None:
    """The client here is aiortc's own: of ten messages in one datagram it hears one."""
    async with running() as transport, calling(transport) as caller:
        await eventually(lambda: caller.sink.channels)
        heard: list[bytes] = []
        dtls = wire_of(caller.client)
        receiver = dtls._data_receiver
        handle = receiver._handle_data

        async def handle_data(data: bytes) -> None:
            heard.append(data)
            await handle(data)

        receiver._handle_data = handle_data
        ssl = caller.call.dtls.transport._ssl
        records = []
        for number in range(10):
            ssl.send(bytes([number]) * 40)
            records.append(ssl.bio_read(1500))
        caller.call.path.send(b"".join(records))
        await eventually(lambda: bytes(40) in heard)
        assert bytes([9]) * 40 not in heard, fixed("several records in a datagram")


async def test_aioice_keeps_what_it_cannot_read() -> None:
    kept: list[bytes] = []

    class Receiver:
        def data_received(self, data: bytes, component: int) -> None:
            kept.append(data)

    receiver: Connection = Receiver()  # type: ignore[assignment]  # has what is asked of it
    protocol = StunProtocol(receiver)
    protocol.local_candidate = aioice.Candidate.from_sdp("1 1 udp 1 127.0.0.1 9 typ host")
    protocol.datagram_received(b"\x00", ("192.0.2.1", 9))
    assert kept, fixed("datagrams from strangers in an unbounded queue")
    broken = struct.pack("!HHI", 1, 8, 0x2112A442) + bytes(12) + b"\x00\x24\x00\x01" + bytes(4)
    with pytest.raises(struct.error):  # of a length that PRIORITY cannot have
        protocol.datagram_received(broken, ("192.0.2.1", 9))
