"""How busy the process and its machine are, and who was refused for what, in /metrics."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from media_server.figures_collector import FiguresCollector, counters_by
from media_server.ports.load import REFUSALS, LoadFigures

_GAUGES = {
    "cpu_cores": ("load_cpu_cores", "What the process and its children compute; 1 is one core"),
    "machine_cpu": (
        "load_machine_cpu_ratio",
        "Share of the machine's CPU, or of the container's, that is in use",
    ),
    "rss_bytes": ("load_rss_bytes", "Memory of the process"),
    "memory_available_bytes": (
        "load_memory_available_bytes",
        "Memory that is left to the machine, or to the container",
    ),
    "open_files": ("load_open_files", "File descriptors in use, sockets included"),
    "open_files_limit": ("load_open_files_limit", "File descriptors there may be"),
    "waiting": ("newcomers_waiting", "Newcomers who were refused and keep asking"),
}


class LoadMetrics(FiguresCollector[LoadFigures]):
    """See the module."""

    def families(self, figures: LoadFigures) -> Iterator[Metric]:
        for field, (name, text) in _GAUGES.items():
            yield GaugeMetricFamily(f"{self._namespace}_{name}", text, getattr(figures, field))
        # All reasons from the start, and no others.
        refused = {reason: figures.refused.get(reason, 0) for reason in REFUSALS}
        name = f"{self._namespace}_calls_refused"
        yield counters_by(name, "Calls refused, by why", "reason", refused)
