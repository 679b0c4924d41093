"""Whether this server is fit for newcomers, and what it counts: for readiness and for metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from media_server.live.admission import Admission
from media_server.live.load_admission import FIGURES, Unfit, behind
from media_server.live.load_meter import LoadMeter
from media_server.live.record_queue import RecordQueue
from media_server.live.registry import Registry
from media_server.live.retranscription_queue import RetranscriptionQueue
from media_server.live.services import Services
from media_server.live.sweeper import Sweeper
from media_server.ports import MediaFigures, Readiness, StoreFigures, SttStatus, Transport
from media_server.ports.load import LoadFigures

DRAINING = "draining: this server is about to stop, use another"


class Counting(Protocol):
    """What the stores say of themselves."""

    def troubles(self) -> Sequence[str]:
        """Why no new candidate should come."""

    def figures(self) -> StoreFigures:
        """For metrics."""


class ServiceHealth:
    def __init__(
        self,
        services: Services,
        stores: Counting,
        transport: Transport,
        registry: Registry,
        sweeper: Sweeper,
        admission: Admission,
        retranscriptions: RetranscriptionQueue,
        record: RecordQueue,
        meter: LoadMeter,
    ) -> None:
        self._services = services
        self._meter = meter
        self._stores = stores
        self._transport = transport
        self._registry = registry
        self._sweeper = sweeper
        self._admission = admission
        self._retranscriptions = retranscriptions
        self._record = record

    def readiness(self) -> Readiness:
        found = [Unfit("draining", DRAINING)] if self._registry.draining else []
        unfit = self.unfit()
        found += unfit
        full = self._admission.why_full()
        if full is not None:
            found.append(Unfit("full", full))
        return Readiness(
            not found,
            tuple(why.text for why in found),
            self._admission.in_call(),
            self._services.settings.max_live,
            self._admission.retry_after_s(),
            full=full is not None and len(found) == 1,
            waits=bool(found)
            and not self._registry.draining
            and all(why.kind in FIGURES for why in unfit),
            kinds=tuple(why.kind for why in found),
        )

    def load(self) -> LoadFigures:
        """See `ports.InterviewService`."""
        ready, taken = self.readiness(), self._admission.taken()
        reading, usage = self._meter.reading, self._meter.usage()
        return LoadFigures(
            in_call=ready.live,
            kept=taken.kept,
            capacity=ready.capacity,
            loop_lag_p99_s=self._meter.lag.most_s(0.99),
            cpu_cores=usage.cpu_cores,
            machine_cpu=usage.machine_cpu,
            stt_wait_s=self._services.stt.status().newcomer_wait_s,
            rss_bytes=reading.rss_bytes,
            memory_available_bytes=reading.memory_available_bytes or 0,
            open_files=reading.open_files,
            open_files_limit=reading.open_files_limit,
            refuses=ready.reasons,
            retry_after_s=ready.retry_after_s,
            draining=self._registry.draining,
            waiting=self._admission.queued(),
            refused=dict(self._admission.refused),
        )

    def unfit(self) -> list[Unfit]:
        """Why nobody new should come: what they say could not be kept, or not be written down, or
        there is too much to do."""
        store = [Unfit("store", why) for why in self._stores.troubles()]
        return [*store, *self._deaf(), *self._meter.gate.too_much(self._now_s())]

    def _now_s(self) -> float:
        return self._services.clock.now_s()

    def _deaf(self) -> list[Unfit]:
        """What they say would not be written down, or, where load is not judged, not in time."""
        stt = self._services.stt.status()
        if stt.workers_ready == 0 or (stt.saturated and stt.trouble):
            trouble = stt.trouble or "see `media-server doctor`"
            return [Unfit("recogniser", f"no speech recogniser is ready: {trouble}")]
        if not stt.saturated or self._meter.gate.hears_of_words(self._now_s()):
            return []
        return [Unfit("transcription", behind(stt.queued, stt.newcomer_wait_s))]

    def media(self) -> MediaFigures:
        found, services = self._services.media.figures(self._transport.dropped()), self._services
        speech = {f"tts_{name}": count for name, count in services.tts.figures().items()}
        counters = {**services.counts.figures(), **self._admission.counters(), **speech}
        return replace(
            found,
            distributions={**found.distributions, **services.turns.distributions()},
            counters={**found.counters, **counters},
            gauges={**found.gauges, **self._admission.gauges()},
        )

    def transcription(self) -> SttStatus:
        status = self._services.stt.status()
        counters = {
            **status.counters, **self._retranscriptions.counters, **self._record.counters,
        }  # fmt: skip
        return replace(status, counters=counters)

    def storage(self) -> StoreFigures:
        found, damaged = self._stores.figures(), self._registry.damaged
        return StoreFigures(
            {
                **found.counters,
                "damaged_found": damaged.found,
                "damaged_passed_over": damaged.skipped,
                "recovered": self._sweeper.recovered,
            },
            {**found.gauges, "interviews_damaged": len(damaged)},
        )
