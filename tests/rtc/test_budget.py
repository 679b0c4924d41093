"""What one call may cost: no honest call ever trips it, and one that takes too much is closed."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiortc import rtcsctptransport as sctp

from media_server.audio.types import RtpPacket
from media_server.rtc.budget import CallBudget, CallLimits, Excess
from media_server.rtc.dtls import DatagramPort
from media_server.rtc.meter import CallMeter
from media_server.rtc.rtp import build_rtp
from media_server.rtc.settings import RtcSettings
from tests.rtc.support import (
    Caller,
    IceKind,
    calling,
    eventually,
    loopback_settings,
    nominate_now,
    running,
    wire_of,
)

LIMITS = RtcSettings().call_limits()
SWEEP_S = 0.25
SLOW_PACKET_S = 0.001
"""Ten times what this server takes for one."""
AUDIO, CHANNEL = 200, 1400


class Simulated:
    """A call on a clock of its own; the sweep comes when the loop comes to it."""

    def __init__(self, limits: CallLimits = LIMITS) -> None:
        self.now_s = 0.0
        self.budget = CallBudget(limits, 0.0)
        self.excess: Excess | None = None
        self._swept_s = 0.0

    def packet(self, size: int = AUDIO, busy_s: float = SLOW_PACKET_S) -> None:
        if self.budget.charge(busy_s, size):
            self.excess = self.excess or self.budget.judge(self.now_s)

    def pass_s(self, seconds: float) -> None:
        """One after the other, with a sweep between where one is due."""
        self.now_s += seconds
        if self.now_s - self._swept_s >= SWEEP_S:
            self._swept_s = self.now_s
            self.budget.refill(self.now_s)

    def audio(self, seconds: float) -> None:
        for number in range(round(seconds * 50)):
            self.packet()
            if number % 50 == 0:
                self.packet(CHANNEL)
                self.packet(100)  # RTCP
            self.pass_s(0.02)


def test_an_hour_of_speech() -> None:
    call = Simulated()
    call.audio(3600)
    assert call.excess is None
    assert not call.budget.by_cpu


def test_the_shortest_packets_with_messages_at_their_limit() -> None:
    """Opus in packets of 10 ms at its highest rate, and 20 messages of 16 KiB a second."""
    call = Simulated()
    for number in range(60 * 100):
        call.packet(660, 0.0002)
        if number % 5 == 0:
            for _ in range(14):
                call.packet(1200, 0.0002)
        call.pass_s(0.01)
    assert call.excess is None


def test_five_seconds_of_audio_at_once_after_an_outage() -> None:
    call = Simulated()
    call.audio(10)
    for _ in range(20):
        call.pass_s(5.0)
        for _ in range(250):
            call.packet()
        for _ in range(40):
            call.packet(CHANNEL)
        call.audio(10)
    assert call.excess is None


@pytest.mark.parametrize("stall_s", [1.0, 3.0])
def test_a_loop_that_stands_still_and_then_reads_everything(stall_s: float) -> None:
    """No sweep in between: what the call saved up before must do."""
    call = Simulated()
    for _ in range(20):
        call.audio(5)
        call.now_s += stall_s
        for _ in range(round(stall_s * 50)):
            call.packet()
        call.pass_s(0.0)
    assert call.excess is None


def test_interruptions_are_not_the_calls_fault() -> None:
    """By the wall clock it takes 0.9 s a second: the machine is busy with others."""
    call, doubted = Simulated(), 0
    for _ in range(3000):
        doubted += call.budget.by_cpu
        call.packet(busy_s=SLOW_PACKET_S if call.budget.by_cpu else 0.018)
        call.pass_s(0.02)
    assert call.excess is None
    assert doubted > 2000


def test_doubt_passes() -> None:
    call = Simulated()
    call.packet(busy_s=5.0)
    assert call.budget.by_cpu
    call.audio(11)
    assert not call.budget.by_cpu


@pytest.mark.parametrize(
    ("excess", "busy_s", "size", "per_s"),
    [("cpu", 0.003, 100, 100), ("datagrams", 0.0001, 60, 1500), ("bytes", 0.0002, 1400, 500)],
)
def test_too_much_is_found_within_seconds(
    excess: Excess, busy_s: float, size: int, per_s: int
) -> None:
    call = Simulated()
    for _ in range(per_s * 60):
        call.packet(size, busy_s)
        call.pass_s(1 / per_s)
        if call.excess:
            break
    assert call.excess == excess
    assert 1 < call.now_s < 45


def test_any_honest_mixture() -> None:
    """Jitter, silences, bursts and stalls by chance, never above 50 packets a second for long."""
    rng = random.Random(5)
    call = Simulated()
    for _ in range(300):
        outage_s = rng.choice([0.0, 0.0, 0.0, 0.5, 1.0, 5.0])
        call.pass_s(outage_s)
        for _ in range(round(50 * outage_s)):
            call.packet(rng.randrange(60, 400), rng.uniform(0.0001, 0.002))
        call.audio(rng.uniform(0.1, 5.0))
    assert call.excess is None


def test_the_meter_tells_once_and_changes_its_clock_first() -> None:
    told: list[Excess] = []
    limits = CallLimits(0.25, 0.01, 1000, 1000, 1e6, 1e6)
    meter = CallMeter(limits, itertools.count(0, 0.0001).__next__, told.append)
    clocks = {meter.clock}
    for _ in range(100):
        began = meter.clock()
        sum(range(20_000))
        meter.charge(began, 100)
        clocks.add(meter.clock)
    assert told == ["cpu"]
    assert meter.over
    assert len(clocks) == 2


def test_the_meter_counts_from_begin_to_pause() -> None:
    told: list[Excess] = []
    meter = CallMeter(CallLimits(0.25, 0.01, 1e3, 1e3, 1e6, 1e6), lambda: 0.0, told.append)
    meter.pause()
    while not told:
        meter.begin()
        sum(range(20_000))
        meter.pause()
    assert told == ["cpu"]


async def test_the_port_counts_what_its_task_does_and_not_what_others_do_meanwhile() -> None:
    """A handshake receives in a task of its own (`asyncio.wait_for`), then others go first."""
    told: list[Excess] = []
    port = DatagramPort(
        lambda _: None,
        CallMeter(CallLimits(0.25, 0.01, 1e3, 1e3, 1e6, 1e6), lambda: 0.0, told.append),
    )
    port.metered = asyncio.current_task()
    for data in (b"handshake", b"message", b"another"):
        port.feed(data)
    assert await asyncio.create_task(port._recv()) == b"handshake"
    for _ in range(2):
        busy_s(0.02)
        assert await port._recv()
    assert told == []  # what it did before the first is not counted
    port.feed(b"last")
    busy_s(0.02)
    await port._recv()
    assert told == ["cpu"]


@pytest.mark.parametrize(
    "change",
    [
        {"call_busy_share": 0.0},
        {"call_busy_share": 1.1},
        {"call_datagrams_per_s": 0},
        {"call_bytes_per_s": 0},
        {"call_burst_s": 0.0},
    ],
)
def test_limits_that_make_no_sense(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="call_"):
        RtcSettings(**change)


# --- real calls -------------------------------------------------------------------------------


@asynccontextmanager
async def two_calls(kind: IceKind, **settings: Any) -> AsyncIterator[tuple[Caller, Caller]]:
    """(who takes too much, a bystander who must not notice)"""
    limited = loopback_settings(**settings)
    async with running(limited, kind=kind) as transport, calling(transport, "other") as other:
        caller = Caller(transport, "greedy")
        await caller.connect()
        await eventually(lambda: caller.sink.channels and other.sink.channels)
        yield caller, other
        await caller.client.vanish()
        before = len(other.sink.packets)
        other.client.send({"still": "here"})
        await eventually(lambda: other.sink.texts and len(other.sink.packets) > before + 5)
        assert other.sink.closed == []


async def test_handshakes_while_others_keep_the_loop_busy(kind: IceKind) -> None:
    """As in a rush of calls: each waits for the others, which is not its doing."""

    async def others() -> None:
        while True:
            busy_s(0.03)
            await asyncio.sleep(0)

    patient_s = 60.0  # the processors may be busy as well
    limited = loopback_settings(
        call_busy_share=0.05,
        call_burst_s=1.0,
        connect_timeout_s=patient_s,
        channel_timeout_s=patient_s,
    )
    async with running(limited, kind=kind) as transport:
        callers = [Caller(transport, f"call{number}") for number in range(3)]
        rush = asyncio.create_task(others())
        connecting = [caller.connect(timeout_s=patient_s) for caller in callers]
        await asyncio.gather(*connecting, return_exceptions=True)
        rush.cancel()
        await asyncio.gather(rush, return_exceptions=True)
        dropped = [caller.call.stats().dropped for caller in callers]
        closed = [caller.sink.closed for caller in callers]
        connected = [caller.sink.connected for caller in callers]
        await asyncio.gather(*(caller.client.vanish() for caller in callers))
        assert closed == [[], [], []]
        assert connected == [1, 1, 1]
        assert not any("budget_cpu" in reasons for reasons in dropped)


async def test_audio_beyond_the_budget_of_datagrams(kind: IceKind) -> None:
    async with two_calls(kind, call_datagrams_per_s=100, call_burst_s=2.0) as (caller, _):
        for number in until_closed(caller):
            packet = RtpPacket(77, number, number * 960, False, 96, b"\xf8\xff\xfe")
            with contextlib.suppress(ConnectionError):
                await wire_of(caller.client)._send_rtp(build_rtp(packet))
            if number % 20 == 19:
                await asyncio.sleep(0.001)
        await eventually(lambda: caller.sink.closed == ["limit"])
        await eventually(lambda: caller.messages)
        assert caller.messages[0]["code"] == "limit"
        assert caller.call.stats().dropped["budget_datagrams"] == 1


async def test_a_flood_of_heartbeats(kind: IceKind) -> None:
    async with two_calls(kind, call_bytes_per_s=65_536, call_burst_s=1.0) as (caller, _):
        assert caller.client._pc is not None
        association: Any = caller.client._pc.sctp
        heartbeat = sctp.HeartbeatChunk()
        heartbeat.params = [(1, bytes(1000))]
        with contextlib.suppress(ConnectionError):
            for number in until_closed(caller):
                await association._send_chunk(heartbeat)
                if number % 10 == 9:
                    await asyncio.sleep(0.005)
        await eventually(lambda: caller.sink.closed == ["limit"])
        assert caller.call.stats().dropped["budget_bytes"] == 1


async def test_a_flood_of_checks_with_the_right_password(kind: IceKind) -> None:
    async with two_calls(kind, call_datagrams_per_s=100, call_burst_s=2.0) as (caller, _):
        for number in until_closed(caller):
            nominate_now(caller)
            if number % 20 == 19:
                await asyncio.sleep(0.002)
        await eventually(lambda: caller.sink.closed == ["limit"])


async def test_packets_that_take_too_much_computing(kind: IceKind) -> None:
    """Whatever it is that costs: here what is behind the transport."""
    async with two_calls(kind, call_busy_share=0.02, call_burst_s=1.0) as (caller, other):
        caller.sink.on_rtp = lambda *_: sum(range(500_000))  # type: ignore[assignment,method-assign]
        await eventually(lambda: caller.sink.closed == ["limit"])
        assert caller.call.stats().dropped["budget_cpu"] == 1
        assert "budget_cpu" not in other.call.stats().dropped


async def test_honest_calls_after_the_loop_stood_still(kind: IceKind) -> None:
    async with two_calls(kind) as (caller, other):
        for _ in range(2):
            await asyncio.sleep(0.3)
            stand_still(1.0)
        await eventually(lambda: caller.call.stats().packets_received > 60)
        assert caller.sink.closed == other.sink.closed == []
        assert not any(reason.startswith("budget") for reason in caller.call.stats().dropped)


def until_closed(caller: Caller) -> Iterator[int]:
    """A slow machine lets only so many a second through: as many as it takes, within reason."""
    for number in range(20_000):
        if caller.sink.closed:
            return
        yield number


def busy_s(seconds: float) -> None:
    """Of the CPU, by its clock."""
    until_s = time.thread_time() + seconds
    while time.thread_time() < until_s:
        pass


def stand_still(seconds: float) -> None:
    """What a slow callback of somebody else does to the loop."""
    time.sleep(seconds)
