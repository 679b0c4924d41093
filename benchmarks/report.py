"""What the benchmarks left in `benchmarks/results/`, as tables (Markdown) and a plot.

.venv/bin/python -m benchmarks.report [--results DIR] [--svg docs/images/calls.svg]
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.calls import is_valid
from benchmarks.process_tree import ROOT
from benchmarks.svg import GRID, LABEL, OURS, THEIRS, Drawing, tick_step, ticks

RESULTS = ROOT / "benchmarks" / "results"
PLOT = ROOT / "docs" / "images" / "calls.svg"
OUR_NAME = "this server"
_ROUGH = "*"
"""Marks a figure of runs that do not count: the core was full, or not busy enough."""


@dataclass(frozen=True, slots=True)
class Row:
    """One server's median; None where it was not measured."""

    name: str
    what: str
    figures: dict[str, float]

    @property
    def counts(self) -> bool:
        return self.figures.get("valid_runs", 0) > 0

    def get(self, name: str) -> float | None:
        return self.figures.get(name)


def read(folder: Path, name: str) -> dict[str, Any]:
    """Empty when there is no such result."""
    path = folder / f"{name}.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def ours(report: dict[str, Any]) -> Row | None:
    """At the highest number of calls that a run of ours carried with nothing lost."""
    valid = [row for row in report.get("median", []) if row["valid_runs"]]
    if not valid:
        return None
    best = max(valid, key=lambda row: row["calls"])
    what = "whole interviews: turns, recording, log, recogniser's queue"
    return Row(OUR_NAME, what, best)


def theirs(report: dict[str, Any]) -> list[Row]:
    rows = [peer for peer in report.get("peers", []) if peer["available"]]
    return [Row(peer["name"], peer["what"], peer["median"]) for peer in rows]


# --- tables ---------------------------------------------------------------------------------------


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float | None, digits: int = 0) -> str:
    return "-" if value is None or value != value else f"{value:.{digits}f}"


def servers_table(rows: list[Row]) -> str:
    head = [
        *("server", "what it does", "calls", "cores", "calls per core", "loop lag p50 / p99, ms"),
        *("memory per call, MB", "bot speaks"),
    ]
    made = []
    for row in rows:
        share = row.get("bot_speech_share")
        lag = [number(row.get(f"loop_lag_{name}_ms"), 1) for name in ("p50", "p99")]
        cells = [
            row.name,
            row.what,
            number(row.get("calls")),
            number(row.get("cores"), 2),
            number(row.get("calls_per_core"), 1) + ("" if row.counts else _ROUGH),
            " / ".join(lag),
            number(row.get("memory_per_call_mb"), 1),
            "-" if share is None else f"{share:.0%}",
        ]
        made.append(cells)
    rough = "" if all(row.counts for row in rows) else f"\n\n{_ROUGH} no run counts: see cores"
    return table(head, made) + rough


def absent(report: dict[str, Any]) -> list[str]:
    missing = [peer for peer in report.get("peers", []) if not peer["available"]]
    return [f"{peer['name']}: not available: {peer['reason']}" for peer in missing]


def delay_table(report: dict[str, Any]) -> str:
    head = ["calls", "loss", "p50, ms", "p95, ms", "p99, ms", "packets"]
    return table(
        head,
        [
            [
                number(row["calls"]),
                f"{row['loss_percent']} %",
                *(number(row.get(f"{name}_ms"), 2) for name in ("p50", "p95", "p99")),
                number(row["packets"]),
            ]
            for row in report["rows"]
        ],
    )


# --- the plot -------------------------------------------------------------------------------------

_LEFT, _WIDTH, _STEP = 140, 420, 30


def draw(rows: list[Row], loads: list[tuple[float, float]]) -> str:
    """Above calls per core, below the loop's lag by how busy the core is."""
    bars = sorted(rows, key=lambda row: -row.figures["calls_per_core"])
    bars_height = 30 + _STEP * len(bars) + 50
    plot_height = 260
    size = (_LEFT + _WIDTH + 70, bars_height + plot_height)
    drawing = Drawing(*size, "Calls per core and loop lag, this server and others")
    draw_bars(drawing, bars)
    draw_lag(drawing, bars, loads, (bars_height + 20, bars_height + plot_height - 50))
    return drawing.finish()


def draw_bars(drawing: Drawing, bars: list[Row]) -> None:
    top = max(row.figures["calls_per_core"] for row in bars) * 1.05
    bottom = 24 + _STEP * len(bars)

    def x(calls: float) -> float:
        return _LEFT + _WIDTH * calls / top

    for tick in ticks(top, tick_step(top)):
        drawing.line([(x(tick), 16), (x(tick), bottom)], GRID)
        drawing.text(x(tick), bottom + 18, f"{tick:g}", anchor="middle", colour=LABEL)
    words = "calls per core"
    drawing.text(_LEFT + _WIDTH / 2, bottom + 36, words, anchor="middle", colour=LABEL)
    for index, row in enumerate(bars):
        y, calls = 24 + index * _STEP, row.figures["calls_per_core"]
        colour = OURS if row.name == OUR_NAME else THEIRS
        drawing.text(_LEFT - 8, y + 14, row.name, anchor="end")
        drawing.bar(_LEFT, y, x(calls) - _LEFT, _STEP - 10, colour)
        mark = "" if row.counts else _ROUGH
        drawing.text(x(calls) + 6, y + 14, f"{calls:.0f}{mark}")


def draw_lag(
    drawing: Drawing,
    rows: list[Row],
    loads: list[tuple[float, float]],
    span: tuple[float, float],
) -> None:
    dots = [
        (row.name, row.figures["cores"], row.figures["loop_lag_p99_ms"])
        for row in rows
        if row.name != OUR_NAME and "loop_lag_p99_ms" in row.figures
    ]
    if not dots and not loads:
        return
    lags_ms = [lag_ms for _, _, lag_ms in dots] + [lag_ms for _, lag_ms in loads]
    top = max(1.0, *lags_ms) * 1.1
    above, below = span

    def at(cores: float, lag_ms: float) -> tuple[float, float]:
        return _LEFT + _WIDTH * cores, below - (below - above) * lag_ms / top

    for tick in ticks(top, tick_step(top)):
        drawing.line([at(0, tick), at(1, tick)], GRID)
        drawing.text(_LEFT - 8, at(0, tick)[1] + 4, f"{tick:g}", anchor="end", colour=LABEL)
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x, y = at(tick, 0)
        drawing.text(x, y + 18, f"{tick:.0%}", anchor="middle", colour=LABEL)
    words = "how busy the core is; loop lag p99 in ms"
    drawing.text(_LEFT + _WIDTH / 2, below + 36, words, anchor="middle", colour=LABEL)
    if len(loads) > 1:
        drawing.line([at(*load) for load in loads], OURS, 2)
    for load in loads:
        drawing.dot(*at(*load), OURS)
    free_y = below
    for name, cores, lag_ms in sorted(dots, key=lambda dot: -dot[1]):
        x, y = at(cores, lag_ms)
        drawing.dot(x, y, THEIRS, 4)
        # One above the other: servers that are alike would cover each other's names.
        free_y = min(y, free_y) - 14
        drawing.text(x - 8, free_y, name, anchor="end", colour=THEIRS)
        drawing.line([(x - 6, free_y - 3), (x, y)], THEIRS)


def lag_by_load(report: dict[str, Any]) -> list[tuple[float, float]]:
    """(share of the core, p99) of ours: also of runs too light to count for calls per core."""
    runs = [run for run in report.get("runs", []) if is_valid(run | {"cores": 1.0})]
    points = []
    for calls in sorted({run["calls"] for run in runs}):
        same = [run for run in runs if run["calls"] == calls]
        names = ("cores", "loop_lag_p99_ms")
        cores, lag_ms = (statistics.median(run[name] for run in same) for name in names)
        points.append((cores, lag_ms))
    return points


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--svg", type=Path, default=PLOT)
    options = parser.parse_args()
    calls, peers = read(options.results, "calls"), read(options.results, "peers")
    delay = read(options.results, "added_delay")
    rows = [*filter(None, [ours(calls)]), *theirs(peers)]
    for report in (calls, peers):
        if report:
            print(f"{report['benchmark']}: {json.dumps(report['conditions'])}")
    if rows:
        print(f"\n{servers_table(rows)}")
        options.svg.write_text(draw(rows, lag_by_load(calls)), "utf-8")
    print("".join(f"\n{line}" for line in absent(peers)))
    if delay:
        print(f"\nFrom the kernel to the ring:\n\n{delay_table(delay)}")
    if not rows and not delay:
        print(f"no results in {options.results}: run make bench")


if __name__ == "__main__":
    main()
