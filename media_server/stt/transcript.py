"""From an engine's times to the candidate's timeline. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from media_server.ports import Word


def on_timeline(words: Sequence[Word], start_s: float, duration_s: float) -> tuple[Word, ...]:
    """Words of a segment that begins at `start_s` of the candidate's timeline.

    Engines give times a little outside the audio or out of order; here they are within the
    segment and never go back.
    """
    placed: list[Word] = []
    at_s = 0.0
    for word in words:
        begin_s = min(max(word.start_s, at_s, 0.0), duration_s)
        end_s = min(max(word.end_s, begin_s), duration_s)
        at_s = begin_s
        placed.append(
            replace(word, start_s=round(start_s + begin_s, 3), end_s=round(start_s + end_s, 3))
        )
    return tuple(placed)
