"""The same promises over full ICE: media both ways, guard, limits, deadlines, closing."""

from __future__ import annotations

import asyncio
import random
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aioice
import pytest

from media_server.audio.types import RtpPacket
from media_server.ports import OfferRejected
from media_server.rtc.rtp import build_rtp
from media_server.rtc.settings import RtcSettings
from media_server.rtc.transport import RtcTransport
from media_server.tools.headless import HeadlessError
from tests.rtc.support import (
    PATIENT,
    Caller,
    UdpRelay,
    calling,
    change_settings,
    clip,
    eventually,
    loopback_settings,
    nominate_now,
    running,
    wire_of,
)


@pytest.fixture
async def transport() -> AsyncIterator[RtcTransport]:
    async with running(kind="full") as transport:
        yield transport


async def test_media_text_and_playout_pass_both_ways(transport: RtcTransport) -> None:
    async with calling(transport) as caller:
        await eventually(lambda: caller.sink.channels == ["interview.v1"])
        caller.client.send({"type": "hello"})
        caller.call.send_text('{"type": "welcome"}')
        caller.call.play(clip(10), "u1")
        await eventually(lambda: caller.sink.playouts[-1:] == [("u1", "finished", 0.2)])
        await eventually(lambda: caller.sink.texts and caller.messages)
        await eventually(lambda: caller.client.packets_received == 10)
        assert caller.call.stats().packets_lost == 0
        assert caller.accepted is not None
        assert "a=ice-lite" not in caller.accepted.answer_sdp


async def test_close_is_a_gate_and_goodbye_is_heard(transport: RtcTransport) -> None:
    async with calling(transport) as caller:
        caller.call.play(clip(100), "u")
        caller.call.close("ended")
        assert caller.sink.closed == ["ended"]
        sent = caller.call.stats().bytes_sent
        await eventually(caller.client.closed.is_set)
        await asyncio.sleep(0.1)
        assert caller.call.stats().bytes_sent == sent


async def test_a_client_that_vanished_is_gone(transport: RtcTransport) -> None:
    caller = Caller(transport)
    await caller.connect()
    await caller.client.vanish()
    change_settings(transport, suspect_s=0.5, gone_s=1.5)
    await eventually(lambda: caller.sink.closed == ["gone"])


async def test_noise_from_a_third_address_harms_no_call(transport: RtcTransport) -> None:
    rng = random.Random(5)
    async with calling(transport) as caller:
        assert caller.accepted is not None
        found = re.search(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+)", caller.accepted.answer_sdp)
        assert found is not None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.connect((found.group(1), int(found.group(2))))
            for index in range(500):
                sock.send(rng.randbytes(rng.choice([0, 1, 20, 100])))
                if index % 50 == 0:
                    await asyncio.sleep(0.005)
            sock.send(b"\x15\xfe\xfd" + bytes(8) + b"\x00\x02\x02\x28")
            await asyncio.sleep(0.1)
            with pytest.raises(BlockingIOError):
                sock.recv(100)
        before = len(caller.sink.packets)
        await eventually(lambda: len(caller.sink.packets) > before + 10)
        assert caller.sink.closed == []
        assert transport.dropped()["off_path"] > 50


async def test_too_many_ssrcs_and_messages(transport: RtcTransport) -> None:
    async with calling(transport, "a") as a, calling(transport, "b") as b:
        await eventually(lambda: a.sink.channels and b.sink.channels)
        for ssrc in range(1, 20):
            packet = RtpPacket(ssrc, 1, 0, False, 96, b"\xf8\xff\xfe")
            await wire_of(a.client)._send_rtp(build_rtp(packet))
        for _ in range(300):
            b.client.send({"spam": 1})
        await eventually(lambda: a.sink.closed == ["limit"] and b.sink.closed == ["limit"])
        await eventually(lambda: b.messages and b.messages[0]["code"] == "limit")


async def test_patches(transport: RtcTransport) -> None:
    async with calling(transport) as caller:
        same = f"a=ice-ufrag:{caller.call.offer.ufrag}\r\na=ice-pwd:{'p' * 22}\r\n"
        hostile = "a=candidate:1 1 udp 1 169.254.169.254 80 typ host\r\n"
        answer = await transport.trickle("call", same + hostile, caller.call.etag)
        assert answer.status == 204
        remote = caller.call.path.agent.connection._remote_candidates
        assert "169.254.169.254" not in {candidate.host for candidate in remote}
        for wrong, if_match, status in [(same, '"stale"', 412), ("nonsense", "*", 400)]:
            with pytest.raises(OfferRejected) as refused:
                await transport.trickle("call", wrong, if_match)
            assert refused.value.status == status
        assert caller.sink.closed == []


async def test_ice_restart_keeps_the_call(transport: RtcTransport) -> None:
    """The client's part is played by aioice: aiortc has no ICE restart."""
    async with calling(transport) as caller, restarted_client() as client:
        first, etag = caller.call.path.agent, caller.call.etag
        fragment = f"a=ice-ufrag:{client.local_username}\r\na=ice-pwd:{client.local_password}\r\n"
        abandoned = await transport.trickle("call", fragment.replace("ufrag:", "ufrag:x"), "*")
        answer = await transport.trickle("call", fragment, "*")
        assert answer.status == 200
        assert len({etag, abandoned.etag, answer.etag}) == 3
        assert transport.etag("call") == answer.etag
        before = len(caller.sink.packets)
        await eventually(lambda: len(caller.sink.packets) > before + 10)  # media never stopped
        assert caller.call.path.agent is first
        client.remote_username = _value(answer.fragment, "ice-ufrag")
        client.remote_password = _value(answer.fragment, "ice-pwd")
        for line in answer.fragment.splitlines():
            if line.startswith("a=candidate:"):
                await client.add_remote_candidate(aioice.Candidate.from_sdp(line[12:]))
        await client.connect()
        await eventually(lambda: caller.call.path.agent is not first)
        sent = caller.call.stats().bytes_sent
        caller.call.play(clip(5), "u")
        await eventually(lambda: caller.sink.playouts[-1:] == [("u", "finished", 0.1)])
        async with asyncio.timeout(20):
            assert 127 < (await client.recv())[0] < 192  # speech goes the new way
        assert caller.call.stats().bytes_sent > sent
        assert caller.sink.closed == []


@asynccontextmanager
async def restarted_client() -> AsyncIterator[aioice.Connection]:
    client = aioice.Connection(ice_controlling=True)
    gather: Any = client.get_component_candidates

    def on_loopback(component: int, addresses: list[str]) -> Any:
        return gather(component, ["127.0.0.1"])

    setattr(client, "get_component_candidates", on_loopback)  # noqa: B010  # as headless.py does
    await client.gather_candidates()
    try:
        yield client
    finally:
        await client.close()


def _value(fragment: str, name: str) -> str:
    found = re.search(rf"a={name}:(\S+)", fragment)
    assert found is not None
    return found.group(1)


async def test_public_addresses_replace_the_bound_ones() -> None:
    settings = loopback_settings(transport="full", public_ips=("203.0.113.7",))
    async with running(settings, kind="full") as transport:
        caller = Caller(transport)
        caller.rewrite = lambda answer: answer.replace("203.0.113.7", "127.0.0.1")
        await caller.connect()  # on the port that was bound
        assert caller.accepted is not None
        assert "127.0.0.1" not in re.sub(r"o=.*", "", caller.accepted.answer_sdp)
        assert re.search(r"candidate:.* 203\.0\.113\.7 \d+ typ host", caller.accepted.answer_sdp)
        await caller.client.vanish()


async def test_another_address_is_followed(transport: RtcTransport) -> None:
    relay = UdpRelay(0)
    await relay.start()
    caller = Caller(transport)

    def through_the_relay(answer: str) -> str:
        found = re.search(r"a=candidate:\S+ 1 udp \d+ \S+ (\d+)", answer)
        assert found is not None
        relay.lead_to(int(found.group(1)))
        return relay.rewrite(answer)

    caller.rewrite = through_the_relay
    await caller.connect()
    await eventually(lambda: caller.sink.channels)
    await relay.rebind()
    before = len(caller.sink.packets)
    nominate_now(caller)
    await eventually(lambda: len(caller.sink.packets) > before + 10)
    caller.call.play(clip(5), "u")
    await eventually(lambda: caller.client.packets_received == 5)
    assert caller.sink.closed == []
    await caller.client.vanish()
    relay.close()


async def test_half_open_calls_are_freed() -> None:
    async with running(loopback_settings(max_calls=1), kind="full") as transport:
        caller = Caller(transport)
        caller.rewrite = lambda answer: re.sub(r"a=candidate.*\r\n", "", answer)
        with pytest.raises(HeadlessError):
            await caller.connect(timeout_s=1)
        assert transport.live == 1
        change_settings(transport, connect_timeout_s=0.3)
        await eventually(lambda: caller.sink.closed == ["timeout_connect"])
        assert transport.live == 0
        change_settings(transport, **PATIENT)
        async with calling(transport, "next"):
            pass


async def test_a_relay_that_does_not_answer_is_said_so() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        settings = RtcSettings(
            transport="full",
            bind_addresses=("127.0.0.1",),
            turn_url=f"turn:127.0.0.1:{port}",
            turn_username="user",
            turn_credential="secret",
        )
        async with running(settings, kind="full") as transport:
            caller = Caller(transport)
            with pytest.raises(OfferRejected) as refused:
                await caller.connect()
            assert refused.value.status == 503
            assert caller.sink.closed == ["error"]
            assert transport.live == 0
