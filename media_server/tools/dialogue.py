"""The dialogue of `simulate` as it goes on: on a terminal to be read, in a pipe one line each."""

from __future__ import annotations

import textwrap
import time
from typing import TextIO

from media_server.terminal import (
    Tone,
    can_move,
    columns_of,
    is_terminal,
    paint_for,
    printable,
    width_of,
)  # fmt: skip

_NAMES: dict[str, tuple[str, tuple[Tone, ...]]] = {
    "bot": ("interviewer", ("cyan",)),
    "say": ("candidate", ("yellow",)),
    "type": ("types", ("yellow",)),
    "you": ("understood", ("green",)),
    "turn": ("turn", ("dim",)),
    "note": ("", ("dim",)),
    "hint": ("screen", ("dim",)),
    "error": ("error", ("red", "bold")),
    "end": ("end", ("bold",)),
}
_NAME_COLUMNS = 12


class Dialogue:
    """Lines with the time since it was made. Text of the server's is shown without controls."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._began_s = time.monotonic()
        self._paint = paint_for(out)
        self._pretty = is_terminal(out)
        self._moves = can_move(out)
        self._live = False
        """The last line is not final."""

    def line(self, who: str, text: str) -> None:
        """`who`: bot, say, type, you, turn, note, hint, error or end."""
        text = printable(text)
        at_s = time.monotonic() - self._began_s
        if not self._pretty:
            self._write(f"{int(at_s // 60):02d}:{at_s % 60:04.1f}  {who:>5}  {text}\n")
            return
        name, tones = _NAMES.get(who, (who, ()))
        lead = f"{self._clock(at_s)}  {name:{_NAME_COLUMNS}}"
        lines = textwrap.wrap(text, width_of(self._out) - len(lead)) or [""]
        quiet = who in ("note", "turn", "hint")
        shown = [self._paint(line, "dim") if quiet else line for line in lines]
        head = self._paint(self._clock(at_s), "dim") + "  "
        self._write(f"{head}{self._paint(f'{name:{_NAME_COLUMNS}}', *tones)}{shown[0]}\n")
        for line in shown[1:]:
            self._write(f"{' ' * len(lead)}{line}\n")

    def heading(self, text: str) -> None:
        """A question begins."""
        if self._pretty:
            self._write(f"\n{self._paint(printable(text).capitalize(), 'bold')}\n")
        else:
            self.line("ask", text)

    def interim(self, text: str) -> None:
        """Words that may change: written over by what comes next."""
        if not self._pretty:
            self.line("…", text)
        elif self._moves:
            lead = " " * 7 + f"{'…':{_NAME_COLUMNS}}"
            room = width_of(self._out) - len(lead) - 1
            shown = printable(text)
            while columns_of(shown) > room:
                shown = shown[max(1, len(shown) - room) :]
            self._write(self._paint(lead + shown, "dim"))
            self._live = True

    def text(self, text: str = "") -> None:
        """A line without time and name; a long one is wrapped where it is read."""
        text = printable(text)
        if self._pretty and columns_of(text) > (width := width_of(self._out)):
            indent = " " * (len(text) - len(text.lstrip()))
            text = textwrap.fill(text.strip(), width, initial_indent=indent,
                                 subsequent_indent=indent)  # fmt: skip
        self._write(text + "\n")

    def _clock(self, at_s: float) -> str:
        return f"{int(at_s // 60):2d}:{int(at_s % 60):02d}"

    def _write(self, text: str) -> None:
        if self._live:
            self._live = False
            self._out.write("\r\033[K")
        self._out.write(text)
        self._out.flush()
