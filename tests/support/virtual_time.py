"""An event loop whose clock jumps: a 30-minute interview runs in milliseconds.

When nothing is ready, the loop does not sleep until its next timer; it moves its own clock there.
The order of timers is that of real time, and a run is deterministic.

What keeps real time: work handed to threads (`run_in_executor`, `asyncio.to_thread`). While such
work is under way the clock follows the real one, so a deadline over it still means something.
Sockets between two parties on the same loop work, because the kernel delivers over loopback
before the next poll; a peer in another process needs a loop on real time.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

START_S = 1_000.0
"""Where the clock of every loop starts: not 0, so that "falsy time" bugs show elsewhere."""

_UNDER_WAY_S = 0.000_05
"""Real seconds for what was sent and has not arrived: a busy kernel may deliver later."""

_real_s = time.monotonic
"""`tests.support.virtual_calls` gives others that of the loop."""

STUCK_AFTER_S = 2.0
"""Real seconds without any timer, thread or event after which the run is declared stuck."""


class StuckError(RuntimeError):
    """Every task waits and nothing can wake one: under real time the test would hang."""


class _JumpingSelector(selectors.DefaultSelector):
    """Polls instead of sleeping, and moves the loop's clock by what it was asked to sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = START_S
        self.in_threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        if self.in_threads:
            before_s = _real_s()
            events = super().select(timeout)
            self.now_s += _real_s() - before_s
            return events
        if timeout is None:
            events = super().select(STUCK_AFTER_S)
            if not events:
                raise StuckError("no timer is armed and no event can come: every task waits")
            return events
        events = super().select(0)
        if not events:
            time.sleep(_UNDER_WAY_S)
            events = super().select(0)
        if not events:
            self.now_s += timeout
        return events


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A selector loop with a clock of its own, see the module."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s

    def run_in_executor(
        self, executor: Any, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, func, *args)
        self.begin_in_thread()
        future.add_done_callback(lambda _: self.end_in_thread())
        return future

    def begin_in_thread(self) -> None:
        """From here on the clock follows the real one, until `end_in_thread` as often."""
        self._jumping.in_threads += 1

    def end_in_thread(self) -> None:
        self._jumping.in_threads -= 1

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  # asyncio's own signature
        """Joins threads, which takes real time."""
        self._jumping.in_threads += 1
        try:
            if sys.version_info >= (3, 12):
                await super().shutdown_default_executor(timeout)
            else:
                await super().shutdown_default_executor()
        finally:
            self._jumping.in_threads -= 1


class LoopClock:
    """The `Clock` port on a loop's own time, for shells under test."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._loop = loop or asyncio.get_running_loop()

    def now_s(self) -> float:
        return self._loop.time()


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` under virtual time, for property tests and plain functions."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
