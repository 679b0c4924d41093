"""Measures once a second how busy the process and its machine are, beside the event loop."""

from __future__ import annotations

import asyncio
import logging

from media_server.live.tasks import TaskOwner
from media_server.loop_lag import LagWindow, LoopLag
from media_server.machine import Machine, Reading, Usage, usage

logger = logging.getLogger(__name__)

INTERVAL_S = 1.0
WINDOW_S = 10
"""Over which what is shown is averaged."""
READ_WITHIN_S = 10.0
"""A thread that reads /proc for longer than this is left behind, and no other is begun."""


class LoadMeter:
    """`start` once on the loop, `close` once. Before `start` nothing is known: everything is 0.

    `lag`: of that loop; None: it is not watched.
    """

    def __init__(self, lag: LoopLag | None = None, machine: Machine | None = None) -> None:
        self._machine = machine or Machine()
        self.lag = LagWindow(lag or LoopLag(), WINDOW_S)
        self._readings: list[Reading] = []
        self._tasks = TaskOwner("load", limit=1)

    def start(self) -> None:
        self._tasks.spawn(self._run(), "meter")

    async def close(self) -> None:
        await self._tasks.close()

    @property
    def reading(self) -> Reading:
        """The last."""
        return self._readings[-1] if self._readings else Reading(0.0)

    def usage(self, seconds: int = WINDOW_S) -> Usage:
        """In the last seconds, as far as they were measured."""
        first = max(0, len(self._readings) - 1 - seconds)
        return usage(self._readings[first], self._readings[-1]) if self._readings else Usage()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            reading = loop.run_in_executor(None, self._machine.read)
            await asyncio.wait([reading], timeout=READ_WITHIN_S)
            if not reading.done():
                logger.warning("load: the machine did not say how busy it is; no longer measured")
                return
            self._keep(reading.result())
            await asyncio.sleep(INTERVAL_S)

    def _keep(self, reading: Reading) -> None:
        self.lag.look()
        self._readings.append(reading)
        del self._readings[: -(WINDOW_S + 1)]
