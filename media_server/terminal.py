"""What a terminal is given and a file is not: colour, its own width, a line written over.

And what no terminal is ever given: control characters in text that came from somebody else. They
can move the cursor, retitle the window, forge lines, and in some terminals type commands.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Literal, TextIO

Tone = Literal["dim", "bold", "red", "green", "yellow", "blue", "cyan"]
_CODES: dict[Tone, str] = {
    "bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36",
}  # fmt: skip
DEFAULT_WIDTH = 80
MIN_WIDTH, MAX_WIDTH = 40, 110
"""Narrower is of no use, wider is hard to read."""

# C0 and C1 controls, line separators of Unicode, and what turns the direction of writing round.
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Paint:
    """Text in a tone, or as it is where there is no colour."""

    on: bool

    def __call__(self, text: str, *tones: Tone) -> str:
        if not self.on or not tones or not text:
            return text
        return f"\033[{';'.join(_CODES[tone] for tone in tones)}m{text}\033[0m"


def is_terminal(stream: IO[str]) -> bool:
    """Whether a person looks at it, as far as one can know."""
    try:
        return stream.isatty()
    except ValueError:  # it is closed
        return False


def can_move(stream: IO[str], environ: Mapping[str, str] | None = None) -> bool:
    """Whether a line may be written over: a terminal that understands escapes."""
    known = os.environ if environ is None else environ
    return is_terminal(stream) and known.get("TERM", "") not in ("", "dumb")


def paint_for(stream: IO[str], environ: Mapping[str, str] | None = None) -> Paint:
    """Colour on a terminal that has it, unless NO_COLOR (no-color.org) is set to anything."""
    known = os.environ if environ is None else environ
    return Paint(can_move(stream, known) and not known.get("NO_COLOR"))


def can_write(stream: TextIO, text: str) -> bool:
    """Whether the stream's encoding has these characters."""
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def width_of(stream: IO[str]) -> int:
    """Columns to fill: the terminal's, within reason; 80 for what is none."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return max(MIN_WIDTH, min(columns or DEFAULT_WIDTH, MAX_WIDTH))


def columns_of(text: str) -> int:
    """How many columns a terminal takes for it: wide characters two, combining ones none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def printable(text: str) -> str:
    r"""Controls as `\x1b` or `\u202e`, so that they are seen and do nothing."""
    return _CONTROLS.sub(lambda found: _escaped(found.group()), text)


def printable_lines(text: str) -> str:
    """`printable`, with its lines kept."""
    return "\n".join(map(printable, text.split("\n")))


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
