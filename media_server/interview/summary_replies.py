"""What is said to "Would you like to hear it?" and "Did I get that right?". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from media_server.interview.key_sentences import words_of
from media_server.interview.replies import reply

MAX_WORDS = 8
_MARK = re.compile(r"[,.;:!?\u060c\u2026\u2013\u2014]")


@dataclass(frozen=True, slots=True)
class _Words:
    right: frozenset[str]
    wrong: frozenset[str]
    no: frozenset[str]
    negates: frozenset[str]
    """What is "not right" is wrong. Where "no" is the same word, only a comma tells them apart."""
    nothing: frozenset[str]
    more: frozenset[str]
    everything: frozenset[str]
    beside: frozenset[str]
    """Words that a reply may hold besides, and that decide nothing."""

    def every(self) -> frozenset[str]:
        of = (self.wrong, self.no, self.negates, self.nothing, self.more, self.everything)
        return self.right.union(self.beside, *of)


def _words(
    right: str, wrong: str, no: str, negates: str, nothing: str, more: str, everything: str,
    beside: str,
) -> _Words:  # fmt: skip
    parts = (right, wrong, no, negates, nothing, more, everything, beside)
    return _Words(*(frozenset(part.split()) for part in parts))


_TABLES = {
    "en": _words(
        "yes yeah yep sure ok okay right correct exactly perfect good fine great absolutely",
        "wrong incorrect false",
        "no nope nah",
        "not isn't wasn't don't doesn't",
        "nothing none",
        "else more",
        "all everything",
        "that's that is it's it was looks sounds you got i think thanks thank you very please "
        "quite like would to hear read them go ahead for me need want so far as and well um uh oh "
        "just do",
    ),
    "de": _words(
        "ja jawohl genau richtig stimmt korrekt passt gut perfekt prima super einverstanden okay "
        "ok gerne gern",
        "falsch verkehrt",
        "nein nee nö",
        "nicht",
        "nichts",
        "mehr weiter",
        "alles",
        "das ist so es war danke vielen dank bitte sehr ganz finde glaube ich denke soweit schon "
        "hören lesen vorlesen brauche äh ähm mir möchte will",
    ),
    "es": _words(
        "sí si correcto exacto bien perfecto vale claro cierto ok okay",
        "mal incorrecto falso",
        "no",
        "no",
        "nada",
        "más",
        "todo",
        "eso es está así gracias muy por favor creo que de acuerdo oír leer quiero hace falta hay",
    ),
    "fr": _words(
        "oui ouais exact exactement correct bon bien parfait juste ok okay volontiers accord",
        "faux incorrect",
        "non",
        "pas",
        "rien",
        "plus",
        "tout",
        "c'est ce n'est est très merci beaucoup s'il vous plaît je crois que d'accord l'entendre "
        "de du besoin ça me va",
    ),
    "ar": _words(
        "نعم أجل صحيح صحيحا تمام حسنا ممتاز بالتأكيد طبعا",
        "خطأ خاطئ",
        "لا كلا",
        "لا ليس",
        "شيء",
        "",
        "كل كله",
        "هذا شكرا جزيلا من فضلك جدا أريد أن أسمع ذلك",
    ),
}
Said = Literal["yes", "no", "enough", "wrong"]
_STRONG: tuple[Said, ...] = ("wrong", "enough")
"""Who says more than yes and no means that."""


def said(text: str, locale: str) -> Said | None:
    """enough: there is no more to correct. wrong: it is not right, whatever was asked, and what it
    should be is not said. None: it says something else. English is understood in every language."""
    words = words_of(text)
    if not words or len(words) > MAX_WORDS:
        return None
    language = locale.partition("-")[0].casefold()
    for table in (language, "en"):
        if table in _TABLES and (found := _by(_TABLES[table], text)) is not None:
            return found
    plain = reply(text, locale)
    return None if plain == "answer" else plain


def _by(table: _Words, text: str) -> Said | None:
    """Each part between marks is a reply by itself: "no, that's good" denies that anything is
    wrong, "that's no good" does not."""
    parts = [words for part in _MARK.split(text) if (words := words_of(part))]
    if not {word for words in parts for word in words} <= table.every():
        return None
    found = [part for words in parts if (part := _part(table, words)) is not None]
    for strong in _STRONG:
        if strong in found:
            return strong
    if "no" in found and "yes" in found:
        return "enough" if found[0] == "no" else "no"
    return found[0] if found else None


def _part(table: _Words, words: list[str]) -> Said | None:
    apart = words[0] in table.no - table.negates and not set(words[1:2]) & table.right
    spoken = set(words[1:] if apart else words)
    negated = bool(spoken & (table.negates | table.no))
    nothing, more = bool(spoken & table.nothing), bool(spoken & table.more)
    if spoken & table.wrong:
        return "enough" if negated or nothing else "wrong"
    if more and (negated or nothing or apart):
        return "enough"
    if spoken & table.right:
        return "wrong" if negated or nothing else "enough" if apart else "yes"
    if nothing:
        return "enough"
    if spoken & table.everything:
        return "no" if negated else "enough"  # "that's not all", "that's all"
    return "no" if negated or apart else None
