"""Two runs of the bench as tables for docs/turn-taking.md, and the sweep as a plot.

python -m benchmarks.turns.report BEFORE.json NOW.json [--plot FILE.svg] [--into DOC.md]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.svg import GRID, LABEL, OURS, THEIRS, Drawing
from benchmarks.turns.conditions import Kind
from benchmarks.turns.sweep import POOLS, SHARES, Point, delay_at
from benchmarks.turns.table import Count, Row, poisson

_NOTHING = "-"
_LEAST_S, _MOST_S = 0.0, 5.0
"""Delays in the plot; what is longer is drawn at its edge."""


@dataclass(frozen=True)
class Pair:
    """A condition before and now; `then` is None where it was not measured before."""

    then: Row | None
    now: Row

    def count(self, of: Callable[[Row], Count]) -> str:
        """ "7/40 → 0/40 (0 to 9 %)": the interval is that of now."""
        now = of(self.now)
        if self.then is None or not of(self.then).of:
            return str(now)
        return f"{of(self.then).hits}/{of(self.then).of} → {now}"

    def number(self, of: Callable[[Row], float | None], digits: int = 2) -> str:
        rows = [self.now] if self.then is None else [self.then, self.now]
        values = [of(row) for row in rows]
        shown = [_NOTHING if value is None else f"{value:.{digits}f}" for value in values]
        return " → ".join(shown)


def pairs(before: Sequence[Row], now: Sequence[Row], kind: Kind) -> Iterator[Pair]:
    then = {row.condition: row for row in before}
    return (Pair(then.get(row.condition), row) for row in now if row.kind == kind)


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def turns(before: Sequence[Row], now: Sequence[Row]) -> str:
    lines = [
        (
            pair.now.condition,
            pair.count(lambda row: row.cut_offs),
            pair.count(lambda row: row.unrepaired),
            pair.count(lambda row: row.never),
            pair.number(lambda row: row.end_p50_s),
            pair.number(lambda row: row.end_p95_s),
            pair.number(lambda row: row.unheard_percent),
            pair.count(lambda row: row.missed),
        )
        for pair in pairs(before, now, "turn")
    ]
    heads = (
        "condition",
        "cut off",
        "and not repaired",
        "no end in 8 s",
        "true end p50, s",
        "p95, s",
        "speech in no segment, %",
        "last phrase missed",
    )
    return table(heads, lines)


def questions(before: Sequence[Row], now: Sequence[Row]) -> str:
    lines = [
        (pair.now.condition, pair.count(lambda row: row.stopped))
        for pair in pairs(before, now, "question")
    ]
    return table(("condition", "stopped for no reason"), lines)


def answers(before: Sequence[Row], now: Sequence[Row]) -> str:
    lines = [
        (
            pair.now.condition,
            pair.number(lambda row: row.barge_in_p50_s),
            pair.number(lambda row: row.barge_in_p95_s),
            pair.count(lambda row: row.barge_in_missed),
            pair.count(lambda row: row.stopped),
            pair.number(lambda row: row.unheard_percent),
        )
        for pair in pairs(before, now, "answer")
    ]
    heads = (
        "condition",
        "speech to decision p50, s",
        "p95, s",
        "missed",
        "stopped before the answer began",
        "answer in no segment, %",
    )
    return table(heads, lines)


def sounds(before: Sequence[Row], now: Sequence[Row]) -> str:
    lines = []
    for pair in pairs(before, now, "sounds"):
        row = pair.now
        share = (row.invented_per_10_min or 0.0) / row.invented if row.invented else 1.0
        low, high = poisson(row.invented)
        shown = pair.number(lambda row: row.invented_per_10_min, 0)
        lines.append((row.condition, f"{shown} ({low * share:.0f} to {high * share:.0f})"))
    return table(("condition", "segments in 10 minutes"), lines)


def delays(points: Sequence[Point], *, repaired: bool = False) -> str:
    """The form of eot-bench: ms at 1, 2, 5 % cut-offs."""
    heads = ["turns", "strategy", *(f"at {share * 100:.0f} %" for share in SHARES)]
    lines = []
    for pool in POOLS:
        for strategy in dict.fromkeys(point.strategy for point in points):
            mine = [point for point in points if (point.pool, point.strategy) == (pool, strategy)]
            cells = [_delay(delay_at(mine, share, repaired=repaired)) for share in SHARES]
            lines.append([pool, strategy, *cells])
    return table(heads, lines)


def _delay(point: Point | None) -> str:
    if point is None:
        return "more than 2200 ms of silence"
    return f"{point.delay_p50_s * 1000:.0f} ms (silence {point.silence_ms} ms)"


def draw(points: Sequence[Point]) -> str:
    """Cut-offs against delay: one panel a pool, one curve a strategy."""
    width, height, left, top = 230, 220, 60, 60
    drawing = Drawing(
        left + len(POOLS) * (width + 50),
        top + height + 70,
        "Turns cut off against delay of the end",
    )
    strategies = list(dict.fromkeys(point.strategy for point in points))
    colours = dict(zip(strategies, (THEIRS, OURS, "#4a8f3c", "#777777"), strict=False))
    for index, pool in enumerate(POOLS):
        at = left + index * (width + 50)
        _panel(drawing, (at, top, width, height), pool)
        for strategy in strategies:
            mine = [point for point in points if (point.pool, point.strategy) == (pool, strategy)]
            spots = [
                (at + _x(point.delay_p50_s, width), top + height - _y(_share(point), height))
                for point in sorted(mine, key=lambda point: point.silence_ms)
            ]
            if spots:
                drawing.line(spots, colours[strategy], 2)
            for x, y in spots:
                drawing.dot(x, y, colours[strategy], 3)
    for index, strategy in enumerate(strategies):
        drawing.bar(left + index * 130, 10, 12, 12, colours[strategy])
        drawing.text(left + 18 + index * 130, 21, strategy)
    return drawing.finish()


def _share(point: Point) -> float:
    return point.cut_offs.hits / point.cut_offs.of


def _x(delay_s: float, width: float) -> float:
    return min(1.0, max(0.0, (delay_s - _LEAST_S) / (_MOST_S - _LEAST_S))) * width


def _y(share: float, height: float) -> float:
    return min(1.0, share / 0.6) * height


def _panel(drawing: Drawing, box: tuple[float, float, float, float], name: str) -> None:
    left, top, width, height = box
    for percent in (0, 5, 10, 20, 40, 60):
        y = top + height - _y(percent / 100, height)
        drawing.line([(left, y), (left + width, y)], GRID)
        drawing.text(left - 6, y + 4, f"{percent} %", anchor="end", colour=LABEL)
    for second in range(round(_MOST_S) + 1):
        x = left + _x(second, width)
        drawing.line([(x, top), (x, top + height)], GRID)
        drawing.text(x, top + height + 18, f"{second} s", anchor="middle", colour=LABEL)
    drawing.text(left, top - 8, name, bold=True)
    drawing.text(left, top + height + 38, "median delay of the true end", colour=LABEL)


def rows(document: dict[str, Any]) -> list[Row]:
    return [Row.of(record) for record in document["rows"]]


def points(*documents: dict[str, Any]) -> list[Point]:
    return [Point.of(record) for each in documents for record in each.get("sweep", ())]


def tables(before: dict[str, Any], now: dict[str, Any]) -> dict[str, str]:
    """All of docs/turn-taking.md, by the name of its place there."""
    then, mine, swept = rows(before), rows(now), points(before, now)
    return {
        "turns": turns(then, mine),
        "questions": questions(then, mine),
        "answers": answers(then, mine),
        "sounds": sounds(then, mine),
        "delays": delays(swept),
        "delays-unrepaired": delays(swept, repaired=True),
    }


def fill(document: str, made: dict[str, str]) -> str:
    """`document` with each table between its marks, `<!-- NAME -->` and `<!-- /NAME -->`."""
    for name, text in made.items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        head, _, rest = document.partition(start)
        _, _, tail = rest.partition(end)
        document = f"{head}{start}\n{text}\n{end}{tail}"
    return document


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("now", type=Path)
    parser.add_argument("--plot", type=Path, help="write the sweep as SVG")
    parser.add_argument("--into", type=Path, help="a document with marks; else it is printed")
    arguments = parser.parse_args()
    before, now = (json.loads(path.read_text()) for path in (arguments.before, arguments.now))
    made = tables(before, now)
    if arguments.into:
        arguments.into.write_text(fill(arguments.into.read_text(), made))
    else:
        print("\n\n".join(f"{name}\n\n{text}" for name, text in made.items()))
    if arguments.plot:
        arguments.plot.write_text(draw(points(before, now)))


if __name__ == "__main__":
    main()
