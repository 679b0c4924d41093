"""How webhooks are delivered, in Prometheus' words. No label names a tenant or an endpoint."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from media_server.figures_collector import FiguresCollector, counters_by
from media_server.ports.webhooks import WebhookFigures

OUTCOMES = ("delivered", "retry", "failed", "gone")


class WebhookMetrics(FiguresCollector[WebhookFigures]):
    """See the module."""

    def families(self, figures: WebhookFigures) -> Iterator[Metric]:
        prefix = f"{self._namespace}_webhook"
        attempts = {outcome: figures.attempts.get(outcome, 0.0) for outcome in OUTCOMES}
        text = "Attempts to deliver, by what came of them; failed: it was the last one"
        yield counters_by(f"{prefix}_attempts", text, "outcome", attempts)
        for name, text, value in (
            ("undelivered", "Deliveries that went undelivered: kept too long", figures.forgotten),
            ("unreadable", "Damaged logs in which an event may stand", figures.unreadable),
        ):
            yield CounterMetricFamily(f"{prefix}_{name}", text, value)
        for name, text, value in (
            ("pending", "Deliveries that wait, of all servers", figures.pending),
            ("oldest_undelivered_seconds", "Age of the oldest that waits", figures.oldest_s),
        ):
            yield GaugeMetricFamily(f"{prefix}_{name}", text, value)
