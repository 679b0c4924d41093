"""Words as they are compared: by their stems, without accents, numbers by their value. Pure.

What a recogniser writes and what a model repeats of it differ in case, accents, marks, inflection
and in how a number is written. None of that makes a difference here. Stems are those of Snowball.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import snowballstemmer

from media_server.interviewer.languages import FALLBACK, TABLES, Table, language_of

_WORD = re.compile(r"\d+(?:[.,]\d{3})*|[^\W\d_]+")
_MARKS = re.compile(r"[?\u061f]+|[.!\u2026]+|[^\w\s]+|_+")
_CLAUSE = re.compile(r"[,;:\u2013\u2014\u060c\u061b]|\s-\s")
_MANY = 20_000
_AKIN_CHARS = 4
_AKIN_SHARE = 0.6
_MOST_ENDING, _FORM_CHARS = 3, 5
_PARTICIPLE = re.compile(
    r"(ab|an|auf|aus|bei|durch|ein|fest|her|hin|los|mit|nach|um|vor|weg|zu|zuruck)?ge(\w{3,})"
)
_HUNDRED, _THOUSAND = 100, 1000
_IN_NUMBERS = " -\u2010\u2011"


@dataclass(frozen=True, slots=True)
class Word:
    start: int
    end: int
    plain: str
    stem: str
    """ "#42" of a number."""
    content: bool
    """It says something of the matter."""

    @property
    def number(self) -> int | None:
        return int(self.stem[1:]) if self.stem.startswith("#") else None


def folded(text: str) -> str:
    """Small letters without accents or vowel signs."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def plain(text: str) -> str:
    """As the patterns of a language see it: words and `?` and `.`, each after one space."""
    return _plain(folded(text))


def accented(text: str) -> str:
    """As `plain`, with the accents."""
    return _plain(unicodedata.normalize("NFKC", text).casefold())


def _plain(text: str) -> str:
    def mark(found: re.Match[str]) -> str:
        char = found[0][0]
        return " ? " if char in "?\u061f" else " . " if char in ".!\u2026" else " "

    return " ".join(_MARKS.sub(mark, text).split())


class Language:
    """The words of one language."""

    def __init__(self, table: Table) -> None:
        self.table = table

        @functools.lru_cache(_MANY)
        def stem_of(word: str) -> str:
            """Of a small word with its accents; the stem has none. A stemmer of its own each time:
            one may not be used by two threads, and making one costs nothing beside its work."""
            base = table.irregular.get(folded(word))
            stemmer = snowballstemmer.stemmer(table.stemmer)
            return folded(stemmer.stemWord(base if base is not None else word))

        self._stem_of = stem_of
        self._common = frozenset(self._stem_of(word) for word in table.common) | table.common
        self._neutral = tuple({self._stem_of(word) for word in (*table.neutral, *table.common)})

    def words(self, text: str) -> tuple[Word, ...]:
        """All words of a text (NFC), in order."""
        found: list[Word] = []
        for match in _WORD.finditer(text):
            small = match[0].casefold()
            bare = folded(small)
            if bare[:1].isdecimal():
                value = int("".join(str(unicodedata.digit(c)) for c in bare if c.isdecimal()))
                found.append(Word(match.start(), match.end(), bare, f"#{value}", content=True))
                continue
            content = bare not in self.table.stop and len(bare) > 1
            found.append(Word(match.start(), match.end(), bare, self._stem_of(small), content))
        return tuple(self._with_numbers(text, found))

    def _with_numbers(self, text: str, found: Sequence[Word]) -> Iterator[Word]:
        """Number words as one word with their value: "one hundred and twenty"."""
        at = 0
        while at < len(found):
            value, end = self._number_at(text, found, at)
            if value is None:
                yield found[at]
                at += 1
                continue
            plain_ = " ".join(word.plain for word in found[at:end])
            yield Word(found[at].start, found[end - 1].end, plain_, f"#{value}", content=True)
            at = end

    def _number_at(self, text: str, found: Sequence[Word], at: int) -> tuple[int | None, int]:
        """Its value, and the place behind it; None: there is no number."""
        total, current, last, end = 0, None, 0, at
        for index in range(at, len(found)):
            between = text[found[index - 1].end : found[index].start] if index > at else ""
            if between.strip(_IN_NUMBERS):
                break
            value = self._value(found[index], current)
            if value is None:
                joins = found[index].plain in self.table.number_joins
                if current is None or not joins or last % 10:
                    break
                continue
            if current is None:
                total, current = (value, 0) if value >= _THOUSAND else (0, value)
            elif total and current == 0 and value < _THOUSAND:
                current = value
            elif value >= _THOUSAND and current < _THOUSAND and not total:
                total, current = max(1, current) * value, 0
            elif (joined := _joined(current, value)) is not None:
                current = joined
            else:
                break
            last, end = value, index + 1
        if current is None or end == at:
            return None, at
        return total + current, end

    def _value(self, word: Word, current: int | None) -> int | None:
        if word.number is not None:
            return word.number if current is None else None
        value = self.table.numbers.get(word.plain)
        if value is None and current and word.plain in ("one", "un", "une", "uno", "una"):
            return 1 if current % 10 == 0 and current % 100 else None
        return value

    def content(self, words: Iterable[Word]) -> list[Word]:
        return [word for word in words if word.content]

    def is_common(self, word: Word) -> bool:
        """Of the words of which questions are made."""
        return word.plain in self._common or word.stem in self._common

    def is_neutral(self, word: Word) -> bool:
        """Also in another form: "erklart" of "erklar"."""
        return any(_is_form(word.stem, stem) for stem in self._neutral)

    def asks_twice(self, text: str) -> bool:
        """Whether in the last sentence a clause asks behind one that asks: "How did you choose it,
        what did it cost?"."""
        asked = False
        for part in _CLAUSE.split(re.split(r"[.!\u2026]", text)[-1]):
            clause = accented(part)
            asks = self.table.accented_asks.match(clause)
            if asked and asks:
                return True
            asked = bool(asked or asks or self.table.accented_question_word.match(clause))
        return False

    def keys(self, words: Iterable[Word]) -> Stems:
        return Stems(words, participles=self.table.stemmer == "german")


def _joined(current: int, value: int) -> int | None:
    """Two parts of a number, such as 20 and 1, or 2 and 100. None: they are two numbers."""
    if value == _HUNDRED and 1 < current < 10:
        return current * _HUNDRED
    if (current % _HUNDRED, value) == (4, 20):  # quatre-vingt
        return current + 76
    rest = current % _HUNDRED
    if value < _HUNDRED and rest == 0:
        return current + value
    if value < 10 and rest % 10 == 0 and rest > 10:
        return current + value
    if value < 20 and rest in (60, 80):  # soixante-quinze
        return current + value
    return None


class Stems:
    """What was said, to be asked for other forms of the same words."""

    def __init__(self, words: Iterable[Word], *, participles: bool = False) -> None:
        self._participles = participles
        self._all: set[str] = set()
        self._by_begin: dict[str, set[str]] = {}
        for word in words:
            if word.content:
                for form in self._forms(word.stem):
                    self._all.add(form)
                    if len(form) >= _AKIN_CHARS and not form.startswith("#"):
                        self._by_begin.setdefault(form[:_AKIN_CHARS], set()).add(form)

    def __contains__(self, word: Word) -> bool:
        return any(self._has(form) for form in self._forms(word.stem))

    def __bool__(self) -> bool:
        return bool(self._all)

    def _has(self, form: str) -> bool:
        if form in self._all:
            return True
        if form.startswith("#"):
            return False
        return any(akin(form, other) for other in self._by_begin.get(form[:_AKIN_CHARS], ()))

    def _forms(self, stem: str) -> tuple[str, ...]:
        """Of a German participle also the stem without "ge": "geliefert" belongs to "Lieferung"."""
        if self._participles and (found := _PARTICIPLE.fullmatch(stem)):
            return stem, (found[1] or "") + found[2]
        return (stem,)


def _is_form(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    if shorter == longer:
        return True
    few = len(longer) - len(shorter) <= _MOST_ENDING
    return few and len(shorter) >= _FORM_CHARS and longer.startswith(shorter)


def akin(one: str, other: str) -> bool:
    """Whether two stems are likely of one word: "decid" of "decided", "decis" of "decision"."""
    if one == other:
        return True
    longer = max(len(one), len(other))
    same = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    return same >= _AKIN_CHARS and same >= _AKIN_SHARE * longer


@functools.cache
def language(locale: str) -> Language:
    """Of a locale's language; English where there is no table for it."""
    return Language(TABLES[language_of(locale) or FALLBACK])
