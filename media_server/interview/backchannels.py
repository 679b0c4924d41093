"""Back-channels: the small sounds and words with which a listener says "I am listening". Pure.

"Mm-hm", "okay", "I see" over a question are no answer to it, and no wish to speak. Each language
has a list with two kinds of word in it: those that only acknowledge ("okay", "I see"), and those
that could answer a question, too ("yes", "sure", "good"). The caller says which it takes: over the
middle of a question nobody answers it yet; over its last syllable "yes" may be the answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

MAX_WORDS = 6
"""Somebody who says more has something to say."""

_SPLIT = re.compile(r"[^\W_]+")
_IN_WORDS = re.compile(r"['\u2019\u2018`\u00b4\u2010\u2011-]")
_HUM = re.compile(
    r"(?:m*h*m+h*m*|u+h+(?:u+h+)?|a+h+a*|o+h+|o+|a+|u+m+|e+h+m*|a+h+m+|e+r+m*|e+u+h+|a+j+a+)"
)
"""Hums, fillers and the like, as recognisers spell them: mm-hm, mhm, hmm, uh-huh, aha, oh, um."""

_EVERYWHERE = "okay, ok, okey, oki, aha, wow, super"
_ACKNOWLEDGE = {
    "en": (
        "right, alright, all right, i see, i got it, got it, gotcha, i understand, understood, "
        "go on, interesting, makes sense, that makes sense, fair enough, okay then, thanks, "
        "thank you, oh okay, oh i see, hmm okay"
    ),
    "de": (
        "alles klar, ach so, achso, ach, verstehe, ich verstehe, verstanden, in ordnung, "
        "interessant, danke, danke schon, alles gut, na gut, soso"
    ),
    "es": (
        "vale, de acuerdo, entiendo, ya entiendo, entendido, ya veo, ya, bueno, interesante, "
        "gracias, muchas gracias, mira"
    ),
    "fr": (
        "daccord, je vois, je comprends, compris, jai compris, entendu, ah bon, bon, ca marche, "
        "voila, interessant, merci, ah daccord"
    ),
}
_MAY_ANSWER = {
    "en": (
        "yes, yeah, yea, yep, yup, ya, sure, of course, exactly, absolutely, definitely, "
        "certainly, indeed, true, correct, thats right, that is right, thats true, good, great, "
        "nice, cool, fine, perfect, very good, sounds good"
    ),
    "de": (
        "ja, jaja, jep, jo, joa, genau, richtig, stimmt, das stimmt, naturlich, sicher, klar, "
        "na klar, gerne, gut, sehr gut, schon, prima, toll, perfekt"
    ),
    "es": (
        "si, exacto, exactamente, correcto, por supuesto, claro, claro que si, asi es, eso es, "
        "eso, bien, muy bien, perfecto, genial, seguro"
    ),
    "fr": (
        "oui, ouais, exactement, bien sur, tout a fait, absolument, cest ca, cest vrai, vrai, "
        "bien, tres bien, parfait, genial"
    ),
}


def words(text: str) -> tuple[str, ...]:
    """Bare words: small letters without accents, "mm-hm" and "that's" as one word each."""
    plain = unicodedata.normalize("NFKD", _IN_WORDS.sub("", text).casefold())
    return tuple(_SPLIT.findall("".join(c for c in plain if not unicodedata.combining(c))))


def _phrases(table: str) -> frozenset[tuple[str, ...]]:
    return frozenset(words(phrase) for phrase in table.split(","))


_ONLY = {lang: _phrases(f"{_EVERYWHERE}, {table}") for lang, table in _ACKNOWLEDGE.items()}
_WITH_ANSWERS = {lang: _ONLY[lang] | _phrases(table) for lang, table in _MAY_ANSWER.items()}
_LONGEST = max(len(phrase) for table in _WITH_ANSWERS.values() for phrase in table)


def language(locale: str) -> str:
    """The language whose tables are used: English where there are none of its own."""
    found = locale.replace("_", "-").partition("-")[0].lower()
    return found if found in _ONLY else "en"


def is_backchannel(text: str, locale: str, *, also_answers: bool) -> bool:
    """Whether these words are back-channels and nothing else. No words are none.

    `also_answers`: take those that could answer a question, too ("yes").
    """
    said = words(text)
    if not said or len(said) > MAX_WORDS:
        return False
    tables = _WITH_ANSWERS if also_answers else _ONLY
    return _covered(said, tables[language(locale)])


def _covered(said: Sequence[str], phrases: frozenset[tuple[str, ...]]) -> bool:
    """Whether it is made of hums and of these phrases, one after the other."""
    reached = {0}
    for at in range(len(said)):
        if at not in reached:
            continue
        if _HUM.fullmatch(said[at]):
            reached.add(at + 1)
        for length in range(1, _LONGEST + 1):
            if tuple(said[at : at + length]) in phrases:
                reached.add(at + length)
    return len(said) in reached
