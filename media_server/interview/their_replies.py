"""What is said to "Do you have any questions for us?" that is no question. Pure."""

from __future__ import annotations

import re
from typing import Literal

from media_server.interview.key_sentences import words_of
from media_server.interview.summary_replies import said

MOST_WORDS = 8
_BESIDE = {
    "en": "i question questions have have any got further other i've from my side at this point "
    "moment a one ask can could may something for",
    "de": "ich frage fragen habe hab keine kein weitere weiteren im moment mehr meinerseits noch "
    "eine darf fragen etwas",
    "es": "yo pregunta preguntas tengo ninguna otra otras de momento una hacer algo puedo",
    "fr": "je question questions j'ai ai n'ai aucune d'autre d'autres autre pour moment une poser "
    "puis-je puis je",
    "ar": "سؤال أسئلة لدي عندي أي أخرى",
}
"""Words that say nothing besides yes and no."""
_NONE = {"de": "keine kein", "es": "ninguna", "fr": "aucune", "en": "none", "ar": "لا"}
Reply = Literal["over", "announced"]


def reply_to_floor(text: str, locale: str) -> Reply | None:
    """over: there is no question, or no more. announced: there is one, and it comes. None: it is
    one, or something else. English is understood in every language."""
    words = words_of(text)
    if not words or len(words) > MOST_WORDS:
        return None
    language = locale.partition("-")[0].casefold()
    found = [_by(tag, text, words) for tag in dict.fromkeys((language, "en")) if tag in _BESIDE]
    return next((one for one in found if one is not None), None)


def _by(language: str, text: str, words: list[str]) -> Reply | None:
    beside = frozenset(_BESIDE[language].split())
    none = frozenset(_NONE[language].split())
    left = re.sub(
        r"[\w'\u2019-]+",
        lambda found: "" if found[0].casefold() in beside else found[0],
        text,
    )
    plain = said(left, language)
    if not words_of(left):
        return "over" if none & set(words) else "announced"
    if plain == "yes":
        return "over" if none & set(words) else "announced"
    return None if plain is None else "over"
