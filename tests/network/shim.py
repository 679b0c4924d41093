"""A bad network on the datagram path, in this process: seeded, so that a failure can be repeated.

For whole clients see `namespaces.py`, which needs root; this needs nothing.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.rtc.support import UdpRelay


@dataclass(frozen=True, slots=True)
class Weather:
    """Of each direction. Shares are of datagrams."""

    loss: float = 0.0
    burst: int = 0
    """How many more are lost after each that is."""
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    """Each datagram is late by up to this, in order, as behind a full buffer."""
    reordered: float = 0.0
    """These overtake: they do not wait for `delay_ms`."""
    duplicated: float = 0.0


class BadNetwork(UdpRelay):
    """A `UdpRelay` under a `Weather`; `count` says what it did to datagrams."""

    def __init__(self, server_port: int, weather: Weather, *, seed: int = 1) -> None:
        super().__init__(server_port)
        self.weather = weather
        self.lost = self.passed = self.duplicated = 0
        self._rng = random.Random(seed)
        self._in_burst = {"in": 0, "out": 0}
        self._due_s = {"in": 0.0, "out": 0.0}
        self._timers: set[asyncio.TimerHandle] = set()

    def _pass(self, way: str, data: bytes, side: asyncio.DatagramTransport | None, to: Any) -> None:
        weather, rng = self.weather, self._rng
        if self._in_burst[way] > 0:
            self._in_burst[way] -= 1
            self.lost += 1
            return
        if rng.random() < weather.loss:
            self._in_burst[way] = weather.burst
            self.lost += 1
            return
        self.passed += 1
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        due_s = now_s
        if rng.random() >= weather.reordered:
            due_s += (weather.delay_ms + rng.uniform(0, weather.jitter_ms)) / 1000
            due_s = self._due_s[way] = max(due_s, self._due_s[way])
        copies = 2 if rng.random() < weather.duplicated else 1
        self.duplicated += copies - 1
        for _ in range(copies):
            self._later(due_s - now_s, way, data, side, to)

    def _later(self, delay_s: float, way: str, data: bytes, side: Any, to: Any) -> None:
        if delay_s <= 0:
            super()._pass(way, data, side, to)
            return

        def deliver() -> None:
            self._timers.discard(timer)
            # the socket of now: the one of then may have been replaced by `rebind`
            current = self._outer if way == "in" else self._inner
            UdpRelay._pass(self, way, data, current, to)

        timer = asyncio.get_running_loop().call_later(delay_s, deliver)
        self._timers.add(timer)

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        super().close()


@asynccontextmanager
async def bad_network(server_port: int, weather: Weather) -> AsyncIterator[BadNetwork]:
    network = BadNetwork(server_port, weather)
    await network.start()
    try:
        yield network
    finally:
        network.close()
