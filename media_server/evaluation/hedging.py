"""Hedges ("I think", "maybe", "sort of"): taken out before anything is judged. Pure.

How sure somebody sounds says more about where they grew up than about what they know. Only words
that claim nothing go; never a "not", nor a word before a number, where it makes an estimate of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from media_server.evaluation.hedge_phrases import TABLES as LATIN
from media_server.evaluation.hedge_phrases_ar import AR
from media_server.evaluation.polarity import is_negation, is_number
from media_server.evaluation.tokens import Token, tokens
from media_server.folding import folded

Cut = tuple[int, int]
_MOST_WORDS = 12
_TABLES = {**LATIN, "ar": AR}
_COMMAS = (",", "\u060c")
_APART = ",.;:!?\u2026\u060c\u061b\u061f\n"
"""Marks between two clauses; those of Arabic script too."""
_Phrase = tuple[str, ...]


def covers(locale: str) -> bool:
    """Whether the hedges of this language (BCP 47) are known."""
    return _language(locale) in _TABLES


def hedges(text: str, locale: str) -> tuple[Cut, ...]:
    """The hedges of a text, in order and apart from each other, each with its comma: characters
    from, to. () where the language is not covered. O(length of the text)."""
    if not covers(locale):
        return ()
    table = _table(_language(locale))
    said = tokens(text)
    words = [folded(token.key) for token in said]
    return tuple(_cuts(text, said, words, table))


@dataclass(frozen=True, slots=True)
class _Table:
    phrases: frozenset[_Phrase]
    opinions: frozenset[_Phrase]
    """Those with "that" too."""
    complements: frozenset[_Phrase]
    """Those that end in "that": a "not" behind them belongs to what they introduce."""
    at_end_only: frozenset[_Phrase]
    """Not in the middle of a clause."""
    not_before: dict[_Phrase, frozenset[str]]
    not_after: dict[_Phrase, frozenset[str]]
    begins: frozenset[str]


def _cuts(text: str, said: Sequence[Token], words: Sequence[str], table: _Table) -> Iterator[Cut]:
    at = 0
    while at < len(words):
        length = _hedge_at(text, said, words, at, table)
        if length:
            yield _with_commas(text, said, at, at + length)
        at += length or 1


def _hedge_at(
    text: str, said: Sequence[Token], words: Sequence[str], at: int, table: _Table
) -> int:
    """How many words from here are a hedge; 0: none."""
    if words[at] not in table.begins:
        return 0
    for length in range(min(_MOST_WORDS, len(words) - at), 0, -1):
        phrase = tuple(words[at : at + length])
        if phrase in table.phrases and _is_one(text, said, words, at, phrase, table):
            return length
    return 0


def _is_one(
    text: str,
    said: Sequence[Token],
    words: Sequence[str],
    at: int,
    phrase: _Phrase,
    table: _Table,
) -> bool:
    end = at + len(phrase)
    within = text[said[at].start : said[end - 1].end]
    if any(mark in within for mark in ".!?\u2026\u061f\n"):
        return False
    if phrase[:2] == ("peut", "etre") and "-" not in within:
        return False  # "cela peut être utile"
    before = words[at - 1] if at and not _is_apart(text, said, at) else ""
    after = words[end] if end < len(words) else ""
    after = "" if end < len(words) and _is_apart(text, said, end) else after
    if after and is_number(said[end].key) and phrase not in table.opinions:
        return False
    if phrase in table.at_end_only and after and not after.startswith("qu'"):
        return False
    if before and is_negation(said[at - 1].key):
        return False
    if after and is_negation(said[end].key) and phrase not in table.complements:
        return len(phrase) > 1 and is_negation(phrase[-1])
    return not (
        before in table.not_after.get(phrase, ()) or after in table.not_before.get(phrase, ())
    )


def _is_apart(text: str, said: Sequence[Token], at: int) -> bool:
    """Punctuation stands before this word."""
    return any(mark in text[said[at - 1].end : said[at].start] for mark in _APART)


def _with_commas(text: str, said: Sequence[Token], first: int, end: int) -> Cut:
    start, stop = said[first].start, said[end - 1].end
    before = text[said[first - 1].end : start] if first else ""
    after = text[stop : said[end].start] if end < len(said) else text[stop:]
    if after.lstrip().startswith(_COMMAS):
        stop += _comma(after) + 1
    if before.rstrip().endswith(_COMMAS) and (text[stop - 1] in _COMMAS or not after.strip(" ")):
        start -= len(before) - _comma(before)
    return start, stop


def _comma(text: str) -> int:
    """Where the first one stands."""
    return min(at for at in map(text.find, _COMMAS) if at >= 0)


def _language(locale: str) -> str:
    return locale.strip().lower().replace("_", "-").split("-", 1)[0]


@cache
def _table(language: str) -> _Table:
    known = _TABLES[language]
    that = [(folded(word),) for word in known.that.split()]
    but = [(folded(word),) for word in known.but.split()]
    opinions = _phrases(known.opinions)
    complements = {phrase + word for phrase in opinions for word in that}
    disclaimers = {phrase + word for phrase in _phrases(known.disclaimers) for word in but}
    phrases = opinions | complements | disclaimers | _phrases(known.alone)
    return _Table(
        phrases=frozenset(phrases),
        opinions=frozenset(opinions | complements),
        complements=frozenset(complements | disclaimers),
        at_end_only=frozenset(opinions if known.needs_that else ()),
        not_before=_conditions(known.not_before.items()),
        not_after=_conditions(known.not_after.items()),
        begins=frozenset(phrase[0] for phrase in phrases),
    )


def _conditions(items: Iterable[tuple[str, str]]) -> dict[_Phrase, frozenset[str]]:
    return {_phrase(name): frozenset(map(folded, words.split())) for name, words in items}


def _phrases(listed: str) -> set[_Phrase]:
    return {_phrase(line) for line in listed.splitlines() if line.strip()}


def _phrase(text: str) -> _Phrase:
    return tuple(folded(token.key) for token in tokens(text))
