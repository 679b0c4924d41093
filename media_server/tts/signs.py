"""Signs that a technical interview says by name: "C#" is "C sharp". Pure; a table per language.

Voices leave such signs out or read them as pauses, so that "C# and C++" became "C and C++". Only
what stands in the text as code or as a quantity is named, or alone in quotation marks ("What does
`&` do?"); a sign of markup stays unspoken.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

SIGNS_VERSION = 2
"""Of the names below: a clip that was made with others is made again."""
SIGNS = frozenset("#<>^*~%&+|=")
"""A text without these is said as it is written, names such as ".NET" apart."""
_BEFORE = r"(?<![^\s(\[{\"'/\u201c\u2018\u00ab\u201e\u00bf\u00a1])"
"""At the beginning of a word."""
_AFTER = r"(?![^\s)\]}\"'/,.;:!?\u201d\u2019\u00bb\u201c\u060c\u061f-])"
"""At its end."""
_ONE = r"(?:[A-Za-z]|\d+)"
"""What a sign between spaces has on both sides in a formula: "x * 2"."""
_LEFT, _RIGHT = r"(?<![^\W_])", r"(?![^\W_])"
"""Where that begins, and ends."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the signs are called in one language."""

    sharp: str
    plus: str
    dot: str
    at_most: str
    at_least: str
    unequal: str
    equal: str
    identical: str
    below: str
    above: str
    less_than: str
    """Before a number: "less than 10 ms"."""
    more_than: str
    about: str
    percent: str
    modulo: str
    conjunction: str
    disjunction: str
    power: str
    times: str
    star: str
    caret: str
    tilde: str
    percent_sign: str
    ampersand: str
    hash: str


NAMES: dict[str, Names] = {
    "en": Names(
        sharp="sharp", plus="plus", dot="dot",
        at_most="less than or equal to", at_least="greater than or equal to",
        unequal="not equal to", equal="double equals", identical="triple equals",
        below="less than", above="greater than", less_than="less than", more_than="more than",
        about="about", percent="percent", modulo="modulo", conjunction="and", disjunction="or",
        power="to the power of", times="times", star="star", caret="caret", tilde="tilde",
        percent_sign="percent sign", ampersand="ampersand", hash="hash",
    ),
    "de": Names(
        sharp="sharp", plus="plus", dot="dot",
        at_most="kleiner oder gleich", at_least="größer oder gleich",
        unequal="ungleich", equal="doppeltes Gleich", identical="dreifaches Gleich",
        below="kleiner als", above="größer als", less_than="weniger als", more_than="mehr als",
        about="etwa", percent="Prozent", modulo="modulo", conjunction="und", disjunction="oder",
        power="hoch", times="mal", star="Stern", caret="Zirkumflex", tilde="Tilde",
        percent_sign="Prozentzeichen", ampersand="Und-Zeichen", hash="Raute",
    ),
    "es": Names(
        sharp="sharp", plus="más", dot="punto",
        at_most="menor o igual que", at_least="mayor o igual que",
        unequal="distinto de", equal="doble igual", identical="triple igual",
        below="menor que", above="mayor que", less_than="menos de", more_than="más de",
        about="aproximadamente", percent="por ciento", modulo="módulo", conjunction="y",
        disjunction="o", power="elevado a", times="por", star="asterisco",
        caret="acento circunflejo", tilde="virgulilla", percent_sign="signo de porcentaje",
        ampersand="et", hash="almohadilla",
    ),
    "fr": Names(
        sharp="sharp", plus="plus", dot="point",
        at_most="inférieur ou égal à", at_least="supérieur ou égal à",
        unequal="différent de", equal="double égal", identical="triple égal",
        below="inférieur à", above="supérieur à", less_than="moins de", more_than="plus de",
        about="environ", percent="pour cent", modulo="modulo", conjunction="et",
        disjunction="ou", power="puissance", times="fois", star="étoile",
        caret="accent circonflexe", tilde="tilde", percent_sign="signe pour cent",
        ampersand="esperluette", hash="dièse",
    ),
    "ar": Names(
        sharp="شارب", plus="بلس", dot="دوت",
        at_most="أصغر من أو يساوي", at_least="أكبر من أو يساوي",
        unequal="لا يساوي", equal="يساوي يساوي", identical="ثلاث علامات يساوي",
        below="أصغر من", above="أكبر من", less_than="أقل من", more_than="أكثر من",
        about="حوالي", percent="بالمئة", modulo="باقي القسمة على", conjunction="و",
        disjunction="أو", power="أس", times="ضرب", star="نجمة", caret="علامة الأس",
        tilde="تيلدا", percent_sign="علامة المئة", ampersand="علامة آند", hash="علامة الشباك",
    ),
}  # fmt: skip


def named(text: str, locale: str) -> str:
    """The text with its signs in words, where there is a table for the language."""
    language = locale.lower().replace("_", "-").partition("-")[0]
    if language not in NAMES:
        return text
    for pattern, words in _rules(language):
        text = pattern.sub(words, text)
    return text


@functools.cache
def _rules(language: str) -> tuple[Rule, ...]:
    """In their order: a longer sign before the one that it begins with."""
    n = NAMES[language]
    return tuple(
        (re.compile(pattern), words)
        for pattern, words in (
            *_quoted(n),
            (rf"{_BEFORE}([A-Za-z])#{_AFTER}", rf"\1 {n.sharp}"),
            (rf"{_BEFORE}([A-Za-z])\+\+{_AFTER}", rf"\1 {n.plus} {n.plus}"),
            (rf"{_BEFORE}\.(NET)\b", rf"{n.dot} \1"),
            (rf"{_BEFORE}(ASP|VB)\.(NET)\b", rf"\1 {n.dot} \2"),
            (r"\b(Node|Vue|Next|Express|Three|D3)\.js\b", r"\1 J S"),
            *_comparisons(n),
            *_formulas(n),
            (rf"{_BEFORE}&&?{_AFTER}", n.conjunction),
            (r"(?<=[A-Z])&(?=[A-Z]\b)", f" {n.conjunction} "),
            (rf"{_BEFORE}\|\|{_AFTER}", n.disjunction),
        )
    )


def _quoted(n: Names) -> tuple[tuple[str, str], ...]:
    """A sign that is spoken of."""
    signs = {
        r"\^": n.caret, r"\*": n.star, "~": n.tilde, "%": n.percent_sign,
        "&": n.ampersand, "#": n.hash, "<": n.below, ">": n.above,
    }  # fmt: skip
    opening = r"([`'\"\u201c\u2018\u201e\u00ab]\s?)"
    closing = r"(?=\s?[`'\"\u201d\u2019\u201c\u00bb])"
    return tuple((f"{opening}{sign}{closing}", rf"\1{name}") for sign, name in signs.items())


def _comparisons(n: Names) -> tuple[tuple[str, str], ...]:
    return (
        (rf"{_BEFORE}<={_AFTER}", n.at_most),
        (rf"{_BEFORE}>={_AFTER}", n.at_least),
        (rf"{_BEFORE}!={_AFTER}", n.unequal),
        (rf"{_BEFORE}==={_AFTER}", n.identical),
        (rf"{_BEFORE}=={_AFTER}", n.equal),
        (rf"{_BEFORE}<{_AFTER}", n.below),
        (rf"{_BEFORE}>{_AFTER}", n.above),
        (rf"{_LEFT}({_ONE})<({_ONE}){_RIGHT}(?![^<>]*>)", rf"\1 {n.below} \2"),
        (rf"{_LEFT}(?<!<)({_ONE})>({_ONE}){_RIGHT}", rf"\1 {n.above} \2"),
        (rf"{_BEFORE}<(?=\s?\d)", f"{n.less_than} "),
        (rf"{_BEFORE}>(?=\s?\d)", f"{n.more_than} "),
        (rf"{_BEFORE}~(?=\s?\d)", f"{n.about} "),
    )


def _formulas(n: Names) -> tuple[tuple[str, str], ...]:
    spaced = rf"{_LEFT}({_ONE})\s%\s(\d+){_RIGHT}"
    return (
        (spaced, rf"\1 {n.modulo} \2"),
        (r"(?<=\d)\s?%", f" {n.percent}"),
        (rf"{_LEFT}({_ONE}|\))\s?\^\s?(?={_ONE}{_RIGHT}|\()", rf"\1 {n.power} "),
        (rf"{_LEFT}({_ONE}|\))\s\*\s(?={_ONE}{_RIGHT}|\()", rf"\1 {n.times} "),
        (rf"{_LEFT}({_ONE})\*(?={_ONE}{_RIGHT})", rf"\1 {n.times} "),
        (r"(?<=\bSELECT )\*|(?<=\bCOUNT\()\*(?=\))", n.star),
    )
