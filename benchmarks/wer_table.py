"""The table and the plot of benchmarks/wer.py, of one engine or of several.

    python -m benchmarks.wer_table [pocketsphinx.json tiny.en.json ...]
        [--svg docs/images/wer.svg] [--json FILE]

Each file is what `python -m benchmarks.wer --json FILE` wrote; without any, those in
`benchmarks/results` whose names begin with "wer".
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.process_tree import ROOT
from benchmarks.svg import GRID, LABEL, OURS, THEIRS, Drawing, ticks

RESULTS = ROOT / "benchmarks" / "results"


def print_table(figures: dict[str, Any]) -> None:
    print(json.dumps(figures))
    print(f"\n{figures['engine']}: {figures['utterances']} utterances, {figures['words']} words")
    print(f"{'condition':<10} {'WER':>6}  {'95 % interval':<16} {'more than file':>14}")
    for row in figures["rows"]:
        rate, more = row["wer"], row.get("difference_to_file")
        line = f"{row['condition']:<10} {rate['value']:6.3f}"
        line += f"  {rate['low']:.3f} to {rate['high']:.3f}"
        if more:
            line += f"   {more['value']:+.3f}  ({more['low']:+.3f} to {more['high']:+.3f})"
        print(line)


def markdown(engines: list[dict[str, Any]]) -> str:
    """WER by condition and engine, then what is more than in `file`, and than in `call`."""
    names = [engine["engine"] for engine in engines]
    tables = []
    for what, figure in (
        ("WER", "wer"),
        ("more than `file`", "difference_to_file"),
        ("more than `call`", "difference_to_call"),
    ):
        lines = [f"| {what} | {' | '.join(names)} |", "|---" * (1 + len(names)) + "|"]
        for condition in conditions(engines):
            rows = [_row(engine, condition) for engine in engines]
            if any(row and figure in row for row in rows):
                cells = [_cell(row and row.get(figure), sign=figure != "wer") for row in rows]
                lines.append(f"| `{condition}` | {' | '.join(cells)} |")
        tables.append("\n".join(lines))
    return "\n\n".join(tables)


def conditions(engines: list[dict[str, Any]]) -> list[str]:
    """Those that any of them has, in the order of the one that has most."""
    longest = max(engines, key=lambda engine: len(engine["rows"]))
    return [row["condition"] for row in longest["rows"]]


def _row(engine: dict[str, Any], condition: str) -> dict[str, Any] | None:
    return next((row for row in engine["rows"] if row["condition"] == condition), None)


def _cell(figure: dict[str, float] | None, *, sign: bool) -> str:
    if figure is None:
        return "-"
    value, low, high = (
        f"{figure[name]:{'+' if sign else ''}.3f}".replace("-", "\u2212")
        for name in ("value", "low", "high")
    )
    return f"{value} ({low} to {high})"


def draw(engines: list[dict[str, Any]]) -> str:
    """A dot and its interval per condition; a block per engine."""
    left, width, step, head = 90, 420, 26, 34
    names = conditions(engines)
    height = (head + step * len(names)) * len(engines) + 60
    rates = [row["wer"] for engine in engines for row in engine["rows"]]
    top: float = max(0.1, *(rate["high"] for rate in rates)) * 1.05

    def x(rate: float) -> float:
        return left + width * rate / top

    described = " and ".join(engine["engine"] for engine in engines)
    drawing = Drawing(left + width + 60, height, f"Word error rate by condition: {described}")
    for tick in ticks(top, 0.1):
        drawing.line([(x(tick), 12), (x(tick), height - 40)], GRID)
        drawing.text(x(tick), height - 22, f"{tick:.1f}", anchor="middle", colour=LABEL)
    words = "word error rate, 95 % interval"
    drawing.text(left + width / 2, height - 5, words, anchor="middle", colour=LABEL)
    for block, engine in enumerate(engines):
        y = block * (head + step * len(names)) + 26
        drawing.text(left, y, engine["engine"], bold=True)
        for index, name in enumerate(names):
            if row := _row(engine, name):
                _dot(drawing, x, left, y + 24 + index * step, row)
    return drawing.finish()


def _dot(
    drawing: Drawing, x: Callable[[float], float], left: float, y: float, row: dict[str, Any]
) -> None:
    rate, name = row["wer"], row["condition"]
    colour = THEIRS if name.startswith("aiortc") else OURS
    drawing.text(left - 8, y + 4, name, anchor="end")
    drawing.line([(x(rate["low"]), y), (x(rate["high"]), y)], colour, 3)
    drawing.dot(x(rate["value"]), y, colour)
    drawing.text(x(rate["high"]) + 8, y + 4, f"{rate['value']:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("results", type=Path, nargs="*")
    parser.add_argument("--svg", type=Path, help="also draw them here")
    parser.add_argument("--json", type=Path, help="also write all of them into one file")
    args = parser.parse_args()
    files = args.results or sorted(RESULTS.glob("wer*.json"))
    read = [json.loads(path.read_text("utf-8")) for path in files if path != args.json]
    engines = [figures for figures in read if "rows" in figures]
    if not engines:
        print(f"no figures in {RESULTS.name}: run benchmarks.wer with --json first")
        return
    print(markdown(engines))
    if args.json:
        args.json.write_text(json.dumps({"engines": engines}, indent=2) + "\n", "utf-8")
    if args.svg:
        args.svg.write_text(draw(engines), "utf-8")


if __name__ == "__main__":
    main()
