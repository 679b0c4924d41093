"""How webhooks are delivered, in Prometheus' words. No label names a tenant or an endpoint."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from media_server.ports.webhooks import WebhookFigures

OUTCOMES = ("delivered", "retry", "failed", "gone")


class WebhookMetrics(Collector):
    """`figures`: as last set; None: nothing is shown."""

    def __init__(self, namespace: str) -> None:
        self.figures: WebhookFigures | None = None
        self._prefix = f"{namespace}_webhook"

    def describe(self) -> list[Metric]:
        return []  # nothing to compare names with before there are figures

    def collect(self) -> Iterator[Metric]:
        figures = self.figures
        if figures is None:
            return
        attempts = CounterMetricFamily(
            f"{self._prefix}_attempts",
            "Attempts to deliver, by what came of them; failed: it was the last one",
            labels=("outcome",),
        )
        for outcome in OUTCOMES:
            attempts.add_metric((outcome,), figures.attempts.get(outcome, 0.0))
        yield attempts
        for name, text, value in (
            ("undelivered", "Deliveries that went undelivered: kept too long", figures.forgotten),
            ("unreadable", "Damaged logs in which an event may stand", figures.unreadable),
        ):
            yield CounterMetricFamily(f"{self._prefix}_{name}", text, value)
        for name, text, value in (
            ("pending", "Deliveries that wait, of all servers", figures.pending),
            ("oldest_undelivered_seconds", "Age of the oldest that waits", figures.oldest_s),
        ):
            yield GaugeMetricFamily(f"{self._prefix}_{name}", text, value)
