"""Spacing of recognised text: of one segment, and from segments to an answer. Pure.

Nothing is invented: no word, no capital and no full stop that the engine did not give.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_MARK = r"[,.;:!?%\u2026\u3002\uff0c\uff1f\uff01\u3001]"
_MARKS_ALONE = rf"{_MARK}+(?=\s|$)"
"""Punctuation, and not the beginning of a word: ".NET" and ".5" keep their space."""
_BEFORE_MARK = re.compile(rf" ({_MARKS_ALONE})")
_BEGINS_WITH_MARK = re.compile(_MARKS_ALONE)
_CUT_END = re.compile(r"(?:\.{2,}|\u2026|\s[-\u2013\u2014]|[-\u2013\u2014])$")
_CUT_START = re.compile(r"^(?:\.{2,}|\u2026|[-\u2013\u2014]+\s*)\s*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u3000-\u303f\uff00-\uffef]")
"""Japanese and Chinese, with their punctuation: written without spaces."""
_LONE_MARKS = re.compile(r"^[\W_]+$")


def tidy(text: str) -> str:
    """One engine's text with sane spacing: "hello , world" is "hello, world"."""
    return _BEFORE_MARK.sub(r"\1", " ".join(text.split()))


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


def _gap(before: str, after: str) -> str:
    if (
        not before
        or _BEGINS_WITH_MARK.match(after)
        or (_UNSPACED.match(before[-1]) and _UNSPACED.match(after[0]))
    ):
        return ""
    return " "
