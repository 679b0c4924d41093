"""Signs that a technical interview says by name: "C#" is "C sharp". Pure; a table per language.

Voices leave such signs out or read them as pauses, so that "C# and C++" became "C and C++". Only
what stands in the text as code or as a quantity is named; a lone sign of markup stays unspoken.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

_BEFORE = r"(?<![^\s(\[{\"'/\u201c\u2018])"
"""At the beginning of a word."""
_AFTER = r"(?![^\s)\]}\"'/,.;:!?\u201d\u2019-])"
"""At its end."""

_EN: tuple[Rule, ...] = (
    (re.compile(rf"{_BEFORE}([A-Za-z])#{_AFTER}"), r"\1 sharp"),
    (re.compile(rf"{_BEFORE}([A-Za-z])\+\+{_AFTER}"), r"\1 plus plus"),
    (re.compile(rf"{_BEFORE}\.(NET)\b"), r"dot \1"),
    (re.compile(rf"{_BEFORE}(ASP|VB)\.(NET)\b"), r"\1 dot \2"),
    (re.compile(r"\b(Node|Vue|Next|Express|Three|D3)\.js\b"), r"\1 J S"),
    (re.compile(rf"{_BEFORE}<={_AFTER}"), "less than or equal to"),
    (re.compile(rf"{_BEFORE}>={_AFTER}"), "greater than or equal to"),
    (re.compile(rf"{_BEFORE}!={_AFTER}"), "not equal to"),
    (re.compile(rf"{_BEFORE}==={_AFTER}"), "triple equals"),
    (re.compile(rf"{_BEFORE}=={_AFTER}"), "double equals"),
    (re.compile(rf"{_BEFORE}<{_AFTER}"), "less than"),
    (re.compile(rf"{_BEFORE}>{_AFTER}"), "greater than"),
    (re.compile(rf"{_BEFORE}<(?=\s?\d)"), "less than "),
    (re.compile(rf"{_BEFORE}>(?=\s?\d)"), "more than "),
    (re.compile(rf"{_BEFORE}~(?=\s?\d)"), "about "),
    (re.compile(r"(?<=\d)\s?%"), " percent"),
    (re.compile(rf"{_BEFORE}&&{_AFTER}"), "and"),
    (re.compile(rf"{_BEFORE}&{_AFTER}"), "and"),
    (re.compile(r"(?<=[A-Z])&(?=[A-Z]\b)"), " and "),
)
_BY_LANGUAGE: dict[str, tuple[Rule, ...]] = {"en": _EN}


def named(text: str, locale: str) -> str:
    """The text with its signs in words, where there is a table for the language."""
    for pattern, words in _BY_LANGUAGE.get(locale.lower().partition("-")[0], ()):
        text = pattern.sub(words, text)
    return text
