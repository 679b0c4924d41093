"""What rooms count, for the metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Distribution:
    """How durations were distributed since the start, as Prometheus' histograms have it."""

    buckets: tuple[tuple[float, int], ...]
    """(upper bound in seconds, how many were at most that); the bounds ascend."""
    count: int
    sum_s: float

    def most_s(self, share: float) -> float:
        """What so large a share of them, 0 to 1, took at most, as far as the bounds tell: of longer
        ones the largest bound, at least. 0 where there were none."""
        if not self.count:
            return 0.0
        wanted = share * self.count
        known = (bound_s for bound_s, n in self.buckets if n >= wanted)
        return next(known, max((bound_s for bound_s, _ in self.buckets), default=0.0))


@dataclass(frozen=True, slots=True)
class MediaFigures:
    """How well candidates are heard in this process, since its start. For metrics."""

    counters: Mapping[str, float]
    """Totals that only grow, of the calls that are over and those that are not."""
    closed: Mapping[str, int]
    """Calls by CloseReason."""
    dropped: Mapping[str, int]
    """Datagrams by the reason why nothing parsed them."""
    gauges: Mapping[str, float]
    """Of the calls there are now."""
    distributions: Mapping[str, Distribution]
    """Times in seconds; `loss` is a share, `level` is dBFS."""


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """Of this process, for metrics; the keys are those of `store_metrics`."""

    counters: Mapping[str, float]
    gauges: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LlmFigures:
    """How the language model answers, in this process, since its start. For metrics."""

    requests: Mapping[tuple[str, str], int]
    """By (purpose, outcome): "answered", "cancelled" or a `Failure` of `ports.llm`."""
    retries: Mapping[str, int]
    """By purpose."""
    first_token: Mapping[str, Distribution]
    """Seconds from a request to the first token, by purpose."""
    answer: Mapping[str, Distribution]
    """Seconds from a request to the end of its answer, retries included, by purpose."""
    gauges: Mapping[str, float]
    """`running`, `waiting`, `open`: 1 while the model is left alone."""
    has_model: bool = True
    """One is configured."""
