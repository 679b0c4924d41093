"""Restarts by the supervisor in the words of /metrics."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from media_server.figures_collector import FiguresCollector, counters_by
from media_server.restarts import Restarts


class RestartMetrics(FiguresCollector[Restarts]):
    """Nothing where no supervisor watches: then systemd or a container's runtime counts."""

    def families(self, figures: Restarts) -> Iterator[Metric]:
        name = f"{self._namespace}_process_restarts"
        text = "Times the supervisor started this process again, since it was started itself"
        yield counters_by(name, text, "reason", figures.counts)
