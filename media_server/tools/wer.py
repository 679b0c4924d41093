"""Word error rate: Levenshtein distance over words, divided by the words of the reference."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[^\w' ]+")


def words(text: str) -> list[str]:
    """Lower case, without punctuation: what two transcripts are compared by."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    return _NOT_WORD.sub(" ", folded.replace("-", " ")).split()


def word_error_rate(reference: str, hypothesis: str) -> float:
    """Substitutions, deletions and insertions per reference word; may exceed 1.

    Raises ValueError when the reference has no words.
    """
    wanted, got = words(reference), words(hypothesis)
    if not wanted:
        raise ValueError("the reference has no words")
    row = list(range(len(got) + 1))
    for i, expected in enumerate(wanted, 1):
        diagonal, row[0] = row[0], i
        for j, actual in enumerate(got, 1):
            diagonal, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, diagonal + (expected != actual)),
            )
    return row[-1] / len(wanted)
