"""What is counted of the language model, for /metrics: by purpose and outcome, never by words."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from itertools import accumulate
from typing import get_args

from media_server.ports.figures import Distribution, LlmFigures
from media_server.ports.llm import Purpose

PURPOSES: tuple[str, ...] = get_args(Purpose)
_BOUNDS_S = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 20.0, 60.0)


class LlmCounts:
    """Of this process, since its start."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str]] = Counter()
        self._retries: Counter[str] = Counter()
        self._firsts = {purpose: _Histogram() for purpose in PURPOSES}
        self._totals = {purpose: _Histogram() for purpose in PURPOSES}
        self.now: Callable[[], dict[str, float]] = dict
        """Asked for what is now: requests that run and wait, and whether the circuit is open."""

    def ended(self, purpose: Purpose, outcome: str, took_s: float) -> None:
        """One request, retries included. `outcome`: "answered", "cancelled", or a failure."""
        self._requests[purpose, outcome] += 1
        if outcome == "answered":
            self._totals[purpose].observe(took_s)

    def first_token(self, purpose: Purpose, after_s: float) -> None:
        """`after_s`: from the request, waiting for a place included."""
        self._firsts[purpose].observe(after_s)

    def again(self, purpose: Purpose) -> None:
        """A request is sent once more."""
        self._retries[purpose] += 1

    def figures(self) -> LlmFigures:
        """As they are now."""
        return LlmFigures(
            requests=dict(self._requests),
            retries=dict(self._retries),
            first_token={name: each.distribution() for name, each in self._firsts.items()},
            answer={name: each.distribution() for name, each in self._totals.items()},
            gauges=self.now(),
        )


class _Histogram:
    def __init__(self) -> None:
        self._counts = [0] * (len(_BOUNDS_S) + 1)
        self._sum_s = 0.0

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(_BOUNDS_S, seconds)] += 1
        self._sum_s += seconds

    def distribution(self) -> Distribution:
        *below, total = accumulate(self._counts)
        return Distribution(tuple(zip(_BOUNDS_S, below, strict=True)), total, self._sum_s)
