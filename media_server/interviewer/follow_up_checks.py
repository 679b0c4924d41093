"""Whether a follow-up that a model proposes may be asked, found out by code. Pure.

It may where it rests on something that the candidate said in this answer, and says nothing that
they did not say; asks one thing, and hints at no answer; was not asked before; touches nothing
private; promises and judges nothing; and can be spoken in the interview's language. Otherwise it
is dropped, with the first of the reasons below that holds. No check can tell whether a question is
a good one, or whether who did what is right ("he asked you" for "you asked him").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from media_server.injection.guard import instructions
from media_server.interviewer.languages import TABLES, language_of
from media_server.interviewer.words import Stems, Word, accented, language, plain

MAX_WORDS = 30
MAX_CHARS = 300
MAX_QUOTE_CHARS = 400
LEAST_ANSWER_WORDS = 5
"""An answer with fewer words that say something is too thin to be asked about."""

DropReason = Literal[
    "unreadable",
    "unspeakable",
    "markup",
    "too_long",
    "no_question",
    "two_questions",
    "wrong_language",
    "instructions",
    "private",
    "rude",
    "promise",
    "judgement",
    "leading",
    "closed",
    "no_such_quote",
    "quote_not_used",
    "negation",
    "unsaid_name",
    "unsaid_number",
    "unsaid",
    "hint",
    "repeats",
    "no_such_criterion",
]
"""Why a follow-up is not asked. no_such_quote: what it quotes was not said. quote_not_used: it
does not speak of what it quotes, or only in the words of the question. closed: no word asks openly,
so that yes or no would do, or it is no question at all. negation: what was denied
is taken for said, or the other way round. unsaid: it speaks of what nobody mentioned.
no_such_criterion: it names none that there is."""

_UNSPEAKABLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "So", "Sk"})
_MARKUP = re.compile(r"[<>{}\[\]|\\`*_#~^=@/]|https?:|www\.|\w\.(?:com|org|net|de|fr|es|io)\b")
_MACHINERY = re.compile(
    r"\b(?:json|schema|prompt|rubric|criteri(?:on|a)|kriteri\w+|criteri[oa]s?|crit[e\u00e8]res?|"
    r"language model|sprachmodell|as an ai|als ki|anchor|transcript|null)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?\u061f\u2026]*[.!?\u061f\u2026]*")
_GAP_WORDS = 2
"""Words that say something and may be left out of a quote, at one place."""
_BEFORE_QUOTE = 3
"""Words before a quote in which a "not" belongs to it."""
_NEAR_DENIAL = 4
"""Words between a "not" and what it denies."""
_USED_COMMON = 3
"""So many words of a quote, each of which could stand in any question, show that it is meant."""
_MOST_UNSAID = 2
_SAME_SHARE, _HOLDS_SHARE, _HOLDS_LEAST = 0.6, 0.75, 3


@dataclass(frozen=True, slots=True)
class Asking:
    """What a proposal is checked against."""

    locale: str
    question: str
    """What is being answered."""
    answer: str
    """The candidate's own words, as they are known."""
    criteria: tuple[str, ...] = ()
    """The words of criteria and anchors, which must not be given away."""
    asked: tuple[str, ...] = ()
    """What else is or was asked: core questions, clarifications, follow-ups so far."""
    before: tuple[str, ...] = ()
    """What the candidate said to the same question before, such as the answer that a follow-up
    asked back about. A follow-up may use it; its quote must be of `answer`."""


@dataclass(frozen=True, slots=True)
class Grounded:
    """A follow-up that may be asked."""

    text: str
    quote: str
    """The candidate's own words, as they stand in the answer."""


def is_too_thin(answer: str, locale: str) -> bool:
    """Whether there is too little to ask about."""
    known = language(locale)
    said = known.content(known.words(_composed(answer)))
    return len(said) < LEAST_ANSWER_WORDS


def check(text: str, quote: str, asking: Asking) -> Grounded | DropReason:
    """The follow-up, cleaned of surrounding space, with its real quote; or why it is dropped."""
    text = " ".join(_composed(text).split())
    for found in (_form(text), _language(text, asking.locale), _manner(text, asking)):
        if found is not None:
            return found
    return _Matter(text, quote, asking).check()


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


# --- what needs no answer to be seen -------------------------------------------------------------


def _form(text: str) -> DropReason | None:
    if any(unicodedata.category(char) in _UNSPEAKABLE for char in text):
        return "unspeakable"
    if not any(char.isalpha() for char in text):
        return "unspeakable"
    if _MARKUP.search(text):
        return "markup"
    if len(text) > MAX_CHARS or len(text.split()) > MAX_WORDS:
        return "too_long"
    return None


def _language(text: str, locale: str) -> DropReason | None:
    """By the small words: they tell a language apart in one sentence."""
    mine = language_of(locale)
    if mine is None:
        return "wrong_language"
    said = plain(text).split()
    letters = [char for char in text if char.isalpha()]
    arabic = sum("\u0600" <= char <= "\u06ff" for char in letters) > len(letters) / 2
    latin = sum("LATIN" in unicodedata.name(char, "") for char in letters) > len(letters) / 2
    if arabic != (mine == "ar") or latin == (mine == "ar"):
        return "wrong_language"
    counts = {tag: sum(word in table.stop for word in said) for tag, table in TABLES.items()}
    best = max(counts.values())
    return "wrong_language" if not best or counts[mine] < best else None


def _manner(text: str, asking: Asking) -> DropReason | None:
    """One question, and nothing that an interviewer must not say."""
    table = language(asking.locale).table
    marks = sum(text.count(mark) for mark in "?\u061f")
    if marks != 1 or text.count("\u00bf") > 1:
        return "two_questions" if marks else "no_question"
    bare = plain(text)
    if not bare.endswith("?"):
        return "two_questions"  # something is said after it
    question = _question_of(accented(text))
    if any(found.start() > 0 for found in table.accented_joined.finditer(question)):
        return "two_questions"  # a sentence may begin with "And how"
    if language(asking.locale).asks_twice(text):
        return "two_questions"
    if instructions(text) or _MACHINERY.search(text):
        return "instructions"
    integrators = f" {plain(' '.join((asking.question, *asking.criteria)))} "
    if any(f" {found[0]} " not in integrators for found in table.grading.finditer(bare)):
        return "instructions"
    if table.private.search(bare):
        return "private"
    theirs = plain(" ".join((asking.question, *asking.asked)))
    if table.rude.search(bare) or (
        table.familiar.search(bare) and not table.familiar.search(theirs)
    ):
        return "rude"
    if table.promise.search(bare):
        return "promise"
    said = f" {plain(asking.answer)} "
    if any(f" {found[0]} " not in said for found in table.judgement.finditer(bare)):
        return "judgement"
    if table.leading.search(bare):
        return "leading"
    is_open = table.accented_question_word.search(question)
    return None if is_open and not table.accented_closed.match(question) else "closed"


def _question_of(text: str) -> str:
    """The last sentence of a plain text."""
    sentences = [part for part in text.split(" . ") if part.strip()]
    return sentences[-1] if sentences else text


# --- what was said, and what was not -------------------------------------------------------------


class _Matter:
    """A proposal beside the answer it is about."""

    def __init__(self, text: str, quote: str, asking: Asking) -> None:
        self._language = language(asking.locale)
        self._text, self._quote, self._asking = text, quote, asking
        self._answer_text = _composed(asking.answer)
        self._answer = self._language.words(self._answer_text)
        self._words = self._language.words(text)
        self._content = self._language.content(self._words)
        self._said = self._stems(asking.answer, *asking.before)
        self._in_question = self._stems(asking.question)

    def check(self) -> Grounded | DropReason:
        span = self._span()
        if span is None:
            return "no_such_quote"
        quoted = self._answer[span[0] : span[1]]
        if not self._uses(quoted):
            return "quote_not_used"
        if self._is_private(span):
            return "private"
        if self._twists(span) or self._denies():
            return "negation"
        for found in (self._hints(), self._unsaid(), self._repeats()):
            if found is not None:
                return found
        first, end = self._with_small_words(span)
        return Grounded(
            self._text,
            self._answer_text[self._answer[first].start : self._answer[end - 1].end],
        )

    def _stems(self, *texts: str) -> Stems:
        words = (word for text in texts for word in self._language.words(_composed(text)))
        return self._language.keys(words)

    def _uses(self, quoted: Sequence[Word]) -> bool:
        """A word of the quote that tells, or several of those that do not."""
        telling = self._language.keys(word for word in quoted if self._tells(word))
        if any(word in telling for word in self._content if self._tells(word)):
            return True
        common = self._language.keys(word for word in quoted if word not in self._in_question)
        return len({word.stem for word in self._content if word in common}) >= _USED_COMMON

    def _is_private(self, span: tuple[int, int]) -> bool:
        """What the candidate told of themselves, which is not to be dwelt on."""
        table = self._language.table
        first, end = self._answer[span[0]].start, self._answer[span[1] - 1].end
        before = self._answer[max(0, span[0] - 1)].start  # "my" before "wife"
        quote = plain(self._answer_text[min(first, before) : end])
        told = " ".join(table.told_to_you.get(word, word) for word in quote.split())
        return table.private.search(told) is not None

    def _tells(self, word: Word) -> bool:
        """A word of the candidate's own: neither the question's nor one of every question's."""
        return word.content and not self._language.is_common(word) and word not in self._in_question

    def _span(self) -> tuple[int, int] | None:
        """Where in the answer the quote stands: all its words that say something, in their order,
        with few others between."""
        if len(self._quote) > MAX_QUOTE_CHARS:
            return None
        wanted = self._language.content(self._language.words(_composed(self._quote)))
        if not wanted:
            return None
        places = [n for n, word in enumerate(self._answer) if word.content]
        for at in range(len(places)):
            reached = self._matches(wanted, places, at)
            if reached is not None:
                return places[at], places[reached] + 1
        return None

    def _with_small_words(self, span: tuple[int, int]) -> tuple[int, int]:
        """The span with the "I" before it and the "it" behind it that the quote has, too."""
        quote = self._language.words(_composed(self._quote))
        content = [n for n, word in enumerate(quote) if word.content]
        first, end = span
        for word in reversed(quote[: content[0]]):
            if first == 0 or self._answer[first - 1].plain != word.plain:
                break
            first -= 1
        for word in quote[content[-1] + 1 :]:
            if end == len(self._answer) or self._answer[end].plain != word.plain:
                break
            end += 1
        return first, end

    def _matches(self, wanted: Sequence[Word], places: Sequence[int], at: int) -> int | None:
        """The place of the last word of `wanted`, the first being at `at`."""
        place, gap = at, _GAP_WORDS
        for number, word in enumerate(wanted):
            one = self._language.keys((word,))
            while place < len(places) and self._answer[places[place]] not in one:
                if number == 0 or gap == 0:
                    return None
                place, gap = place + 1, gap - 1
            if place == len(places):
                return None
            place += 1
        return place - 1

    def _twists(self, span: tuple[int, int]) -> bool:
        """What was denied is asked about without its "not"."""
        negations = self._language.table.negations
        before = self._answer[max(0, span[0] - _BEFORE_QUOTE) : span[0]]
        clause = [
            word
            for word in before
            if not re.search(r"[.!?,;]", self._answer_text[word.end : self._answer[span[0]].start])
        ]
        denied = any(
            word.plain in negations for word in (*clause, *self._answer[span[0] : span[1]])
        )
        return denied and not any(word.plain in negations for word in self._words)

    def _denies(self) -> bool:
        """The question says "not" of what nobody has denied: "why did Karen not notice it?"."""
        table = self._language.table
        if table.supposed.search(plain(self._text)):
            return False
        near = [word for word in self._near_denials(self._words) if self._tells(word)]
        denied = self._language.keys(self._near_denials(self._answer))
        return bool(near) and not any(word in denied for word in near)

    def _near_denials(self, words: Sequence[Word]) -> list[Word]:
        """Those that a "not" may belong to."""
        table, near = self._language.table, _NEAR_DENIAL
        negations = table.denials or table.negations
        places = [at for at, word in enumerate(words) if word.plain in negations]
        found = {n for at in places for n in range(max(0, at - near), at + near + 1)}
        return [words[n] for n in sorted(found) if n < len(words) and words[n].content]

    def _unsaid(self) -> DropReason | None:
        unknown = [word for word in self._content if not self._is_known(word)]
        if any(word.number is not None for word in unknown):
            return "unsaid_number"
        if any(self._is_name(word) for word in self._words if not self._is_known(word)):
            return "unsaid_name"
        new = [word for word in unknown if not self._language.is_common(word)]
        if new and self._language.table.suggesting.search(plain(self._text)):
            return "hint"
        neutral = self._language.is_neutral
        return "unsaid" if len(new) > _MOST_UNSAID or not all(map(neutral, new)) else None

    def _is_known(self, word: Word) -> bool:
        return word in self._said or word in self._in_question

    def _is_name(self, word: Word) -> bool:
        """By its capital within a sentence, or by the title before it."""
        titled = self._language.table.title.finditer(plain(self._text))
        if word.content and any(found[1] == word.plain for found in titled):
            return True
        if not self._language.table.capitals_are_names or self._language.is_common(word):
            return False
        if not self._text[word.start].isupper() or word.plain == "i":
            return False
        before = self._text[: word.start].rstrip(" \"'\u00ab\u201c\u2018\u201e(")
        return word.content and bool(before) and before[-1] not in ".!?\u2026:\u00bf\u00a1"

    def _hints(self) -> DropReason | None:
        """A word of a criterion that the candidate has not said."""
        rubric = self._stems(*self._asking.criteria)
        given_away = (
            word
            for word in self._content
            if word in rubric and not self._is_known(word) and not self._language.is_common(word)
        )
        return "hint" if any(given_away) else None

    def _repeats(self) -> DropReason | None:
        mine = self._content
        for text in (self._asking.question, *self._asking.asked):
            theirs = self._language.content(self._language.words(_composed(text)))
            if not theirs or not mine:
                continue
            same = _share(mine, self._language.keys(theirs))
            held = _share(theirs, self._language.keys(mine))
            alike = (same * len(mine) + held * len(theirs)) / (len(mine) + len(theirs))
            if alike >= _SAME_SHARE or (held >= _HOLDS_SHARE and len(theirs) >= _HOLDS_LEAST):
                return "repeats"
        return None


def _share(words: Sequence[Word], among: Stems) -> float:
    return sum(word in among for word in words) / len(words)


def distinct(reasons: Iterable[str]) -> tuple[str, ...]:
    """Each once, in order."""
    return tuple(dict.fromkeys(reasons))
