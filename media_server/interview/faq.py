"""Which entry of an integrator's FAQ answers a candidate's question, without a model. Pure.

Entries are ranked by BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and
Beyond", 2009) over stems (Snowball) of question and answer. The best one is taken only where it is
sure: nearly all that the question is about stands in the entry, the entry is about little else, it
answers what is asked ("when" is no "how much"), nothing is denied, and no other entry comes near.
An answer to another question is worse than none: the question is then noted and passed on.
"""

from __future__ import annotations

import math
import re
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakValueDictionary

from media_server.interview.faq_form import (
    QUESTION_MARKS,
    Stance,
    goes_on,
    is_about_you,
    is_open,
    is_told,
    stance,
)
from media_server.interview.faq_known import NOTHING, known_words, stemming
from media_server.interview.faq_words import Asks
from media_server.interview.rubric import FaqEntry
from media_server.interview.spoken_requests.words import folded

MAX_QUESTION_WORDS = 40
"""A longer turn is not one question."""
COVERED = 0.7
"""How much of what a question is about must stand in the entry."""
ABOUT_IT = 0.55
"""How much of what the entry's own question is about must be asked for."""
MARGIN = 1.25
"""By how much the best entry must be better than the next."""
_IN_ANSWER = 0.5
"""What a word counts that stands in the entry's answer only."""
_K1, _B = 1.2, 0.75
_QUESTION_WEIGHT = 3
"""A word of the entry's question counts as so many of its answer."""
_MAX_ANSWER_WORDS = 400
_WORD = re.compile(r"[^\W_]+")
_DENIED = re.compile(r"n't\b")
_KEPT_INDEXES = 8
"""That nobody holds. One takes up to 2 MB."""
_GOES_ON = frozenset({"and", "und", "y", "et", "و"})
_ONLY_ASKED: frozenset[Asks] = frozenset({"who", "why"})
"""No other question is answered by this: "will I be a manager?" is not by the manager's name."""


@dataclass(frozen=True, slots=True)
class FaqMatch:
    index: int
    entry: FaqEntry
    score: float
    """Share of the question that the entry covers, 0 to 1."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it is compared."""

    terms: frozenset[str]
    wants: frozenset[Asks]
    """What its form tells; empty: nothing."""
    implied: frozenset[Asks]
    """What its subject may be asked: "working hours" answers "when"."""
    denies: bool
    stance: Stance | None
    is_open: bool
    """No yes or no answers it."""

    def means(self, other: _Asked) -> bool:
        """Whether the answer to the other one says the same of this: "yes" does not where one asks
        for a duty, and the other for a right or for what there is."""
        if self.denies != other.denies:
            return False
        if self.is_open and other.is_open:
            return True
        mine, theirs = self.stance, other.stance
        return mine == theirs if "due" in (mine, theirs) and mine is not None else True


@dataclass(frozen=True, slots=True)
class _Entry:
    asked: _Asked
    weights: Mapping[str, float]
    """How often each term stands in it, as BM25 counts."""
    length: float


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class FaqIndex:
    """What `find` compares a question with; there for as long as somebody holds it."""

    entries: tuple[_Entry, ...]
    rarity: Mapping[str, float]
    """idf of each term."""
    unknown: float
    """idf of a term that no entry has."""
    mean_length: float


_indexes: WeakValueDictionary[tuple[tuple[FaqEntry, ...], str], FaqIndex] = WeakValueDictionary()
_newest: deque[FaqIndex] = deque(maxlen=_KEPT_INDEXES)
"""For who asks without holding one: no second call makes it again."""


def find(entries: Sequence[FaqEntry], text: str, locale: str) -> FaqMatch | None:
    """The entry that answers this question for sure; None: none does, or it is not sure.

    The first call for a FAQ makes its index, which takes up to a second where it is long: `prepare`
    does that elsewhere. After that a call takes below 5 ms.
    """
    if not entries or len(text) > MAX_QUESTION_WORDS * 12:
        return None
    index = _index(tuple(entries), _language(locale))
    asked = _compared(text, _language(locale))
    if not asked.terms:
        return None
    ranked = sorted(
        ((_bm25(index, entry, asked), n) for n, entry in enumerate(index.entries)), reverse=True
    )
    best, place = ranked[0]
    others = [score for score, n in ranked[1:] if entries[n].a != entries[place].a]
    if others and best < others[0] * MARGIN:
        return None
    entry = index.entries[place]
    score = _covered(index, asked, entry)
    if score < COVERED or not _answers(index, asked, entry):
        return None
    if _is_about_you(text, locale) and not _is_about_you(entries[place].q, locale):
        return None
    return FaqMatch(place, entries[place], round(score, 3))


def _is_about_you(text: str, locale: str) -> bool:
    return is_about_you(_split(text), _language(locale))


def prepare(entries: Sequence[FaqEntry], locale: str) -> FaqIndex | None:
    """Make the index, so that `find` need not while it is held. May run in a thread."""
    return _index(tuple(entries), _language(locale)) if entries else None


def is_question(text: str, locale: str) -> bool:
    """Whether a turn has the form of a question: it ends with a question mark, or begins as no
    statement does. An answer may have it, too, but for one that follows its own question, or tells
    of one that was put to others."""
    if len(text) > MAX_QUESTION_WORDS * 12 or goes_on(text):
        return False
    language = _language(locale)
    known = known_words(language)
    said = " ".join(word for word in _split(text) if word not in known.openers)
    if is_told(said, language):
        return False
    return any(mark in text for mark in QUESTION_MARKS) or known.begins.match(said) is not None


def is_echo(text: str, heard: Sequence[str], locale: str) -> bool:
    """Whether it only says words of these texts back ("The contract?"): what is asked about them,
    it does not tell. "And the contract?" goes on asking, and is none."""
    language = _language(locale)
    known = known_words(language)
    words = _split(text)
    asked = _compared(text, language)
    said = " ".join(word for word in words if word not in known.openers)
    if not words or words[0] in _GOES_ON or asked.is_open or asked.stance is not None:
        return False
    if known.begins.match(said) is not None:
        return False
    back = {term for one in heard for term in _compared(one, language).terms}
    return bool(asked.terms) and asked.terms <= back


def confusable(entries: Sequence[FaqEntry], locale: str) -> list[tuple[int, int]]:
    """Pairs of entries with different answers whose questions cannot be told apart."""
    language = _language(locale)
    seen: dict[tuple[frozenset[str], frozenset[Asks], bool], int] = {}
    found = []
    for n, entry in enumerate(entries):
        asked = _compared(entry.q, language)
        key = (asked.terms, asked.wants, asked.denies)
        first = seen.setdefault(key, n)
        if first != n and entries[first].a != entry.a:
            found.append((first, n))
    return found


# --- whether an entry is sure ---


def _covered(index: FaqIndex, asked: _Asked, entry: _Entry) -> float:
    """How much of what is asked stands in the entry, 0 to 1; its own question counts in full."""
    weight = {term: index.rarity.get(term, index.unknown) for term in asked.terms}
    found = sum(
        rarity * (1.0 if term in entry.asked.terms else _IN_ANSWER)
        for term, rarity in weight.items()
        if term in entry.weights
    )
    return found / sum(weight.values())


def _answers(index: FaqIndex, asked: _Asked, entry: _Entry) -> bool:
    own = entry.asked
    if not own.terms & asked.terms or not asked.means(own):
        return False
    if asked.wants and not asked.wants <= (own.wants or own.implied):
        return False
    if own.wants & _ONLY_ASKED and not own.wants & asked.wants:
        return False
    whole = sum(index.rarity[term] for term in own.terms)
    shared = sum(index.rarity[term] for term in own.terms & asked.terms)
    return shared >= ABOUT_IT * whole


def _bm25(index: FaqIndex, entry: _Entry, asked: _Asked) -> float:
    norm = _K1 * (1 - _B + _B * entry.length / index.mean_length)
    return sum(
        index.rarity[term] * weight * (_K1 + 1) / (weight + norm)
        for term in asked.terms
        if (weight := entry.weights.get(term))
    )


# --- the index ---


def _index(entries: tuple[FaqEntry, ...], language: str) -> FaqIndex:
    index = _indexes.get((entries, language))
    if index is None:
        index = _indexes[entries, language] = _made(entries, language)
        _newest.append(index)
    return index


def _made(entries: tuple[FaqEntry, ...], language: str) -> FaqIndex:
    stem = stemming(language)
    made = tuple(_entry(entry, language, stem) for entry in entries)
    having = Counter(term for entry in made for term in entry.weights)
    count = len(made)

    def idf(n: int) -> float:
        return math.log(1 + (count - n + 0.5) / (n + 0.5))

    return FaqIndex(
        entries=made,
        rarity={term: idf(n) for term, n in having.items()},
        unknown=idf(0),
        mean_length=sum(entry.length for entry in made) / count or 1.0,
    )


def _entry(entry: FaqEntry, language: str, stem: Callable[[str], str]) -> _Entry:
    asked = _compared(entry.q, language, stem)
    words = _split(entry.a)[:_MAX_ANSWER_WORDS]
    weights = Counter(dict.fromkeys(asked.terms, _QUESTION_WEIGHT))
    weights.update(_terms(words, language, stem)[0])
    return _Entry(asked, dict(weights), float(weights.total()))


# --- words ---


def _language(locale: str) -> str:
    return locale.strip().lower().replace("_", "-").partition("-")[0]


def _split(text: str) -> list[str]:
    return _WORD.findall(_DENIED.sub(" not", folded(text)))


def _compared(text: str, language: str, stem: Callable[[str], str] | None = None) -> _Asked:
    words = _split(text)
    known = known_words(language)
    if words and words[-1] in known.tags:
        words = words[:-1]
    terms, implied = _terms(words, language, stem or stemming(language))
    wants = known.wants(words)
    return _Asked(
        terms=frozenset(terms),
        wants=wants,
        implied=implied,
        denies=not known.negations.isdisjoint(words),
        stance=stance(words, language),
        is_open=bool(wants) or is_open(words, language),
    )


def _terms(
    words: Sequence[str], language: str, stem: Callable[[str], str]
) -> tuple[Counter[str], frozenset[Asks]]:
    """What the words are about, and what that may be asked."""
    known = known_words(language)
    stems = [stem(word) for word in words]
    terms: Counter[str] = Counter()
    implied: set[Asks] = set()
    at = 0
    while at < len(words):
        subject, length = known.subject(stems, at)
        if subject is not None:
            if subject != NOTHING:
                terms[subject] += 1
                implied.update(known.implied[subject])
            at += length
            continue
        word = words[at]
        if (
            word not in known.empty
            and word not in known.negations
            and (len(word) > 1 or word.isdigit())
        ):
            terms[stems[at]] += 1
        at += 1
    return terms, frozenset(implied)
