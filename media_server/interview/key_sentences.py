"""The key sentences of an answer: which of its own words tell most of it. Pure, without a model.

Extractive: nothing is put in other words, so nothing can be invented. An answer is cut into
sentences, and a sentence without an end (speech is often written down without punctuation) into
pieces at commas and before words such as "and" or "because". A piece counts by its content words:
each by how often the answer has it, numbers and names double, words of the question half, for they
tell nothing new. The sum is taken over the root of the length, so that neither a long-winded piece
nor a single word wins by its length. The best pieces that fit are given in the order in which they
were said.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from media_server.interview.common_words import common_words, joints, openers
from media_server.sentences import split_sentences

MAX_WORDS = 25
"""Of one answer: ten seconds of speech."""
MAX_CHARS = 240
"""Languages without spaces have no words to count."""
MAX_INPUT_CHARS = 12_000
"""A quarter of an hour of speech. Of a longer answer, its first and its last part."""
LEAST_WORDS = 4
"""A piece is not cut smaller: fewer words tell nothing by themselves."""
GAP = " … "
"""Between pieces that did not follow one another."""
_COMMA = re.compile("(?<=[,;:\u060c\u3001\uff0c])\\s*")
_WORD = re.compile("[^\\W_]+(?:['\u2019.,-][^\\W_]+)*")


@dataclass(frozen=True, slots=True)
class _Piece:
    place: int
    text: str
    words: tuple[str, ...]
    score: float = 0.0


def key_sentences(
    text: str, locale: str, question: str = "", *, limit: int = MAX_INPUT_CHARS
) -> str:
    """At most MAX_WORDS of the answer's words, whole and as they were said; "": it has none.

    `locale`: BCP 47, of the answer. `question`: what it answers. `limit`: of a longer answer, so
    many characters are looked at, half of them from its beginning and half from its end.
    """
    parts = parts_of(text, limit)
    if len(parts) == 1 and len(parts[0].split()) <= MAX_WORDS and len(parts[0]) <= MAX_CHARS:
        return parts[0]
    language = locale.partition("-")[0].casefold()
    pieces = _scored(_pieces(parts, language), language, question)
    chosen: list[_Piece] = []
    words = chars = 0
    for piece in sorted(pieces, key=lambda one: (-one.score, one.place)):
        more, longer = len(piece.text.split()), len(piece.text) + len(GAP)
        if chosen and (not piece.score or words + more > MAX_WORDS or chars + longer > MAX_CHARS):
            continue
        chosen.append(piece)
        words, chars = words + more, chars + longer
    return _joined(sorted(chosen, key=lambda one: one.place), openers(language))


def content_words(text: str, locale: str) -> list[str]:
    """Words that say what it is about, in small letters, each as often as it is there."""
    common = common_words(locale.partition("-")[0].casefold())
    return [word for word in words_of(text) if _tells(word, common)]


def words_of(text: str) -> list[str]:
    """In small letters, without the marks around them."""
    return _WORD.findall(text.casefold())


def _tells(word: str, common: frozenset[str]) -> bool:
    return word not in common and (len(word) > 2 or any(char.isdigit() for char in word))


def parts_of(text: str, limit: int) -> tuple[str, ...]:
    """All of it, or its beginning and its end: at most `limit` characters, and no word is cut."""
    if len(text) <= limit:
        return (" ".join(text.split()),)
    first, last = text[: limit // 2], text[-(limit // 2) :]
    parts = (first.rpartition(" ")[0] or first, last.partition(" ")[2] or last)
    return tuple(" ".join(part.split()) for part in parts)


# --- pieces ---------------------------------------------------------------------------------------


def _pieces(parts: Iterable[str], language: str) -> list[_Piece]:
    found: list[str] = []
    for part in parts:
        for sentence in split_sentences(part):
            found += [sentence] if _fits(sentence) else _cut(sentence, language)
    return [_Piece(place, one, tuple(words_of(one))) for place, one in enumerate(found)]


def _fits(text: str) -> bool:
    return len(text) <= MAX_CHARS and len(text.split()) <= MAX_WORDS


def _cut(sentence: str, language: str) -> list[str]:
    """At commas, then before joints, then where it has to be: never within a word."""
    clauses = _together(part for part in _COMMA.split(sentence) if part)
    at_joints = (piece for part in clauses for piece in _at_joints(part, language))
    return [piece for part in at_joints for piece in _at_length(part)]


def _at_joints(clause: str, language: str) -> list[str]:
    if _fits(clause):
        return [clause]
    before = joints(language)
    runs: list[list[str]] = [[]]
    for word in clause.split():
        if word.casefold() in before and len(runs[-1]) >= LEAST_WORDS:
            runs.append([])
        runs[-1].append(word)
    return _together(" ".join(run) for run in runs)


def _together(parts: Iterable[str]) -> list[str]:
    """A part that is too short by itself stays with the one before it, or takes the next one in, as
    long as both fit."""
    found: list[str] = []
    for part in parts:
        short = found and min(len(part.split()), len(found[-1].split())) < LEAST_WORDS
        if short and _fits(f"{found[-1]} {part}"):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found


def _at_length(piece: str) -> list[str]:
    words = piece.split()
    runs = [words[at : at + MAX_WORDS] for at in range(0, len(words), MAX_WORDS)]
    return [part for run in runs for part in _at_chars(" ".join(run))]


def _at_chars(piece: str) -> list[str]:
    """Only a language without spaces has pieces of so many letters, and no word that is cut."""
    found = []
    while len(piece) > MAX_CHARS:
        at = piece.rfind(" ", 1, MAX_CHARS)
        at = at if at > 0 else MAX_CHARS
        found.append(piece[:at].strip())
        piece = piece[at:].strip()
    return [*found, piece]


# --- scores ---------------------------------------------------------------------------------------


def _scored(pieces: Sequence[_Piece], language: str, question: str) -> list[_Piece]:
    common = common_words(language)
    counts = Counter(word for piece in pieces for word in piece.words)
    asked = set(words_of(question))
    # German writes every noun like a name.
    named = set() if language == "de" else _names(pieces)
    weights = {
        word: _weight(word, count, is_asked=word in asked, is_named=word in named)
        for word, count in counts.items()
        if _tells(word, common)
    }
    return [replace(piece, score=_score(piece, weights)) for piece in pieces]


def _weight(word: str, count: int, *, is_asked: bool, is_named: bool) -> float:
    weight = 1.0 + math.log(count)
    if is_named or any(char.isdigit() for char in word):
        weight *= 2.0
    return weight / 2 if is_asked else weight


def _score(piece: _Piece, weights: Mapping[str, float]) -> float:
    """Each word once; the root keeps a long piece from winning by its length."""
    total = sum(weights.get(word, 0.0) for word in set(piece.words))
    return round(total, 9) / math.sqrt(len(piece.words) + 4)


def _names(pieces: Iterable[_Piece]) -> set[str]:
    """Words with a capital letter that begin no sentence."""
    capital = (word for piece in pieces for word in piece.text.split()[1:] if word[:1].isupper())
    return {word.casefold() for text in capital for word in _WORD.findall(text) if len(word) > 1}


def _joined(pieces: Sequence[_Piece], opens: frozenset[str]) -> str:
    text = ""
    for before, piece in zip((None, *pieces), pieces, strict=False):
        follows = before is not None and piece.place == before.place + 1
        if before is not None:
            text += " " if follows else GAP
        text += piece.text if follows else _without_opener(piece.text, opens)
    return text.strip(" ,;:\u060c\u3001\uff0c")


def _without_opener(text: str, opens: frozenset[str]) -> str:
    """Without the "well, um, so" that a piece begins with."""
    rest = text
    while rest:
        first, _, after = rest.partition(" ")
        if first.casefold().strip(",.…") not in opens:
            return rest
        rest = after
    return text
