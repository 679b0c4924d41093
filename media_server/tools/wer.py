"""Word error rate: Levenshtein distance over words, divided by the words of the reference."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_NOT_WORD = re.compile(r"[^\w' ]+")


def words(text: str) -> list[str]:
    """Lower case, without punctuation: what two transcripts are compared by."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    return _NOT_WORD.sub(" ", folded.replace("-", " ")).split()


def word_errors(reference: str, hypothesis: str) -> tuple[int, int]:
    """(substitutions + deletions + insertions, words of the reference)."""
    wanted, got = words(reference), words(hypothesis)
    known: dict[str, int] = {}
    heard = np.array([known.setdefault(word, len(known)) for word in got], int)
    steps = np.arange(len(got) + 1)
    row = steps
    for expected in wanted:
        # Deleted or substituted; then inserted: the least over all before, at one for each step.
        next_row = row + 1
        np.minimum(next_row[1:], row[:-1] + (heard != known.get(expected, -1)), out=next_row[1:])
        row = np.minimum.accumulate(next_row - steps) + steps
    return int(row[-1]), len(wanted)


def word_error_rate(reference: str, hypothesis: str) -> float:
    """Errors per reference word; may exceed 1.

    Raises ValueError when the reference has no words.
    """
    errors, count = word_errors(reference, hypothesis)
    if not count:
        raise ValueError("the reference has no words")
    return errors / count


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the bounds of its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def bootstrap(
    errors: Sequence[float],
    lengths: Sequence[int],
    baseline: Sequence[float] | None = None,
    *,
    resamples: int = 10_000,
    seed: int = 1,
) -> Interval:
    """Errors per word over all utterances, resampled by utterance (percentile bootstrap).

    With `baseline`, the errors of another system on the same utterances, the difference to it is
    estimated, and each resample draws the same utterances for both (Bisani and Ney, "Bootstrap
    estimates for confidence intervals in ASR performance evaluation", ICASSP 2004). An utterance
    that was measured several times counts once, with the mean of its errors. Raises ValueError
    for series of different lengths or without a word.
    """
    made = np.asarray(errors, float)
    if baseline is not None:
        if len(baseline) != len(made):
            raise ValueError("a paired comparison needs the same utterances in both")
        made = made - np.asarray(baseline, float)
    weights = np.asarray(lengths, float)
    if len(weights) != len(made) or not weights.sum():
        raise ValueError("each utterance needs its number of words, and one of them a word")
    drawn = np.random.default_rng(seed).integers(len(made), size=(resamples, len(made)))
    totals = np.maximum(weights[drawn].sum(axis=1), 1)
    low, high = np.quantile(made[drawn].sum(axis=1) / totals, (0.025, 0.975))
    return Interval(float(made.sum() / weights.sum()), float(low), float(high))
