"""A turn in normalised words: what the phrases are compared with.

Lower case without accents, contractions written out, fillers and stuttered words gone. Where a
sign of punctuation stood is kept, because a clause of its own is better evidence than a few words
in the middle of one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from media_server.interview.spoken_requests.table import Table

MAX_RAW_WORDS = 30
"""With fillers and repetitions: a turn that is longer is not looked at."""
_MAX_CHARACTERS = 400
_MAX_REPEATED = 4
"""Words that are said twice in a row at most: "could you could you"."""
MOST_POLITE_WORDS = 4
_APOSTROPHES = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u2032\u00b4`\uff07", "'")
)
_ARABIC = str.maketrans({"\u0629": "\u0647", "\u0649": "\u064a", "\u0640": None})
"""Final forms that people and recognisers write either way, and the sign that stretches a word."""
_WORD = r"[^\W_]+(?:'[^\W_]+)*"
_WORDS = re.compile(_WORD)
_PIECE = re.compile(_WORD + r"|[.,!?;:\u2026\u2014\u2013\u00bf\u00a1\u060c\u061b\u061f]| - ")
_ASKS = ("?", "\u061f")
"""The second is the Arabic question mark."""


@dataclass(frozen=True, slots=True)
class Words:
    words: tuple[str, ...]
    edges: frozenset[int]
    """Positions before which a clause begins, by punctuation; 0 and the end always."""
    is_question: bool


def folded(text: str) -> str:
    """Lower case, one apostrophe, no accents: "Répétez" → "repetez", "heißt" → "heisst"."""
    text = text.translate(_APOSTROPHES).casefold()
    if text.isascii():  # most, and then there is nothing more to do
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def as_heard(text: str) -> str:
    """Folded, and Arabic in one spelling, whichever the recogniser has chosen."""
    text = folded(text)
    return text if text.isascii() else text.translate(_ARABIC)


def is_short(text: str) -> bool:
    """Whether a turn may be looked at: constant time, however long the text is."""
    return (
        len(text) <= _MAX_CHARACTERS
        and 0 < len(text.split(maxsplit=MAX_RAW_WORDS)) <= MAX_RAW_WORDS
    )


def normalised(text: str, table: Table) -> Words:
    words: list[str] = []
    edges = {0}
    for piece in _PIECE.findall(as_heard(text)):
        if not piece[0].isalnum():
            edges.add(len(words))
            continue
        for word in _spelt(piece, table):
            words.append(word)
            _drop_polite(words, table.polite)
            _drop_repeated(words, table.said_twice)
    return Words(
        tuple(words),
        frozenset(edge for edge in edges if edge < len(words)) | {0, len(words)},
        text.rstrip().endswith(_ASKS),
    )


def comparer(table: Table) -> Callable[[str], str]:
    """Puts phrases into the words of `normalised`: they may be written as people write. One for
    all phrases of a language looks up each word once."""

    @cache
    def compared(word: str) -> str:
        return " ".join(_spelt(word, table))

    return lambda phrase: _WORDS.sub(lambda found: compared(found[0]), as_heard(phrase))


def _spelt(piece: str, table: Table) -> list[str]:
    words = table.spellings.get(piece, piece).replace("'", " ").split()
    return [word for word in words if word not in table.fillers]


def _drop_polite(words: list[str], polite: frozenset[tuple[str, ...]]) -> None:
    for length in range(2, MOST_POLITE_WORDS + 1):
        if tuple(words[-length:]) in polite:
            del words[-length:]
            return


def _drop_repeated(words: list[str], said_twice: frozenset[str]) -> None:
    """ "Could you could you" → "could you"."""
    if not words or words[-1] in said_twice:
        return
    for length in range(1, min(_MAX_REPEATED, len(words) // 2) + 1):
        if words[-length:] == words[-2 * length : -length]:
            del words[-length:]
            return
