"""How far apart two groups are, and whether chance alone explains it. Pure; seeds are fixed.

Sources: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA
22 (1927); A. Donner and G. Y. Zou, "Closed-form confidence intervals for functions of the normal
mean and standard deviation", Stat. Methods Med. Res. 21 (2012), for the ratio of two rates from the
interval of each (MOVER); B. Phipson and G. K. Smyth, "Permutation p-values should never be zero",
Stat. Appl. Genet. Mol. Biol. 9 (2010); S. Holm, "A simple sequentially rejective multiple test
procedure", Scand. J. Stat. 6 (1979); T. C. Hesterberg, "What teachers should know about the
bootstrap", Am. Stat. 69 (2015), for its intervals and their limits in small groups.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Z95 = NormalDist().inv_cdf(0.975)
POWER = NormalDist().inv_cdf(0.8)
SEED = 1
DRAWS = 9_999
"""With the real one, 10,000 ways to share out the groups."""
_BLOCK = 2_000_000
"""Numbers drawn at a time: about 16 MB."""
_CACHED = 64_000
"""Numbers looked at a time: half a MB."""

Floats = npt.NDArray[np.float64]
K = TypeVar("K")
Whole = TypeVar("Whole", bound=np.integer[Any])


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Sample:
    """One measure in one group: of each interview a part and a whole, such as the wrong words and
    all words. The measure is the sum of the parts divided by the sum of the wholes, so an interview
    counts by its length, and is drawn as one piece."""

    parts: Floats
    wholes: Floats

    @classmethod
    def of(cls, pairs: Sequence[tuple[float, float]]) -> Sample:
        table = np.asarray(pairs, float).reshape(len(pairs), 2)
        return cls(table[:, 0], table[:, 1])

    def __len__(self) -> int:
        return len(self.parts)

    @property
    def value(self) -> float:
        """Raises ZeroDivisionError where no interview has a whole."""
        if not self.wholes.sum():
            raise ZeroDivisionError("nothing to divide by")
        return float(self.parts.sum() / self.wholes.sum())

    def deviation(self) -> float:
        """Standard error of the value: of a ratio of sums, linearised."""
        left = self.parts - self.value * self.wholes
        n = len(self)
        return float(np.sqrt((left @ left) * n / max(n - 1, 1)) / self.wholes.sum())


Pair = tuple[Sample, Sample]
"""A group, and whom it is compared with."""
Told = Callable[[int], None]
"""How many draws were made since it was last called, of all comparisons together."""


def gap_interval(one: Sample, other: Sample, *, draws: int = DRAWS, seed: int = SEED) -> Interval:
    """95 % percentile bootstrap interval of the value of `one` less that of `other`."""
    return gap_intervals([(one, other)], draws=draws, seed=seed)[0]


def gap_intervals(
    pairs: Sequence[Pair], *, draws: int = DRAWS, seed: int = SEED, told: Told = lambda _: None
) -> list[Interval]:
    """As `gap_interval` of each. Groups of one size share what is drawn, which is what takes long:
    each has its own seed, so that none depends on the others."""
    made: dict[int, Interval] = {}
    for (ones, others), same in _by(pairs, lambda one, other: (len(one), len(other))).items():
        rng = np.random.default_rng(seed)
        mine = _resampled(_columns([pairs[index][0] for index in same]), ones, draws, rng)
        theirs = _resampled(_columns([pairs[index][1] for index in same]), others, draws, rng)
        bounds = np.quantile(mine - theirs, (0.025, 0.975), axis=0)
        for index, low, high in zip(same, *bounds.tolist(), strict=True):
            made[index] = Interval(low, high)
        told(draws * len(same))
    return [made[index] for index in range(len(pairs))]


def by_chance(one: Sample, other: Sample, *, draws: int = DRAWS, seed: int = SEED) -> float:
    """How often a gap as large comes about when the groups are shared out at random (p-value).

    A permutation test: its level holds at any size of the groups. Two-sided; never 0.
    """
    return chances([(one, other)], draws=draws, seed=seed)[0]


def chances(
    pairs: Sequence[Pair], *, draws: int = DRAWS, seed: int = SEED, told: Told = lambda _: None
) -> list[float]:
    """As `by_chance` of each. As many interviews are shuffled in the same way, once for all."""
    as_large = np.zeros(len(pairs), int)
    for size, same in _by(pairs, lambda one, other: len(one) + len(other)).items():
        rng = np.random.default_rng(seed)
        places = np.arange(size, dtype=np.int32)
        splits = [
            _Split.of({index: pairs[index] for index in alike})
            for alike in _by(pairs, lambda one, _: len(one), same).values()
        ]
        for rows in _blocks(draws, size):
            order = rng.permuted(np.broadcast_to(places, (rows, size)), axis=1)
            for split, some in itertools.product(splits, _cached(order)):
                as_large[split.indices] += split.as_large(some)
            told(rows * len(same))
    return [(count + 1) / (draws + 1) for count in as_large.tolist()]


@dataclass(frozen=True, slots=True)
class _Split:
    """Comparisons in which as many of as many interviews are the first group."""

    indices: list[int]
    first: int
    table: Floats
    """See `_columns`."""
    seen: Floats

    @classmethod
    def of(cls, pairs: Mapping[int, Pair]) -> _Split:
        return cls(
            indices=list(pairs),
            first=len(next(iter(pairs.values()))[0]),
            table=np.concatenate(
                [_columns([pair[side] for pair in pairs.values()]) for side in (0, 1)]
            ),
            seen=np.array([abs(one.value - other.value) for one, other in pairs.values()]),
        )

    def as_large(self, order: npt.NDArray[np.int32]) -> npt.NDArray[np.int_]:
        """Of each comparison, in how many of these orders the gap is at least the one seen."""
        # As floats: a product of truths and numbers takes fifty times as long.
        mine = (order < self.first).astype(float) @ self.table
        gaps = _values(mine) - _values(self.table.sum(axis=0) - mine)
        return np.asarray((np.abs(gaps) >= self.seen - 1e-12).sum(axis=0))


def _by(
    pairs: Sequence[Pair],
    key: Callable[[Sample, Sample], K],
    indices: Iterable[int] | None = None,
) -> dict[K, list[int]]:
    """Indices of the pairs that have one key, in their order."""
    found: dict[K, list[int]] = {}
    for index in range(len(pairs)) if indices is None else indices:
        found.setdefault(key(*pairs[index]), []).append(index)
    return found


def _columns(samples: Sequence[Sample]) -> Floats:
    """A row for each interview; first a column of parts for each sample, then of wholes."""
    parts, wholes = [one.parts for one in samples], [one.wholes for one in samples]
    return np.column_stack([*parts, *wholes])


def _values(sums: Floats) -> Floats:
    """Of sums of `_columns`: a column for each sample."""
    half = sums.shape[1] // 2
    return _ratio(sums[:, :half], sums[:, half:])


def _resampled(table: Floats, size: int, draws: int, rng: np.random.Generator) -> Floats:
    """The values in each of `draws` samples of as many interviews, drawn with repeats."""
    made = []
    for rows in _blocks(draws, size):
        drawn = rng.integers(size, size=(rows, size))
        for some in _cached(drawn):
            some += size * np.arange(len(some))[:, None]
            times = np.bincount(some.ravel(), minlength=some.size).reshape(some.shape)
            made.append(_values(times.astype(float) @ table))
    return np.concatenate(made)


def smallest_gap(one: Sample, other: Sample, level: float) -> float:
    """The gap that a test at `level` finds in four of five cases, about."""
    deviation = math.hypot(one.deviation(), other.deviation())
    return (NormalDist().inv_cdf(1 - level / 2) + POWER) * deviation


def holm(chances: Sequence[float]) -> list[float]:
    """The p-values, raised so that `level` holds for all of them together."""
    order = sorted(range(len(chances)), key=lambda index: chances[index])
    raised = [1.0] * len(chances)
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(chances) - rank) * chances[index]))
        raised[index] = highest
    return raised


def wilson(hits: int, n: int, z: float = Z95) -> Interval:
    """Score interval of a rate. Raises ValueError for an empty group."""
    if not 0 <= hits <= n or not n:
        raise ValueError("a rate needs at least one, and no more hits than there are")
    rate, square = hits / n, z * z
    middle = (rate + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(rate * (1 - rate) / n + square / (4 * n * n))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def ratio_interval(hits: int, n: int, best_hits: int, best_n: int) -> Interval:
    """95 % interval of one rate divided by another, from the Wilson interval of each (MOVER).

    `high` is infinite where the lower bound of the divisor is 0. Raises ValueError as `wilson`
    does, and where the other rate is 0.
    """
    if not best_hits:
        raise ValueError("there is no ratio to a rate of 0")
    rate, best = hits / n, best_hits / best_n
    mine, theirs = wilson(hits, n), wilson(best_hits, best_n)
    product = rate * best
    low = _bound(product, mine.low * (2 * rate - mine.low), theirs.high, best, -1)
    high = _bound(product, mine.high * (2 * rate - mine.high), theirs.low, best, 1)
    return Interval(max(0.0, low), high)


def _bound(product: float, above: float, limit: float, best: float, sign: int) -> float:
    below = limit * (2 * best - limit)
    if not below:
        return math.inf if sign > 0 else above / (2 * product or 1.0)
    return (product + sign * math.sqrt(max(0.0, product * product - above * below))) / below


def _ratio(parts: Floats, wholes: Floats) -> Floats:
    made: Floats = np.zeros_like(parts, float)
    return np.divide(parts, wholes, out=made, where=wholes > 0)


def _blocks(draws: int, size: int) -> Iterator[int]:
    """Rows of each block, so that memory stays bounded."""
    rows = max(1, _BLOCK // max(size, 1))
    for start in range(0, draws, rows):
        yield min(rows, draws - start)


def _cached(block: npt.NDArray[Whole]) -> Iterator[npt.NDArray[Whole]]:
    """Its rows, so many at a time that what is made of them stays in a processor's cache."""
    rows = max(1, _CACHED // block.shape[1])
    for start in range(0, len(block), rows):
        yield block[start : start + rows]
