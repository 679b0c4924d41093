"""What both queues count of their jobs, for /metrics. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from itertools import accumulate

from media_server.ports import Distribution, SttOutcome, Transcription

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the buckets: from an idle worker to a job near its deadline."""


class Timings:
    """How long jobs waited for a worker and were worked on, by kind."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], list[int]] = {}
        self._sums_s: dict[tuple[str, str], float] = {}

    def add(self, outcome: SttOutcome, *, record: bool = False) -> None:
        """The `queued_s` and `worked_s` of a job that has ended, in seconds."""
        kind = "record" if record else "final" if outcome.final else "interim"
        self._observe(("wait", kind), outcome.queued_s)
        self._observe(("run", kind), outcome.worked_s)

    def distributions(self) -> dict[tuple[str, str], Distribution]:
        """By ("wait" or "run", "final", "interim" or "record"). What never came is missing."""
        return {key: self._distribution(key) for key in self._counts}

    def _observe(self, key: tuple[str, str], seconds: float) -> None:
        counts = self._counts.setdefault(key, [0] * (len(BOUNDS_S) + 1))
        counts[bisect_left(BOUNDS_S, seconds)] += 1
        self._sums_s[key] = self._sums_s.get(key, 0.0) + seconds

    def _distribution(self, key: tuple[str, str]) -> Distribution:
        *below, total = accumulate(self._counts[key])
        return Distribution(tuple(zip(BOUNDS_S, below, strict=True)), total, self._sums_s[key])


def count_transcription(counters: Counter[str], made: Transcription) -> None:
    """What a queue counts of the words that came back, whoever made them."""
    if made.rejected:
        counters["rejected_texts"] += 1
    if made.window in ("short", "widened"):
        counters["short_windows"] += 1
    if made.window == "widened":
        counters["widened_windows"] += 1
