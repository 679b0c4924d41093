"""Strangers and forgers on the media port: nothing they send reaches a call, or gets an answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import secrets
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aioice.stun
import pylibsrtp
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from media_server.audio.types import RtpPacket
from media_server.ports import OfferRejected
from media_server.rtc import media_in
from media_server.rtc.guard import dtls_records
from media_server.rtc.rtp import build_rtp
from media_server.rtc.transport import RtcTransport
from tests.rtc.support import (
    PATIENT,
    Caller,
    calling,
    change_settings,
    clip,
    eventually,
    loopback_settings,
    relaying,
    running,
    shared_port,
    tap_the_wire,
    wire_of,
)

FATAL_ALERT = b"\x15\xfe\xfd" + bytes(8) + b"\x00\x02\x02\x28"
"""Plaintext DTLS alert: fatal, handshake_failure."""
SERVER_HELLO = b"\x16\xfe\xfd" + bytes(8) + b"\x00\x10\x02\x00\x00\x04\x00\x00\x00\x00\x00\x00"


@asynccontextmanager
async def stranger(transport: RtcTransport) -> AsyncIterator[socket.socket]:
    """A socket that never authenticated; whatever it receives is a fault."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect(("127.0.0.1", transport.port))
        yield sock
        await asyncio.sleep(0)
        with pytest.raises(BlockingIOError):
            sock.recv(2048)


async def flood(sock: socket.socket, datagrams: list[bytes]) -> None:
    for index, datagram in enumerate(datagrams):
        sock.send(datagram)
        if index % 50 == 49:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)


def nonsense(count: int, seed: int) -> list[bytes]:
    rng = random.Random(seed)
    return [rng.randbytes(rng.choice([0, 1, 3, 12, 20, 100, 1200, 1501])) for _ in range(count)]


def malformed_stun(seed: int, ufrag: str) -> list[bytes]:
    """Checks that name a real call, each wrong in one way."""
    good = bytes(check(ufrag, "x" * 22))
    rng = random.Random(seed)
    broken = [good[:size] for size in range(0, len(good), 4)]
    for _ in range(24):
        at = rng.randrange(len(good))
        broken.append(good[:at] + bytes([rng.randrange(256)]) + good[at + 1 :])
    return broken


def check(local_ufrag: str, password: str, *, use_candidate: bool = True) -> Any:
    message = aioice.stun.Message(
        message_method=aioice.stun.Method.BINDING, message_class=aioice.stun.Class.REQUEST
    )
    message.attributes["USERNAME"] = f"{local_ufrag}:them"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = secrets.randbits(64)
    if use_candidate:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password.encode())
    return message


async def test_noise_from_a_third_address_harms_no_call(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with running() as transport, calling(transport) as caller, stranger(transport) as sock:
        ufrag = caller.call.path.ice.local.ufrag
        noise = [b""] * 20 + nonsense(3000, seed=1) + malformed_stun(2, ufrag)
        noise += [FATAL_ALERT, SERVER_HELLO, b"\x80\x60" + bytes(60), b"\x17\xfe\xfd" + bytes(60)]
        caller.call.play(clip(100), "u")
        await flood(sock, noise)
        await eventually(lambda: ("u", "finished", 2.0) in caller.sink.playouts)
        await eventually(lambda: len(caller.sink.packets) >= caller.client.packets_sent)
        assert caller.sink.closed == []
        assert caller.call.stats().packets_lost == 0
        assert caller.client.packets_received == 100
        dropped = transport.dropped()
        assert sum(dropped.values()) >= 0.9 * len(noise)  # the kernel may lose some of a flood
        assert {"empty", "too_long", "unknown_kind", "dtls_off_path", "media_off_path"} <= set(
            dropped
        )
    lines = [r for r in caplog.records if "were dropped" in r.message]
    assert len(lines) <= 1


async def test_noise_during_the_handshake_harms_no_call() -> None:
    async with running() as transport, stranger(transport) as sock:
        caller = Caller(transport)
        stop = asyncio.Event()

        async def pester() -> None:
            while not stop.is_set():
                for datagram in [b"", FATAL_ALERT, SERVER_HELLO, *nonsense(20, seed=3)]:
                    sock.send(datagram)
                await asyncio.sleep(0.002)

        task = asyncio.create_task(pester())
        await caller.connect()
        stop.set()
        await task
        assert caller.sink.connected == 1
        await caller.client.vanish()


async def test_alerts_and_garbage_forged_from_the_clients_own_address() -> None:
    """The forger knows the address and writes in the clear: the handshake goes on."""
    async with running() as transport, relaying(transport) as relay:
        forged = [FATAL_ALERT, SERVER_HELLO, b"\x16\xfe\xfd", b"\x16" + os.urandom(40), b"\x14"]

        def tap(way: str, data: bytes) -> bytes:
            if way == "in" and 19 < data[0] < 64:
                for datagram in forged:
                    relay.forge(datagram)
            return data

        relay.tap = tap
        async with calling(transport, relay=relay) as caller:
            await eventually(lambda: len(caller.sink.packets) > 10 and caller.sink.channels)
            assert caller.call.stats().dropped["dtls_forged"] >= len(forged)
            for datagram in [b"\x90" * 100, b"\x80\xc8" * 50, b"", b"\x80" * 12, FATAL_ALERT]:
                relay.forge(datagram)
            caller.client.send({"still": "here"})
            await eventually(lambda: caller.sink.texts)
            assert caller.sink.closed == []


async def test_replayed_media_is_dropped() -> None:
    async with running() as transport, relaying(transport) as relay:

        def tap(way: str, data: bytes) -> bytes:
            if way == "in" and 127 < data[0] < 192:
                relay.forge(data)
            return data

        async with calling(transport, relay=relay) as caller:
            relay.tap = tap
            await eventually(lambda: caller.call.stats().dropped.get("srtp_replayed", 0) > 20)
            numbers = [packet.sequence_number for packet in caller.sink.packets]
            assert len(numbers) == len(set(numbers))
            assert caller.call.stats().packets_lost == 0


async def test_a_check_with_a_wrong_password_gets_no_answer() -> None:
    async with running() as transport, calling(transport) as caller, stranger(transport) as sock:
        ufrag = caller.call.path.ice.local.ufrag
        sock.send(bytes(check(ufrag, "a" * 24)))
        sock.send(bytes(check("nobody12", "a" * 24)))
        refused = {"stun_forged": 1, "stun_unknown_ufrag": 1}
        await eventually(lambda: transport.dropped().items() >= refused.items())
        # An answer to the server's own check that came twice, because the first was late.
        assert transport.dropped().keys() - refused <= {"stun_not_a_request"}
        assert len(caller.call.path.ice.paths) <= 4


async def test_another_calls_address_cannot_be_taken() -> None:
    """A candidate forges a check of their own call with the source address of another's."""
    async with (
        running() as transport,
        relaying(transport) as relay,
        calling(transport, "victim", relay=relay) as victim,
        calling(transport, "thief") as thief,
    ):
        ice = thief.call.path.ice.local
        relay.forge(bytes(check(ice.ufrag, ice.password)))
        await eventually(lambda: thief.call.stats().dropped.get("stun_address_taken"))
        before = len(victim.sink.packets)
        await eventually(lambda: len(victim.sink.packets) > before + 10)


async def test_at_most_eight_addresses_per_call() -> None:
    async with running() as transport, calling(transport) as caller:
        ice = caller.call.path.ice
        selected = ice.selected
        for _ in range(30):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                sock.connect(("127.0.0.1", transport.port))
                request = check(ice.local.ufrag, ice.local.password, use_candidate=False)
                sock.send(bytes(request))
                async with asyncio.timeout(20):
                    answer = await asyncio.get_running_loop().sock_recv(sock, 2048)
                response = aioice.stun.parse_message(answer)
                assert response.check_message_integrity(ice.local.password.encode())
                assert response.attributes["XOR-MAPPED-ADDRESS"] == sock.getsockname()
        assert len(ice.paths) == 8
        assert ice.selected == selected
        assert len(shared_port(transport)._by_address[shared_port(transport).endpoints[0]]) == 8


async def test_three_hundred_ssrcs_end_the_call_quickly() -> None:
    async with running() as transport:
        caller = Caller(transport)
        await caller.connect()
        dtls = wire_of(caller.client)
        for ssrc in range(1, 300):
            packet = RtpPacket(ssrc, 1, 0, False, 96, b"\xf8\xff\xfe")
            await dtls._send_rtp(build_rtp(packet))
        await eventually(lambda: caller.sink.closed == ["limit"])
        assert len({packet.ssrc for packet in caller.sink.packets}) <= 4
        await caller.client.vanish()
        async with asyncio.timeout(20):
            await transport.close()


async def test_timestamps_that_jump_are_handed_on_as_they_came() -> None:
    async with running() as transport, calling(transport) as caller:
        dtls = wire_of(caller.client)
        for number, timestamp in enumerate([960, 960 + (1 << 31), 0, 0xFFFFFFFF]):
            packet = RtpPacket(77, number, timestamp, False, 96, b"\xf8\xff\xfe")
            await dtls._send_rtp(build_rtp(packet))
        await eventually(lambda: sum(p.ssrc == 77 for p in caller.sink.packets) == 4)
        assert caller.sink.closed == []


async def test_malformed_rtp_and_rtcp_of_an_authenticated_peer() -> None:
    rng = random.Random(7)
    async with running() as transport, calling(transport) as caller:
        dtls = wire_of(caller.client)
        await eventually(lambda: caller.sink.packets)
        ssrc = caller.sink.packets[0].ssrc
        for kind in range(192, 209):  # what aiortc, too, sends as RTCP
            body = rng.randbytes(4 * rng.randrange(1, 30))
            flags = 0x80 | rng.randrange(32)
            await dtls._send_rtp(struct.pack("!BBHI", flags, kind, len(body) // 4, ssrc) + body)
        # CSRCs, extension and padding that are not there, on a stream of their own
        for number, flags in enumerate((0x8F, 0x90, 0xA0, 0xBF)):
            header = struct.pack("!BBHII", flags, 96, number, 0, 78)
            with contextlib.suppress(pylibsrtp.Error):  # it refuses some before they leave
                await dtls._send_rtp(header + bytes(2))
        before = len(caller.sink.packets)
        await eventually(lambda: len(caller.sink.packets) > before + 10)
        assert caller.sink.closed == []


async def test_who_forges_a_clients_address_does_not_use_up_its_allowance() -> None:
    rng = random.Random(11)
    async with (
        running() as transport,
        relaying(transport) as relay,
        calling(transport, relay=relay) as caller,
    ):
        await eventually(lambda: caller.sink.channels)
        for _ in range(100):
            for _ in range(30):
                relay.forge(b"\x80\x60" + rng.randbytes(60))
            for _ in range(10):
                relay.forge(b"\x17\xfe\xfd\x00\x01" + rng.randbytes(6) + b"\x00\x20" + bytes(32))
            await asyncio.sleep(0.02)
        before = len(caller.sink.packets)
        await eventually(lambda: len(caller.sink.packets) > before + 10)
        stats = caller.call.stats()
        assert stats.dropped["srtp_rejected"] > 2500
        assert "media_rate" not in stats.dropped
        assert stats.packets_lost == 0
        caller.client.send({"still": "heard"})
        await eventually(lambda: caller.sink.texts)


async def test_datagrams_of_many_forged_records_do_not_use_it_up_either() -> None:
    """107 records fit into one: counted each, 2000 of them are sent within a second."""
    datagram = b"\x17\xfe\xfd\x00\x01" + bytes(6) + b"\x00\x01" + b"\x00"
    datagram *= 1500 // len(datagram)
    assert len(dtls_records(datagram)) == 107
    async with (
        running() as transport,
        relaying(transport) as relay,
        calling(transport, relay=relay) as caller,
    ):
        await eventually(lambda: caller.sink.channels)
        for number in range(60):  # as many as in 3 s at 20 a second
            relay.forge(datagram)
            if number % 10 == 9:
                await asyncio.sleep(0)
        for number in range(20):
            relay.forge(datagram)
            caller.client.send({"still": number})
            await asyncio.sleep(0.05)
        await eventually(lambda: len(caller.sink.texts) == 20)
        dropped = caller.call.stats().dropped
        assert "dtls_overflow" not in dropped
        assert dropped["dtls_forged"] >= 40


async def test_a_flood_of_forgeries_is_refused_unread_until_the_next_sweep() -> None:
    async with (
        running() as transport,
        relaying(transport) as relay,
        calling(transport, relay=relay) as caller,
    ):
        await eventually(lambda: caller.sink.packets)
        for number in range(2000):
            caller.call.on_media(b"\x80\x60" + number.to_bytes(2, "big") + bytes(60))
        dropped = caller.call.stats().dropped
        assert dropped["srtp_rejected"] <= 1001
        assert dropped["media_rate"] >= 999
        before = len(caller.sink.packets)
        await eventually(lambda: len(caller.sink.packets) > before + 10)


async def test_what_a_client_itself_sends_too_much_of_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(media_in, "PACKETS_PER_S", 1)  # however long it takes to send them
    async with running() as transport, calling(transport) as caller:
        await eventually(lambda: caller.sink.packets)
        for number in range(2500):
            packet = RtpPacket(77, number, number * 960, False, 96, b"\xf8\xff\xfe")
            await wire_of(caller.client)._send_rtp(build_rtp(packet))
            if number % 50 == 49:
                await asyncio.sleep(0.001)
        await eventually(lambda: caller.call.stats().dropped.get("media_rate"))
        assert caller.sink.closed == []


async def test_half_open_calls_are_freed() -> None:
    async with running(loopback_settings(max_calls=3)) as transport:
        callers = [Caller(transport, f"call{i}") for i in range(3)]
        offers = [await _offer() for _ in range(4)]
        for caller, offer in zip(callers, offers[:3], strict=True):
            await caller.exchange(offer)
        with pytest.raises(OfferRejected):
            await Caller(transport, "one more").exchange(offers[3])
        change_settings(transport, connect_timeout_s=0.3)
        await eventually(lambda: all(c.sink.closed == ["timeout_connect"] for c in callers))
        assert transport.live == 0
        assert shared_port(transport)._by_ufrag == {}
        change_settings(transport, **PATIENT)
        async with calling(transport, "afterwards"):
            pass


async def test_nothing_is_ever_sent_to_the_candidates_of_an_offer() -> None:
    async with running(loopback_settings(connect_timeout_s=0.3)) as transport:
        sent = tap_the_wire(transport)
        offer = await _offer()
        hostile = "".join(
            f"a=candidate:{i} 1 udp 2130706431 {host} {port} typ host\r\n"
            for i, (host, port) in enumerate(
                [("169.254.169.254", 80), ("127.0.0.1", 22), ("10.0.0.1", 53), ("x.local", 9)]
            )
        )
        caller = Caller(transport)
        await caller.exchange(offer.replace("a=mid:0\r\n", "a=mid:0\r\n" + hostile, 1))
        await transport.trickle("call", hostile + _credentials(offer), caller.call.etag)
        await eventually(lambda: caller.sink.closed)
        assert sent == []


def _credentials(offer: str) -> str:
    lines = [line for line in offer.splitlines() if line.startswith(("a=ice-ufrag", "a=ice-pwd"))]
    return "\r\n".join(lines[:2]) + "\r\n"


async def _offer() -> str:
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    pc.addTransceiver("audio")
    pc.createDataChannel("interview.v1")
    await pc.setLocalDescription(await pc.createOffer())
    offer = pc.localDescription.sdp
    await pc.close()
    return offer
