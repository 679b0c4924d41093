"""From outcomes to figures: counts, their 95 % intervals, percentiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from benchmarks.turns.conditions import Kind
from benchmarks.turns.judge import Outcome

_Z = 1.959964


class Count(NamedTuple):
    """So many of so many."""

    hits: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.hits, self.of)

    def __str__(self) -> str:
        if not self.of:
            return "-"
        low, high = self.interval
        return f"{self.hits}/{self.of} ({100 * low:.0f} to {100 * high:.0f} %)"


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), which holds for few and for none, too."""
    if not of:
        return (0.0, 1.0)
    share, z2 = hits / of, _Z * _Z
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return (max(0.0, centre - half), min(1.0, centre + half))


def poisson(events: int) -> tuple[float, float]:
    """The 95 % interval of a count of rare events (Byar's approximation)."""
    low = 0.0
    if events:
        low = events * (1 - 1 / (9 * events) - _Z / (3 * math.sqrt(events))) ** 3
    more = events + 1
    return low, more * (1 - 1 / (9 * more) + _Z / (3 * math.sqrt(more))) ** 3


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that `share` of all do not exceed; None of nothing."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


@dataclass(frozen=True)
class Row:
    """One condition under one strategy."""

    condition: str
    kind: Kind
    strategy: str
    cut_offs: Count
    """Clips whose turn was ended before the last word."""
    unrepaired: Count
    never: Count
    end_p50_s: float | None
    end_p95_s: float | None
    unheard_percent: float | None
    missed: Count
    """Turns whose last phrase is not in a segment, or less than half of it."""
    stopped: Count
    """Questions that were stopped for no reason."""
    barge_in_missed: Count
    barge_in_p50_s: float | None
    barge_in_p95_s: float | None
    invented_per_10_min: float | None
    invented: int

    @property
    def record(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, record: dict[str, Any]) -> Row:
        counts = ("cut_offs", "unrepaired", "never", "missed", "stopped", "barge_in_missed")
        return cls(**{**record, **{name: Count(*record[name]) for name in counts}})


def row(condition: str, kind: Kind, strategy: str, outcomes: Sequence[Outcome]) -> Row:
    speaks = kind in ("turn", "answer")
    asked = kind in ("question", "answer")
    turns = len(outcomes) if speaks else 0
    ends = [each.end_delay_s for each in outcomes if each.end_delay_s is not None]
    stops = [each.barge_in_delay_s for each in outcomes if each.barge_in_delay_s is not None]
    speech_s = sum(each.speech_s for each in outcomes) if speaks else 0.0
    unheard_s = sum(each.unheard_s for each in outcomes)
    unlabelled_s = sum(each.unlabelled_s for each in outcomes)
    invented = sum(each.invented for each in outcomes)
    return Row(
        condition=condition,
        kind=kind,
        strategy=strategy,
        cut_offs=Count(sum(each.cut_offs > 0 for each in outcomes), turns),
        unrepaired=Count(sum(each.cut_offs > each.repaired for each in outcomes), turns),
        never=Count(sum(each.never for each in outcomes), turns),
        end_p50_s=_rounded(percentile(ends, 0.5)),
        end_p95_s=_rounded(percentile(ends, 0.95)),
        unheard_percent=round(100 * unheard_s / speech_s, 2) if speech_s else None,
        missed=Count(sum(each.last_missed for each in outcomes) if speaks else 0, turns),
        stopped=Count(
            sum(each.false_barge_ins > 0 for each in outcomes), len(outcomes) if asked else 0
        ),
        barge_in_missed=Count(
            sum(each.barge_in_missed for each in outcomes), turns if kind == "answer" else 0
        ),
        barge_in_p50_s=_rounded(percentile(stops, 0.5)),
        barge_in_p95_s=_rounded(percentile(stops, 0.95)),
        invented_per_10_min=(round(invented / unlabelled_s * 600, 1) if kind == "sounds" else None),
        invented=invented if kind == "sounds" else 0,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
