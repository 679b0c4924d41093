"""Full ICE behind a TURN relay, with an address from STUN, and over many changes of network."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aioice
import pytest

from media_server.config import load_config
from media_server.ports import OfferRejected
from media_server.rtc import aioice_agent
from media_server.rtc.full_path import gather_once
from media_server.rtc.ice import MAX_PATHS
from media_server.rtc.settings import RtcSettings
from media_server.tools.doctor import examine
from media_server.tools.doctor_report import Finding
from tests.rtc.support import (
    Caller,
    calling,
    clip,
    eventually,
    loopback_settings,
    nominate_now,
    relaying,
    running,
)
from tests.rtc.test_full_ice import _value, restarted_client
from tests.rtc.turn import PASSWORD, USER, TurnServer, turn_server


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay is in this process: it may answer late, and has not fallen silent."""
    monkeypatch.setattr(aioice_agent, "_GATHER_S", 120.0)
    monkeypatch.setattr(
        aioice_agent.GuardedConnection.get_component_candidates, "__defaults__", (60,)
    )


def behind(server: TurnServer, password: str = PASSWORD) -> RtcSettings:
    return loopback_settings(
        transport="full",
        turn_url=f"turn:127.0.0.1:{server.port}",
        turn_username=USER,
        turn_credential=password,
    )


async def test_everything_goes_through_the_relay() -> None:
    async with turn_server() as relay, running(behind(relay), kind="full") as transport:
        async with calling(transport) as caller:
            assert caller.accepted is not None
            offered = re.findall(r"a=candidate:.* typ (\w+)", caller.accepted.answer_sdp)
            assert set(offered) == {"relay"}
            await eventually(lambda: caller.sink.channels == ["interview.v1"])
            before = relay.relayed_in, relay.relayed_out
            caller.client.send({"type": "hello"})
            caller.call.send_text('{"type": "welcome"}')
            caller.call.play(clip(10), "u1")
            await eventually(lambda: caller.sink.texts and caller.messages)
            await eventually(lambda: caller.client.packets_received == 10)
            await eventually(lambda: len(caller.sink.packets) > 20)
            assert caller.call.stats().packets_lost == 0
            # The candidate's audio began to come before `before` was read.
            await eventually(lambda: relay.relayed_in - before[0] > 20)
            await eventually(lambda: relay.relayed_out - before[1] > 10)
            caller.call.close("ended")
            await eventually(caller.client.closed.is_set)
        await eventually(lambda: not relay.allocations)  # given back, not left to expire


async def test_an_ice_restart_behind_the_relay() -> None:
    async with (
        turn_server() as relay,
        running(behind(relay), kind="full") as transport,
        calling(transport) as caller,
        restarted_client() as client,
    ):
        first = caller.call.path.agent
        fragment = f"a=ice-ufrag:{client.local_username}\r\na=ice-pwd:{client.local_password}\r\n"
        fragment += "".join(f"a=candidate:{c.to_sdp()}\r\n" for c in client.local_candidates)
        answer = await transport.trickle("call", fragment, "*")
        assert len(relay.allocations) == 2
        client.remote_username = _value(answer.fragment, "ice-ufrag")
        client.remote_password = _value(answer.fragment, "ice-pwd")
        for line in answer.fragment.splitlines():
            if line.startswith("a=candidate:"):
                await client.add_remote_candidate(aioice.Candidate.from_sdp(line[12:]))
        await client.connect()
        await eventually(lambda: caller.call.path.agent is not first)
        await eventually(lambda: len(relay.allocations) == 1)
        caller.call.play(clip(5), "u")
        async with asyncio.timeout(20):
            assert 127 < (await client.recv())[0] < 192
        assert caller.sink.closed == []


async def test_a_wrong_password_is_refused_at_once_and_leaves_nothing() -> None:
    async with (
        turn_server() as relay,
        running(behind(relay, "wrong"), kind="full") as transport,
    ):
        caller = Caller(transport)
        with pytest.raises(OfferRejected) as refused:
            async with asyncio.timeout(30):
                await caller.connect()
        assert refused.value.status == 503
        assert "ICE servers" in str(refused.value)
        assert relay.refused >= 2
        assert (relay.allocations, transport.live) == ({}, 0)


async def test_stun_tells_the_address_in_front_of_a_nat() -> None:
    async with turn_server(mapped_host="203.0.113.9") as stun:
        settings = loopback_settings(transport="full", stun_url=f"stun:127.0.0.1:{stun.port}")
        candidates = await gather_once(settings)
        assert [(c.type, c.host) for c in candidates] == [
            ("host", "127.0.0.1"),
            ("srflx", "203.0.113.9"),
        ]
        async with (
            running(settings, kind="full") as transport,
            calling(transport) as caller,  # on the address that works
        ):
            assert caller.accepted is not None
            assert re.search(r"203\.0\.113\.9 \d+ typ srflx", caller.accepted.answer_sdp)


@contextmanager
def in_a_thread(mapped_host: str) -> Iterator[TurnServer]:
    """For `doctor`, which runs loops of its own."""
    ready, stop = threading.Event(), threading.Event()
    found: list[TurnServer] = []

    async def serve() -> None:
        async with turn_server(mapped_host) as server:
            found.append(server)
            ready.set()
            while not stop.is_set():
                await asyncio.sleep(0.01)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(30)
        yield found[0]
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("what", ["stun", "turn"])
def test_doctor_uses_the_servers_and_tells_what_they_gave(tmp_path: Path, what: str) -> None:
    with in_a_thread("203.0.113.9") as server:
        variables = {
            "DATA_DIR": str(tmp_path),
            "MEDIA_SERVER_RTC_TRANSPORT": "full",
            "MEDIA_SERVER_RTC_BIND_ADDRESSES": "127.0.0.1",
            f"MEDIA_SERVER_RTC_{what.upper()}_URL": f"{what}:127.0.0.1:{server.port}",
        }
        if what == "turn":
            variables["MEDIA_SERVER_RTC_TURN_USERNAME"] = USER
            variables["MEDIA_SERVER_RTC_TURN_CREDENTIAL"] = PASSWORD
        (found,) = [f for f in examine(load_config(variables)) if f.area == "ice"]
    host = "203.0.113.9" if what == "stun" else "127.0.0.1"
    assert found == Finding("ice", "ok", f"{what}:127.0.0.1:{server.port} gives {host}")


async def more_packets(caller: Caller) -> None:
    before = len(caller.sink.packets)
    await eventually(lambda: len(caller.sink.packets) > before + 2)


async def test_a_client_that_moves_often_is_followed_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(aioice_agent, "QUIET_S", 0.0)
    settings = loopback_settings(transport="full")
    async with (
        running(settings, kind="full") as transport,
        relaying(transport) as relay,
        calling(transport, relay=relay) as caller,
    ):
        await eventually(lambda: caller.sink.channels)
        for _ in range(2 * MAX_PATHS):
            await relay.rebind()
            nominate_now(caller)
            await more_packets(caller)
        caller.call.play(clip(5), "u")
        await eventually(lambda: caller.client.packets_received == 5)
        agent = caller.call.path.agent
        assert len(agent.validated) == MAX_PATHS
        assert len(agent.connection._check_list) <= MAX_PATHS  # nothing is left of the others
        assert len(agent.connection._remote_candidates) <= MAX_PATHS
        assert caller.sink.closed == []


async def test_many_addresses_at_once_do_not_drive_out_those_in_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(aioice_agent, "QUIET_S", 1e9)
    settings = loopback_settings(transport="full")
    async with (
        running(settings, kind="full") as transport,
        relaying(transport) as relay,
        calling(transport, relay=relay) as caller,
    ):
        await eventually(lambda: caller.sink.channels)
        agent = caller.call.path.agent

        def judged() -> int:
            return len(agent.validated) + transport.dropped().get("too_many_addresses", 0)

        for _ in range(MAX_PATHS + 4):
            before = judged()
            await relay.rebind()
            nominate_now(caller)
            await eventually(lambda: judged() > before)  # noqa: B023  # of this round
        assert transport.dropped()["too_many_addresses"] >= 4
        assert len(agent.validated) == MAX_PATHS
