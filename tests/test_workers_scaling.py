"""`benchmarks.workers_scaling` and `benchmarks.soak`: what they make of what they measure."""

from __future__ import annotations

import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.census import count, malloc_mb, per_visit
from benchmarks.soak import Reading, growth, line
from benchmarks.workers_scaling import Metrics, Step, comparison, lag_p99_ms, next_calls, outcome

WENT = Step(calls=100, seconds=17.0, server_cores=0.8, load_cores=0.3, other_cores=0.0,
            lag_p99_ms=8.0, lost=0, packets=85_000, live=(50, 50), load_late=0)  # fmt: skip


def step(calls: int, **changes: float | tuple[int, ...]) -> Step:
    made = dataclasses.replace(WENT, calls=calls, live=(calls,), server_cores=0.008 * calls)
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


@given(carries=st.integers(1, 599), same=st.integers(1, 100))
def test_the_search_ends_within_a_tenth(carries: int, same: int) -> None:
    steps = [(same, same <= carries)]
    while (calls := next_calls(steps, 60, 600)) is not None:
        assert calls not in [tried for tried, _ in steps]
        steps.append((calls, calls <= carries))
        assert len(steps) < 25
    good = max((tried for tried, went in steps if went), default=0)
    assert good <= carries
    assert good >= carries * 10 // 11 - 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"load_late": 1}, "load"),
        ({"live": (50, 49)}, "gone"),
        ({"lost": 100}, "lost"),
        ({"lag_p99_ms": 25.0}, "late"),
    ],
)
def test_why_a_step_does_not_count(changes: dict[str, object], why: str) -> None:
    assert not WENT.why_not
    assert why in dataclasses.replace(WENT, **changes).why_not  # type: ignore[arg-type]


def test_the_load_is_given_back_where_the_machine_was_full() -> None:
    one = [step(40), step(100, load_cores=0.3), step(125, lag_p99_ms=30.0)]
    two = [step(80), step(170, load_cores=0.51, live=(85, 85)), step(200, lag_p99_ms=30.0)]
    runs = [outcome(1, one, 2.0), outcome(2, two, 2.0)]
    assert [run["valid"] for run in runs] == [True, True]
    found = comparison(runs)
    assert found["by_calls"] == 1.7
    assert found["by_calls_load_subtracted"] == pytest.approx(1.7 * (1.36 + 0.51) / 1.36)
    assert found["by_cpu"] == pytest.approx(2.0)


def test_a_run_beside_other_programs_does_not_count() -> None:
    busy = [step(40), step(100, other_cores=0.5), step(125, lag_p99_ms=30.0)]
    assert not outcome(1, busy, 2.0)["valid"]
    assert not outcome(1, [step(40), step(100), step(125, load_late=2)], 2.0)["valid"]


def test_the_latest_loop_counts() -> None:
    def text(*late: int) -> str:
        rows = ["# TYPE media_server_loop_lag_seconds histogram"]
        for worker, many in enumerate(late, 1):
            for le, n in (("0.01", 100 - many), ("0.03", 100), ("+Inf", 100)):
                label = f'le="{le}",worker="{worker}"'
                rows.append(f"media_server_loop_lag_seconds_bucket{{{label}}} {n}")
        return "\n".join(rows) + "\n"

    assert lag_p99_ms(Metrics(""), Metrics(text(0, 1))) == 10.0
    assert lag_p99_ms(Metrics(""), Metrics(text(0, 2))) == 30.0


def test_a_slope_is_told_with_its_margin() -> None:
    noise = random.Random(1)
    for wanted in (0.0, 60.0):
        readings = [
            Reading(at_s=5.0 * n, memory_mb=0.0, descriptors=9, threads=9, calls=0.0, kept=0.0,
                    own_mb={"server": 100.0 + wanted * n / 720 + noise.gauss(0, 2)})
            for n in range(720)
        ]  # fmt: skip
        found = growth(readings)
        assert abs(found["mb_per_h"] - wanted) < found["margin"] < 5.0
    assert line([(0.0, 1.0), (1.0, 2.0)]) == (0.0, float("inf"))
    slope, margin = line([(0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 4.0)])
    assert (slope, round(margin, 6)) == (1.0, 0.0)


class Left:
    """Nothing else makes these."""


def test_what_is_left_is_counted_by_type() -> None:
    before = count()
    kept = [Left() for _ in range(200)]
    left = per_visit(before, count(), 100)
    assert left[f"{__name__}.Left"] == 2.0
    assert len(kept) == 200
    assert malloc_mb().get("used", 1.0) > 0
