"""Criteria that ask how somebody speaks, or who somebody is: refused, with better words. Pure.

An answer can be judged by what was said, because that can be quoted and checked. Emotion, accent,
confidence, fluency, voice, age and the like cannot, and many of them the law protects. The words
are in `rubric_words.toml`, in the languages of the page; the same words about something else
("confidence interval", "an angry customer") are fine, see `rubric_context`. It finds words and not
intentions: who wants to judge people by their looks will find a way to write it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from media_server.evaluation.rubric_context import is_about_work
from media_server.folding import folded
from media_server.interview.spec import InterviewContent


@dataclass(frozen=True, slots=True)
class RubricFault:
    """What is wrong with a criterion or an anchor."""

    pointer: str
    """JSON pointer into the specification, such as "#/questions/0/criteria/1/text"."""
    message: str
    """Which words, and why they cannot be judged."""
    better: str
    """Other words that can be judged by what was said."""


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    message: str
    better: str
    words: Mapping[str, re.Pattern[str]]


@dataclass(frozen=True, slots=True)
class _Tables:
    fine: Mapping[str, re.Pattern[str]]
    kinds: tuple[_Kind, ...]
    stopwords: Mapping[str, frozenset[str]]


def faults(spec: InterviewContent) -> list[RubricFault]:
    """Everything that is wrong with the criteria and their anchors, in their order; of each text
    the first thing of each kind. About 1 ms for 1,000 characters: a caller on an event loop wants a
    thread for it."""
    found = []
    for at, question in enumerate(spec.questions):
        for number, criterion in enumerate(question.criteria):
            where = f"#/questions/{at}/criteria/{number}"
            found += list(_faults(f"{where}/text", criterion.text))
            for place, anchor in enumerate(criterion.anchors):
                found += list(_faults(f"{where}/anchors/{place}/text", anchor.text))
    return found


def kinds_in(text: str) -> tuple[str, ...]:
    """What a text asks about that it may not, such as ("accent",), in the order of the table."""
    return tuple(kind.name for kind, _ in _found(text))


def _faults(pointer: str, text: str) -> Iterator[RubricFault]:
    for kind, words in _found(text):
        yield RubricFault(pointer, f"“{words}”: {kind.message}", kind.better)


def _found(text: str) -> Iterator[tuple[_Kind, str]]:
    tables = _tables()
    plain = " ".join(folded(text).split())
    languages = _languages(plain, tables)
    for language in languages:
        plain = tables.fine[language].sub(" \u2022 ", plain)
    for kind in tables.kinds:
        for language in languages:
            matches = kind.words[language].finditer(plain)
            about_them = (
                match[0].strip()
                for match in matches
                if not any(
                    is_about_work(kind.name, plain, match.start(), match.end(), one)
                    for one in languages
                )
            )
            if words := next(about_them, ""):
                yield kind, words
                break


def _languages(plain: str, tables: _Tables) -> list[str]:
    """Those it has the most small words of; all of them where it has none."""
    words = re.findall(r"\w+", plain)
    counts = {
        name: sum(word in known for word in words) for name, known in tables.stopwords.items()
    }
    most = max(counts.values())
    return [name for name, count in counts.items() if count == most]


@cache
def _tables() -> _Tables:
    known = tomllib.loads((files(__package__) / "rubric_words.toml").read_text("utf-8"))
    languages = tuple(known["stopwords"])
    return _Tables(
        fine={
            name: re.compile(r"\b(?:" + "|".join(known["fine"][name]) + r")\b")
            for name in languages
        },
        kinds=tuple(
            _Kind(
                kind["name"],
                kind["message"],
                kind["better"],
                {name: re.compile("|".join(kind[name])) for name in languages},
            )
            for kind in known["kind"]
        ),
        stopwords={name: frozenset(words.split()) for name, words in known["stopwords"].items()},
    )
