"""How long a packet that arrived waits for those that did not, over a real socket."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from media_server.audio.receiver import AudioReceiver, ReceiverSettings
from media_server.audio.types import RtpPacket
from tests.network.shim import Weather, bad_network
from tests.rtc.support import Caller, RecordingSink, eventually, running

pytestmark = pytest.mark.real_time

PACKETS = 300
TICK_S = 0.005


class ListeningSink(RecordingSink):
    """Gives packets to a receiver as the live side does; `waits_s`: from arrival into the ring."""

    def __init__(self) -> None:
        super().__init__()
        self.receiver = AudioReceiver(ReceiverSettings(), connection_epoch=1)
        self.waits_s: list[float] = []
        self._pending: list[tuple[bytes, float]] = []

    def on_rtp(self, packet: RtpPacket, arrival_s: float) -> None:
        super().on_rtp(packet, arrival_s)
        self._pending.append((packet.payload, arrival_s))
        self.receiver.receive(packet, arrival_s)
        self._take()

    async def run_timer(self) -> None:
        loop = asyncio.get_running_loop()
        wake_s = loop.time()
        while True:
            deadline = self.receiver.deadline()
            now_s = loop.time()
            if deadline is not None and deadline <= now_s:
                self.receiver.handle_timer(now_s)
                self._take(late_s=max(0.0, now_s - wake_s))
            wake_s = now_s + TICK_S
            await asyncio.sleep(TICK_S)

    def _take(self, late_s: float = 0.0) -> None:
        """`late_s`: what the machine let the timer wait is no wait of the receiver's."""
        now_s = asyncio.get_running_loop().time()
        for _, taken in self.receiver.take_packets():
            at = next(i for i, (payload, _) in enumerate(self._pending) if payload is taken)
            self.waits_s.append(max(0.0, now_s - self._pending.pop(at)[1] - late_s))


async def test_at_ten_percent_loss_nothing_waits_longer_than_the_window() -> None:
    """Most packets do not wait at all; 95 % at most 120 ms: five packets and a tick."""
    async with (
        running() as transport,
        bad_network(transport.port, Weather()) as network,
    ):
        caller = Caller(transport)
        caller.sink = sink = ListeningSink()
        caller.rewrite = network.rewrite
        timer = asyncio.create_task(sink.run_timer())
        await caller.connect()
        network.weather = Weather(loss=0.1, delay_ms=20)
        await eventually(lambda: len(sink.waits_s) > PACKETS)
        quality = sink.receiver.quality()
        await caller.client.vanish()
        timer.cancel()
        await asyncio.gather(timer, return_exceptions=True)
        sink.receiver.close()
    assert quality.lost > PACKETS / 25
    assert quality.late == 0
    assert np.median(sink.waits_s) < 0.02
    assert np.quantile(sink.waits_s, 0.95) <= 0.12
