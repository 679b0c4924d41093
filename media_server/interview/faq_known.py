"""The words of `faq_words`, ready to be compared with. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from media_server.interview.faq_words import BY_LANGUAGE, OPENERS, Asks, Words

NOTHING = "=nothing"
"""Several words that say nothing of what a question is about: "a year"."""

Subjects = Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]
"""By the first stem of a wording: its other stems and what it means, the longest first."""


def stemming(language: str) -> Callable[[str], str]:
    """A stemmer of one's own, for it has a state; each word is stemmed once."""
    words = BY_LANGUAGE.get(language)
    if words is None:
        return str
    import snowballstemmer  # noqa: PLC0415 - few interviews have a FAQ

    stemmer = snowballstemmer.stemmer(words.stemmer)
    known: dict[str, str] = {}

    def stem(word: str) -> str:
        if word not in known:
            known[word] = stemmer.stemWord(word)
        return known[word]

    return stem


@dataclass(frozen=True, slots=True)
class Known:
    """The words of a language, ready to be compared with."""

    begins: re.Pattern[str] = re.compile(r"(?!)")
    openers: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    negations: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    asks: tuple[tuple[tuple[str, ...], Asks], ...] = ()
    subjects: Subjects = field(default_factory=dict)
    implied: Mapping[str, frozenset[Asks]] = field(default_factory=dict)

    def wants(self, words: Sequence[str]) -> frozenset[Asks]:
        """What the form of the question tells: the longest beginning at each word."""
        found: set[Asks] = set()
        at = 0
        while at < len(words):
            for beginning, asks in self.asks:
                if tuple(words[at : at + len(beginning)]) == beginning:
                    found.add(asks)
                    at += len(beginning) - 1
                    break
            at += 1
        return frozenset(found)

    def subject(self, stems: Sequence[str], at: int) -> tuple[str | None, int]:
        """(name, number of words) of the longest wording that begins here; (None, 0): none."""
        for rest, name in self.subjects.get(stems[at], ()):
            if tuple(stems[at + 1 : at + 1 + len(rest)]) == rest:
                return name, 1 + len(rest)
        return None, 0


@functools.cache
def known_words(language: str) -> Known:
    words = BY_LANGUAGE.get(language)
    if words is None:
        return Known()
    subjects, implied = _subjects(words, stemming(language))
    asks = [
        (tuple(beginning.split()), what)
        for what, lines in words.asks.items()
        for line in lines.splitlines()
        for beginning in line.split("|")
        if beginning.strip()
    ]
    asks.sort(key=lambda one: -len(one[0]))
    return Known(
        begins=re.compile(re.sub(r"\n\s*", "", words.begins)),
        openers=OPENERS,
        empty=frozenset(words.empty.split()),
        negations=frozenset(words.negations.split()),
        tags=frozenset(words.tags.split()),
        asks=tuple(asks),
        subjects=subjects,
        implied=implied,
    )


def _subjects(
    words: Words, stem: Callable[[str], str]
) -> tuple[Subjects, Mapping[str, frozenset[Asks]]]:
    by_stem: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    implied: dict[str, frozenset[Asks]] = {}
    for line in _lines(words.subjects):
        head, _, wordings = line.partition(":")
        name, _, asks = head.partition("=")
        name = f"={name.strip()}"  # no stem is written like this
        implied[name] = frozenset(what for what in words.asks if what in asks.split())
        for wording in wordings.split(","):
            first, *rest = [stem(word) for word in wording.split()]
            by_stem.setdefault(first, []).append((tuple(rest), name))
    ordered = {
        first: tuple(sorted(rests, key=lambda one: -len(one[0])))
        for first, rests in by_stem.items()
    }
    return ordered, implied


def _lines(text: str) -> Iterable[str]:
    """One subject each; a line that is set in further goes on with the one before."""
    found: list[str] = []
    for line in text.splitlines():
        if "=" in line:
            found.append(line.strip())
        elif line.strip():
            found[-1] += f" {line.strip()}"
    return found
