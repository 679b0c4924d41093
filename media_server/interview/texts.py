"""Which characters a text may hold, posted or typed. Pure.

Databases (`jsonb` of PostgreSQL, C strings), logs and screens choke on control characters, and a
direction override makes a text read as another than it is. What an integrator posts is refused,
so that they learn of it; what a candidate typed is kept without them, so that no answer is lost.
Marks and isolates that right-to-left writing needs stay, as do joiners, emoji and every script.
"""

from __future__ import annotations

import re
import unicodedata

_UNWANTED = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls but tab, line feed, carriage return
    "\ud800-\udfff"  # halves of a surrogate pair: no text in any encoding
    "\u202d\u202e"  # LEFT-TO-RIGHT and RIGHT-TO-LEFT OVERRIDE
    "\ufdd0-\ufdef\ufffe\uffff"  # not characters, and never will be
    "]"
    "|[" + "".join(f"{chr(p + 0xFFFE)}{chr(p + 0xFFFF)}" for p in range(0x10000, 0x110000, 0x10000))
    + "]"
)  # fmt: skip

_BLANK = "\u115f\u1160\u3164\uffa0\u2800"
"""Hangul fillers and the empty Braille pattern: letters and symbols without ink."""


def unwanted(text: str) -> str:
    """The first character that must not be there, as U+XXXX; "" when all is well."""
    found = _UNWANTED.search(text)
    return f"U+{ord(found.group()):04X}" if found is not None else ""


def without_unwanted(text: str) -> str:
    return _UNWANTED.sub("", text)


def has_words(text: str) -> bool:
    """Whether a voice could say anything of it: a letter or a digit of any script."""
    return any(unicodedata.category(char)[0] in "LN" and char not in _BLANK for char in text)


def is_visible(text: str) -> bool:
    """Whether a screen would show anything of it: pictures count, spaces of any width do not."""
    return any(unicodedata.category(char)[0] not in "CZ" and char not in _BLANK for char in text)
