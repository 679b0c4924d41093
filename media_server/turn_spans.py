"""A turn as spans: one from the first word to the reply's first packet, below it one for what was
said, for each stage and piece of work, and for the barge-in that it began with.

Needs the extra `otel`; only `tracing` imports it. Spans are made when a turn is over, with the
times it really had. They wait in the library's bounded queue for its own thread, which sends them
in batches; where the collector does not keep up, spans are dropped, and nothing waits.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import TypeAlias

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    TraceFlags,
    Tracer,
    set_span_in_context,
)
from opentelemetry.util.types import AttributeValue

from media_server.ports.turn_trace import (
    BargeInTrace,
    LateWork,
    StageTime,
    Traced,
    TurnTrace,
    WorkTime,
)
from media_server.tracing import span_id_of, trace_id_of

SERVICE = "media-server"
_PREFIX = "media_server"
_Attributes: TypeAlias = dict[str, AttributeValue]


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

    def send(self, traced: Traced) -> None:
        """Hand over its spans. Never waits."""
        match traced:
            case TurnTrace():
                self._turn(traced)
            case BargeInTrace():
                self._barge_in(traced)
            case LateWork():
                self._works(traced.works, self._below(traced.turn_id), _ids(traced.turn_id))

    def _turn(self, trace: TurnTrace) -> None:
        began_s = trace.speech_began_s
        self._ids.next_root(trace_id_of(trace.turn_id), span_id_of(trace.turn_id))
        root = self._tracer.start_span(
            "turn",
            context=Context(),  # whatever span others have made current
            start_time=_ns(trace.speech_ended_s if began_s is None else began_s),
            attributes=_attributes(trace),
        )
        below, ids = set_span_in_context(root), _ids(trace.turn_id)
        if began_s is not None:
            self._span("speech", began_s, trace.speech_ended_s - began_s, below, ids)
        self._stages("stage", trace.stages, below, ids)
        self._works(trace.works, below, ids)
        root.end(end_time=_ns(trace.speech_ended_s + trace.reply_s))

    def _barge_in(self, trace: BargeInTrace) -> None:
        """Below its turn, whose own span comes when it is answered; of no turn it stands alone."""
        ids: _Attributes = _ids(trace.turn_id) if trace.turn_id else {}
        self._ids.next_root(0, 0)
        span = self._tracer.start_span(
            "barge-in",
            context=self._below(trace.turn_id) if trace.turn_id else Context(),
            start_time=_ns(trace.began_s),
            attributes={
                **ids,
                f"{_PREFIX}.interview_id": trace.interview_id,
                f"{_PREFIX}.connection_epoch": trace.connection_epoch,
                f"{_PREFIX}.utterance_id": trace.utterance_id,
            },
        )
        self._stages("barge-in", trace.stages, set_span_in_context(span), ids)
        span.end(end_time=_ns(trace.began_s + trace.length_s))

    def _below(self, turn_id: str) -> Context:
        """The span of a turn, which may be sent before this or after it. It is sampled by its
        trace's id alone, so that all of one turn is sent, or nothing of it."""
        trace_id = trace_id_of(turn_id)
        verdict = self._provider.sampler.should_sample(Context(), trace_id, "turn").decision
        sampled = verdict is Decision.RECORD_AND_SAMPLE
        flags = TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT
        turn = SpanContext(
            trace_id, span_id_of(turn_id), is_remote=True, trace_flags=TraceFlags(flags)
        )
        return set_span_in_context(NonRecordingSpan(turn), Context())

    def _stages(
        self, name: str, stages: Iterable[StageTime], below: Context, ids: _Attributes
    ) -> None:
        for stage in stages:
            if stage.length_s > 0:
                self._span(f"{name} {stage.stage}", stage.start_s, stage.length_s, below, ids)

    def _works(self, works: Iterable[WorkTime], below: Context, ids: _Attributes) -> None:
        for work in works:
            about = {**ids, f"{_PREFIX}.ref": work.ref} if work.ref else ids
            self._span(f"work {work.work}", work.start_s, work.length_s, below, about)

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
        attributes: _Attributes,
    ) -> None:
        span = self._tracer.start_span(
            name, context=below, start_time=_ns(start_s), attributes=attributes
        )
        span.end(end_time=_ns(start_s + length_s))


class _TurnIds(RandomIdGenerator):
    """A turn's trace and its first span have the ids that follow from the turn's."""

    def __init__(self) -> None:
        self._trace_id = self._span_id = 0

    def next_root(self, trace_id: int, span_id: int) -> None:
        """Of the next span, which begins a trace. 0: by chance."""
        self._trace_id, self._span_id = trace_id, span_id

    def generate_trace_id(self) -> int:
        return self._trace_id or super().generate_trace_id()

    def generate_span_id(self) -> int:
        chosen, self._span_id = self._span_id, 0
        return chosen or super().generate_span_id()


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


def _ids(turn_id: str) -> _Attributes:
    return {f"{_PREFIX}.turn_id": turn_id}


def _attributes(trace: TurnTrace) -> _Attributes:
    return {
        f"{_PREFIX}.turn_id": trace.turn_id,
        f"{_PREFIX}.interview_id": trace.interview_id,
        f"{_PREFIX}.turn_epoch": trace.turn_epoch,
        f"{_PREFIX}.connection_epoch": trace.connection_epoch,
        f"{_PREFIX}.ended_by": trace.ended_by,
        f"{_PREFIX}.utterance_id": trace.utterance_id,
        f"{_PREFIX}.utterance_kind": trace.utterance_kind,
        f"{_PREFIX}.reply_s": round(trace.reply_s, 6),
        f"{_PREFIX}.waited_s": round(trace.waited_s, 6),
    }


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)
