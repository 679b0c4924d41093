"""How long must the silence be? Cut-offs against delay, by sweeping `silence_ms`.

The form of livekit/eot-bench: the delay that a policy needs so that at most 1, 2 or 5 % of its
turns are cut off. Lower `min_turn_ms` to 0 there, as that bench knows no shortest turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from benchmarks.turns.conditions import CONDITIONS, Maker
from benchmarks.turns.judge import Strategy, judge
from benchmarks.turns.line import arrivals
from benchmarks.turns.packets import encoded
from benchmarks.turns.table import Count, percentile

SILENCES_MS = (600, 800, 1000, 1200, 1400, 1600, 1800, 2000, 2200)
SHARES = (0.01, 0.02, 0.05)
POOLS: dict[str, tuple[str, ...]] = {
    "natural pauses": ("clean, natural pauses",),
    "clean, pauses of 0.5 to 1.9 s": ("clean, pauses to 1.6 s", "clean, pauses of 1.9 s"),
    "babble 15 dB, pauses of 0.5 to 1.9 s": (
        "babble 15 dB, pauses to 1.6 s",
        "babble 15 dB, pauses of 1.9 s",
    ),
}
_MOST_CLIPS = 80
"""Of each condition: nine silences are nine times the work."""


@dataclass(frozen=True)
class Point:
    """One length of silence in one pool."""

    pool: str
    strategy: str
    silence_ms: int
    cut_offs: Count
    unrepaired: Count
    delay_p50_s: float
    delay_p95_s: float

    @property
    def record(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, record: dict[str, Any]) -> Point:
        counts = {name: Count(*record[name]) for name in ("cut_offs", "unrepaired")}
        return cls(**{**record, **counts})


def sweep(strategies: Sequence[Strategy], maker: Maker, limit: int | None = None) -> list[Point]:
    points = []
    for pool, names in POOLS.items():
        clips = []
        for name in names:
            condition = CONDITIONS[name]
            for index, made in enumerate(encoded(condition, maker, limit)[:_MOST_CLIPS]):
                came = arrivals(made, condition.transport, condition.seed + index)
                clips.append((made, condition.kind, came))
        for strategy in strategies:
            for silence_ms in SILENCES_MS:
                settings = replace(strategy.settings, silence_ms=silence_ms, min_turn_ms=0)
                tried = replace(strategy, settings=settings)
                outcomes = [
                    judge(made.clip, kind, came, tried, made.seconds) for made, kind, came in clips
                ]
                delays = [each.end_delay_s for each in outcomes if each.end_delay_s is not None]
                points.append(
                    Point(
                        pool=pool,
                        strategy=strategy.name,
                        silence_ms=silence_ms,
                        cut_offs=Count(sum(each.cut_offs > 0 for each in outcomes), len(outcomes)),
                        unrepaired=Count(
                            sum(each.cut_offs > each.repaired for each in outcomes), len(outcomes)
                        ),
                        delay_p50_s=round(percentile(delays, 0.5) or 0.0, 3),
                        delay_p95_s=round(percentile(delays, 0.95) or 0.0, 3),
                    )
                )
    return points


def delay_at(points: Sequence[Point], share: float, *, repaired: bool = False) -> Point | None:
    """The shortest silence at which, and above which, at most `share` of the turns are cut off;
    with `repaired`, are cut off and not repaired. None: longer than any that was tried."""
    found = None
    for point in sorted(points, key=lambda point: -point.silence_ms):
        count = point.unrepaired if repaired else point.cut_offs
        if count.hits > share * count.of:
            break
        found = point
    return found
