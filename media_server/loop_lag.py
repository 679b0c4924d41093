"""How late the event loop comes: the first sign of a process with too many calls.

A timer asks to be called each 10 ms and notes by how much it was late. Whatever holds the loop (a
slow callback, a full core, another program on the machine) shows here before anybody hears it.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import deque

from media_server.ports import Distribution

INTERVAL_S = 0.01
LATE_S = 0.025
"""From here on it is remembered: see `LoopLag.late`."""
BOUNDS_S = (
    *(0.0005, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.0125, 0.015, 0.0175),
    *(0.02, 0.025, 0.03, 0.04, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0),
)


class LoopLag:
    """`start` on the loop that is to be watched; `stop` there too. Then the counts stay."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS_S) + 1)
        self._sum_s = 0.0
        self._due_s = 0.0
        self.beat_s = 0.0
        """When the loop last came, by its clock."""
        self.late = (0.0, 0.0)
        """The last time it came late by more than LATE_S: when it had come before, and when it
        came. By the loop's clock."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.beat_s = self._loop.time()
        self._arm(self._loop)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._loop = self._timer = None

    def distribution(self) -> Distribution:
        """From any thread."""
        counts = tuple(self._counts)
        reached, buckets = 0, []
        for bound_s, count in zip(BOUNDS_S, counts, strict=False):
            reached += count
            buckets.append((bound_s, reached))
        return Distribution(tuple(buckets), sum(counts), self._sum_s)

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due_s = loop.time() + INTERVAL_S
        self._timer = loop.call_at(self._due_s, self._tick)

    def _tick(self) -> None:
        if self._loop is None:
            return
        now_s = self._loop.time()
        # the loop runs a timer up to its clock's resolution early
        late_s = max(0.0, now_s - self._due_s)
        if late_s >= LATE_S:
            self.late = self.beat_s, now_s  # first: who sees the new beat finds it
        self.beat_s = now_s
        self._counts[bisect_left(BOUNDS_S, late_s)] += 1
        self._sum_s += late_s
        self._arm(self._loop)


class LagWindow:
    """What was counted in the last seconds: the difference of two counts, so that the loop itself
    does nothing for it. `look` about once a second."""

    def __init__(self, lag: LoopLag, seconds: int) -> None:
        self._lag = lag
        self._looks: deque[Distribution] = deque(maxlen=seconds + 1)

    def look(self) -> None:
        self._looks.append(self._lag.distribution())

    def most_s(self, share: float, looks: int | None = None) -> float:
        """What so large a share of the timers, 0 to 1, were late at most, between the last look and
        the one `looks` before it (None: the first one that is kept). 0 where nothing is known."""
        if len(self._looks) < 2:
            return 0.0
        first = 0 if looks is None else max(0, len(self._looks) - 1 - looks)
        now, before = self._looks[-1], self._looks[first]
        buckets = zip(now.buckets, before.buckets, strict=True)
        counts = tuple((bound_s, n - earlier) for (bound_s, n), (_, earlier) in buckets)
        since = Distribution(counts, now.count - before.count, now.sum_s - before.sum_s)
        return since.most_s(share)
