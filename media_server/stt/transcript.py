"""From segments to an answer: spacing, punctuation and times. Pure.

Nothing is invented: no word, no capital and no full stop that the engine did not give.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from media_server.ports import Word

_SPACE = re.compile(r"\s+")
_MARK = re.compile(r"[,.;:!?%\u2026\u3002\uff0c\uff1f\uff01\u3001]")
_BEFORE_MARK = re.compile(rf"\s+({_MARK.pattern})")
_CUT_END = re.compile(r"(?:\.{2,}|\u2026|\s[-\u2013\u2014]|[-\u2013\u2014])$")
_CUT_START = re.compile(r"^(?:\.{2,}|\u2026|[-\u2013\u2014]+\s*)\s*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u3000-\u303f\uff00-\uffef]")
"""Japanese and Chinese, with their punctuation: written without spaces."""
_LONE_MARKS = re.compile(r"^[\W_]+$")


def tidy(text: str) -> str:
    """One engine's text with sane spacing: "hello , world" is "hello, world"."""
    return _BEFORE_MARK.sub(r"\1", _SPACE.sub(" ", text)).strip()


def join(texts: Iterable[str]) -> str:
    """Final segments of one answer, in order.

    A pause within a sentence makes Whisper end a segment with an ellipsis or a dash and begin the
    next with one: those mark the cut, not the speech, and go. A segment of marks alone adds
    nothing.
    """
    parts = [part for part in map(tidy, texts) if part and not _LONE_MARKS.match(part)]
    joined = ""
    for index, part in enumerate(parts):
        if index:
            part = _CUT_START.sub("", part) or part
        if index + 1 < len(parts):
            part = _CUT_END.sub("", part).rstrip() or part
        joined += _gap(joined, part) + part
    return joined


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


def _gap(before: str, after: str) -> str:
    if (
        not before
        or _MARK.match(after)
        or (_UNSPACED.match(before[-1]) and _UNSPACED.match(after[0]))
    ):
        return ""
    return " "
