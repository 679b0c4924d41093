"""Any datagrams, from anywhere, in any order, while a call goes on: bounded, and repeatable."""

from __future__ import annotations

import zlib
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media_server.rtc.transport import RtcTransport
from tests.rtc.support import calling, eventually, running, shared_port, tap_the_wire
from tests.support.examples import examples

STRANGER = ("127.0.0.1", 9)
KINDS = st.sampled_from([b"\x00\x01", b"\x01\x01", b"\x16\xfe\xfd", b"\x80\x6f", b"\x80\xc9", b""])
DATAGRAMS = st.builds(lambda head, rest: head + rest, KINDS, st.binary(max_size=200))


def check_like(ufrag: str, damage: list[tuple[int, int]]) -> bytes:
    """A check for this call by somebody who lacks its password, with bytes changed."""
    username = f"{ufrag}:them".encode()
    body = b"\x00\x06" + len(username).to_bytes(2, "big") + username + bytes(-len(username) % 4)
    body += b"\x00\x08\x00\x14" + bytes(20)
    raw = bytearray(
        b"\x00\x01" + (len(body) + 8).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12)
    )
    raw += body
    for at, value in damage:
        raw[at % len(raw)] = value
    crc = zlib.crc32(raw) ^ 0x5354554E
    return bytes(raw) + b"\x80\x28\x00\x04" + crc.to_bytes(4, "big")


async def test_the_demultiplexer_answers_no_stranger_and_no_call_suffers() -> None:
    async with running() as transport, calling(transport) as caller:
        await eventually(lambda: caller.sink.channels)
        endpoint = shared_port(transport).endpoints[0]
        path: Any = caller.call.path.ice.selected
        fuzz(transport, endpoint, path.address, caller.call.path.ice.local.ufrag)
        before = len(caller.sink.packets)
        caller.client.send({"still": "here"})
        await eventually(lambda: len(caller.sink.packets) > before + 10 and caller.sink.texts)
        assert caller.sink.closed == []


def fuzz(transport: RtcTransport, endpoint: Any, client: Any, ufrag: str) -> None:
    """Synchronously, so that nothing of the call itself is on the wire meanwhile."""
    send = endpoint.send
    sent = tap_the_wire(transport)

    @settings(max_examples=examples(300), deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        data=st.one_of(
            DATAGRAMS,
            st.builds(
                check_like,
                st.just(ufrag),
                st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=3),
            ),
        ),
        own=st.booleans(),
    )
    def run(data: bytes, own: bool) -> None:
        source = client if own and not (data and data[0] < 4) else STRANGER
        shared_port(transport).on_datagram(endpoint, data, source)
        assert not [address for _, address in sent if address == STRANGER]

    run()
    endpoint.send = send
    assert shared_port(transport)._by_address[endpoint].get(STRANGER) is None
    assert sum(transport.dropped().values()) > 50
    assert transport.dropped()["stun_forged"] > 0  # some were whole but for their proof
