"""The fairness report as one HTML file: no script, no other file, light and dark. Pure.

The plots have no words of their own: all that they show stands beside them as text.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

from media_server.tools import fairness_words as words
from media_server.tools.fairness_report import (
    FOUR_FIFTHS,
    Compared,
    Impact,
    ImpactRatio,
    Report,
)
from media_server.tools.fairness_statistics import Interval

RATIO_END = 1.5
_STYLE = """
:root { color-scheme: light dark; --paper: #f5f3ee; --surface: #ffffff; --line: #dcd7cc;
  --ink: #1c2430; --ink-2: #4c5665; --dot: #14576b; --gap: #a3262a; --zero: #857f73; }
@media (prefers-color-scheme: dark) { :root { --paper: #11161c; --surface: #1a212a;
  --line: #323d4a; --ink: #eaeef3; --ink-2: #b1bcc9; --dot: #86d0de; --gap: #ff9d97;
  --zero: #8592a1; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem clamp(1rem, 4vw, 2rem) 4rem; }
h1 { font-size: clamp(1.625rem, 1.2rem + 2vw, 2.25rem); line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.375rem; margin: 2.5rem 0 .75rem; overflow-wrap: anywhere; }
h3 { font-size: 1.0625rem; margin: 0; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
.lead { font-size: 1.25rem; font-weight: 600; }
.aside { color: var(--ink-2); font-size: .9375rem; }
section > article { background: var(--surface); border: 1px solid var(--line);
  border-radius: 1rem; padding: 1rem 1.25rem; margin: 0 0 1rem; }
article.found { border-color: var(--gap); border-width: 2px; }
.found strong { color: var(--gap); }
table { width: 100%; border-collapse: collapse; margin: .75rem 0 .25rem; font-size: .9375rem;
  font-variant-numeric: tabular-nums; }
th { text-align: start; font-weight: 600; color: var(--ink-2); }
th, td { padding: .25rem 0 .25rem .75rem; border-top: 1px solid var(--line);
  vertical-align: baseline; overflow-wrap: break-word; }
tr > :first-child { padding-left: 0; }
thead th { border-top: 0; }
td, thead th + th { text-align: end; }
svg { display: block; width: 100%; height: 1.75rem; overflow: visible; }
.zero { stroke: var(--zero); stroke-dasharray: 3 3; }
.span { stroke: var(--dot); stroke-width: 3; stroke-linecap: round; }
.dot { fill: var(--dot); }
.alarm .span { stroke: var(--gap); }
.alarm .dot { fill: var(--gap); }
.scale { display: flex; justify-content: space-between; color: var(--ink-2);
  font-size: .8125rem; }
li { margin: .25rem 0; overflow-wrap: anywhere; }
@media (max-width: 24rem) { section > article { padding: .75rem; }
  table { font-size: .875rem; } th, td { padding-left: .375rem; } }
@media print { body { background: none; } article { break-inside: avoid; } }
"""


def page(report: Report) -> str:
    """The whole file."""
    body = "\n".join(_body(report))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>Fairness report</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _body(report: Report) -> Iterator[str]:
    yield "<h1>Fairness report</h1>"
    yield f'<p class="lead">{escape(words.verdict(report))}</p>'
    yield f'<p class="aside">{report.interviews} interviews.'
    if report.unknown:
        yield f" {report.unknown} of them are in no group."
    if report.comparisons:
        yield f" {escape(words.level())}"
    yield "</p>"
    yield f'<p class="aside">{escape(words.RESERVE)}</p>'
    for column in dict.fromkeys(_columns(report)):
        yield f"<section>\n<h2>By {escape(column)}</h2>"
        for compared in report.compared:
            if compared.column == column:
                yield from _compared(compared)
        for impact in report.impact:
            if impact.column == column:
                yield from _impact(impact)
        yield "</section>"
    yield "<section>\n<h2>Does it agree with itself?</h2>\n<article>"
    for line in words.consistency(report.consistency):
        yield f"<p>{escape(line)}</p>"
    yield "</article>\n</section>"
    if report.left_out:
        yield "<section>\n<h2>Left out</h2>\n<ul>"
        yield from (f"<li>{escape(reason)}</li>" for reason in report.left_out)
        yield "</ul>\n</section>"


def _columns(report: Report) -> Iterator[str]:
    yield from (one.column for one in report.compared)
    yield from (one.column for one in report.impact)


def _compared(compared: Compared) -> Iterator[str]:
    measure = compared.measure
    found = any(gap.found for gap in compared.gaps)
    yield '<article class="found">' if found else "<article>"
    yield f'<h3>{measure.title}</h3>\n<p class="aside">{escape(measure.meaning)}</p>'
    unit = "seconds" if measure.unit == "s" else "of 100"
    yield (
        f'<table>\n<thead><tr><th scope="col">Group</th><th scope="col">Interviews</th>'
        f'<th scope="col">{measure.title}, {unit}</th></tr></thead>\n<tbody>'
    )
    for value in compared.values:
        shown = words.too_few() if value.value is None else f"{value.value:.{measure.digits}f}"
        yield (
            f'<tr><th scope="row">{escape(value.group)}</th><td>{value.interviews}</td>'
            f"<td>{shown}</td></tr>"
        )
    yield "</tbody>\n</table>"
    if compared.gaps:
        yield from _gaps(compared)
    yield "</article>"


def _gaps(compared: Compared) -> Iterator[str]:
    reach = max(max(abs(gap.interval.low), abs(gap.interval.high)) for gap in compared.gaps) or 1.0
    reach = _round_up(reach)
    for gap in compared.gaps:
        sentence = escape(words.finding(compared, gap))
        yield f"<p>{f'<strong>{sentence}</strong>' if gap.found else sentence}</p>"
        yield _plot(gap.interval, gap.gap, -reach, reach, at=0.0, alarm=gap.found)
    unit, digits = compared.measure.unit, compared.measure.digits
    yield (
        f'<p class="scale" aria-hidden="true"><span>{words.signed(-reach, digits)} {unit}</span>'
        f"<span>alike</span><span>{words.signed(reach, digits)} {unit}</span></p>"
    )


def _impact(impact: Impact) -> Iterator[str]:
    low = any(ratio.verdict == "clearly_below" for ratio in impact.ratios)
    yield '<article class="found">' if low else "<article>"
    yield f'<h3>Impact ratio</h3>\n<p class="aside">{escape(words.TAKEN[impact.taken_means])} '
    yield "A rate divided by the highest rate; the line is at four fifths.</p>"
    for ratio in impact.ratios:
        sentence = escape(words.sentence(ratio))
        alarm = ratio.verdict == "clearly_below"
        yield f"<p>{f'<strong>{sentence}</strong>' if alarm else sentence}</p>"
        yield _ratio_plot(ratio)
    yield '<p class="scale" aria-hidden="true"><span>0</span>'
    yield f"<span>{RATIO_END:.1f}</span></p>\n</article>"


def _ratio_plot(ratio: ImpactRatio) -> str:
    if ratio.ratio is None or ratio.ratio_interval is None:
        return ""
    alarm = ratio.verdict == "clearly_below"
    return _plot(ratio.ratio_interval, ratio.ratio, 0.0, RATIO_END, at=FOUR_FIFTHS, alarm=alarm)


def _plot(
    interval: Interval, value: float, start: float, end: float, *, at: float, alarm: bool
) -> str:
    """A line from the lower to the upper bound, a dot at the value, a dashed line at `at`."""

    def x(number: float) -> str:
        return f"{100 * (min(max(number, start), end) - start) / (end - start):.2f}%"

    return (
        f'<svg aria-hidden="true" class="{"alarm" if alarm else "calm"}">'
        f'<line class="zero" x1="{x(at)}" x2="{x(at)}" y1="0" y2="100%"/>'
        f'<line class="span" x1="{x(interval.low)}" x2="{x(interval.high)}" y1="50%" y2="50%"/>'
        f'<circle class="dot" cx="{x(value)}" cy="50%" r="6"/></svg>'
    )


def _round_up(number: float) -> float:
    """To 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(number))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= number)
