"""A short reply to a question back: yes, no, or "it is my answer". Pure; one table a language."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

MAX_WORDS = 8
Reply = Literal["yes", "no", "answer"]


@dataclass(frozen=True, slots=True)
class _Words:
    yes: frozenset[str]
    no: frozenset[str]
    answer: frozenset[str]
    """One of these makes it "it is my answer", or with one of `negated` the opposite."""
    negated: frozenset[str]
    beside: frozenset[str]
    """Words that a reply may hold besides, and that decide nothing."""


def _plain(word: str) -> str:
    """Without accents, apostrophes and punctuation, which recognisers leave out as they like."""
    parts = unicodedata.normalize("NFD", word)
    return "".join(char for char in parts if char.isalnum())


def _words(yes: str, no: str, answer: str, negated: str, beside: str) -> _Words:
    parts = (yes, no, answer, negated, beside)
    return _Words(*(frozenset(_plain(word) for word in part.split()) for part in parts))


_TABLES = {
    "en": _words(
        "yes yeah yep yup yea sure ok okay right correct exactly absolutely definitely certainly",
        "no nope nah not don't",
        "answer",
        "not",
        "please do so it that is that's it's thanks thank you would be nice great good i want to "
        "go ahead uh um oh well was my need just already all",
    ),
    "de": _words(
        "ja jawohl jo klar gerne gern genau richtig okay ok sicher natürlich",
        "nein nee nö nicht",
        "antwort",
        "nicht",
        "bitte danke mach machen sie das es ist war meine ach äh doch schon ich",
    ),
    "es": _words(
        "si claro vale bueno exacto correcto ok okay",
        "no",
        "respuesta",
        "",
        "por favor gracias eso es era mi la de acuerdo hazlo",
    ),
    "fr": _words(
        "oui ouais ok okay exactement bien volontiers",
        "non pas",
        "réponse",
        "pas",
        "s'il vous plaît te merci c'est c'était ma la sûr d'accord euh mais ce n'est",
    ),
}


_PLEASE = frozenset({"please", "bitte"})


def reply(text: str, locale: str) -> Reply | None:
    """None: it says something else. English is understood in every language."""
    words = [word for word in map(_plain, text.casefold().split()) if word]
    if not words or len(words) > MAX_WORDS:
        return None
    language = locale.partition("-")[0].casefold()
    for table in (_TABLES.get(language, _TABLES["en"]), _TABLES["en"]):
        if (found := _by(table, words)) is not None:
            return found
    return None


def _by(table: _Words, words: list[str]) -> Reply | None:
    said = set(words)
    if not said <= table.yes | table.no | table.answer | table.beside:
        return None
    if said & table.answer:
        return "yes" if said & table.negated else "answer"
    if said & table.no:
        return "no"
    return "yes" if said & table.yes or said <= _PLEASE else None
