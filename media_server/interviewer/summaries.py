"""One answer in a sentence or two, said back to who gave it: what a model is asked, and what of its
words may be said. Pure.

    text = await whole(llm.stream(request(heard, question, locale)))
    told = checked(text, heard, locale)      # or Unfaithful: then the key sentences are given

The model chooses what to tell and leaves out what says nothing; it puts nothing in other words.
Each sentence must be one of the candidate's own, whole and in its order, with "I" turned into "you"
and nothing else changed. So a number, a name, a "not" or a "maybe" can neither be added nor lost,
nor who did what to whom, nor who said so. Only what plainly stands side by side ("I did this, and I
did that") may be told in parts. What the next sentence takes back ("No, that was Anna") is not
told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from media_server.injection.guard import instructions
from media_server.interview.common_words import joints, openers
from media_server.interviewer.summary_forms import FORMS, Forms
from media_server.ports import LlmRequest
from media_server.prompts import fence, prompt

TASK = "summary"
MAX_WORDS = 40
MAX_CHARS = 320
MAX_TOKENS = 120
LEAST_TOKENS = 3
SHOWN_CHARS = 6_000
"""Of a longer answer no model is asked: its key sentences are given."""
FRAGMENT = 3
"""A sentence of so many words behind another one adds to what that says: "Not really."."""
NEAR = 3
"""Words from a subject to what is said of it, where that may be of somebody else."""
REMARK = 8
"""A sentence of so many words may say of the one before it that it is not so."""

Reason = Literal[
    "language_not_covered",
    "unspeakable",
    "markup",
    "too_long",
    "too_short",
    "asks",
    "instructions",
    "quotes",
    "not_said",
    "limited",
]
"""Why it is not told. quotes: the answer quotes somebody, whose "I" is another one. not_said: a
sentence is none of the candidate's. limited: what takes it back was left out."""

_UNSPEAKABLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "So", "Sk"})
_MARKUP = re.compile(r"[<>{}\[\]|\\`*_#~^=@]|https?:|www\.")
_QUOTES = re.compile('["\u201c-\u201f\u00ab\u00bb\u2039\u203a]')
_SENTENCE = re.compile(r"(?<=[.!?\u2026])\s+(?=\W{0,6}[^\W\d_])")
_ABBREVIATED = re.compile(
    r"(?<!\w)(?:\w|mrs?|ms|dr|prof|st|sra?|srta|fr|hr|mme|mlle|nr|no|vs|ca|jr|inc|ltd|co)\.$",
    re.IGNORECASE,
)
_MARK = re.compile(r"[,;:\u2013\u2014.!?\u2026]{1,6}(?=\s|$)|\s-\s")
"""Bounded, as all that runs over marks and spaces: somebody may type thousands of them."""
_TOKEN = re.compile(
    r"(?:(?<![\w.,])[.,])?\d+(?:[.,]\d+)*|[^\W\d_]+|[-\u2013](?=\d)"
    r"|[^\w\s.,;:!?\u2026'\u2019\"()\u00bf\u00a1\-\u2010-\u2015]"
)
"""A number with its fraction, a word, a minus, and any sign that says something: "%", "\u20ac"."""
_CONTRACTED = (
    (re.compile(r"\b(can)(?:not|'t)\b"), r"\1 not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\b(i)'m\b"), r"\1 am"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
)


class Unfaithful(ValueError):
    """The words are not to be told: `str(error)` is the reason, without any of them."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def may_ask(heard: str, locale: str) -> bool:
    """Whether a model may be asked about this answer: its language has a table, and nothing in it
    speaks to whoever interviews or judges."""
    covered = _language(locale) in FORMS
    return covered and 0 < len(heard) <= SHOWN_CHARS and not instructions(heard)


def request(heard: str, question: str, locale: str, *, total_s: float = 10.0) -> LlmRequest:
    """What a model is asked about one answer. Both texts are fenced data."""
    words = prompt(TASK, locale)
    return LlmRequest(
        purpose="summary",
        system=words.system_with(),
        user=words.user_with(question=fence("question", question), answer=fence("answer", heard)),
        locale=locale,
        max_tokens=MAX_TOKENS,
        first_token_s=total_s,
        total_s=total_s,
    )


def checked(text: str, heard: str, locale: str) -> str:
    """What is given, in one line, where all of it stands in `heard`. Raises Unfaithful."""
    language = _language(locale)
    if language not in FORMS:
        raise Unfaithful("language_not_covered")
    text = " ".join(unicodedata.normalize("NFC", text).split())
    _check_form(text)
    if _QUOTES.search(heard):
        raise Unfaithful("quotes")
    told = _sentences(text, language)
    if not any(sentence.words for sentence in told):
        raise Unfaithful("too_short")  # "well, so"
    small = FORMS[language].written_small
    if small is not None and small.search(text):
        raise Unfaithful("not_said")  # "sie" would be somebody else
    _Answer(_sentences(heard, language), FORMS[language]).find_all(told)
    return text


def _language(locale: str) -> str:
    return locale.strip().lower().replace("_", "-").partition("-")[0]


def _check_form(text: str) -> None:
    if not text or any(unicodedata.category(char) in _UNSPEAKABLE for char in text):
        raise Unfaithful("unspeakable")
    if _MARKUP.search(text):
        raise Unfaithful("markup")
    if len(text) > MAX_CHARS or len(text.split()) > MAX_WORDS:
        raise Unfaithful("too_long")
    if len(_TOKEN.findall(text)) < LEAST_TOKENS:
        raise Unfaithful("too_short")
    if "?" in text:
        raise Unfaithful("asks")
    if instructions(text):
        raise Unfaithful("instructions")


# --- sentences ------------------------------------------------------------------------------------

_Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sentence:
    parts: tuple[_Words, ...]
    """What may be told of it without the rest: all of it, but where it only joins what was done."""
    first: _Words
    """As far as the first mark in it, with its "well, but"."""
    opens: frozenset[str]
    """Its "well, but" and the word after that."""
    asks: bool

    @property
    def words(self) -> _Words:
        return tuple(word for part in self.parts for word in part)


_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u2032`\u00b4", "'"))


def _sentences(text: str, language: str) -> list[_Sentence]:
    """Not cut behind "Dr.", nor where it goes on with a small letter or a number ("approx. 20")."""
    pieces: list[str] = []
    for piece in _SENTENCE.split(" ".join(unicodedata.normalize("NFC", text).split())):
        begin = next((char for char in piece if char.isalnum()), "")
        goes_on = begin.islower() or begin.isdigit()
        if pieces and (goes_on or _ABBREVIATED.search(pieces[-1])):
            pieces[-1] = f"{pieces[-1]} {piece}"
        else:
            pieces.append(piece)
    found = (_sentence(piece, language) for piece in pieces)
    return [one for one in found if one.words]


def _sentence(text: str, language: str) -> _Sentence:
    forms = FORMS[language]
    fillers = rf"[,\s]{{0,3}}(?<!\w)(?:{'|'.join(sorted(forms.fillers))})(?!\w)[,\s]{{0,3}}"
    small = re.sub(fillers, " ", text.lower().translate(_APOSTROPHES))
    if language == "en":
        for pattern, full in _CONTRACTED:
            small = pattern.sub(full, small)
    between = [tuple(_TOKEN.findall(piece)) for piece in _MARK.split(small)]
    between = [words for words in between if words]
    first = between[0] if between else ()
    all_of_it = [word for words in between for word in words]
    while between and not (left := _without_opener(between[0], language)):
        between = between[1:]
    if between:
        between[0] = left
    opened = len(all_of_it) - sum(map(len, between))
    asks = "?" in text or "\u00bf" in text
    opens = frozenset(all_of_it[: opened + 1])
    return _Sentence(_parts(between, language), first, opens, asks)


def _without_opener(words: _Words, language: str) -> _Words:
    """Without the "well, and" at its begin."""
    forms = FORMS[language]
    leaves = (openers(language) - joints(language)) | forms.leaves
    at = next((at for at, word in enumerate(words) if word not in leaves), len(words))
    if at < len(words):  # "gut" alone is one, and "gut war das nicht" says something
        at = next((n for n, word in enumerate(words[:at]) if word in forms.fronted), at)
    return words[at:]


def _parts(between: Sequence[_Words], language: str) -> tuple[_Words, ...]:
    """ "I did this, and I did that" as two; all else in one piece, for what stands beside a clause
    may change it: "he said", "I think", "if", "Anna and"."""
    forms = FORMS[language]
    whole = tuple(word for words in between for word in words)
    joined = [words for words in between[1:] if words[0] in forms.joins]
    parts = [*between[:1], *(words[1:] for words in joined)]
    stands_alone = all(
        part[:1] and part[0] in forms.subjects
        and sum(word in forms.subjects for word in part) == 1
        and joints(language).isdisjoint(part) and forms.unsure.isdisjoint(part)
        for part in parts
    )  # fmt: skip
    if len(parts) == len(between) and stands_alone:
        return tuple(parts)
    return (whole,) if whole else ()


# --- the same sentence ----------------------------------------------------------------------------


class _Answer:
    def __init__(self, own: Sequence[_Sentence], forms: Forms) -> None:
        self._own = own
        self._forms = forms

    def find_all(self, told: Sequence[_Sentence]) -> None:
        """Raises Unfaithful, unless each of these stands there, one behind the other."""
        at, part = 0, -1
        taken = set()
        for number, sentence in enumerate(told):
            words = sentence.words
            place = self._place(words, at, part + 1)
            if place is None:
                raise Unfaithful("not_said")
            if number and self._points_back(words) and not self._follows(place, (at, part)):
                raise Unfaithful("limited")
            at, part = place
            taken.add(at)
        if any(at + 1 not in taken and self._is_taken_back(at) for at in taken):
            raise Unfaithful("limited")

    def _place(self, words: _Words, at: int, part: int) -> tuple[int, int] | None:
        """(sentence, its last part that these are): from this one on."""
        for number in range(at, len(self._own)):
            sentence = self._own[number]
            if sentence.asks:
                continue
            begin = part if number == at else 0
            for first in range(begin, len(sentence.parts)):
                for last in range(first, min(first + MAX_WORDS, len(sentence.parts))):
                    if self._same(words, sentence.parts[first : last + 1]):
                        return number, last
        return None

    def _follows(self, place: tuple[int, int], before: tuple[int, int]) -> bool:
        """Whether nothing was left out between them, for "he" is somebody who was named there."""
        at, _ = before
        whole = before[1] == len(self._own[at].parts) - 1
        return place[0] == at or (place[0] == at + 1 and whole)

    def _points_back(self, words: _Words) -> bool:
        return not self._forms.others.isdisjoint(words)

    def _same(self, told: _Words, parts: Sequence[_Words]) -> bool:
        """With or without the "and" between parts."""
        own = tuple(word for part in parts for word in part)
        told = self._without_joins(told, parts)
        if len(told) != len(own) or not self._names_who(told, own):
            return False
        return all(self._may_stand_for(told, own, at) for at in range(len(own)))

    def _without_joins(self, told: _Words, parts: Sequence[_Words]) -> _Words:
        left = told[: len(parts[0])]
        at = len(parts[0])
        for part in parts[1:]:
            at += told[at : at + 1] != () and told[at] in self._forms.joins
            left += told[at : at + len(part)]
            at += len(part)
        return left + told[at:]

    def _may_stand_for(self, told: _Words, own: _Words, at: int) -> bool:
        forms, said, word = self._forms, own[at], told[at]
        if word in forms.said_back.get(said, ()):
            speaks = not forms.subjects.isdisjoint(own[max(0, at - 2) : at])
            return speaks or word not in forms.reflexive.get(said, ())
        if word == said:
            return word not in forms.second and word not in forms.first
        return self._may_be_verb(own, at) and any(
            said.endswith(end) and word == said.removesuffix(end) + other
            for end, other in forms.verb_ends
        )

    def _may_be_verb(self, own: Sequence[str], at: int) -> bool:
        """A verb stands beside its subject, or first where no subject is named."""
        beside = {*own[max(0, at - 1) : at], *own[at + 1 : at + 2]}
        last = self._forms.verb_last and at == len(own) - 1
        return at == 0 or last or bool(beside & self._forms.subjects)

    def _names_who(self, told: _Words, own: _Words) -> bool:
        """Where no subject has to be named ("fue despedido"), "you" and "he" have the same verb and
        the same "su": a subject must be there, or a verb of the first person, or begin it."""
        forms = self._forms
        if not forms.drops_subject or not forms.subjects.isdisjoint(own):
            return not forms.drops_subject or self._verbs_have_subject(told, own)
        if own[0] in forms.begins_subject:
            changed = [at for at in range(1, len(own)) if told[at] != own[at]]
            return not changed
        return told[0] != own[0] and own[0] not in forms.no_verbs and told[1:] == own[1:]

    def _verbs_have_subject(self, told: _Words, own: _Words) -> bool:
        """Each word that was changed stands near the subject: farther off it may be of another."""
        near = [at for at, word in enumerate(own) if word in self._forms.subjects]
        return all(
            told[at] == own[at] or any(-1 <= at - place <= NEAR for place in near)
            for at in range(len(own))
        )

    def _is_taken_back(self, at: int) -> bool:
        """Whether the next sentence says that it is not, or not quite, so."""
        if at + 1 >= len(self._own):
            return False
        following, forms = self._own[at + 1], self._forms
        words = following.words
        fragment = len(words) <= FRAGMENT and forms.subjects.isdisjoint(words)
        opens = following.opens | {" ".join(words[:2])}
        begins = bool(opens & (forms.adverse | forms.repairs)) or set(following.first) <= forms.nos
        remark = len(words) <= REMARK and not forms.untrue.isdisjoint(words)
        return fragment or begins or remark
