"""A turn as spans: one for the time to the reply, below it one for each stage and piece of work.

Needs the extra `otel`; only `tracing` imports it. Spans are made when a turn is over, with the
times it really had. They wait in the library's bounded queue for its own thread, which sends them
in batches; where the collector does not keep up, spans are dropped, and nothing waits.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from importlib.metadata import version

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Tracer, set_span_in_context
from opentelemetry.util.types import AttributeValue

from media_server.ports.turn_trace import TurnTrace
from media_server.tracing import trace_id_of

SERVICE = "media-server"
_PREFIX = "media_server"


class TurnSpans:
    """One per process, on its event loop. `processor`: what takes the spans that are over.
    `give_up`: called where closing it takes too long."""

    def __init__(
        self,
        processor: SpanProcessor,
        server: str = "",
        give_up: Callable[[], None] = lambda: None,
    ) -> None:
        self._give_up = give_up
        self._ids = _TurnIds()
        self._provider = TracerProvider(
            resource=_resource(server), id_generator=self._ids, shutdown_on_exit=False
        )
        self._provider.add_span_processor(processor)
        self._tracer: Tracer = self._provider.get_tracer(SERVICE)

    @classmethod
    def over_http(cls, server: str = "") -> TurnSpans:
        """To the collector that the environment names."""
        logging.getLogger("opentelemetry.util.re").addFilter(_without_headers)
        exporter = OTLPSpanExporter()
        return cls(BatchSpanProcessor(exporter), server, exporter.shutdown)

    def send(self, trace: TurnTrace) -> None:
        """Hand over the spans of a turn. Never waits."""
        self._ids.trace_id = trace_id_of(trace.turn_id)
        end_s = trace.speech_ended_s + trace.reply_s
        root = self._tracer.start_span(
            "turn",
            context=Context(),  # whatever span others have made current
            start_time=_ns(trace.speech_ended_s),
            attributes=_attributes(trace),
        )
        below = set_span_in_context(root)
        ids: dict[str, AttributeValue] = {f"{_PREFIX}.turn_id": trace.turn_id}
        for stage in trace.stages:
            if stage.length_s > 0:
                self._span(f"stage {stage.stage}", stage.start_s, stage.length_s, below, ids)
        for work in trace.works:
            if work.start_s + work.length_s <= trace.speech_ended_s:
                continue  # over before anybody waited
            about = {**ids, f"{_PREFIX}.ref": work.ref} if work.ref else ids
            self._span(f"work {work.work}", work.start_s, work.length_s, below, about)
        root.end(end_time=_ns(end_s))

    def close(self, timeout_s: float) -> None:
        """Send what waits, for so long at most, and let go of the rest. Blocking."""
        ending = threading.Thread(target=self._provider.shutdown, name="spans-end", daemon=True)
        ending.start()
        ending.join(timeout_s)
        if ending.is_alive():
            self._give_up()  # it would try again for a minute

    def _span(
        self,
        name: str,
        start_s: float,
        length_s: float,
        below: Context,
        attributes: dict[str, AttributeValue],
    ) -> None:
        span = self._tracer.start_span(
            name, context=below, start_time=_ns(start_s), attributes=attributes
        )
        span.end(end_time=_ns(start_s + length_s))


class _TurnIds(RandomIdGenerator):
    """The trace of a turn has the id that follows from the turn's."""

    trace_id = 0

    def generate_trace_id(self) -> int:
        return self.trace_id or super().generate_trace_id()


def _without_headers(record: logging.LogRecord) -> bool:
    """The library quotes a header that it cannot read, and in it is a key as a rule."""
    record.msg = (
        "OTEL_EXPORTER_OTLP_HEADERS: one is not sent, for it is not name=value with both "
        "percent-encoded"
    )
    record.args = ()
    return True


def _resource(server: str) -> Resource:
    """What the environment says of this program, and who it is where that says nothing."""
    known: dict[str, AttributeValue] = {SERVICE_VERSION: version("media-server")}
    said = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    if "OTEL_SERVICE_NAME" not in os.environ and f"{SERVICE_NAME}=" not in said:
        known[SERVICE_NAME] = SERVICE
    if server and f"{SERVICE_INSTANCE_ID}=" not in said:
        known[SERVICE_INSTANCE_ID] = server
    return Resource.create(known)


def _attributes(trace: TurnTrace) -> dict[str, AttributeValue]:
    return {
        f"{_PREFIX}.turn_id": trace.turn_id,
        f"{_PREFIX}.interview_id": trace.interview_id,
        f"{_PREFIX}.turn_epoch": trace.turn_epoch,
        f"{_PREFIX}.connection_epoch": trace.connection_epoch,
        f"{_PREFIX}.ended_by": trace.ended_by,
        f"{_PREFIX}.utterance_id": trace.utterance_id,
        f"{_PREFIX}.utterance_kind": trace.utterance_kind,
        f"{_PREFIX}.waited_s": round(trace.waited_s, 6),
    }


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)
