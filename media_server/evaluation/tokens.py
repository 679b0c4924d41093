"""Words of a text as they are compared, each with its place in the text. Pure.

Case, punctuation, white space and the form of a letter (NFKC) make no difference. What changes the
meaning does: accents, the point and the sign of a number, every "not".
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from media_server.folding import APOSTROPHES

_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Kana and Han: written without spaces, so each character is a word of its own."""
_TOKEN = re.compile(
    r"(?:(?<![^\s(\[\"'])[-\u2212])?\d+(?:[.,:\u066b\u066c]\d+)*(?:[^\W\d_]+)?"  # -3.5, 10,000, 3rd
    rf"|[{_UNSPACED}]"
    rf"|(?:(?![{_UNSPACED}])[^\W_])(?:(?![{_UNSPACED}])[^\W_]|[\u0300-\u036f\u0610-\u065f])*"
    r"(?:['\u2018\u2019\u02bc\uff07](?:[^\W_])+)*"
    r"|[\U0001f44d\U0001f44e\u2705\u274c]"
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word: `key` is what is compared, `start` and `end` its characters in the text."""

    key: str
    start: int
    end: int


def tokens(text: str) -> tuple[Token, ...]:
    """All words in order. O(length of the text)."""
    return tuple(Token(key(m[0]), m.start(), m.end()) for m in _TOKEN.finditer(text))


def key(word: str) -> str:
    r"""What a word is compared by: "Don’t" → "don't", "ﬁne" → "fine", "\u22123,5" → "-3,5"."""
    word = unicodedata.normalize("NFKC", word.translate(APOSTROPHES)).translate(APOSTROPHES)
    word = unicodedata.normalize("NFKC", word.casefold()).replace("\u2212", "-")
    return "".join(word.split())  # one letter may stand for four words: U+FDFA


def words(text: str) -> frozenset[str]:
    """A table of words, written as one text."""
    return frozenset(text.split())
