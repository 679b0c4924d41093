"""Counts, their intervals, and the tables and plots that are made of them."""

from __future__ import annotations

import json

import pytest

from benchmarks.turns.judge import Outcome
from benchmarks.turns.report import delays, draw, fill, tables, turns
from benchmarks.turns.sweep import POOLS, Point, delay_at
from benchmarks.turns.table import Count, Row, percentile, poisson, row, wilson

POOL = next(iter(POOLS))


def point(silence_ms: int, cut_offs: int, unrepaired: int = 0) -> Point:
    delay_s = silence_ms / 1000 + 0.05
    counts = (Count(cut_offs, 100), Count(unrepaired, 100))
    return Point(POOL, "product", silence_ms, *counts, delay_s, delay_s)


def test_intervals_hold_for_few_and_for_none() -> None:
    assert wilson(0, 120) == pytest.approx((0.0, 0.031), abs=0.001)
    assert wilson(7, 40) == pytest.approx((0.087, 0.320), abs=0.001)
    assert wilson(20, 20) == pytest.approx((0.839, 1.0), abs=0.001)
    assert wilson(0, 0) == (0.0, 1.0)
    assert poisson(0) == pytest.approx((0.0, 3.69), abs=0.03)
    assert poisson(10) == pytest.approx((4.8, 18.4), abs=0.1)


def test_percentiles_are_values_that_were_seen() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([float(value) for value in range(1, 21)], 0.95) == 19.0
    assert percentile([], 0.5) is None


def outcomes() -> list[Outcome]:
    return [
        Outcome(speech_s=4.0, unheard_s=0.2, end_delay_s=2.1),
        Outcome(speech_s=6.0, cut_offs=1, repaired=1, end_delay_s=2.0),
        Outcome(speech_s=6.0, cut_offs=2, repaired=1, end_delay_s=2.4, last_missed=True),
        Outcome(speech_s=4.0, never=True),
    ]


def test_a_row_counts_clips() -> None:
    made = row("somewhere", "turn", "product", outcomes())
    assert (made.cut_offs, made.unrepaired) == (Count(2, 4), Count(1, 4))
    assert (made.never, made.missed) == (Count(1, 4), Count(1, 4))
    assert (made.end_p50_s, made.end_p95_s) == (2.1, 2.4)
    assert made.unheard_percent == 1.0
    assert made.stopped.of == made.barge_in_missed.of == 0


def test_a_row_of_sounds_counts_segments_in_ten_minutes() -> None:
    made = row("noise", "sounds", "product", [Outcome(invented=2, unlabelled_s=60.0)] * 2)
    assert made.invented_per_10_min == 20.0
    assert made.cut_offs.of == 0


def test_rows_and_points_come_back_from_json() -> None:
    made = row("somewhere", "turn", "product", outcomes())
    assert Row.of(json.loads(json.dumps(made.record))) == made
    assert Point.of(json.loads(json.dumps(point(600, 3).record))) == point(600, 3)


def test_a_table_has_then_and_now() -> None:
    then = row("somewhere", "turn", "before", outcomes()[:3] * 2)
    now = row("somewhere", "turn", "product", outcomes()[:1] * 6)
    text = turns([then], [now])
    assert "4/6 → 0/6 (0 to 39 %)" in text
    assert turns([], [now]).splitlines()[-1].startswith("| somewhere | 0/6 (0 to 39 %)")


def test_the_delay_at_a_share_is_of_a_silence_from_which_on_it_holds() -> None:
    points = [point(600, 9), point(800, 1), point(1000, 4, 1), point(1200, 1), point(1400, 0)]
    one, five = delay_at(points, 0.01), delay_at(points, 0.05)
    assert one is not None
    assert five is not None
    assert (one.silence_ms, five.silence_ms) == (1200, 800)
    assert delay_at([point(600, 9)], 0.05) is None
    repaired = delay_at(points, 0.01, repaired=True)
    assert repaired is not None
    assert repaired.silence_ms == 600
    assert "1250 ms (silence 1200 ms)" in delays(points)


def test_the_plot_is_a_drawing() -> None:
    drawn = draw([point(600, 30), point(1200, 1)])
    assert drawn.count("<circle") == 2
    assert drawn.startswith("<svg")


def test_a_document_takes_its_tables() -> None:
    now = {"rows": [row("somewhere", "turn", "product", outcomes()).record]}
    made = tables({"rows": []}, now)
    text = "".join(f"# {name}\n<!-- {name} -->\nold\n<!-- /{name} -->\n" for name in made)
    filled = fill(text, made)
    assert "old" not in filled
    assert "| somewhere |" in filled
    assert fill(filled, made) == filled
