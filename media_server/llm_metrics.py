"""How the language model answers, in Prometheus' words. No label names an interview or a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from media_server.ports import Distribution, LlmFigures
from media_server.ports.llm import Failure, Purpose

PURPOSES: tuple[str, ...] = get_args(Purpose)
OUTCOMES: tuple[str, ...] = ("answered", "cancelled", *get_args(Failure))
_GAUGES = {
    "running": "Requests at the language model",
    "waiting": "Requests that wait for a place there",
    "open": "1 while the language model is left alone, because it failed too often",
}


class LlmMetrics(Collector):
    """`figures`: as last set; None: nothing is shown."""

    def __init__(self, namespace: str) -> None:
        self.figures: LlmFigures | None = None
        self._prefix = f"{namespace}_llm"

    def describe(self) -> list[Metric]:
        return []  # nothing to compare names with before there are figures

    def collect(self) -> Iterator[Metric]:
        figures = self.figures
        if figures is None:
            return
        requests = CounterMetricFamily(
            f"{self._prefix}_requests",
            "Requests to the language model, by what came of them; retries are not counted apart",
            labels=("purpose", "outcome"),
        )
        for purpose in PURPOSES:
            for outcome in OUTCOMES:
                requests.add_metric((purpose, outcome), figures.requests.get((purpose, outcome), 0))
        yield requests
        retries = CounterMetricFamily(
            f"{self._prefix}_retries", "Requests that were sent once more", labels=("purpose",)
        )
        for purpose in PURPOSES:
            retries.add_metric((purpose,), figures.retries.get(purpose, 0))
        yield retries
        yield self._histogram("first_token", "Until the first token", figures.first_token)
        yield self._histogram("answer", "Until the end of the answer", figures.answer)
        for name, text in _GAUGES.items():
            yield GaugeMetricFamily(f"{self._prefix}_{name}", text, figures.gauges.get(name, 0))

    def _histogram(
        self, name: str, text: str, found: Mapping[str, Distribution]
    ) -> HistogramMetricFamily:
        family = HistogramMetricFamily(f"{self._prefix}_{name}_seconds", text, labels=("purpose",))
        for purpose in PURPOSES:
            of = found.get(purpose, Distribution((), 0, 0.0))
            buckets = [(f"{bound_s:g}", float(count)) for bound_s, count in of.buckets]
            family.add_metric((purpose,), [*buckets, ("+Inf", float(of.count))], of.sum_s)
        return family
