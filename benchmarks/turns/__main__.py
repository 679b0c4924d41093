"""Who was cut off, who was left hanging, and who stopped the bot? Turn-taking, judged.

    python -m benchmarks.turns [--conditions NAME ...] [--strategy NAME ...] [--quick]
                               [--json FILE] [--plot FILE] [--speech ../shared/speech]

Recorded speech in 66 conditions (`conditions.py`) goes as Opus packets through the receive path,
in media time; each clip is judged against its labels (`judge.py`). One row for each condition and
strategy: turns ended before the last word and how many of these the repair does not catch, the
delay of the true end, turns that 8 s of silence do not end, speech that is in no segment,
questions stopped for no reason, barge-ins missed, segments in which nobody speaks.

`--conditions` takes parts of names. `--quick` takes the first four clips of each. `--plot` sweeps
the length of the silence as well (`sweep.py`) and draws cut-offs against delay. `report.py` makes
the tables of docs/turn-taking.md from two of the JSON files.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.recordings import FOLDER, require
from benchmarks.turns.conditions import CONDITIONS, Condition, Maker
from benchmarks.turns.judge import Strategy, judge
from benchmarks.turns.line import arrivals
from benchmarks.turns.packets import encoded
from benchmarks.turns.report import draw
from benchmarks.turns.strategies import STRATEGIES
from benchmarks.turns.sweep import sweep
from benchmarks.turns.table import Row, row

QUICK_CLIPS = 4


def measure(
    conditions: list[Condition], strategies: list[Strategy], maker: Maker, limit: int | None
) -> Iterator[Row]:
    for condition in conditions:
        clips = encoded(condition, maker, limit)
        came = [
            arrivals(made, condition.transport, condition.seed + index)
            for index, made in enumerate(clips)
        ]
        for strategy in strategies:
            outcomes = [
                judge(made.clip, condition.kind, each, strategy, made.seconds)
                for made, each in zip(clips, came, strict=True)
            ]
            yield row(condition.name, condition.kind, strategy.name, outcomes)


def wanted(parts: list[str]) -> list[Condition]:
    return [
        condition
        for name, condition in CONDITIONS.items()
        if condition.possible and (not parts or any(part in name for part in parts))
    ]


def line(each: Row) -> str:
    figures = [
        f"cut {each.cut_offs}, unrepaired {each.unrepaired}, never {each.never},"
        f" end {each.end_p50_s}/{each.end_p95_s} s, unheard {each.unheard_percent} %,"
        f" missed {each.missed}"
        if each.cut_offs.of
        else "",
        f"stopped {each.stopped}" if each.stopped.of else "",
        f"barge-in missed {each.barge_in_missed}, {each.barge_in_p50_s}/{each.barge_in_p95_s} s"
        if each.barge_in_missed.of
        else "",
        f"invented {each.invented_per_10_min} in 10 min" if each.kind == "sounds" else "",
    ]
    return f"{each.condition} [{each.strategy}]: " + "; ".join(part for part in figures if part)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.turns", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--conditions", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--strategy", nargs="+", default=["product"], choices=sorted(STRATEGIES))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--speech", type=Path, default=FOLDER)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    require(arguments.speech / "lj_LJ001-0001.wav")
    strategies = [STRATEGIES[name] for name in arguments.strategy]
    limit = QUICK_CLIPS if arguments.quick else None
    begun = time.process_time()
    maker = Maker(arguments.speech)
    rows = []
    for each in measure(wanted(arguments.conditions), strategies, maker, limit):
        rows.append(each)
        print(line(each), flush=True)
    swept = sweep(strategies, maker, limit) if arguments.plot else []
    cpu_s = round(time.process_time() - begun, 1)
    print(f"{cpu_s} CPU seconds")
    if arguments.plot:
        arguments.plot.write_text(draw(swept))
    if arguments.json:
        document = {
            "benchmark": "turns",
            "cpu_s": cpu_s,
            "rows": [each.record for each in rows],
            "sweep": [each.record for each in swept],
        }
        arguments.json.write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()
