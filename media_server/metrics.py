"""Metrics in Prometheus' text format. Pure rooms return counters; shells record them here.

A registry of our own, never the library's global one: two applications in one process, as in
tests and in somebody's own service, do not see each other's figures.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

NAMESPACE = "media_server"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

__all__ = ["CONTENT_TYPE", "NAMESPACE", "HttpMetrics", "render"]


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
        self.live = Gauge(
            "live_calls", "Candidates in a call", namespace=NAMESPACE, registry=self.registry
        )
        self.capacity = Gauge(
            "capacity_calls",
            "Candidates there is room for",
            namespace=NAMESPACE,
            registry=self.registry,
        )
        self.ready = Gauge(
            "ready", "1 when candidates can join", namespace=NAMESPACE, registry=self.registry
        )


def render(registry: CollectorRegistry) -> bytes:
    return generate_latest(registry)
