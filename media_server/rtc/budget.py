"""What the packets of one call may cost. Pure: time comes in.

Every parser that a peer reaches is bounded by itself; this bounds their sum. A call that keeps the
loop busy for longer than its share, or sends more than any browser, is closed, and the others go
on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Excess = Literal["cpu", "datagrams", "bytes"]
"""What a call has too much of: computing, datagrams or bytes."""

_PROBATION_S = 10.0
"""How long the CPU's clock is kept once it is in use, so that a call at the limit does not change
clocks with each packet."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """Each so much a second, saved up to a burst. Only what was authentic counts."""

    busy_share: float
    """Seconds of computing per second."""
    busy_burst_s: float
    datagrams_per_s: float
    datagrams_burst: float
    bytes_per_s: float
    bytes_burst: float


class CallBudget:
    """`charge` each packet, `refill` a few times a second; `judge` when `charge` says so.

    Computing is counted in two steps, because the clock that tells it is dear: first by the wall
    clock. Who exceeds that may only have been interrupted, so it is then counted by the CPU's
    (`by_cpu`), and that decides.
    """

    def __init__(self, limits: CallLimits, now_s: float) -> None:
        self.by_cpu = False
        """Which clock the next packets are to be measured by."""
        self._limits = limits
        self._refilled_s = now_s
        self._doubted_s = now_s
        self._busy_left_s = limits.busy_burst_s
        self._datagrams_left = limits.datagrams_burst
        self._bytes_left = limits.bytes_burst

    def charge(self, busy_s: float, size_bytes: int) -> bool:
        """One datagram; True: something is used up, `judge`."""
        self._busy_left_s -= busy_s
        self._datagrams_left -= 1
        self._bytes_left -= size_bytes
        return self._busy_left_s < 0 or self._datagrams_left < 0 or self._bytes_left < 0

    def charge_time(self, busy_s: float) -> bool:
        """Computing alone: for what is not known to be authentic."""
        self._busy_left_s -= busy_s
        return self._busy_left_s < 0

    def judge(self, now_s: float) -> Excess | None:
        """What the call is to be closed for; None: not yet."""
        self.refill(now_s)
        if self._datagrams_left < 0:
            return "datagrams"
        if self._bytes_left < 0:
            return "bytes"
        if self._busy_left_s >= 0:
            return None
        if self.by_cpu:
            return "cpu"
        self.by_cpu, self._doubted_s = True, now_s
        self._busy_left_s = self._limits.busy_burst_s
        return None

    def refill(self, now_s: float) -> None:
        """Give back what has been earned since the last call, up to each burst.

        `now_s`: of one monotonic clock. Ends measuring by the CPU's clock after 10 s, once the
        whole burst is there again.
        """
        elapsed_s = max(0.0, now_s - self._refilled_s)
        self._refilled_s = now_s
        limits = self._limits
        self._busy_left_s = min(
            limits.busy_burst_s, self._busy_left_s + elapsed_s * limits.busy_share
        )
        self._datagrams_left = min(
            limits.datagrams_burst, self._datagrams_left + elapsed_s * limits.datagrams_per_s
        )
        self._bytes_left = min(
            limits.bytes_burst, self._bytes_left + elapsed_s * limits.bytes_per_s
        )
        recovered = self._busy_left_s >= limits.busy_burst_s
        if self.by_cpu and recovered and now_s - self._doubted_s >= _PROBATION_S:
            self.by_cpu = False
