"""Turns as spans: what a collector receives over HTTP, and what happens where there is none."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, use_span

from media_server.live.turn_traces import TurnTraces
from media_server.logging import SafeFormatter
from media_server.ports.turn_trace import (
    BARGE_IN_STAGES,
    STAGES,
    BargeInTrace,
    LateWork,
    StageTime,
    TurnTrace,
    WorkTime,
)
from media_server.tracing import Tracing, span_id_of, trace_id_of, wanted
from media_server.turn_spans import TurnSpans
from tests.support.waiting import PATIENCE_S, until

AT_S = 1_790_000_000.25
TOOK_S = (2.0, 0.5, 0.0, 0.01, 0.2, 0.02)


def a_trace(turn_epoch: int = 3) -> TurnTrace:
    stages, at_s = [], AT_S
    for stage, length_s in zip(STAGES, TOOK_S, strict=True):
        stages.append(StageTime(stage, at_s, length_s))
        at_s += length_s
    works = (
        WorkTime("recogniser", AT_S - 3.0, 0.5, "1-6"),
        WorkTime("queue", AT_S + 0.5, 0.7, "1-7"),
        WorkTime("recogniser", AT_S + 1.2, 1.3, "1-7"),
        WorkTime("store", AT_S + 2.0, 0.003),
    )
    return TurnTrace(
        f"iv_1:{turn_epoch}", "iv_1", turn_epoch, 1, "silence", "u-4", "question", AT_S,
        sum(TOOK_S), tuple(stages), works, "srv:8080", AT_S - 7.5,
    )  # fmt: skip


def a_barge_in(turn_id: str = "iv_1:3") -> BargeInTrace:
    stages, at_s = [], AT_S - 7.5
    for stage, length_s in zip(BARGE_IN_STAGES, (0.3, 0.0, 0.01, 0.001), strict=True):
        stages.append(StageTime(stage, at_s, length_s))
        at_s += length_s
    return BargeInTrace(turn_id, "iv_1", 1, "u-3", AT_S - 7.5, tuple(stages))


class Collector:
    """Receives OTLP/HTTP."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.answer = asyncio.Event()
        self.asked = asyncio.Event()
        self.answer.set()

    async def take(self, request: web.Request) -> web.Response:
        self.requests.append(ExportTraceServiceRequest.FromString(await request.read()))
        self.asked.set()
        await self.answer.wait()
        return web.Response(content_type="application/x-protobuf")

    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@asynccontextmanager
async def collecting(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{runner.addresses[0][1]}")
    monkeypatch.setattr("media_server.tracing.CLOSE_S", PATIENCE_S)
    try:
        yield collector
    finally:
        collector.answer.set()
        await runner.cleanup()


def values(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


async def ended() -> None:
    """What was being sent comes to its end as soon as it can."""
    own = ("OtelBatchSpanRecordProcessor", "spans-end")
    await until(lambda: not [one for one in threading.enumerate() if one.name in own])


async def test_a_collector_receives_where_the_time_went(monkeypatch: pytest.MonkeyPatch) -> None:
    async with collecting(monkeypatch) as collector:
        turns = TurnTraces()
        tracing = Tracing(turns, "srv:8080")
        await tracing.open()
        turns.finished(a_trace())
        await tracing.close()
        turns.finished(a_trace(4))  # nobody is told any more
    spans = {(span.name, span.start_time_unix_nano): span for span in collector.spans()}
    (turn,) = [span for span in spans.values() if span.name == "turn"]
    assert turn.trace_id == hashlib.sha256(b"iv_1:3").digest()[:16]
    assert turn.start_time_unix_nano == round((AT_S - 7.5) * 1e9), "the first word"
    assert turn.end_time_unix_nano == pytest.approx((AT_S + sum(TOOK_S)) * 1e9, abs=1e3)
    below = [span for span in spans.values() if span is not turn]
    assert {span.parent_span_id for span in below} == {turn.span_id}
    assert {span.trace_id for span in below} == {turn.trace_id}
    took = {
        f"{span.name} {values(span.attributes).get('media_server.ref', '')}".strip(): (
            span.end_time_unix_nano - span.start_time_unix_nano
        ) / 1e9
        for span in below
    }  # fmt: skip
    assert took == pytest.approx(
        {
            "speech": 7.5, "work recogniser 1-6": 0.5,
            "stage silence": 2.0, "stage words": 0.5, "stage decision": 0.01,
            "stage voice": 0.2, "stage start": 0.02,
            "work queue 1-7": 0.7, "work recogniser 1-7": 1.3, "work store": 0.003,
        },
        abs=1e-6,
    )  # fmt: skip
    resource = values(collector.requests[0].resource_spans[0].resource.attributes)
    assert resource["service.name"] == "media-server"
    assert resource["service.instance.id"] == "srv:8080"


async def test_spans_have_ids_and_numbers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    exporter = InMemorySpanExporter()
    monkeypatch.setenv("OTEL_SERVICE_NAME", "interviews-eu")
    TurnSpans(SimpleSpanProcessor(exporter), "srv").send(a_trace())
    finished = exporter.get_finished_spans()
    (turn,) = [span for span in finished if span.name == "turn"]
    assert dict(turn.attributes or {}) == {
        "media_server.turn_id": "iv_1:3", "media_server.interview_id": "iv_1",
        "media_server.turn_epoch": 3, "media_server.connection_epoch": 1,
        "media_server.ended_by": "silence", "media_server.utterance_id": "u-4",
        "media_server.utterance_kind": "question", "media_server.waited_s": 0.73,
        "media_server.reply_s": 2.73,
    }  # fmt: skip
    assert turn.resource.attributes["service.name"] == "interviews-eu"
    for span in finished:
        if span is not turn:
            assert set(span.attributes or {}) <= {"media_server.turn_id", "media_server.ref"}
        assert not span.events


def test_a_trace_is_a_turns_own_whatever_is_traced_besides() -> None:
    exporter = InMemorySpanExporter()
    spans = TurnSpans(SimpleSpanProcessor(exporter))
    theirs = SpanContext(7, 8, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    with use_span(NonRecordingSpan(theirs)):  # as instrumentation of the HTTP server leaves it
        spans.send(a_trace())
    (turn,) = [span for span in exporter.get_finished_spans() if span.name == "turn"]
    assert turn.parent is None
    assert turn.context is not None
    assert turn.context.trace_id == trace_id_of("iv_1:3")


def test_what_comes_before_a_turns_end_and_after_its_answer_is_below_it() -> None:
    exporter = InMemorySpanExporter()
    spans = TurnSpans(SimpleSpanProcessor(exporter))
    spans.send(a_barge_in())
    spans.send(a_trace())
    spans.send(LateWork("iv_1:3", (WorkTime("recogniser", AT_S + 9.0, 4.0, "1-8"),)))
    finished = exporter.get_finished_spans()
    by_name: dict[str, list[ReadableSpan]] = {}
    for span in finished:
        assert span.context is not None
        assert span.context.trace_id == trace_id_of("iv_1:3")
        by_name.setdefault(span.name, []).append(span)
    (turn,), (barge_in,) = by_name["turn"], by_name["barge-in"]
    assert turn.context is not None
    assert turn.parent is None
    assert turn.context.span_id == span_id_of("iv_1:3")
    assert barge_in.context is not None
    assert barge_in.parent is not None
    assert barge_in.parent.span_id == turn.context.span_id
    assert barge_in.start_time == turn.start_time
    assert barge_in.end_time == pytest.approx((AT_S - 7.5 + 0.311) * 1e9, abs=1e3)
    for name in ("barge-in heard", "barge-in store", "barge-in stop"):
        (part,) = by_name[name]
        assert part.parent is not None
        assert part.parent.span_id == barge_in.context.span_id
    late = by_name["work recogniser"][-1]
    assert (late.attributes or {})["media_server.ref"] == "1-8"
    assert late.parent is not None
    assert late.parent.span_id == turn.context.span_id
    assert len({span.context.span_id for span in finished if span.context}) == len(finished)


def test_a_barge_in_of_no_turn_stands_alone() -> None:
    exporter = InMemorySpanExporter()
    spans = TurnSpans(SimpleSpanProcessor(exporter))
    spans.send(a_trace())
    spans.send(a_barge_in(turn_id=""))
    alone = exporter.get_finished_spans()[-1]
    assert (alone.name, alone.parent) == ("barge-in", None)
    assert alone.context is not None
    assert alone.context.trace_id != trace_id_of("iv_1:3")
    assert dict(alone.attributes or {}) == {
        "media_server.interview_id": "iv_1", "media_server.connection_epoch": 1,
        "media_server.utterance_id": "u-3",
    }  # fmt: skip


@pytest.mark.parametrize("sampler", ["always_off", "parentbased_always_off"])
def test_what_is_not_sampled_is_sent_in_no_part(
    monkeypatch: pytest.MonkeyPatch, sampler: str
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    exporter = InMemorySpanExporter()
    spans = TurnSpans(SimpleSpanProcessor(exporter))
    spans.send(a_barge_in())
    spans.send(a_trace())
    spans.send(LateWork("iv_1:3", (WorkTime("queue", AT_S, 4.0, "1-8"),)))
    assert not exporter.get_finished_spans()


def test_half_of_the_turns_are_sampled_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    exporter = InMemorySpanExporter()
    spans = TurnSpans(SimpleSpanProcessor(exporter))
    for number in range(60):
        spans.send(a_barge_in(f"iv_1:{number}"))
        spans.send(a_trace(number))
    found: dict[int, set[str]] = {}
    for span in exporter.get_finished_spans():
        assert span.context is not None
        found.setdefault(span.context.trace_id, set()).add(span.name)
    assert 10 < len(found) < 50
    assert all({"turn", "barge-in"} <= names for names in found.values())


def test_no_key_of_a_header_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-team:abcdef0123")
    TurnSpans.over_http("srv").close(1.0)
    (line,) = [SafeFormatter().message(record) for record in caplog.records]
    assert "OTEL_EXPORTER_OTLP_HEADERS" in line
    assert "abcdef0123" not in line


async def test_whatever_the_library_cannot_do_the_server_starts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    provider = "OTEL_PYTHON_EXPORTER_OTLP_HTTP_TRACES_CREDENTIAL_PROVIDER"
    monkeypatch.setenv(provider, "of_another_machine")
    turns = TurnTraces()
    tracing = Tracing(turns, "srv")
    await tracing.open()
    assert "RuntimeError" in SafeFormatter().message(caplog.records[-1])
    turns.finished(a_trace())
    await tracing.close()


async def test_a_span_that_cannot_be_made_is_no_fault_of_the_call(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def send(self, trace: TurnTrace) -> None:
            raise RuntimeError("no span")

        def close(self, timeout_s: float) -> None: ...

    monkeypatch.setattr("media_server.tracing._spans", lambda _server: Broken())
    turns = TurnTraces()
    tracing = Tracing(turns, "srv", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    await tracing.open()
    turns.finished(a_trace())
    assert "turn=iv_1:3" in SafeFormatter().message(caplog.records[-1])
    await tracing.close()


async def test_a_collector_that_hangs_holds_nothing_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with collecting(monkeypatch) as collector:
        monkeypatch.setattr("media_server.tracing.CLOSE_S", 0.3)
        collector.answer.clear()
        monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "8")
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "8")
        turns = TurnTraces()
        tracing = Tracing(turns, "srv")
        await tracing.open()
        for number in range(40):
            turns.finished(a_trace(number))
        await collector.asked.wait()
        await tracing.close()
        assert not collector.answer.is_set(), "it has not answered yet, and we are done"
        assert len(collector.spans()) <= 8, "one batch, of a bounded queue"
    await ended()


async def test_a_collector_that_is_away_is_no_trouble(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("media_server.tracing.CLOSE_S", 0.3)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    turns = TurnTraces()
    tracing = Tracing(turns, "srv")
    await tracing.open()
    turns.finished(a_trace())
    await tracing.close()
    assert len(turns.slowest(AT_S)) == 1
    await ended()


async def test_without_the_extra_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "media_server.turn_spans", None)
    turns = TurnTraces()
    tracing = Tracing(turns, "srv", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    with caplog.at_level(logging.WARNING):
        await tracing.open()
    assert 'pip install "media-server[otel]"' in SafeFormatter().message(caplog.records[-1])
    assert turns.on_finished is None
    await tracing.close()


async def test_it_is_off_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "media_server.turn_spans", None)  # loading it would fail
    before = {thread.name for thread in threading.enumerate()}
    turns = TurnTraces()
    tracing = Tracing(turns, "srv", {})
    await tracing.open()
    assert turns.on_finished is None
    assert {thread.name for thread in threading.enumerate()} == before
    await tracing.close()


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        (
            {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "", "OTEL_EXPORTER_OTLP_ENDPOINT": "https://c"},
            True,
        ),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "127.0.0.1:4318"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_EXPORTER": "none, otlp"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, False),
    ],
)
def test_the_standard_variables_decide(environ: dict[str, str], asked: bool) -> None:
    assert wanted(environ) is asked


def test_a_turn_leads_to_its_trace() -> None:
    """As docs/operations.md has it: `printf %s iv_1:3 | sha256sum | cut -c1-32`."""
    assert f"{trace_id_of('iv_1:3'):032x}" == hashlib.sha256(b"iv_1:3").hexdigest()[:32]
