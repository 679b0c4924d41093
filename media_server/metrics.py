"""Metrics in Prometheus' text format. Pure rooms return counters; shells record them here.

A registry of our own, never the library's global one: two applications in one process, as in
tests and in somebody's own service, do not see each other's figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from media_server.connection_metrics import ConnectionMetrics
from media_server.figures_collector import NOTHING, FiguresCollector, buckets, histogram_by
from media_server.llm_metrics import LlmMetrics
from media_server.load_metrics import LoadMetrics
from media_server.loop_lag import LoopLag
from media_server.loop_stalls import LoopStalls
from media_server.media_metrics import MediaMetrics
from media_server.ports import SttStatus
from media_server.restart_metrics import RestartMetrics
from media_server.store_metrics import StoreMetrics
from media_server.webhook_metrics import WebhookMetrics

NAMESPACE = "media_server"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_C = TypeVar("_C", bound=Collector)
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

__all__ = ["CONTENT_TYPE", "NAMESPACE", "HttpMetrics", "SttMetrics", "render"]

_STT_COUNTERS = {
    "deliveries": "Times a job was given to a worker, of jobs that have ended",
    "redelivered": "Of those, after the first: a worker died, hung, raised, or its engine was gone",
    "dead_letters": "Finals given up; their segments are marked untranscribed",
    "late_words": "Of finals that were given up, those written down later by themselves",
    "late_words_failed": "Later tries at such finals that failed, too",
    "late_words_left": "Such finals after their last try: left to `media-server transcribe`",
    "record_stretches": "Stretches of answers decoded once more, whose words are the better ones",
    "record_kept": "Such stretches that brought nothing better: the live words stay",
    "finals_refused": "Finals given back at once: the queue was full",
    "resubmitted": "Finals that Redis had lost and their server sent again",
    "interims_thinned": "Interims left out so that finals keep up: every second one",
    "interims_dropped": "Interims left out under load, all of them",
    "interims_replaced": "Interims overtaken by a newer one of their interview",
    "interims_superseded": "Interims overtaken by the final of their segment",
    "interims_failed": "Interims that no worker could do",
    "interims_preempted": "Interims whose worker a final took, on this machine",
    "records_preempted": "Jobs of the record whose worker a final took, on this machine",
    "late_results": "Results that came late or twice: not applied",
    "bad_results": "Results that could not be read: not applied",
    "rejected_texts": "Texts thrown away by the hallucination filter: inventions, repetition loops",
    "short_windows": "Segments that Whisper decoded in a window of their own length",
    "widened_windows": "Of those, decoded again over 30 s: the first words looked wrong",
    "batches": "Times an engine took several segments at once, on this machine",
    "worker_deaths": "Worker processes of this machine that died",
    "job_timeouts": "Jobs past their deadline, on this machine: the worker was killed",
    "start_timeouts": "Workers of this machine that did not get ready in time",
}
"""The counters of `SttStatus`, in the words of /metrics. All are there from the start."""


class HttpMetrics:
    """Requests by route template: never by path, which may hold a link."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self.requests = Counter(
            "http_requests",
            "HTTP requests answered",
            ("method", "route", "status"),
            namespace=NAMESPACE,
            registry=self.registry,
        )
        self.seconds = Histogram(
            "http_request_seconds",
            "Time from the request's head to the end of its answer",
            ("route",),
            namespace=NAMESPACE,
            registry=self.registry,
            buckets=_SECONDS,
        )
        self.tenants = Counter(
            "tenant_requests",
            "Requests to the API by whose key they came with; other: no tenant of the file",
            ("tenant", "status"),
            namespace=NAMESPACE,
            registry=self.registry,
        )
        gauge = partial(Gauge, namespace=NAMESPACE, registry=self.registry)
        self.live = gauge("live_calls", "Candidates in a call")
        self.capacity = gauge("capacity_calls", "Candidates there is room for")
        self.ready = gauge("ready", "1 when candidates can join")
        self.serving = gauge(
            "serving", "1 when candidates can join, or have to wait and nothing else is wrong"
        )
        self.words_read = _words_read(self.registry)
        self.connections = self._shown(ConnectionMetrics(NAMESPACE))
        self.restarts = self._shown(RestartMetrics(NAMESPACE))
        self.stt = self._shown(SttMetrics(NAMESPACE))
        self.media = self._shown(MediaMetrics(NAMESPACE))
        self.store = self._shown(StoreMetrics(NAMESPACE))
        self.webhooks = self._shown(WebhookMetrics(NAMESPACE))
        self.llm = self._shown(LlmMetrics(NAMESPACE))
        self.load = self._shown(LoadMetrics(NAMESPACE))
        self.lag = LoopLag()
        self.stalls = LoopStalls(self.lag)
        self.registry.register(LagMetric(self.lag, self.stalls))

    def _shown(self, collector: _C) -> _C:
        self.registry.register(collector)
        return collector


def _words_read(registry: CollectorRegistry) -> Counter:
    text = "Times an operator asked for the words of an interview; the log names who and which"
    return Counter("operator_words_read", text, namespace=NAMESPACE, registry=registry)


class LagMetric(Collector):
    def __init__(self, lag: LoopLag, stalls: LoopStalls) -> None:
        self._lag = lag
        self._stalls = stalls

    def collect(self) -> Iterator[Metric]:
        found = self._lag.distribution()
        yield HistogramMetricFamily(
            f"{NAMESPACE}_loop_lag_seconds",
            "How late the event loop ran a timer that was due, sampled each 10 ms",
            buckets=buckets(found),
            sum_value=found.sum_s,
        )
        yield CounterMetricFamily(
            f"{NAMESPACE}_loop_stalls",
            "Times that something held the event loop for more than 50 ms; the log names it",
            self._stalls.count,
        )


class SttMetrics(FiguresCollector[SttStatus]):
    """What the transcription queue says of itself."""

    def families(self, figures: SttStatus) -> Iterator[Metric]:
        status, prefix = figures, f"{self._namespace}_stt"
        for name, text, value in (
            ("workers_alive", "Transcription workers that are ready", status.workers_ready),
            ("workers_wanted", "Transcription workers there should be", status.workers_wanted),
            ("running", "Transcription jobs in work", status.running),
            ("oldest_final_seconds", "Age of the oldest waiting final", status.oldest_queued_s),
            ("expected_wait_seconds", "Wait of a final sent now", status.expected_wait_s),
            ("saturated", "1 when no new candidate is let in for it", int(status.saturated)),
        ):
            yield GaugeMetricFamily(f"{prefix}_{name}", text, value)
        depth = GaugeMetricFamily(f"{prefix}_queue_depth", "Jobs waiting", labels=("kind",))
        depth.add_metric(("final",), status.queued)
        depth.add_metric(("interim",), status.queued_interims)
        yield depth
        for name, text in _STT_COUNTERS.items():
            yield CounterMetricFamily(f"{prefix}_{name}", text, status.counters.get(name, 0))
        for what, text in (
            ("wait", "Until a worker began with a job"),
            ("run", "A worker's time for a job, or for the batch it was in"),
        ):
            kinds = ("final", "interim", "record")
            found = {kind: status.timings.get((what, kind), NOTHING) for kind in kinds}
            yield histogram_by(f"{prefix}_job_{what}_seconds", text, "kind", found)


def render(registry: CollectorRegistry) -> bytes:
    return generate_latest(registry)
