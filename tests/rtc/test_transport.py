"""Calls over loopback with a real peer: media, text, playout, limits, closing."""

from __future__ import annotations

import asyncio
import logging
import re
import socket

import numpy as np
import pytest

from media_server.audio.opus import OpusDecoder
from media_server.ports import OfferRejected
from media_server.rtc import udp
from media_server.rtc.answer import LocalCandidate
from media_server.rtc.factory import create_transport
from media_server.rtc.settings import RtcSettings
from media_server.rtc.udp import CannotBind
from media_server.tools.headless import HeadlessCandidate, HeadlessError
from tests.rtc.support import (
    Caller,
    RecordingSink,
    calling,
    clip,
    eventually,
    loopback_settings,
    running,
    shared_port,
    tap_the_wire,
)
from tests.support.candidate import has_spoken


async def test_media_text_and_playout_pass_both_ways() -> None:
    async with running() as transport, calling(transport) as caller:
        sink, client = caller.sink, caller.client
        assert sink.connected == 1
        await eventually(lambda: sink.channels == ["interview.v1"])
        client.send({"type": "hello"})
        assert caller.call.send_text('{"type": "welcome"}')
        caller.call.play(clip(10), "u1")
        await eventually(lambda: sink.playouts[-1:] == [("u1", "finished", 0.2)])
        assert sink.playouts[0] == ("u1", "started", 0.0)
        moved = {("u1", "moved")}  # after a tick that came late, on a busy machine
        assert {(name, what) for name, what, _ in sink.playouts[1:-1]} <= moved
        await eventually(lambda: sink.texts == ['{"type": "hello"}'])
        await eventually(lambda: caller.messages == [{"type": "welcome"}])
        await eventually(lambda: len(sink.packets) > 20 and client.packets_received == 10)
        numbers = [packet.sequence_number for packet in sink.packets]
        assert numbers == [(numbers[0] + i) & 0xFFFF for i in range(len(numbers))]
        assert sink.packets[0].marker
        stats = caller.call.stats()
        assert (stats.packets_lost, stats.packets_sent, stats.dropped) == (0, 10, {})
        # Where the answer to the server's own check is late, it asks again, and gets two.
        assert transport.dropped().keys() <= {"stun_not_a_request"}


async def test_speech_survives_the_way_to_the_server() -> None:
    tone = (9000 * np.sin(np.arange(16_000) * 2 * np.pi * 300 / 16_000)).astype(np.int16)
    async with running() as transport, calling(transport) as caller:
        assert caller.client.say(tone, 16_000) == 1.0
        await eventually(lambda: has_spoken(caller.client))
        await eventually(lambda: len(caller.sink.packets) >= caller.client.packets_sent)
        with OpusDecoder() as decoder:
            pcm = np.concatenate([decoder.decode(p.payload) for p in caller.sink.packets])
    loud = np.abs(pcm.astype(float)) > 2000
    assert 0.5 < loud.sum() / 16_000 < 1.0


async def test_silence_sends_no_rtp_and_playout_stops_at_once() -> None:
    async with running() as transport, calling(transport) as caller:
        await asyncio.sleep(0.3)
        assert caller.client.packets_received == 0
        caller.call.play(clip(500), "long")
        await eventually(lambda: caller.client.packets_received >= 5)
        sent = caller.call.stats().packets_sent
        assert caller.call.position_s == pytest.approx(sent * 0.02)
        caller.call.stop_playing()
        assert caller.call.position_s is None
        _, what, position_s = caller.sink.playouts[-1]
        assert what == "stopped"
        assert position_s == pytest.approx(sent * 0.02)
        await asyncio.sleep(0.1)
        assert caller.call.stats().packets_sent == sent
        assert transport.pacer.idle


async def test_play_replaces_and_resumes_from_a_position() -> None:
    async with running() as transport, calling(transport) as caller:
        caller.call.play(clip(500), "a")
        caller.call.play(clip(10), "b", from_s=0.1)
        await eventually(lambda: ("b", "finished", 0.2) in caller.sink.playouts)
        assert caller.call.position_s is None
        assert [(u, w) for u, w, _ in caller.sink.playouts] == [
            ("a", "started"),
            ("a", "stopped"),
            ("b", "started"),
            ("b", "finished"),
        ]
        assert caller.sink.playouts[2][2] == pytest.approx(0.1)


async def test_after_close_nothing_is_sent_and_on_closed_is_last() -> None:
    async with running() as transport, calling(transport) as caller:
        caller.call.play(clip(100), "u")
        await asyncio.sleep(0.1)
        caller.call.close("ended")
        sent = tap_the_wire(transport)
        assert caller.sink.playouts[-1][1] == "stopped"
        assert caller.sink.closed == ["ended"]
        assert not caller.call.send_text("late")
        caller.call.play(clip(3), "late")
        caller.call.close("left")
        received = len(caller.sink.packets)
        await asyncio.sleep(0.3)
        assert sent == []
        assert len(caller.sink.packets) == received
        assert caller.sink.closed == ["ended"]
        await eventually(caller.client.closed.is_set)  # it was told, by close_notify


async def test_a_client_that_says_goodbye_is_gone_at_once() -> None:
    async with running() as transport:
        caller = Caller(transport)
        await caller.connect()
        await caller.client.leave()
        await eventually(lambda: caller.sink.closed == ["gone"])
        assert transport.live == 0
        assert transport.etag("call") is None


async def test_a_failing_handler_ends_nothing_and_its_words_are_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    everything = frozenset(
        f"on_{name}" for name in ["connected", "rtp", "channel_open", "text", "playout", "closed"]
    )
    async with running() as transport:
        caller = Caller(transport)
        caller.sink = RecordingSink(fail_in=everything)
        await caller.connect()
        await eventually(lambda: len(caller.sink.packets) > 10 and caller.sink.channels)
        caller.client.send({"n": 1})
        caller.client.send({"n": 2})
        caller.call.play(clip(2), "u")
        await eventually(lambda: len(caller.sink.texts) == 2 and len(caller.sink.playouts) == 2)
        assert caller.sink.closed == []
        dropped = caller.call.stats().dropped
        assert dropped["sink_error_on_rtp"] > 10
        assert dropped["sink_error_on_text"] == 2
        await caller.client.vanish()
    assert "canary" not in caplog.text
    assert sum("on_rtp failed" in record.message for record in caplog.records) == 1


async def test_slow_reader_is_told_no() -> None:
    async with running() as transport, calling(transport) as caller:
        await eventually(lambda: caller.sink.channels)
        text = "x" * 8000
        answers = [caller.call.send_text(text) for _ in range(12)]
        assert answers[:8] == [True] * 8
        assert not answers[-1]
        assert not caller.call.send_text("y" * 70_000)


async def test_two_calls_at_once_and_the_third_is_too_many() -> None:
    async with (
        running(loopback_settings(max_calls=2)) as transport,
        calling(transport, "a") as a,
        calling(transport, "b") as b,
    ):
        with pytest.raises(OfferRejected) as refused:
            await Caller(transport, "c").connect()
        assert refused.value.status == 503
        await eventually(lambda: len(a.sink.packets) > 5 and len(b.sink.packets) > 5)
        assert {p.ssrc for p in a.sink.packets} != {p.ssrc for p in b.sink.packets}
        a.call.close("superseded")
        async with calling(transport, "c") as c:
            await eventually(lambda: len(c.sink.packets) > 5)
        assert b.sink.closed == []


async def test_same_call_id_twice_is_refused() -> None:
    async with running() as transport, calling(transport):
        with pytest.raises(OfferRejected) as refused:
            await Caller(transport).connect()
        assert refused.value.status == 409


async def test_candidate_without_microphone_hears_and_types() -> None:
    async with running() as transport:
        caller = Caller(transport)
        caller.client = HeadlessCandidate(on_message=caller.messages.append, microphone=False)
        await caller.connect()
        caller.call.play(clip(5), "u")
        await eventually(lambda: caller.client.packets_received == 5)
        caller.client.send({"type": "text_answer"})
        await eventually(lambda: caller.sink.texts)
        assert caller.sink.packets == []
        await caller.client.vanish()


async def test_without_a_data_channel_audio_alone_is_a_call() -> None:
    settings = loopback_settings(channel_timeout_s=0.3)
    async with running(settings) as transport:
        caller = Caller(transport)
        caller.client = HeadlessCandidate(on_message=caller.messages.append, channel_label=None)
        await caller.connect()
        await asyncio.sleep(0.6)
        assert caller.sink.closed == []
        assert not caller.call.send_text("nobody reads")
        await caller.client.vanish()


async def test_closing_the_transport_closes_every_call() -> None:
    async with running() as transport:
        callers = [Caller(transport, f"call{i}") for i in range(3)]
        for caller in callers:
            await caller.connect()
        await transport.close()
        assert [caller.sink.closed for caller in callers] == [["shutdown"]] * 3
        for caller in callers:
            await caller.client.vanish()
        with pytest.raises(OfferRejected) as refused:
            await callers[0].exchange("v=0\r\n" + "x")
        assert refused.value.status in {400, 503}


async def test_closing_that_is_cut_short_leaves_no_socket() -> None:
    """A server that stops waits a few seconds for its transport, and then goes on."""
    async with running() as transport:
        caller, port = Caller(transport), transport.port

        async def over_at_once(offer_sdp: str) -> str:
            answer = await caller.exchange(offer_sdp)
            caller.call.close("ended")
            return answer

        with pytest.raises(HeadlessError):
            await caller.client.connect_by(over_at_once, timeout_s=1.0)
        assert transport._ending, "its goodbye is not answered"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await transport.close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            again.bind(("127.0.0.1", port))
        transport._ending.clear()  # nobody waits for it a second time


async def test_every_address_of_the_machine_has_the_same_port() -> None:
    async with running(RtcSettings()) as transport:
        candidates = shared_port(transport).candidates()
        assert "127.0.0.1" in {candidate.host for candidate in candidates}
        assert {candidate.port for candidate in candidates} == {transport.port}
        async with calling(transport) as caller:
            await eventually(lambda: len(caller.sink.packets) > 3)


async def test_ipv6_loopback_carries_a_call() -> None:
    try:
        async with running(RtcSettings(bind_addresses=("::1",))) as transport:
            caller = Caller(transport)
            caller.rewrite = lambda answer: answer
            _gather_ipv6_loopback(caller.client)
            await caller.connect()
            await eventually(lambda: len(caller.sink.packets) > 5)
            await caller.client.vanish()
    except CannotBind:
        pytest.skip("this machine has no IPv6 loopback")


def _gather_ipv6_loopback(client: HeadlessCandidate) -> None:
    client.loopback = "::1"


async def test_public_addresses_replace_the_bound_ones() -> None:
    settings = loopback_settings(public_ips=("198.51.100.7", "2001:db8::7"))
    async with running(settings) as transport:
        port = transport.port
        assert shared_port(transport).candidates() == [
            LocalCandidate("198.51.100.7", port),
            LocalCandidate("2001:db8::7", port),
        ]
        caller = Caller(transport)
        with pytest.raises(HeadlessError):
            await caller.connect(timeout_s=0.2)
        assert caller.accepted is not None
        answer = caller.accepted.answer_sdp
        assert "c=IN IP4 198.51.100.7" in answer
        assert "127.0.0.1 " not in answer.partition("t=0 0")[2]


async def test_a_taken_port_is_named() -> None:
    async with running() as transport:
        second = create_transport(loopback_settings(port=transport.port))
        with pytest.raises(CannotBind, match=f"port {transport.port}.*choose another"):
            await second.start()
        await second.close()


async def test_a_peer_that_is_not_who_the_offer_says_is_refused() -> None:
    async with running() as transport:
        caller = Caller(transport)
        other = ":".join(["AB"] * 32)
        caller.edit_offer = lambda offer: re.sub(
            r"a=fingerprint:.*", f"a=fingerprint:sha-256 {other}", offer
        )
        with pytest.raises(HeadlessError):
            await caller.connect(timeout_s=2)
        await eventually(lambda: caller.sink.closed == ["error"])
        assert caller.sink.connected == 0


async def test_a_certificate_near_its_end_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as transport:
        first = transport.certificate
        async with calling(transport, "a") as before:
            monkeypatch.setattr(type(first), "days_left", lambda _: 3.0)
            async with calling(transport, "b") as after:
                assert transport.certificate is not first
                await eventually(lambda: before.sink.packets and after.sink.packets)


def test_an_address_that_cannot_be_bound_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp, "local_addresses", lambda: ["192.0.2.250", "127.0.0.1"])
    endpoints = udp.bind_endpoints(RtcSettings())
    assert [endpoint.host for endpoint in endpoints] == ["127.0.0.1"]
    with pytest.raises(CannotBind, match=r"192\.0\.2\.250"):
        udp.bind_endpoints(RtcSettings(bind_addresses=("192.0.2.250",)))
    for endpoint in endpoints:
        endpoint.close()


async def test_many_calls_come_and_go_and_leave_nothing() -> None:
    async with running() as transport:
        for _ in range(5):
            callers = [Caller(transport, f"call{i}") for i in range(4)]
            await asyncio.gather(*(caller.connect() for caller in callers))
            for index, caller in enumerate(callers):
                if index % 2:
                    caller.call.close("ended")
                await caller.client.leave()
        await eventually(lambda: transport.live == 0)
        await asyncio.sleep(0.3)
        assert shared_port(transport)._by_ufrag == {}
        assert all(not calls for calls in shared_port(transport)._by_address.values())
        assert transport._ending == set()
