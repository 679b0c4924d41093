"""What is stored and what is wrong with it, in Prometheus' words."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from media_server.figures_collector import FiguresCollector
from media_server.ports import StoreFigures

__all__ = ["COUNTERS", "GAUGES", "StoreMetrics"]

COUNTERS = {
    "spool_packets_written": "Audio packets written to the spool",
    "spool_packets_dropped": "Audio packets the spool could not take",
    "spool_damaged": "Connections whose spooled audio could not be read whole after a crash",
    "recordings_opened": "Recordings begun",
    "recordings_failed": "Recordings that ended early: the disk is full or broken",
    "recordings_bytes": "Bytes of recordings written",
    "blob_uploads": "Files that went to object storage and were found there whole",
    "blob_upload_parts": "Parts of recordings under way that went to object storage",
    "blob_upload_failures": "Uploads that have to be tried again",
    "blob_upload_bytes": "Bytes sent to object storage, those of parts among them",
    "store_probe_failures": "Looks, one a second, at which the store could not be written",
    "damaged_found": "Times an interview was found damaged for the first time",
    "damaged_passed_over": "Times a sweep passed a damaged interview over",
    "retention_damaged": "Times retention could not erase by parts: the interview is damaged",
    "retention_held": "Times something due stayed because of a legal hold",
    "retention_failed": "Erasings by retention that have to be tried again",
    "retention_audio_erased": "Interviews whose audio went by retention",
    "retention_transcript_erased": "Interviews whose words went by retention",
    "retention_log_erased": "Interviews that went whole by retention",
    "recovered": "Interviews at rest whose deadline had passed, moved on by the watchdog",
}
GAUGES = {
    "spool_failing": "1 while received audio cannot be spooled",
    "store_ready": "1 while the store can be written and its disk has room",
    "interviews_damaged": "Interviews this process knows to be damaged",
    "blob_backlog_bytes": "Bytes on this disk that wait to go to object storage",
    "blob_backlog_files": "Files on this disk that wait to go to object storage",
    "blob_backlog_oldest_seconds": "Age of the file that waits longest for object storage; 0: none",
    "disk_free_bytes": "Room on the fullest disk below DATA_DIR",
}
"""Keys of `StoreFigures`; a test holds the two together."""


class StoreMetrics(FiguresCollector[StoreFigures]):
    """See the module."""

    def families(self, figures: StoreFigures) -> Iterator[Metric]:
        for key, text in COUNTERS.items():
            yield CounterMetricFamily(
                f"{self._namespace}_{key}", text, figures.counters.get(key, 0)
            )
        for key, text in GAUGES.items():
            yield GaugeMetricFamily(f"{self._namespace}_{key}", text, figures.gauges.get(key, 0))
