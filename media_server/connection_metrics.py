"""TCP connections in the words of /metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from media_server.figures_collector import FiguresCollector, counters_by


class Counted(Protocol):
    """What `http_connections.LimitedSite` counts."""

    @property
    def open_connections(self) -> int: ...

    refused: int
    timed_out: int
    gave_way: int


class ConnectionMetrics(FiguresCollector[Counted]):
    """Nothing where the application is embedded: its connections are another's."""

    def families(self, figures: Counted) -> Iterator[Metric]:
        name = f"{self._namespace}_http_connections"
        yield GaugeMetricFamily(f"{name}_open", "TCP connections", figures.open_connections)
        closed = {
            "refused": figures.refused,
            "timed_out": figures.timed_out,
            "gave_way": figures.gave_way,
        }
        yield counters_by(f"{name}_closed", "TCP connections that a limit closed", "reason", closed)
