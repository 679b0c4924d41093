"""TCP connections in the words of /metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector


class Counted(Protocol):
    """What `http_connections.LimitedSite` counts."""

    @property
    def open_connections(self) -> int: ...

    refused: int
    timed_out: int
    gave_way: int


class ConnectionMetrics(Collector):
    """Nothing where the application is embedded: its connections are another's."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self.site: Counted | None = None

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        site = self.site
        if site is None:
            return
        name = f"{self._namespace}_http_connections"
        yield GaugeMetricFamily(f"{name}_open", "TCP connections", site.open_connections)
        closed = CounterMetricFamily(
            f"{name}_closed", "TCP connections that a limit closed", labels=("reason",)
        )
        for reason in ("refused", "timed_out", "gave_way"):
            closed.add_metric((reason,), getattr(site, reason))
        yield closed
