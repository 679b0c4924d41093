"""Restarts by the supervisor in the words of /metrics."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from media_server.restarts import Restarts


class RestartMetrics(Collector):
    """Nothing where no supervisor watches: then systemd or a container's runtime counts."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self.restarts: Restarts | None = None

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        if self.restarts is None:
            return
        family = CounterMetricFamily(
            f"{self._namespace}_process_restarts",
            "Times the supervisor started the server again, since it was started itself",
            labels=("reason",),
        )
        for reason, count in self.restarts.counts.items():
            family.add_metric((reason,), count)
        yield family
