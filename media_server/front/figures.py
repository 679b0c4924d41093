"""Figures of all workers as one text of /metrics, and the readiness of the whole.

Each sample gets the label `worker`: the worker's number, `front`, `speech` for the recognisers'
process, or `3-beside` for the process that worker 3 replaces and that still has calls. Texts are
parsed by prometheus_client, in a thread: a worker has some thousand samples.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from media_server import restarts
from media_server.connection_metrics import ConnectionMetrics
from media_server.front.choice import RefusedFor
from media_server.front.workers import Workers
from media_server.loop_lag import LoopLag
from media_server.loop_stalls import LoopStalls
from media_server.metrics import NAMESPACE, LagMetric
from media_server.restart_metrics import RestartMetrics

LABEL = "worker"
FAILURES = ("worker_refused", "worker_lost", "answer_broken")
"""A worker took no connection; broke off before its answer; in the middle of it."""


class Places(Protocol):
    """What `FrontFigures` shows of the placement."""

    @property
    def reserved(self) -> int: ...
    def expected_back(self, now_s: float) -> int: ...


class FrontFigures(Collector):
    """Of the front itself, in a registry of its own."""

    def __init__(
        self,
        placement: Places,
        refused: Mapping[RefusedFor, int],
        now_s: Callable[[], float],
        speech_restarts: Path | None = None,
    ) -> None:
        """`speech_restarts`: see `Role`."""
        self._speech_restarts = speech_restarts
        self._placement = placement
        self._refused = refused
        self._now_s = now_s
        self._failures = dict.fromkeys(FAILURES, 0)
        self.registry = CollectorRegistry()
        self.connections = ConnectionMetrics(NAMESPACE)
        self.restarts = RestartMetrics(NAMESPACE)
        self.lag = LoopLag()
        self.stalls = LoopStalls(self.lag)
        shown: tuple[Collector, ...] = (
            self, self.connections, self.restarts, LagMetric(self.lag, self.stalls)
        )  # fmt: skip
        for one in shown:
            self.registry.register(one)

    def count(self, failure: str) -> None:
        self._failures[failure] += 1

    def start(self) -> None:
        self.lag.start()
        self.stalls.start()

    def stop(self) -> None:
        self.stalls.stop()
        self.lag.stop()

    def render(self) -> str:
        return generate_latest(self.registry).decode()

    def render_speech(self) -> dict[str, str]:
        """What is known of the recognisers' process, under its label; {}: there is none. Reads a
        file."""
        path = self._speech_restarts
        known = RestartMetrics(NAMESPACE)
        known.figures = None if path is None else restarts.read(path)
        if known.figures is None:
            return {}
        registry = CollectorRegistry()
        registry.register(known)
        return {"speech": generate_latest(registry).decode()}

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        refused = CounterMetricFamily(
            f"{NAMESPACE}_front_refused",
            "Requests for which the front had no place or no worker",
            labels=("reason",),
        )
        for reason, count in self._refused.items():
            refused.add_metric((reason,), count)
        yield refused
        failed = CounterMetricFamily(
            f"{NAMESPACE}_front_failures",
            "Requests whose worker was lost: before it was asked, before its answer, within it",
            labels=("kind",),
        )
        for kind, count in self._failures.items():
            failed.add_metric((kind,), count)
        yield failed
        yield GaugeMetricFamily(
            f"{NAMESPACE}_front_reserved",
            "Places reserved for offers that the workers do not count yet",
            self._placement.reserved,
        )
        yield GaugeMetricFamily(
            f"{NAMESPACE}_front_expected_back",
            "Interviews under way whose worker is gone: places are kept for them",
            self._placement.expected_back(self._now_s()),
        )


async def merged_figures(workers: Workers, own: FrontFigures) -> bytes:
    """Of every worker that answers in time, and of the front."""
    named = {**await workers.figures(), "front": own.render()}
    named |= await asyncio.to_thread(own.render_speech)
    return await asyncio.to_thread(merge, named)


def merge(texts: Mapping[str, str]) -> bytes:
    """`texts`: by what `worker` shall say, each in Prometheus' text format. Each family once, with
    the samples of all."""
    families: dict[str, Metric] = {}
    for name, text in texts.items():
        for family in text_string_to_metric_families(text):
            known = families.get(family.name)
            if known is None:
                known = families[family.name] = Metric(
                    family.name, family.documentation, family.type
                )
            for sample in family.samples:
                known.add_sample(
                    sample.name, {**sample.labels, LABEL: name}, sample.value, sample.timestamp
                )
    registry = CollectorRegistry()
    registry.register(_Given(tuple(families.values())))
    return generate_latest(registry)


class _Given(Collector):
    def __init__(self, families: tuple[Metric, ...]) -> None:
        self._families = families

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def readiness(workers: Workers, *, kept: int, draining: bool) -> dict[str, object]:
    """What /readyz answers of the whole: ready where any worker takes newcomers. Without `ready`
    there is a `retry_after_s`, which is the header's, and `waits` (see `Readiness`). `kept`: for
    how many interviews whose worker is gone everything that is free is kept; 0: there is room for
    others."""
    reasons, notices = [], dict[str, None]()
    live = capacity = 0
    ready, waits, waits_s = False, False, []
    for number in workers.numbers:
        process = workers.named(number)
        told = None if process is None else process.told
        if told is None:
            reasons.append(f"worker {number}: it is starting, or does not answer")
            waits_s.append(3)
            continue
        live += told.report.load.in_call
        capacity += told.report.load.capacity
        ready, waits = ready or told.ready, waits or told.ready or told.waits
        reasons += [f"worker {number}: {reason}" for reason in told.reasons]
        notices |= dict.fromkeys(told.notices)
        waits_s.append(told.report.load.retry_after_s)
    if kept:
        ready = False
        reasons.append(f"full: what is free is kept for {kept} candidates who may come back")
    if draining:
        ready = waits = False
        reasons.insert(0, "draining: this server is about to stop, use another")
    body: dict[str, object] = {
        "ready": ready, "reasons": reasons, "live": live, "capacity": capacity,
    }  # fmt: skip
    if notices:
        body["notices"] = list(notices)
    if not ready:
        body |= {"retry_after_s": max(1, min(waits_s)), "waits": waits}
    return body
