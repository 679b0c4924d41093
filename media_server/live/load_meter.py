"""Measures once a second how busy the process and its machine are, beside the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from media_server.live.load_admission import LoadGate, LoadSample
from media_server.live.tasks import TaskOwner
from media_server.loop_lag import LagWindow, LoopLag
from media_server.machine import Machine, Reading, Usage, usage
from media_server.ports import Clock, Public, SttStatus
from media_server.wall_clock import process_clock

logger = logging.getLogger(__name__)

INTERVAL_S = 1.0
WINDOW_S = 10
"""Over which what is shown is averaged."""
READ_WITHIN_S = 10.0
"""When no thread has read /proc for so long, that is said. It is waited for, and no other begun."""


class LoadMeter:
    """`start` once on the loop, `close` once. Before `start` nothing is known: everything is 0.

    `gate`: told of each measurement. `lag`: of the loop; None: it is not watched. `stt`: how the
    recogniser stands. `each_second` is called besides.
    """

    def __init__(
        self,
        gate: LoadGate | None = None,
        *,
        lag: LoopLag | None = None,
        stt: Callable[[], SttStatus] | None = None,
        clock: Clock | None = None,
        machine: Machine | None = None,
    ) -> None:
        self.gate = gate or LoadGate()
        self.lag = LagWindow(lag or LoopLag(), WINDOW_S)
        self.each_second: Callable[[], None] = lambda: None
        self._stt = stt
        self._clock = clock or process_clock()
        self._machine = machine or Machine()
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
        """For as long as the server runs: what fails once is measured again a second later."""
        loop = asyncio.get_running_loop()
        failing = False
        while True:
            reading = loop.run_in_executor(None, self._machine.read)
            done, _ = await asyncio.wait([reading], timeout=READ_WITHIN_S)
            if not done:
                logger.warning("load: the machine does not say how busy it is; newcomers come in")
                await asyncio.wait([reading])
            try:
                self._keep(reading.result())
                failing = False
            except Exception as error:
                if not failing:
                    kind = Public(type(error).__name__)
                    logger.warning("load: not measured: %s", kind, exc_info=error)
                failing = True
            await asyncio.sleep(INTERVAL_S)

    def _keep(self, reading: Reading) -> None:
        self.lag.look()
        self._readings.append(reading)
        del self._readings[: -(WINDOW_S + 1)]
        stt = self._stt() if self._stt is not None else None
        sample = LoadSample(
            loop_lag_s=self.lag.most_s(0.99, looks=1),
            cpu=self.usage(1).urgent_cpu,
            stt_wait_s=stt.newcomer_wait_s if stt is not None else 0.0,
            stt_saturated=stt is not None and stt.saturated,
            stt_queued=stt.queued if stt is not None else 0,
            memory_available_bytes=reading.memory_available_bytes,
            open_files=reading.open_files,
            open_files_limit=reading.open_files_limit,
        )
        self.gate.note(sample, self._clock.now_s())
        self.each_second()
