"""Measures what the packets of one call cost, and says when that is too much."""

from __future__ import annotations

import time
from collections.abc import Callable

from media_server.rtc.budget import CallBudget, CallLimits, Excess

Clock = Callable[[], float]


class CallMeter:
    """Take `clock()` before a datagram is handled and `charge` afterwards.

    `exceeded` is called once; from then on `over` is set and the call's datagrams need not be read.
    """

    def __init__(
        self, limits: CallLimits, now_s: Clock, exceeded: Callable[[Excess], None]
    ) -> None:
        self.over = False
        self.clock: Clock = time.perf_counter
        """A call to the CPU's clock costs several times as much: only for who is in doubt."""
        self._budget = CallBudget(limits, now_s())
        self._charge = self._budget.charge
        self._by_cpu = False
        self._now_s = now_s
        self._exceeded = exceeded
        self._handed_out: tuple[Clock, float] | None = None

    def charge(self, began_s: float, size_bytes: int) -> None:
        """An authentic datagram was handled since `began_s`, which `clock` gave."""
        if self._charge(self.clock() - began_s, size_bytes):
            self._judge()

    def charge_bytes(self, size_bytes: int) -> None:
        """An authentic datagram whose handling is measured by `begin` and `pause`."""
        if self._charge(0.0, size_bytes):
            self._judge()

    def begin(self) -> None:
        """Something was handed to a task that works on it until it asks for more (`pause`)."""
        self._handed_out = (self.clock, self.clock())

    def pause(self) -> None:
        """It asks for more: what it took since `begin` is charged. Harmless without a `begin`."""
        if self._handed_out is None:
            return
        (clock, began_s), self._handed_out = self._handed_out, None
        if self._budget.charge_time(clock() - began_s):
            self._judge()

    def refill(self, now_s: float) -> None:
        """Call a few times a second, `now_s` of the transport's clock. Also chooses the clock that
        measures next."""
        self._budget.refill(now_s)
        if self._budget.by_cpu is not self._by_cpu:
            self._choose_clock()

    def _judge(self) -> None:
        excess = None if self.over else self._budget.judge(self._now_s())
        self._choose_clock()
        if excess is not None:
            self.over = True
            self._exceeded(excess)

    def _choose_clock(self) -> None:
        self._by_cpu = self._budget.by_cpu
        self.clock = time.thread_time if self._by_cpu else time.perf_counter
