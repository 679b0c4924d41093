"""Whether a text is in another language than it should be, said only when it is sure. Pure.

By script, and by the share of small words: enough to notice a model that answers in English what
was asked in German, with nothing to load. A short text, a mixture, or a language that is not known
here passes.
"""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]+")
_LEAST_WORDS = 8
_LEAST_HITS = 4
_LEAST_LETTERS = 24
_SCRIPTS = {"en": "LATIN", "de": "LATIN", "es": "LATIN", "fr": "LATIN", "ar": "ARABIC"}
_SMALL_WORDS = {
    "en": """the and you your is are was were of to in that it for with as this have has had not be
        do does did what how which when they we i my at from about would could there or an if""",
    "de": """der die das und ist sind war ich sie wir ihr ihre ihnen nicht ein eine einen einem
        einer mit auf für von zu zum zur im den dem des dass wie was wenn auch haben hat hatte
        werden wird oder aber nach bei aus noch nur durch um""",
    "es": """el la los las y es son era que de en un una por para con no se su sus lo como más pero
        qué cómo cuando usted le nos del al ha han hay este esta muy sobre me mi o si""",
    "fr": """le la les et est sont était que qui de des du un une dans pour par avec ne pas se sa
        son ses vous votre vos nous je il elle ce cette ces au aux plus mais comment quand sur ou
        si avez ont a été""",
}
_WORDS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}


def is_wrong(text: str, locale: str) -> bool:
    """`locale`: BCP 47; "" or a language that is not known here: never wrong."""
    wanted = locale.strip().lower().replace("_", "-").split("-", 1)[0]
    script = _SCRIPTS.get(wanted)
    if script is None:
        return False
    letters = [char for char in text if char.isalpha()]
    if len(letters) < _LEAST_LETTERS:
        return False
    ours = sum(unicodedata.name(char, "").startswith(script) for char in letters[:2_000])
    if ours < 0.3 * min(len(letters), 2_000):
        return True
    if script != "LATIN":
        return False
    words = [word.casefold() for word in _WORD.findall(text[:8_000])]
    if len(words) < _LEAST_WORDS:
        return False
    return any(_is_other(words, _WORDS[wanted], small) for small in _WORDS.values())


def _is_other(words: list[str], own: frozenset[str], other: frozenset[str]) -> bool:
    """By the small words that the two languages do not share."""
    ours = sum(word in own and word not in other for word in words)
    theirs = sum(word in other and word not in own for word in words)
    return theirs >= _LEAST_HITS and theirs >= 0.2 * len(words) and ours * 4 <= theirs
