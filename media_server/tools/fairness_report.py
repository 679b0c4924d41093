"""The fairness report as values: what is compared, what was found, and what cannot be said. Pure.

Interviews are what is drawn and shuffled, never words or answers: those of one person hang
together. Each group is compared with all others of its column together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from media_server.tools import fairness_statistics as statistics
from media_server.tools.fairness_data import Groups, Measured, Read
from media_server.tools.fairness_statistics import Interval, Sample

SMALLEST_GROUP = 10
LEVEL = 0.05
"""Of 20 reports on a system that treats everybody alike, about one finds a gap."""
FOUR_FIFTHS = 0.8
ALL_OTHERS = "all others"


@dataclass(frozen=True, slots=True)
class Measure:
    name: str
    title: str
    unit: str
    """Of its gaps."""
    digits: int
    """After the decimal point."""
    meaning: str


MEASURES = (
    Measure(
        "words_wrong", "Words wrong", "points", 1, "what the recogniser got wrong, of 100 words"
    ),
    Measure("cut_off", "Cut off", "points", 1, "spoken answers that ended too early, of 100"),
    Measure("wait", "Wait", "s", 2, "median time from the last word to the interviewer's next"),
    Measure("score", "Score", "points", 1, "mean over the criteria; lowest 0, highest 100"),
    Measure("needs_person", "Sent to a person", "points", 1, "criteria, of 100"),
    Measure("no_evidence", "No evidence found", "points", 1, "criteria without a score, of 100"),
)


@dataclass(frozen=True, slots=True)
class GroupValue:
    group: str
    interviews: int
    value: float | None
    """None: fewer than 10 interviews, so not reported."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One group against all others of its column that are large enough."""

    group: str
    against: str
    gap: float
    interval: Interval
    """95 %, of this gap alone."""
    by_chance: float
    """p-value of this gap alone."""
    by_chance_of_all: float
    """p-value with all comparisons of the report counted (Holm)."""
    smallest: float
    """A smaller gap would be missed more often than in one case of five."""

    @property
    def found(self) -> bool:
        return self.by_chance_of_all <= LEVEL

    @property
    def hint(self) -> bool:
        """Rare by itself, and not among so many comparisons."""
        return not self.found and self.by_chance <= LEVEL


@dataclass(frozen=True, slots=True)
class Compared:
    column: str
    measure: Measure
    values: tuple[GroupValue, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class ImpactRatio:
    group: str
    interviews: int
    taken: int | None
    rate: float | None
    rate_interval: Interval | None
    ratio: float | None
    """Its rate divided by that of the group with the highest; None: not reported."""
    ratio_interval: Interval | None

    @property
    def verdict(self) -> Literal["not_reported", "above", "below", "clearly_below"]:
        """below: under four fifths, chance may do that. clearly_below: the whole interval is."""
        if self.ratio is None or self.ratio_interval is None:
            return "not_reported"
        if self.ratio >= FOUR_FIFTHS:
            return "above"
        return "clearly_below" if self.ratio_interval.high < FOUR_FIFTHS else "below"


@dataclass(frozen=True, slots=True)
class Impact:
    column: str
    taken_means: Literal["selected", "above_median"]
    ratios: tuple[ImpactRatio, ...]


@dataclass(frozen=True, slots=True)
class Consistency:
    criteria: int
    """That were judged more than once within one evaluation."""
    all_runs_alike: int
    within_one: int
    widest: int
    scored_again: int
    """Criteria of interviews of which there is a second evaluation."""
    same_score_again: int
    within_one_again: int


@dataclass(frozen=True, slots=True)
class Report:
    interviews: int
    left_out: tuple[str, ...]
    unknown: int
    """Interviews that the file of groups does not name."""
    compared: tuple[Compared, ...]
    impact: tuple[Impact, ...]
    consistency: Consistency
    comparisons: int


def report(
    read: Read,
    groups: Groups | None,
    *,
    draws: int = statistics.DRAWS,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> Report:
    """`draws`: shuffles and resamples of each comparison, at least; with very many comparisons as
    many as it takes for a gap of any of them to be found at all. `told`: how far it is, as often
    as there is news."""
    rows = [(one, _belonging(one, groups)) for one in read.interviews]
    columns = groups.columns if groups else ()
    tables = [_table(column, measure, rows) for column in columns for measure in MEASURES]
    comparisons = sum(len(table.pairs) for table in tables)
    draws = max(draws, math.ceil(2 * comparisons / LEVEL) - 1)  # the p-value is never below 1/draws
    compared = _corrected(_compared(tables, comparisons, draws, told))
    taken = _selected(rows, groups) if groups else {}
    by: Literal["selected", "above_median"] = "selected"
    if not taken:
        taken, by = _above_median(read.interviews), "above_median"
    return Report(
        interviews=len(rows),
        left_out=read.left_out,
        unknown=sum(1 for one, _ in rows if groups and _key(one, groups) is None),
        compared=tuple(one for one in compared if one.values),
        impact=tuple(
            made for column in columns if (made := _impact(column, rows, taken, by)) is not None
        ),
        consistency=_consistency(read),
        comparisons=comparisons,
    )


_Rows = list[tuple[Measured, Mapping[str, str]]]


def _key(one: Measured, groups: Groups) -> str | None:
    return next((key for key in (one.interview_id, one.external_id) if key in groups.of), None)


def _belonging(one: Measured, groups: Groups | None) -> Mapping[str, str]:
    key = _key(one, groups) if groups else None
    return groups.of[key] if groups and key is not None else {}


@dataclass(frozen=True, slots=True)
class _Table:
    column: str
    measure: Measure
    values: tuple[GroupValue, ...]
    pairs: tuple[tuple[str, Sample, str, Sample], ...]
    """Group, its interviews, and whom it is compared with."""


def _table(column: str, measure: Measure, rows: _Rows) -> _Table:
    found: dict[str, list[tuple[float, float]]] = {}
    for one, belongs in rows:
        if column in belongs and measure.name in one.pairs:
            found.setdefault(belongs[column], []).append(one.pairs[measure.name])
    large = {
        name: sample
        for name, pairs in found.items()
        if len(pairs) >= SMALLEST_GROUP and (sample := Sample.of(pairs)).wholes.sum()
    }
    values = tuple(
        GroupValue(name, len(found[name]), large[name].value if name in large else None)
        for name in sorted(found)
    )
    return _Table(column, measure, values, tuple(_pairs(large, found)))


def _pairs(
    large: Mapping[str, Sample], found: Mapping[str, list[tuple[float, float]]]
) -> Iterator[tuple[str, Sample, str, Sample]]:
    names = sorted(large)
    if len({sample.value for sample in large.values()}) == 1 and not any(
        sample.deviation() for sample in large.values()
    ):
        return  # all alike, such as nobody's score sent to a person
    if len(names) == 2:  # the one comparison says all
        yield names[0], large[names[0]], names[1], large[names[1]]
    elif len(names) > 2:
        for name in names:
            others = [pair for other in names if other != name for pair in found[other]]
            yield name, large[name], ALL_OTHERS, Sample.of(others)


def _compared(
    tables: list[_Table], comparisons: int, draws: int, told: Callable[[int, int], None]
) -> list[Compared]:
    level = LEVEL / max(comparisons, 1)
    pairs = [(one, others) for table in tables for _, one, _, others in table.pairs]
    made, total = 0, 2 * draws * comparisons

    def further(count: int) -> None:
        nonlocal made
        made += count
        told(made, total)

    intervals = iter(statistics.gap_intervals(pairs, draws=draws, told=further))
    chances = iter(statistics.chances(pairs, draws=draws, told=further))
    return [
        Compared(
            table.column,
            table.measure,
            table.values,
            tuple(
                Gap(
                    group=name,
                    against=against,
                    gap=one.value - others.value,
                    interval=next(intervals),
                    by_chance=(chance := next(chances)),
                    by_chance_of_all=chance,
                    smallest=statistics.smallest_gap(one, others, level),
                )
                for name, one, against, others in table.pairs
            ),
        )
        for table in tables
    ]


def _corrected(compared: list[Compared]) -> tuple[Compared, ...]:
    """With the number of all comparisons taken into account."""
    raised = iter(statistics.holm([gap.by_chance for one in compared for gap in one.gaps]))
    return tuple(
        replace(one, gaps=tuple(replace(gap, by_chance_of_all=next(raised)) for gap in one.gaps))
        for one in compared
    )


def _selected(rows: _Rows, groups: Groups) -> dict[str, bool]:
    keys = ((one.interview_id, _key(one, groups)) for one, _ in rows)
    return {
        interview_id: groups.selected[key]
        for interview_id, key in keys
        if key is not None and key in groups.selected
    }


def _above_median(interviews: tuple[Measured, ...]) -> dict[str, bool]:
    """A "scoring rate" as in 6 RCNY § 5-300: the share of those above the median of all scores."""
    scores = {one.interview_id: one.pairs["score"][0] for one in interviews if "score" in one.pairs}
    if not scores:
        return {}
    middle = median(scores.values())
    return {interview_id: score > middle for interview_id, score in scores.items()}


def _impact(
    column: str,
    rows: _Rows,
    taken: Mapping[str, bool],
    by: Literal["selected", "above_median"],
) -> Impact | None:
    found: dict[str, list[bool]] = {}
    for one, belongs in rows:
        if column in belongs and one.interview_id in taken:
            found.setdefault(belongs[column], []).append(taken[one.interview_id])
    large = {name: hits for name, hits in found.items() if len(hits) >= SMALLEST_GROUP}
    best = max(large.values(), key=lambda hits: sum(hits) / len(hits), default=[])
    if len(large) < 2 or not any(best):
        return None
    return Impact(
        column,
        by,
        tuple(
            _ratio(name, hits, best) if name in large else _too_small(name, len(hits))
            for name, hits in sorted(found.items())
        ),
    )


def _too_small(name: str, interviews: int) -> ImpactRatio:
    return ImpactRatio(name, interviews, None, None, None, None, None)


def _ratio(name: str, hits: list[bool], best: list[bool]) -> ImpactRatio:
    taken, n = sum(hits), len(hits)
    rate = taken / n
    bounds = Interval(1.0, 1.0)
    if hits is not best:
        bounds = statistics.ratio_interval(taken, n, sum(best), len(best))
    return ImpactRatio(
        name,
        n,
        taken,
        rate,
        statistics.wilson(taken, n),
        rate / (sum(best) / len(best)),
        bounds,
    )


def _consistency(read: Read) -> Consistency:
    runs = [scores for one in read.interviews for scores in one.runs]
    spreads = [max(scores) - min(scores) for scores in runs]
    moves = [abs(then[key] - now[key]) for then, now in read.again for key in then.keys() & now]
    return Consistency(
        criteria=len(runs),
        all_runs_alike=_count(spreads, lambda spread: spread == 0),
        within_one=_count(spreads, lambda spread: spread <= 1),
        widest=max(spreads, default=0),
        scored_again=len(moves),
        same_score_again=_count(moves, lambda move: move == 0),
        within_one_again=_count(moves, lambda move: move <= 1),
    )


def _count(numbers: list[int] | list[float], fits: Callable[[float], bool]) -> int:
    return sum(1 for number in numbers if fits(number))
