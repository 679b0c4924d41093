"""The turns of this process that were answered: how long each stage took, and the slow ones whole.

One `TurnTraces` per process (`Services.turns`). `slowest` is for the operations page, `figures`
for the metrics, `on_finished` for whoever exports spans.
"""

from __future__ import annotations

from collections.abc import Callable

from media_server.ports.turn_trace import STAGES, StageTime, TurnTrace, WorkTime

__all__ = ["STAGES", "StageTime", "TurnTrace", "TurnTraces", "WorkTime"]

KEPT = 100
KEPT_S = 3600.0
"""What was slow an hour ago says little of how it is now."""


class TurnTraces:
    """Bounded: the `KEPT` slowest of the last `KEPT_S`. On the event loop."""

    def __init__(self) -> None:
        self.on_finished: Callable[[TurnTrace], None] | None = None
        self._slow: list[TurnTrace] = []

    def finished(self, trace: TurnTrace) -> None:
        self._keep(trace)
        if self.on_finished is not None:
            self.on_finished(trace)

    def slowest(self, n: int = 20) -> list[TurnTrace]:
        """By `waited_s`, the slowest first; at most `KEPT`."""
        return sorted(self._slow, key=lambda trace: trace.waited_s, reverse=True)[:n]

    def forget(self, interview_id: str) -> None:
        """Erasure."""
        self._slow = [trace for trace in self._slow if trace.interview_id != interview_id]

    def _keep(self, trace: TurnTrace) -> None:
        since_s = trace.speech_ended_s - KEPT_S
        self._slow = [kept for kept in self._slow if kept.speech_ended_s >= since_s]
        self._slow.append(trace)
        if len(self._slow) > KEPT:
            self._slow.remove(min(self._slow, key=lambda kept: kept.waited_s))
