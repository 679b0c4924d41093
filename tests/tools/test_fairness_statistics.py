"""The calculations of the fairness report, beside published figures and by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from media_server.tools.fairness_statistics import (
    Sample,
    by_chance,
    chances,
    gap_interval,
    gap_intervals,
    holm,
    ratio_interval,
    smallest_gap,
    wilson,
)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        # R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Stat. Med. 17
        # (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_a_rate_has_the_published_interval(hits: int, n: int, low: float, high: float) -> None:
    interval = wilson(hits, n)
    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize(("rate", "best", "n", "m"), [(0.3, 0.4, 15, 20), (0.8, 0.9, 40, 40)])
def test_a_ratio_lies_in_its_interval_95_times_of_100(
    rate: float, best: float, n: int, m: int
) -> None:
    rng = np.random.default_rng(5)
    inside = tried = 0
    for hits, best_hits in zip(
        rng.binomial(n, rate, 2000).tolist(), rng.binomial(m, best, 2000).tolist(), strict=True
    ):
        if best_hits:
            interval = ratio_interval(hits, n, best_hits, m)
            tried += 1
            inside += interval.low <= rate / best <= interval.high
    assert 0.93 <= inside / tried <= 0.98


def test_no_ratio_to_nothing() -> None:
    with pytest.raises(ValueError, match="rate of 0"):
        ratio_interval(1, 10, 0, 10)
    with pytest.raises(ValueError, match="at least one"):
        wilson(0, 0)


def test_ratios_to_the_rarest_and_from_none() -> None:
    rare = ratio_interval(5, 10, 1, 1000)
    assert 1 < rare.low < 500 < rare.high
    none = ratio_interval(0, 20, 15, 20)
    assert none.low == 0
    assert 0.1 < none.high < 0.5
    assert ratio_interval(20, 20, 20, 20).high < 1.3


def groups(gap: float, n: int, seed: int) -> tuple[Sample, Sample]:
    rng = np.random.default_rng(seed)
    pairs = [[(float(number), 1.0) for number in rng.normal(mean, 10, n)] for mean in (gap, 0)]
    return Sample.of(pairs[0]), Sample.of(pairs[1])


def test_chance_alone_gives_no_more_alarms_than_the_level_says() -> None:
    """A sum of 400 tries at 5 %: 20 expected, 33 in one of 300 cases."""
    alarms = sum(by_chance(*groups(0, 10, seed), draws=199) <= 0.05 for seed in range(400))
    assert 8 <= alarms <= 33


def test_the_interval_holds_the_gap_most_often() -> None:
    inside = 0
    for seed in range(300):
        interval = gap_interval(*groups(3, 40, seed), draws=999)
        inside += interval.low <= 3 <= interval.high
    assert 0.90 <= inside / 300 <= 0.98


def test_the_smallest_gap_is_found_four_times_of_five() -> None:
    found = 0
    for seed in range(200):
        one, other = groups(0, 40, seed)
        gap = smallest_gap(one, other, 0.05)
        found += by_chance(*groups(gap, 40, seed + 1000), draws=199) <= 0.05
    assert 0.7 <= found / 200 <= 0.9


def test_the_same_numbers_give_the_same_answer() -> None:
    one, other = groups(2, 30, 1)
    assert by_chance(one, other) == by_chance(one, other)
    assert gap_interval(one, other) == gap_interval(one, other)


def test_long_interviews_count_more() -> None:
    sample = Sample.of([(100.0, 10.0), (0.0, 90.0)])
    assert sample.value == 1.0
    assert sample.deviation() > 0


def test_many_comparisons_raise_the_chances() -> None:
    # Holm: 0.01 x 4, 0.02 x 3, 0.03 x 2, 0.04 x 1, never falling.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_a_whole_of_nothing_is_an_error() -> None:
    with pytest.raises(ZeroDivisionError):
        _ = Sample.of([(0.0, 0.0)]).value
    assert math.isfinite(smallest_gap(*groups(0, 10, 1), 0.05))


def test_together_they_are_as_one_by_one() -> None:
    """Of groups that share a size, a split, or nothing."""
    sizes = [(12, 20), (12, 20), (20, 12), (15, 15), (11, 40)]
    pairs = [
        (groups(1, one, seed)[0], groups(0, other, 50 + seed)[1])
        for seed, (one, other) in enumerate(sizes)
    ]
    told: list[int] = []
    assert chances(pairs, draws=99, told=told.append) == [by_chance(*p, draws=99) for p in pairs]
    assert sum(told) == 99 * len(pairs)
    intervals = gap_intervals(pairs, draws=99)
    for pair, interval in zip(pairs, intervals, strict=True):
        alone = gap_interval(*pair, draws=99)
        assert (interval.low, interval.high) == pytest.approx((alone.low, alone.high))


def test_the_shuffles_are_those_of_the_textbook() -> None:
    """One at a time, as the permutation test is written down."""
    one, other = groups(4, 12, 3)
    parts = np.concatenate([one.parts, other.parts])
    rng = np.random.default_rng(1)
    first = np.arange(24) < 12
    as_large = 0
    for mine in rng.permuted(np.broadcast_to(first, (199, 24)), axis=1):
        gap = parts[mine].mean() - parts[~mine].mean()
        as_large += abs(gap) >= abs(one.value - other.value) - 1e-12
    assert by_chance(one, other, draws=199) == (as_large + 1) / 200
