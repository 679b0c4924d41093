"""Which entry of an integrator's FAQ answers a candidate's question, without a model. Pure.

Entries are ranked by BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and
Beyond", 2009) over stems (Snowball) of question and answer. The best one is taken only where it is
sure: nearly all that the question is about stands in the entry, the entry is about little else, it
answers what is asked ("when" is no "how much"), nothing is denied, and no other entry comes near.
An answer to another question is worse than none: the question is then noted and passed on.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from media_server.interview.faq_form import (
    QUESTION_MARKS,
    Stance,
    goes_on,
    is_open,
    is_told,
    stance,
)
from media_server.interview.faq_words import BY_LANGUAGE, OPENERS, Asks, Words
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
_KEPT_INDEXES = 128
_ONLY_ASKED: frozenset[Asks] = frozenset({"who", "why"})
"""No other question is answered by this: "will I be a manager?" is not by the manager's name."""
_NOTHING = "=nothing"
"""Several words that say nothing of what a question is about: "a year"."""


Subjects = Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]
"""By the first stem of a wording: its other stems and what it means, the longest first."""


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


@dataclass(frozen=True, slots=True)
class _Index:
    entries: tuple[_Entry, ...]
    rarity: Mapping[str, float]
    """idf of each term."""
    unknown: float
    """idf of a term that no entry has."""
    mean_length: float


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
    return FaqMatch(place, entries[place], round(score, 3))


def prepare(entries: Sequence[FaqEntry], locale: str) -> None:
    """Make the index, so that `find` need not. May run in a thread."""
    if entries:
        _index(tuple(entries), _language(locale))


def is_question(text: str, locale: str) -> bool:
    """Whether a turn has the form of a question: it ends with a question mark, or begins as no
    statement does. An answer may have it, too, but for one that follows its own question, or tells
    of one that was put to others."""
    if len(text) > MAX_QUESTION_WORDS * 12 or goes_on(text):
        return False
    language = _language(locale)
    known = _known(language)
    said = " ".join(word for word in _split(text) if word not in known.openers)
    if is_told(said, language):
        return False
    return any(mark in text for mark in QUESTION_MARKS) or known.begins.match(said) is not None


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


def _covered(index: _Index, asked: _Asked, entry: _Entry) -> float:
    """How much of what is asked stands in the entry, 0 to 1; its own question counts in full."""
    weight = {term: index.rarity.get(term, index.unknown) for term in asked.terms}
    found = sum(
        rarity * (1.0 if term in entry.asked.terms else _IN_ANSWER)
        for term, rarity in weight.items()
        if term in entry.weights
    )
    return found / sum(weight.values())


def _answers(index: _Index, asked: _Asked, entry: _Entry) -> bool:
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


def _bm25(index: _Index, entry: _Entry, asked: _Asked) -> float:
    norm = _K1 * (1 - _B + _B * entry.length / index.mean_length)
    return sum(
        index.rarity[term] * weight * (_K1 + 1) / (weight + norm)
        for term in asked.terms
        if (weight := entry.weights.get(term))
    )


# --- the index ---


@functools.lru_cache(maxsize=_KEPT_INDEXES)
def _index(entries: tuple[FaqEntry, ...], language: str) -> _Index:
    stem = _stemming(language)
    made = tuple(_entry(entry, language, stem) for entry in entries)
    having = Counter(term for entry in made for term in entry.weights)
    count = len(made)

    def idf(n: int) -> float:
        return math.log(1 + (count - n + 0.5) / (n + 0.5))

    return _Index(
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
    known = _known(language)
    if words and words[-1] in known.tags:
        words = words[:-1]
    terms, implied = _terms(words, language, stem or _stemming(language))
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
    known = _known(language)
    stems = [stem(word) for word in words]
    terms: Counter[str] = Counter()
    implied: set[Asks] = set()
    at = 0
    while at < len(words):
        subject, length = known.subject(stems, at)
        if subject is not None:
            if subject != _NOTHING:
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


def _stemming(language: str) -> Callable[[str], str]:
    """A stemmer of one's own, for it has a state; each word is stemmed once."""
    words = BY_LANGUAGE.get(language)
    if words is None:
        return str
    import snowballstemmer  # noqa: PLC0415 - few interviews have a FAQ

    stemmer = snowballstemmer.stemmer(words.stemmer)
    known: dict[str, str] = {}

    def stem(word: str) -> str:
        if word not in known:
            known[word] = stemmer.stemWord(word)
        return known[word]

    return stem


@dataclass(frozen=True, slots=True)
class _Known:
    """The words of a language, ready to be compared with."""

    begins: re.Pattern[str] = re.compile(r"(?!)")
    openers: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    negations: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    asks: tuple[tuple[tuple[str, ...], Asks], ...] = ()
    subjects: Subjects = field(default_factory=dict)
    implied: Mapping[str, frozenset[Asks]] = field(default_factory=dict)

    def wants(self, words: Sequence[str]) -> frozenset[Asks]:
        """What the form of the question tells: the longest beginning at each word."""
        found: set[Asks] = set()
        at = 0
        while at < len(words):
            for beginning, asks in self.asks:
                if tuple(words[at : at + len(beginning)]) == beginning:
                    found.add(asks)
                    at += len(beginning) - 1
                    break
            at += 1
        return frozenset(found)

    def subject(self, stems: Sequence[str], at: int) -> tuple[str | None, int]:
        """(name, number of words) of the longest wording that begins here; (None, 0): none."""
        for rest, name in self.subjects.get(stems[at], ()):
            if tuple(stems[at + 1 : at + 1 + len(rest)]) == rest:
                return name, 1 + len(rest)
        return None, 0


@functools.cache
def _known(language: str) -> _Known:
    words = BY_LANGUAGE.get(language)
    if words is None:
        return _Known()
    subjects, implied = _subjects(words, _stemming(language))
    asks = [
        (tuple(beginning.split()), what)
        for what, lines in words.asks.items()
        for line in lines.splitlines()
        for beginning in line.split("|")
        if beginning.strip()
    ]
    asks.sort(key=lambda one: -len(one[0]))
    return _Known(
        begins=re.compile(re.sub(r"\n\s*", "", words.begins)),
        openers=OPENERS,
        empty=frozenset(words.empty.split()),
        negations=frozenset(words.negations.split()),
        tags=frozenset(words.tags.split()),
        asks=tuple(asks),
        subjects=subjects,
        implied=implied,
    )


def _subjects(
    words: Words, stem: Callable[[str], str]
) -> tuple[Subjects, Mapping[str, frozenset[Asks]]]:
    by_stem: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    implied: dict[str, frozenset[Asks]] = {}
    for line in _lines(words.subjects):
        head, _, wordings = line.partition(":")
        name, _, asks = head.partition("=")
        name = f"={name.strip()}"  # no stem is written like this
        implied[name] = frozenset(what for what in words.asks if what in asks.split())
        for wording in wordings.split(","):
            first, *rest = [stem(word) for word in wording.split()]
            by_stem.setdefault(first, []).append((tuple(rest), name))
    ordered = {
        first: tuple(sorted(rests, key=lambda one: -len(one[0])))
        for first, rests in by_stem.items()
    }
    return ordered, implied


def _lines(text: str) -> Iterable[str]:
    """One subject each; a line that is set in further goes on with the one before."""
    found: list[str] = []
    for line in text.splitlines():
        if "=" in line:
            found.append(line.strip())
        elif line.strip():
            found[-1] += f" {line.strip()}"
    return found
