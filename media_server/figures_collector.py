"""What each part of a server has in common in /metrics. Nothing is shown until it has figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from media_server.ports import Distribution

NOTHING = Distribution((), 0, 0.0)
"""Of what has not happened yet."""
_F = TypeVar("_F")
_V = TypeVar("_V", bound=str)


class FiguresCollector(Collector, Generic[_F]):
    """`figures`: as last set; None: nothing is shown."""

    def __init__(self, namespace: str) -> None:
        self.figures: _F | None = None
        self._namespace = namespace

    def describe(self) -> list[Metric]:
        return []  # nothing to compare names with before there are figures

    def collect(self) -> Iterator[Metric]:
        if self.figures is not None:
            yield from self.families(self.figures)

    def families(self, figures: _F) -> Iterator[Metric]:
        """Of these figures."""
        raise NotImplementedError


def counters_by(
    name: str, text: str, label: str, counts: Mapping[_V, float]
) -> CounterMetricFamily:
    """One counter for each value of one label."""
    family = CounterMetricFamily(name, text, labels=(label,))
    for value, count in counts.items():
        family.add_metric((value,), count)
    return family


def histogram_by(
    name: str, text: str, label: str, found: Mapping[_V, Distribution]
) -> HistogramMetricFamily:
    """One histogram for each value of one label."""
    family = HistogramMetricFamily(name, text, labels=(label,))
    for value, one in found.items():
        family.add_metric((value,), buckets(one), one.sum_s)
    return family


def buckets(found: Distribution) -> list[tuple[str, float]]:
    """With the last one, which has no bound."""
    known = [(f"{bound:g}", float(count)) for bound, count in found.buckets]
    return [*known, ("+Inf", float(found.count))]
