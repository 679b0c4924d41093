"""The fairness report in plain sentences, the same on the terminal and on the page. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from media_server.tools.fairness_report import (
    LEVEL,
    SMALLEST_GROUP,
    Compared,
    Consistency,
    Gap,
    Impact,
    ImpactRatio,
    Report,
)

TAKEN = {
    "selected": "Taken: as the file of groups says.",
    "above_median": "Taken: a score above the median of all, as the file of groups has no "
    'column "selected".',
}
RESERVE = (
    "A gap is a reason to look for its cause, not yet the cause. No gap seen is no proof that "
    "there is none. This is a calculation, no legal advice."
)


def lines(report: Report) -> Iterator[str]:
    """For a terminal."""
    yield f"{report.interviews} interviews."
    yield from (f"left out: {reason}" for reason in report.left_out)
    if report.unknown:
        yield f"{report.unknown} interviews are not in the file of groups."
    yield ""
    yield from _verdict(report)
    for compared in report.compared:
        yield ""
        yield f"{compared.measure.title} by {compared.column} ({compared.measure.meaning})"
        yield from (f"  {row}" for row in _values(compared))
        yield from (f"  {finding(compared, gap)}" for gap in compared.gaps)
    for impact in report.impact:
        yield ""
        yield f"Impact ratio by {impact.column}. {TAKEN[impact.taken_means]}"
        yield from (f"  {sentence(ratio)}" for ratio in impact.ratios)
    yield ""
    yield from consistency(report.consistency)
    yield ""
    yield RESERVE


def verdict(report: Report) -> str:
    """The first sentence: whether any gap was found."""
    found = [(one, gap) for one in report.compared for gap in one.gaps if gap.found]
    if not report.comparisons:
        return (
            "Nothing was compared: it needs a file of groups, and two groups of at least "
            f"{SMALLEST_GROUP} interviews."
        )
    if not found:
        return f"No gap was found in {_count(report.comparisons, 'comparison')}."
    return f"{_count(len(found), 'gap')} found in {_count(report.comparisons, 'comparison')}."


def level() -> str:
    return (
        f"Stated level: of {round(1 / LEVEL)} reports on a system that treats everybody alike, "
        "about one names a gap."
    )


def _verdict(report: Report) -> Iterator[str]:
    yield verdict(report)
    if report.comparisons:
        yield level()


def finding(compared: Compared, gap: Gap) -> str:
    """What a comparison says."""
    unit, digits = compared.measure.unit, compared.measure.digits
    low, high = signed(gap.interval.low, digits), signed(gap.interval.high, digits)
    if gap.found or gap.hint:
        way = "higher" if gap.gap > 0 else "lower"
        said = (
            f"{abs(gap.gap):.{digits}f} {unit} {way} for {gap.group} than for {gap.against}, "
            f"95 % {low} to {high}. With the groups shuffled at random it is as large in "
            f"{max(1, round(gap.by_chance * 10_000))} of 10,000 tries"
        )
        if gap.found:
            return f"GAP: {said}."
        return f"Perhaps a gap: {said}, which happens by chance among so many comparisons."
    return (
        f"No gap seen between {gap.group} and {gap.against}: {signed(gap.gap, digits)} {unit}, "
        f"95 % {low} to {high}. One below about {gap.smallest:.{digits}f} may be missed."
    )


def _values(compared: Compared) -> Iterator[str]:
    width = max(len(value.group) for value in compared.values)
    for value in compared.values:
        shown = too_few()
        if value.value is not None:
            shown = f"{value.value:8.{compared.measure.digits}f}"
        yield f"{value.group:<{width}}  {_count(value.interviews, 'interview'):>16}  {shown}"


def too_few() -> str:
    return f"not reported: fewer than {SMALLEST_GROUP}"


def sentence(ratio: ImpactRatio) -> str:
    """One group's impact ratio."""
    if ratio.ratio is None or ratio.ratio_interval is None or ratio.rate is None:
        return (
            f"{ratio.group}: {_count(ratio.interviews, 'interview')}, {too_few()}, so no ratio is "
            "given"
        )
    start = f"{ratio.group}: {ratio.taken} of {ratio.interviews}, ratio {ratio.ratio:.2f}"
    if ratio.ratio_interval.low == ratio.ratio_interval.high:
        return f"{start}, the highest rate"
    start += f" (95 % {ratio.ratio_interval.low:.2f} to {ratio.ratio_interval.high:.2f})"
    return f"{start}: {judgement(ratio)}"


def judgement(ratio: ImpactRatio) -> str:
    """Beside the four-fifths rule."""
    return {
        "above": "not below four fifths",
        "below": "BELOW FOUR FIFTHS, though chance alone may do that with these numbers",
        "clearly_below": "CLEARLY BELOW FOUR FIFTHS",
        "not_reported": too_few(),
    }[ratio.verdict]


def consistency(told: Consistency) -> Iterator[str]:
    """How far the same evaluation agrees with itself."""
    if not told.criteria and not told.scored_again:
        yield "Consistency: no criterion was judged more than once."
    if told.criteria:
        yield (
            f"Consistency: {_count(told.criteria, 'criterion')} judged several times at once. All "
            f"runs alike in {_of(told.all_runs_alike, told.criteria)}, within one point in "
            f"{_of(told.within_one, told.criteria)}, at most {told.widest} apart."
        )
    if told.scored_again:
        yield (
            f"Evaluated again: {_count(told.scored_again, 'criterion')}. The same score in "
            f"{_of(told.same_score_again, told.scored_again)}, within one point in "
            f"{_of(told.within_one_again, told.scored_again)}."
        )


def impact_title(impact: Impact) -> str:
    return f"Impact ratio by {impact.column}"


def signed(number: float, digits: int = 1) -> str:
    """With its sign, and no minus before a zero."""
    return f"{round(number, digits) + 0.0:+.{digits}f}".replace("-", "\u2212")


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.0f} %)"


def _count(number: int, what: str) -> str:
    plural = {"criterion": "criteria"}.get(what, f"{what}s")
    return f"{number} {what if number == 1 else plural}"
