"""Whether a turn is a request: its words are laid out with the phrases of a language.

Sure, where nothing is left over. Unsure, where a phrase of a request stands out and a few words
of a short turn are left that nothing explains. Anything else is an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from media_server.interview.spoken_requests.languages import TABLES
from media_server.interview.spoken_requests.model import MAX_WORDS, Intent, Recognised
from media_server.interview.spoken_requests.phrases import Automaton, written_out
from media_server.interview.spoken_requests.table import Phrases, Table
from media_server.interview.spoken_requests.words import Words, comparer, is_short, normalised

Kind = Literal["around", "asked", "stated", "alone", "doubtful", "question"]

_ORDER: tuple[Intent, ...] = (
    "human", "leave", "not_finished", "pause", "louder", "cannot_hear", "slower", "repeat_last",
    "skip", "rephrase", "summarise", "repeat", "think", "interviewer_question", "trouble",
    "no_idea",
)  # fmt: skip
"""Where one turn asks for several things, the first of these is done."""
_REASONS: frozenset[Intent] = frozenset({"repeat", "rephrase", "think", "trouble", "no_idea"})
"""Stated, they are the reason for what is asked: "I don't understand, could you repeat it?"""


_SURE = ("asked", "stated", "alone")


@dataclass(frozen=True, slots=True)
class _Meaning:
    kind: Kind
    intent: Intent | None


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    meaning: _Meaning


class _Language:
    def __init__(self, table: Table) -> None:
        self.table = table
        self._automaton = Automaton(table.telling | table.linking | table.joining)
        self._meanings: list[_Meaning] = []
        compared = comparer(table)
        for kind, intent, phrases in self._phrases():
            self._meanings.append(_Meaning(kind, intent))
            for phrase in phrases:
                written = compared(written_out(phrase, table.groups))
                self._automaton.add(written, len(self._meanings) - 1)
        self._automaton.begin()

    def _phrases(self) -> Iterator[tuple[Kind, Intent | None, tuple[str, ...]]]:
        table = self.table
        kinds: tuple[tuple[Kind, Phrases], ...] = (
            ("asked", table.asked),
            ("stated", table.stated),
            ("alone", table.alone),
            ("doubtful", table.doubtful),
        )
        yield "around", None, table.around
        for kind, phrases in kinds:
            for intent, texts in phrases.items():
                yield kind, intent, texts
        yield "question", "interviewer_question", table.questions

    def recognise(self, text: str) -> Recognised | None:
        heard = normalised(text, self.table)
        if not heard.words:  # "Sorry?", "Hm?"
            in_words = any(character.isalpha() for character in text)
            return Recognised("repeat", sure=False) if heard.is_question and in_words else None
        if len(heard.words) > MAX_WORDS:
            return None
        pieces = self._laid_out(heard.words)
        known = [piece for piece in pieces if piece.meaning.kind != "question"]
        if sum(piece.end - piece.start for piece in known) == len(heard.words):
            if (intent := _foremost(known)) is not None:
                return Recognised(intent, any(_is_sure(piece, intent) for piece in known))
            return None
        intent = _foremost([p for p in pieces if self._stands_out(p, pieces, heard)])
        return Recognised(intent, sure=False) if intent is not None else None

    def _laid_out(self, words: tuple[str, ...]) -> list[_Piece]:
        """The pieces that leave the fewest words over, and then the fewest pieces."""
        count = len(words)
        best: list[tuple[tuple[int, int, int], _Piece | None]] = [((0, 0, 0), None)] * (count + 1)
        for start in reversed(range(count)):
            (left, number, plain), _ = best[start + 1]
            choice: tuple[tuple[int, int, int], _Piece | None] = ((left + 1, number, plain), None)
            for end, labels in self._automaton.ends(words, start):
                (left, number, plain), _ = best[end]
                for label in labels:
                    meaning = self._meanings[label]
                    cost = (left, number + 1, plain + (meaning.kind in ("around", "question")))
                    if cost < choice[0]:
                        choice = (cost, _Piece(start, end, meaning))
            best[start] = choice
        pieces: list[_Piece] = []
        start = 0
        while start < count:
            piece = best[start][1]
            if piece is not None:
                pieces.append(piece)
            start = piece.end if piece is not None else start + 1
        return pieces

    def _stands_out(self, piece: _Piece, pieces: list[_Piece], heard: Words) -> bool:
        """Whether a request may be meant, although not all of the turn is explained."""
        table, words = self.table, heard.words
        explained = {n for p in pieces for n in range(p.start, p.end)}
        if piece.meaning.kind == "question":
            return heard.is_question and explained.issuperset(range(piece.start))
        if piece.meaning.kind not in ("asked", "stated"):
            return False
        left_over = [word for n, word in enumerate(words) if n not in explained]
        if not table.telling.isdisjoint(left_over):
            return False
        after = piece.end
        if after < len(words) and words[after] in table.linking and after not in heard.edges:
            return False
        if piece.meaning.kind == "asked":
            return True
        begins = (
            piece.start in heard.edges
            or piece.start - 1 in explained
            or words[piece.start - 1] in table.joining
        )
        ends = after in heard.edges or after in explained or words[after] in table.joining
        return begins and ends


def _is_sure(piece: _Piece, intent: Intent) -> bool:
    return piece.meaning.intent == intent and piece.meaning.kind in _SURE


def _foremost(pieces: list[_Piece]) -> Intent | None:
    """What is done where several things are asked for."""
    asked = [
        (p.meaning.kind != "asked" and p.meaning.intent in _REASONS, _ORDER.index(p.meaning.intent))
        for p in pieces
        if p.meaning.intent is not None
    ]
    return _ORDER[min(asked)[1]] if asked else None


_LANGUAGES = {tag: _Language(table) for tag, table in TABLES.items()}
"""Built on import, which takes about 0.1 s, and not in the middle of somebody's interview."""


def recognise(text: str, locale: str) -> Recognised | None:
    """The request that a whole turn is, sure or to be confirmed; None for an answer.

    `locale`: of the candidate, such as `de-AT`. Its language is tried first, then English: who
    speaks both falls back on it, and so do recognisers. A language without a table has English.
    """
    if not is_short(text):
        return None
    language = locale.lower().partition("-")[0]
    unsure: Recognised | None = None
    for tag in dict.fromkeys((language, "en")):
        found = _LANGUAGES[tag].recognise(text) if tag in _LANGUAGES else None
        if found is not None and found.sure:
            return found
        unsure = unsure or found
    return unsure
