"""From a text on the screen to what an engine is given to say. Pure."""

from __future__ import annotations

import unicodedata

from media_server.tts.signs import named

MAX_TEXT_CHARS = 4000
_JOINERS = "\u200c\u200d"
"""Persian and Indic spelling needs them; every other format character is dropped."""


def speakable(sentence: str, locale: str = "en") -> str:
    """Without what has no sound or might be a command: controls, format characters, pictographs.
    Signs that have a name are said by it ("C#", see `signs`).

    Empty when nothing is left that could be pronounced (a letter or a number).
    """
    text = _kept(unicodedata.normalize("NFC", sentence), markup=True)
    spoken = _kept(_all_named(text, locale), markup=False)
    spoken = _all_named(spoken, locale)
    return spoken if any(unicodedata.category(char)[0] in "LN" for char in spoken) else ""


def _all_named(text: str, locale: str) -> str:
    """A name may set free the next one ("a * b * c"); each takes a sign away, so that it ends."""
    while (following := " ".join(named(text, locale).split())) != text:
        text = following
    return text


def _kept(text: str, *, markup: bool) -> str:
    """What stays, with single spaces; `markup`: of one engine or another, none of it is speech."""
    kept: list[str] = []
    for char in text:
        category = unicodedata.category(char)
        if char in _JOINERS or category[0] in "LMN":
            kept.append(char)
        elif char in "<>[]{}|\\^`~_*#":
            kept.append(char if markup else " ")
        elif category[0] == "P" or category in {"Sc", "Sm"}:
            kept.append(char)
        else:
            kept.append(" ")
    return " ".join("".join(kept).split())
