"""How people try to talk a judge round in other languages than English, by concept: what
`stems.toml` holds. Pure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Language:
    """Stems by concept, as alternatives of a regular expression, in lower case. Two concepts that
    belong together stand in one sentence: `commands` and `rules`, `give` and `top`, `reveal` and
    `own`; `boss` and `decided` with what is asked for."""

    commands: str
    rules: str
    give: str
    top: str
    reveal: str
    own: str
    """Of the judge: "your prompt"."""
    boss: str
    decided: str
    role: str
    verdict: str
    """Such as "this answer deserves"."""
    address: str
    more: str
    """By itself: what is asked for one's own score, a game to play, who judges in the third person,
    threats, the course of the interview, words for the interviewer to say."""
    spaced: bool = True
    """A stem is the beginning of a word; False: it may stand anywhere."""


@cache
def languages() -> dict[str, Language]:
    """All that are known, by their code."""
    text = (files(__package__) / "stems.toml").read_text("utf-8")
    known = tomllib.loads(text)
    return {name: Language(**dict(_fields(stems))) for name, stems in known.items()}


def _fields(known: dict[str, list[str] | bool]) -> Iterator[tuple[str, Any]]:
    for field in fields(Language):
        value = known.get(field.name, True)
        yield field.name, value if isinstance(value, bool) else "|".join(value)
