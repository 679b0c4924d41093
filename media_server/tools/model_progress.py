"""How far a model is: a line that is written over on a terminal, one at the end elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from media_server.terminal import can_move, can_write, paint_for, width_of

AGAIN_S = 0.1
"""A terminal is written to no more often."""
BAR = 24


class Progress:
    """Called with the model, the bytes so far and the bytes in all, as often as anybody likes."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._moves = can_move(self._out)
        self._paint = paint_for(self._out)
        self._signs = "━─" if can_write(self._out, "━─") else "=-"
        self._of = ""
        self._began_s = self._told_s = 0.0
        self._first = 0
        self._ended = True

    def __call__(self, name: str, done: int, total: int) -> None:
        """Raises nothing of its own: a stream that is closed raises as it does."""
        now_s = time.monotonic()
        if name != self._of:
            self._of, self._began_s, self._first, self._ended = name, now_s, done, False
            self._told_s = 0.0
        if self._ended:
            return
        if done >= total:
            self._ended = True
            self._say(
                f"{name}: {total / 1e6:.0f} MB in {max(1, now_s - self._began_s):.0f} s", "\n"
            )
        elif self._moves and now_s - self._told_s >= AGAIN_S:
            self._told_s = now_s
            self._say(self._line(done, total, now_s - self._began_s), "")

    def close(self) -> None:
        """Nothing more comes: what is said next gets a line of its own."""
        if not self._ended and self._moves:
            self._say("", "")
        self._ended = True

    def _line(self, done: int, total: int, passed_s: float) -> str:
        full = BAR * done // max(1, total)
        bar = self._paint(self._signs[0] * full, "cyan")
        bar += self._paint(self._signs[1] * (BAR - full), "dim")
        line = f"{self._of}: {bar} {done / 1e6:.0f} of {total / 1e6:.0f} MB"
        come = done - self._first
        if passed_s > 1.0 and come > 0:
            line += f", {_duration(passed_s * (total - done) / come)} left"
        return line

    def _say(self, text: str, end: str) -> None:
        if self._moves:
            text = f"\r\033[K{text[: width_of(self._out) + 32]}"
        self._out.write(text + end)
        self._out.flush()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, seconds):.0f} s"
    return f"{seconds / 60:.0f} min"
