"""The turns of this process that were answered: how long each stage took, and the slow ones whole.

One `TurnTraces` per process (`Services.turns`). `slowest` is for the operations page,
`distributions` for the metrics, `on_finished` for whoever exports spans.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import accumulate

from media_server.ports import Distribution, Public
from media_server.ports.turn_trace import (
    BARGE_IN_STAGES,
    STAGES,
    WORKS,
    BargeInTrace,
    LateWork,
    StageTime,
    Traced,
    TurnTrace,
    WorkTime,
)

__all__ = ["STAGES", "StageTime", "TurnTrace", "TurnTraces", "WorkTime"]

logger = logging.getLogger(__name__)

KEPT = 100
KEPT_S = 3600.0
"""What was slow an hour ago says little of how it is now."""
SLOW_S = 3.0
"""A turn that the server made wait for longer has its line in the log."""
SLOW_STOP_S = 1.5
"""The same of a bot that talked on for longer over somebody."""
WORTH_SAYING_S = 0.05
_STAGE_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0)
_BOUNDS_S: dict[str, tuple[float, ...]] = {
    "turn_reply": (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 20.0, 30.0),
    "barge_in": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 2.0, 5.0),
    **{f"turn_stage:{stage}": _STAGE_S for stage in STAGES},
    **{f"turn_work:{work}": _STAGE_S for work in WORKS},
    **{f"barge_in_stage:{stage}": _STAGE_S for stage in BARGE_IN_STAGES},
}
"""By the key of `MediaFigures.distributions`; what follows a colon is the value of the label."""


class TurnTraces:
    """Bounded: the `KEPT` slowest of the last `KEPT_S`. On the event loop."""

    def __init__(self) -> None:
        self.on_finished: Callable[[Traced], None] | None = None
        self._slow: list[TurnTrace] = []
        self._counts = {name: [0] * (len(bounds) + 1) for name, bounds in _BOUNDS_S.items()}
        self._sums_s = dict.fromkeys(_BOUNDS_S, 0.0)

    # --- what happens ---

    def finished(self, trace: TurnTrace) -> None:
        """A turn was answered."""
        self._observe("turn_reply", trace.reply_s)
        for stage in trace.stages:
            self._observe(f"turn_stage:{stage.stage}", stage.length_s)
        for work in trace.works:
            self._observe(f"turn_work:{work.work}", work.length_s)
        self._keep(trace)
        _tell(trace)
        self._pass_on(trace)

    def barged_in(self, trace: BargeInTrace) -> None:
        """The bot has stopped for the candidate."""
        self._observe("barge_in", trace.length_s)
        for stage in trace.stages:
            self._observe(f"barge_in_stage:{stage.stage}", stage.length_s)
        _tell_stop(trace)
        self._pass_on(trace)

    def late(self, late: LateWork) -> None:
        """Of a turn that was answered without it."""
        for work in late.works:
            self._observe(f"turn_work:{work.work}", work.length_s)
        self._pass_on(late)

    def forget(self, interview_id: str) -> None:
        """Erasure."""
        self._slow = [trace for trace in self._slow if trace.interview_id != interview_id]

    # --- what is shown ---

    def slowest(self, now_s: float, n: int = 20) -> list[TurnTrace]:
        """Of the last `KEPT_S`, by `waited_s`, the slowest first; at most `KEPT`.

        `now_s`: Unix seconds.
        """
        self._forget_before(now_s - KEPT_S)
        return sorted(self._slow, key=lambda trace: trace.waited_s, reverse=True)[:n]

    def distributions(self) -> dict[str, Distribution]:
        """By the keys of `media_metrics`; every one is there from the start."""
        return {name: self._distribution(name) for name in _BOUNDS_S}

    # --- parts ---

    def _pass_on(self, traced: Traced) -> None:
        if self.on_finished is not None:
            self.on_finished(traced)

    def _keep(self, trace: TurnTrace) -> None:
        self._forget_before(trace.speech_ended_s - KEPT_S)
        self._slow.append(trace)
        if len(self._slow) > KEPT:
            self._slow.remove(min(self._slow, key=lambda kept: kept.waited_s))

    def _forget_before(self, since_s: float) -> None:
        self._slow = [kept for kept in self._slow if kept.speech_ended_s >= since_s]

    def _observe(self, name: str, seconds: float) -> None:
        self._counts[name][bisect_left(_BOUNDS_S[name], seconds)] += 1
        self._sums_s[name] += seconds

    def _distribution(self, name: str) -> Distribution:
        *below, total = accumulate(self._counts[name])
        bounds = _BOUNDS_S[name]
        return Distribution(tuple(zip(bounds, below, strict=True)), total, self._sums_s[name])


def _said(stages: Iterable[StageTime]) -> Public:
    """Those that took long enough to be worth a word."""
    took = (one for one in stages if one.length_s >= WORTH_SAYING_S)
    return Public(", ".join(f"{one.stage} {one.length_s:.2f} s" for one in took))


def _tell_stop(trace: BargeInTrace) -> None:
    slow = trace.length_s > SLOW_STOP_S
    turn_id, stages = trace.turn_id or "none", _said(trace.stages)
    line = "turn=%s: the bot stopped %.2f s after speech over it began: %s"
    logger.log(logging.WARNING if slow else logging.DEBUG, line, turn_id, trace.length_s, stages)


def _tell(trace: TurnTrace) -> None:
    stages = _said(trace.stages)
    if trace.waited_s > SLOW_S:
        line = "slow turn=%s: %.1f s to the first packet of %s: %s"
        logger.warning(line, trace.turn_id, trace.reply_s, trace.utterance_id, stages)
    else:
        line = "turn=%s: %.1f s to the first packet of %s: %s"
        logger.debug(line, trace.turn_id, trace.reply_s, trace.utterance_id, stages)
