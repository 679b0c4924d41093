"""Words as lists of words and patterns see them: small letters without accents. Pure."""

from __future__ import annotations

import unicodedata

APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u2032\u00b4`\uff07", "'"))
"""All kinds of apostrophe, as one."""


def folded(text: str) -> str:
    """Lower case without accents, one kind of apostrophe: for lists of words, not for quotes."""
    text = text.translate(APOSTROPHES)
    if text.isascii():  # most, and then there is nothing more to do
        return text.lower()
    text = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in text if not unicodedata.combining(c))
