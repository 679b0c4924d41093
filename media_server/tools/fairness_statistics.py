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

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Z95 = NormalDist().inv_cdf(0.975)
POWER = NormalDist().inv_cdf(0.8)
SEED = 1
DRAWS = 9_999
"""With the real one, 10,000 ways to share out the groups."""
_BLOCK = 2_000_000
"""Numbers drawn at a time: about 16 MB."""

Floats = npt.NDArray[np.float64]


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

    def resampled(self, draws: int, rng: np.random.Generator) -> Floats:
        """Its value in each of `draws` samples of as many interviews, drawn with repeats."""
        made = []
        for rows in _blocks(draws, len(self)):
            drawn = rng.integers(len(self), size=(rows, len(self)))
            made.append(_ratio(self.parts[drawn].sum(axis=1), self.wholes[drawn].sum(axis=1)))
        return np.concatenate(made)


def gap_interval(one: Sample, other: Sample, *, draws: int = DRAWS, seed: int = SEED) -> Interval:
    """95 % percentile bootstrap interval of the value of `one` less that of `other`."""
    rng = np.random.default_rng(seed)
    gaps = one.resampled(draws, rng) - other.resampled(draws, rng)
    low, high = np.quantile(gaps, (0.025, 0.975))
    return Interval(float(low), float(high))


def by_chance(one: Sample, other: Sample, *, draws: int = DRAWS, seed: int = SEED) -> float:
    """How often a gap as large comes about when the groups are shared out at random (p-value).

    A permutation test: its level holds at any size of the groups. Two-sided; never 0.
    """
    parts = np.concatenate([one.parts, other.parts])
    wholes = np.concatenate([one.wholes, other.wholes])
    seen = abs(one.value - other.value)
    rng = np.random.default_rng(seed)
    first = np.arange(len(parts)) < len(one)
    as_large = 0
    for rows in _blocks(draws, len(parts)):
        mine = rng.permuted(np.broadcast_to(first, (rows, len(parts))), axis=1)
        part, whole = mine @ parts, mine @ wholes
        gaps = _ratio(part, whole) - _ratio(parts.sum() - part, wholes.sum() - whole)
        as_large += int((np.abs(gaps) >= seen - 1e-12).sum())
    return (as_large + 1) / (draws + 1)


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
