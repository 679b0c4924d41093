"""Deadlines and changes of network, through a relay on the datagram path."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from media_server.ports import OfferRejected
from tests.rtc.support import (
    Caller,
    IceKind,
    calling,
    change_settings,
    clip,
    eventually,
    loopback_settings,
    nominate_now,
    relaying,
    running,
    shared_port,
    tap_the_wire,
)


async def test_an_outage_is_suspected_and_recovered_from(kind: IceKind) -> None:
    lost = 0

    def lose(way: str, data: bytes) -> None:
        nonlocal lost
        lost += way == "in" and 127 < data[0] < 192

    async with (
        running(loopback_settings(suspect_s=0.5), kind=kind) as transport,
        relaying(transport) as relay,
        calling(transport, relay=relay) as caller,
    ):
        await eventually(lambda: caller.sink.channels)
        await eventually(lambda: not caller.call.liveness.suspect)
        caller.sink.quality.clear()  # of a machine that stood still before this
        relay.tap = lose
        await eventually(lambda: caller.sink.quality == ["suspect"])
        assert caller.sink.signs_s, "checks and data are signs of life"
        signs, silent = len(caller.sink.signs_s), lost
        await eventually(lambda: lost >= max(45, silent + 20))
        assert len(caller.sink.signs_s) == signs, "a dead line shows none"
        relay.tap = lambda _, data: data
        await eventually(lambda: caller.sink.quality[:2] == ["suspect", "recovered"])
        before = len(caller.sink.packets)
        caller.client.send({"after": "the outage"})
        await eventually(lambda: len(caller.sink.packets) > before + 10 and caller.sink.texts)
        assert caller.sink.closed == []
        assert caller.call.stats().packets_lost >= 40


async def test_a_client_that_vanished_is_gone(kind: IceKind) -> None:
    async with running(kind=kind) as transport:
        caller = Caller(transport)
        await caller.connect()
        caller.call.play(clip(10_000), "long")
        await caller.client.vanish()
        change_settings(transport, suspect_s=0.3)
        await eventually(lambda: caller.sink.quality == ["suspect"])
        change_settings(transport, gone_s=1.0)
        await eventually(lambda: caller.sink.closed == ["gone"])
        assert caller.sink.quality == ["suspect"]
        assert caller.sink.playouts[-1][1] == "stopped"
        assert transport.pacer.idle or transport.live == 0


async def test_another_source_port_is_followed_at_the_next_nomination() -> None:
    async with (
        running() as transport,
        relaying(transport) as relay,
        calling(transport, relay=relay) as caller,
    ):
        await eventually(lambda: caller.sink.channels)
        first = caller.call.path.ice.selected
        await relay.rebind()
        # aiortc checks only every 5 s; a browser does every 2.5 s, and at once on a new network
        nominate_now(caller)
        await eventually(lambda: caller.call.path.ice.selected != first)
        before = len(caller.sink.packets)
        caller.client.send({"moved": True})
        caller.call.play(clip(5), "u")
        await eventually(lambda: caller.client.packets_received == 5 and caller.sink.texts)
        assert len(caller.sink.packets) > before
        assert caller.sink.closed == []


async def test_no_media_goes_to_an_address_that_was_not_nominated() -> None:
    async with (
        running() as transport,
        relaying(transport) as relay,
        calling(transport, relay=relay) as caller,
    ):
        await relay.rebind()
        sent = tap_the_wire(transport)
        caller.call.play(clip(5), "u")
        await eventually(lambda: ("u", "finished", 0.1) in caller.sink.playouts)
        selected = caller.call.path.ice.selected
        media = {address for data, address in sent if data[0] > 3}
        assert media == {selected.address}


async def test_the_data_channel_has_a_deadline_of_its_own(kind: IceKind) -> None:
    settings = loopback_settings(channel_timeout_s=0.4)
    async with running(settings, kind=kind) as transport, relaying(transport) as relay:
        connected = asyncio.Event()
        relay.tap = lambda _, data: None if connected.is_set() and data[0] == 23 else data
        caller = Caller(transport)
        caller.rewrite = relay.rewrite
        caller.sink.on_connected = connected.set  # type: ignore[method-assign]  # as a hook
        task = asyncio.create_task(caller.connect())
        await eventually(lambda: caller.sink.closed == ["timeout_channel"])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_ice_without_dtls_is_freed() -> None:
    async with running() as transport, relaying(transport) as relay:
        relay.tap = lambda _, data: None if 19 < data[0] < 64 else data
        caller = Caller(transport)
        caller.rewrite = relay.rewrite
        task = asyncio.create_task(caller.connect())
        calls = shared_port(transport)._by_address
        await eventually(lambda: any(calls.values()))
        change_settings(transport, connect_timeout_s=0.4)
        await eventually(lambda: caller.sink.closed == ["timeout_connect"])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not any(calls.values())


async def test_a_busy_offer_is_answered_without_waiting_for_others(
    kind: IceKind,
) -> None:
    async with running(kind=kind) as transport:
        callers = [Caller(transport, f"call{i}") for i in range(10)]
        await asyncio.gather(*(caller.connect() for caller in callers))
        assert transport.live == 10
        await asyncio.gather(*(caller.client.vanish() for caller in callers))


async def test_ice_restart_keeps_the_call() -> None:
    """The client's part is played by hand: aiortc has no ICE restart."""
    async with running() as transport, calling(transport) as caller:
        etag = caller.call.etag
        old = caller.call.path.ice.local
        fragment = "a=ice-ufrag:NEWU\r\na=ice-pwd:" + "n" * 22 + "\r\n"
        answer = await transport.trickle("call", fragment, "*")
        assert answer.status == 200
        assert answer.etag != etag
        assert transport.etag("call") == answer.etag
        assert f"a=ice-ufrag:{caller.call.path.ice.local.ufrag}" in answer.fragment
        assert old.ufrag not in answer.fragment
        assert "a=end-of-candidates" in answer.fragment
        before = len(caller.sink.packets)
        await eventually(lambda: len(caller.sink.packets) > before + 10)  # media never stopped
        nominate_now(caller)  # still with the old credentials
        await asyncio.sleep(0.05)
        assert caller.call.path.ice.ufrags == (caller.call.path.ice.local.ufrag, old.ufrag)
        assert caller.client._pc is not None
        dtls: Any = caller.client._pc.getTransceivers()[0].sender.transport
        agent = dtls.transport._connection
        agent.remote_username = caller.call.path.ice.local.ufrag
        agent.remote_password = caller.call.path.ice.local.password
        nominate_now(caller)
        await eventually(lambda: caller.call.path.ice.ufrags == (caller.call.path.ice.local.ufrag,))
        assert old.ufrag not in shared_port(transport)._by_ufrag
        assert caller.sink.closed == []


async def test_restarts_whose_answers_were_lost_cost_nothing() -> None:
    """The client goes on as before, and moves to another network as before."""
    async with (
        running() as transport,
        relaying(transport) as relay,
        calling(transport, relay=relay) as caller,
    ):
        proven = caller.call.path.ice.local
        for ufrag in ("LOST", "ALSO"):
            fragment = f"a=ice-ufrag:{ufrag}\r\na=ice-pwd:{'n' * 22}\r\n"
            assert (await transport.trickle("call", fragment, "*")).status == 200
        assert set(shared_port(transport)._by_ufrag) == {
            proven.ufrag,
            caller.call.path.ice.local.ufrag,
        }
        first = caller.call.path.ice.selected
        await relay.rebind()
        nominate_now(caller)
        await eventually(lambda: caller.call.path.ice.selected != first)
        caller.call.play(clip(5), "u")
        await eventually(lambda: caller.client.packets_received == 5)
        assert caller.sink.closed == []


async def test_patches_that_are_wrong_tear_nothing_down(kind: IceKind) -> None:
    async with running(kind=kind) as transport, calling(transport) as caller:
        etag = caller.call.etag
        ufrag = caller.call.offer.ufrag
        good = f"a=ice-ufrag:{ufrag}\r\na=ice-pwd:{'p' * 22}\r\n"
        for fragment, if_match, status in [
            (good, "", 428),
            (good, '"stale"', 412),
            (good, f"W/{etag}", 412),
            ("", etag, 400),
            ("nonsense", etag, 400),
            ("a=ice-ufrag:x\r\na=ice-pwd:y\r\n", etag, 400),
            ("a=candidate:1 1 udp\r\n" + good, etag, 400),
            (good + "a=x\r\n" * 4000, etag, 413),
        ]:
            with pytest.raises(OfferRejected) as refused:
                await transport.trickle("call", fragment, if_match)
            assert refused.value.status == status
        with pytest.raises(OfferRejected) as refused:
            await transport.trickle("another", good, etag)
        assert refused.value.status == 404
        answer = await transport.trickle("call", good + "a=end-of-candidates\r\n", etag)
        assert (answer.status, answer.etag) == (204, "")
        assert transport.etag("call") == etag
        before = len(caller.sink.packets)
        await eventually(lambda: len(caller.sink.packets) > before + 5)
