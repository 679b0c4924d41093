"""What following a turn costs: CPU of the marks, of the figures, of the spans, and of /metrics.

    python -m benchmarks.turn_marks [turns]

CPU time of this thread, so that others on the machine change little. The machine of the interview
is real and decides beforehand; what is timed is what a session does for a turn besides.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.live import steps
from media_server.live.turn_marks import TurnMarks
from media_server.live.turn_traces import TurnTraces
from media_server.media_metrics import MediaMetrics
from media_server.metrics import HttpMetrics, render
from media_server.ports import MediaFigures, SttOutcome
from media_server.ports.turn_trace import TurnTrace
from media_server.turn_spans import TurnSpans
from tests.interview.world import World
from tests.support.segments import heard, ready

SEGMENTS = 4
"""Of one answer."""


class Recorded(World):
    """Notes what a session would tell its marks."""

    def __init__(self) -> None:
        self.calls: list[tuple[inp.Input, float, list[steps.Step], bool]] = []
        super().__init__()

    def do(self, *inputs: inp.Input) -> list[ev.Event]:
        for input_ in inputs:
            decided = steps.decide(self.state, input_, self.now_s)
            if decided:
                self.state = decided[-1].after
                stored = any(ev.durability_of(one.event) is ev.Durability.NOW for one in decided)
                self.calls.append((input_, self.now_s, decided, stored))
        return []


def one_turn() -> tuple[Recorded, str]:
    """From the opening of a turn to the next question's voice: what is told in it."""
    world = Recorded()
    world.to_question(1)
    opened = next(
        at for at, call in enumerate(world.calls)
        if any(isinstance(step.event, ev.TurnOpened) for step in call[2])
    )  # fmt: skip
    del world.calls[:opened]
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    for number in range(1, SEGMENTS + 1):
        world.now_s += 3.0
        world.do(inp.SpeechStopped(epoch), ready(epoch, f"1-{number}"))
        world.do(heard(f"1-{number}", "these are some words of it"))
        world.do(inp.SpeechResumed(epoch))
    world.now_s += 2.0
    world.do(inp.TurnOver(epoch, "silence", "", 1.0, 3.0, silence_ms=2000))
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceReady(utterance.utterance_id, 2.0))
    return world, utterance.utterance_id


def follow(marks: TurnMarks, world: Recorded, utterance_id: str) -> TurnTrace:
    turn_epoch = world.state.turn_epoch
    for input_, now_s, decided, stored in world.calls:
        if isinstance(input_, inp.SegmentHeard):
            outcome = SttOutcome("iv", str(input_.segment_id), 1, True, None, "", 0.1, 0.4)
            marks.final_came(turn_epoch, outcome, now_s, 0.0)
        marks.decided(input_, now_s, now_s, decided)
        marks.take_outcomes()
        marks.acts(now_s, now_s, stored=stored)
        marks.acted(now_s, 0.0)
        time.monotonic()  # as the session does for each
    trace = marks.first_packet(utterance_id, world.now_s + 0.1, 0.0)
    assert trace is not None
    return trace


class Nowhere(SpanProcessor):
    """Takes spans as the queue does."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)


def cpu_us(times: int, work: Callable[[], Any]) -> float:
    began_s = time.thread_time()
    for _ in range(times):
        work()
    return 1e6 * (time.thread_time() - began_s) / times


def main() -> None:
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    world, utterance_id = one_turn()
    marks, traces, nowhere = TurnMarks("iv_1", "srv"), TurnTraces(), Nowhere()
    spans = TurnSpans(nowhere)
    trace = follow(marks, world, utterance_id)
    print(f"{len(world.calls)} inputs of a turn with {SEGMENTS} segments; {len(trace.works)} works")
    took = cpu_us(turns, lambda: follow(marks, world, utterance_id))
    print(f"marks               {took:8.1f} us a turn")
    print(f"figures and list    {cpu_us(turns, lambda: traces.finished(trace)):8.1f} us a turn")
    took = cpu_us(turns, lambda: spans.send(trace))
    made = len(nowhere.spans) // turns
    print(f"spans ({made} a turn)   {took:8.1f} us a turn, where a collector is named")
    metrics = HttpMetrics()
    shown: MediaMetrics = metrics.media
    shown.figures = MediaFigures({}, {}, {}, {}, {})
    without = cpu_us(50, lambda: render(metrics.registry))
    shown.figures = MediaFigures({}, {}, {}, {}, traces.distributions())
    with_them = cpu_us(50, lambda: render(metrics.registry))
    print(
        f"/metrics            {without / 1000:8.2f} ms without, {with_them / 1000:.2f} ms with them"
    )


if __name__ == "__main__":
    main()
