"""A client whose address changes, and one who only says so."""

from __future__ import annotations

import asyncio
import socket
from itertools import pairwise

from media_server.rtc.paths import AMPLIFICATION
from media_server.tools.headless import HeadlessCandidate
from tests.rtc.support import (
    Caller,
    IceKind,
    calling,
    clip,
    eventually,
    loopback_settings,
    nominate_now,
    relaying,
    running,
)
from tests.rtc.test_adversary import check


def missing(caller: Caller) -> int:
    """Packets of the client's first stream that never came."""
    numbers = sorted({packet.sequence_number for packet in caller.sink.packets})
    return sum(b - a - 1 for a, b in pairwise(numbers))


async def test_no_audio_is_lost_when_the_port_changes(kind: IceKind) -> None:
    """The client notices nothing and sends on; its next check is seconds away."""
    async with running(kind=kind) as transport, relaying(transport) as relay:
        caller = Caller(transport)
        caller.rewrite = relay.rewrite
        await caller.connect()
        await eventually(lambda: len(caller.sink.packets) > 10)
        for _ in range(3):
            before = caller.client.packets_sent
            await relay.rebind()
            await eventually(lambda: caller.client.packets_sent > before + 15)  # noqa: B023  # of this round
        sent = caller.client.packets_sent
        await eventually(lambda: len(caller.sink.packets) >= sent)
        assert missing(caller) == 0
        assert caller.call.stats().packets_lost == 0
        await caller.client.vanish()


async def test_voice_and_data_follow_a_new_port_within_a_second() -> None:
    """Without any check of the client: its media shows where it is, its answer proves it."""
    async with (
        running() as transport,
        relaying(transport) as relay,
        calling(transport, relay=relay) as caller,
    ):
        await eventually(lambda: caller.sink.channels and len(caller.sink.packets) > 5)
        relay.tap = lambda way, data: None if way == "in" and data[:2] == b"\0\x01" else data
        first = caller.call.path.ice.selected
        before = caller.client.packets_sent
        await relay.rebind()
        await eventually(lambda: caller.call.path.ice.selected != first)
        assert caller.client.packets_sent - before <= 50, "a second of the client's own time"
        caller.call.play(clip(5), "u")
        caller.client.send({"moved": True})
        await eventually(lambda: caller.client.packets_received == 5 and caller.sink.texts)


async def test_a_listener_without_microphone_is_followed_at_its_next_check() -> None:
    async with running() as transport, relaying(transport) as relay:
        caller = Caller(transport)
        caller.client = HeadlessCandidate(on_message=caller.messages.append, microphone=False)
        caller.client.only_loopback = True
        caller.rewrite = relay.rewrite
        await caller.connect()
        first = caller.call.path.ice.selected
        await relay.rebind()
        nominate_now(caller)
        await eventually(lambda: caller.call.path.ice.selected != first)
        caller.call.play(clip(50), "u")
        await eventually(lambda: caller.client.packets_received == 50)
        await caller.client.vanish()


async def test_one_forged_check_draws_no_voice_away() -> None:
    """From an address that never sends again: three times its bytes, and the client loses none."""
    async with running() as transport, calling(transport) as caller:
        await eventually(lambda: len(caller.sink.packets) > 5)
        ice = caller.call.path.ice.local
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.setblocking(False)
            silent.connect(("127.0.0.1", transport.port))
            forged = bytes(check(ice.ufrag, ice.password))
            silent.send(forged)
            await eventually(lambda: len(caller.call.path.ice.paths) > 1)
            caller.call.play(clip(100), "u")
            await eventually(lambda: ("u", "finished", 2.0) in caller.sink.playouts)
            await eventually(lambda: caller.client.packets_received == 100)
            drawn = 0
            while True:
                try:
                    drawn += len(silent.recv(2048))
                except BlockingIOError:
                    break
        assert 0 < drawn <= (AMPLIFICATION + 1) * len(forged)  # the answer to the check included


async def test_nothing_is_sent_to_a_path_that_has_fallen_silent() -> None:
    async with (
        running(loopback_settings(suspect_s=0.6)) as transport,
        relaying(transport) as relay,
        calling(transport, relay=relay) as caller,
    ):
        caller.call.play(clip(10_000), "u")
        await eventually(lambda: caller.client.packets_received > 5)

        def unsent() -> int:
            return int(caller.call.stats().dropped.get("no_proven_path", 0))

        before = unsent()  # of a machine that stood still
        relay.dark = True
        await eventually(lambda: unsent() > before + 5)
        sent = caller.call.stats().bytes_sent
        await asyncio.sleep(0.2)
        assert caller.call.stats().bytes_sent == sent
        relay.dark = False
        received = caller.client.packets_received
        await eventually(lambda: caller.client.packets_received > received + 10)


async def test_media_with_a_strangers_ssrc_is_heard_by_nobody() -> None:
    async with running() as transport, calling(transport) as caller:
        await eventually(lambda: caller.sink.packets)
        latest = caller.sink.packets[-1]
        ssrc = latest.ssrc.to_bytes(4, "big")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forger:
            forger.connect(("127.0.0.1", transport.port))
            for number in range(400):
                sequence = (latest.sequence_number + 200 + number) & 0xFFFF
                forged = sequence.to_bytes(2, "big") + bytes(4) + ssrc + bytes(60)
                forger.send(b"\x80\x60" + forged)
                if number % 40 == 39:
                    await asyncio.sleep(0.002)
        await eventually(lambda: transport.dropped().get("media_off_path", 0) > 300)
        stats = caller.call.stats()
        assert 0 < stats.dropped["srtp_rejected"] < 250  # the rest was not even tried
        assert "media_rate" not in stats.dropped
        assert len(caller.call.path.ice.paths) <= 2
        before = len(caller.sink.packets)
        await eventually(lambda: len(caller.sink.packets) > before + 10)
        assert stats.packets_lost == 0
