"""When each word of a turn was said: from the words of the recogniser to the words of the text.

The two are nearly always the same; where a recogniser gives no times, or other words than its text
has, a word lies between its neighbours, at worst in the stretch that was recognised in one piece.
Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from media_server.evaluation.tokens import Token, tokens


@dataclass(frozen=True, slots=True)
class SaidWord:
    """A word with its time on the interview's timeline, in seconds."""

    text: str
    start_s: float
    end_s: float
    confidence: float | None


@dataclass(frozen=True, slots=True)
class SaidPart:
    """A stretch of a turn that was recognised in one piece."""

    text: str
    start_s: float
    end_s: float
    confidence: float | None = None
    words: tuple[SaidWord, ...] = ()


@dataclass(frozen=True, slots=True)
class WordTime:
    """Of one word of the text, in seconds on the interview's timeline. `confidence` None: the
    recogniser gave none."""

    start_s: float
    end_s: float
    confidence: float | None


def word_times(said: Sequence[Token], parts: Sequence[SaidPart]) -> tuple[WordTime, ...]:
    """One time for each of `said`, the words of the parts' joined text; () without parts.

    Times never leave their part. Where the text is not that of its parts, each word has the time of
    all of them.
    """
    if not parts:
        return ()
    times = [time for part in parts for time in _of_part(part)]
    if len(times) == len(said):
        return tuple(times)
    whole = WordTime(parts[0].start_s, max(part.end_s for part in parts), None)
    return (whole,) * len(said)


def _of_part(part: SaidPart) -> list[WordTime]:
    wanted = [token.key for token in tokens(part.text)]
    given = [(token.key, word) for word in part.words for token in tokens(word.text)]
    matched: list[SaidWord | None] = [None] * len(wanted)
    for same in Levenshtein.opcodes(wanted, [key for key, _ in given]):
        if same.tag == "equal":
            for offset in range(same.src_end - same.src_start):
                matched[same.src_start + offset] = given[same.dest_start + offset][1]
    return [
        _within(part, word.start_s, word.end_s, word.confidence)
        if word is not None
        else _between(part, matched, index)
        for index, word in enumerate(matched)
    ]


def _between(part: SaidPart, matched: Sequence[SaidWord | None], index: int) -> WordTime:
    before = next((w for w in reversed(matched[:index]) if w is not None), None)
    after = next((w for w in matched[index + 1 :] if w is not None), None)
    start_s = before.end_s if before is not None else part.start_s
    end_s = after.start_s if after is not None else part.end_s
    return _within(part, start_s, end_s, part.confidence)


def _within(part: SaidPart, start_s: float, end_s: float, confidence: float | None) -> WordTime:
    start_s = min(max(start_s, part.start_s), part.end_s)
    end_s = min(max(end_s, start_s), part.end_s)
    return WordTime(start_s, end_s, part.confidence if confidence is None else confidence)
