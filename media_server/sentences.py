"""Sentences of a text, as a voice says them one after another. Pure."""

from __future__ import annotations

import re

MAX_SENTENCE_CHARS = 400
_END = re.compile(
    "(?:[.!?\u2026]+[\"'\u201d\u2019)\\]]*(?=\\s)"
    "|[\u3002\uff01\uff1f\u061f\u0964]+)\\s*"  # Chinese, Japanese; Arabic; Devanagari
)
_ABBREVIATIONS = frozenset({
    "mr", "mrs", "ms", "dr", "prof", "st", "e.g", "i.e", "etc", "vs", "approx", "inc", "ltd",
    "jr", "sr", "bzw", "z.b", "d.h", "u.a",
})  # fmt: skip
_SOFT = re.compile("[,;:\u060c\u3001\uff0c]\\s*|\\s+")


def split_sentences(text: str) -> tuple[str, ...]:
    """Sentences in order, each stripped and at most MAX_SENTENCE_CHARS long.

    Joined by spaces they hold every word of the text. A full stop after a known abbreviation, a
    single letter or before a small letter ends nothing.
    """
    parts: list[str] = []
    begin = 0
    for match in _END.finditer(text):
        if _ends(text[begin : match.start()], match.group(), text[match.end() :]):
            parts.append(text[begin : match.end()])
            begin = match.end()
    parts.append(text[begin:])
    return tuple(piece for part in parts for piece in _bounded(" ".join(part.split())) if piece)


def _ends(before: str, mark: str, after: str) -> bool:
    if mark[0] != ".":
        return True
    word = before.rsplit(None, 1)[-1].lower().lstrip("([\"'") if before.split() else ""
    if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()):
        return False
    return not after[:1].islower()


def _bounded(sentence: str) -> list[str]:
    """No engine is given an endless sentence: cut at a comma or space, else at the limit."""
    pieces: list[str] = []
    while len(sentence) > MAX_SENTENCE_CHARS:
        ends = [match.end() for match in _SOFT.finditer(sentence, 1, MAX_SENTENCE_CHARS)]
        at = ends[-1] if ends else MAX_SENTENCE_CHARS
        pieces.append(sentence[:at].strip())
        sentence = sentence[at:].strip()
    return [*pieces, sentence]


def last_sentence(text: str) -> str:
    """What "the last part" of a text is; the whole of a text that has no sentences."""
    return next(reversed(split_sentences(text)), text)
