"""How the language model answers, in Prometheus' words. No label names an interview or a word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from media_server.figures_collector import NOTHING, FiguresCollector, counters_by, histogram_by
from media_server.ports import LlmFigures
from media_server.ports.llm import Failure, Purpose

PURPOSES: tuple[str, ...] = get_args(Purpose)
OUTCOMES: tuple[str, ...] = ("answered", "cancelled", *get_args(Failure))
_GAUGES = {
    "running": "Requests at the language model",
    "waiting": "Requests that wait for a place there",
    "open": "1 while the language model is left alone, because it failed too often",
}


class LlmMetrics(FiguresCollector[LlmFigures]):
    """See the module."""

    def families(self, figures: LlmFigures) -> Iterator[Metric]:
        prefix = f"{self._namespace}_llm"
        requests = CounterMetricFamily(
            f"{prefix}_requests",
            "Requests to the language model, by what came of them; retries are not counted apart",
            labels=("purpose", "outcome"),
        )
        for purpose in PURPOSES:
            for outcome in OUTCOMES:
                requests.add_metric((purpose, outcome), figures.requests.get((purpose, outcome), 0))
        yield requests
        retries = {purpose: figures.retries.get(purpose, 0) for purpose in PURPOSES}
        text = "Requests that were sent once more"
        yield counters_by(f"{prefix}_retries", text, "purpose", retries)
        for name, text, found in (
            ("first_token", "Until the first token", figures.first_token),
            ("answer", "Until the end of the answer", figures.answer),
        ):
            every = {purpose: found.get(purpose, NOTHING) for purpose in PURPOSES}
            yield histogram_by(f"{prefix}_{name}_seconds", text, "purpose", every)
        for name, text in _GAUGES.items():
            yield GaugeMetricFamily(f"{prefix}_{name}", text, figures.gauges.get(name, 0))
