"""An answer from the FAQ in other words: what a model is asked, and what may be said of it. Pure.

    text = await whole(llm.stream(request(entry, question, locale)))
    said = checked(text, entry, locale)         # or Unfaithful: then the entry's own words are said

The model may shorten, and turn the entry towards the question; it may add nothing. Every word that
says something must stand in the entry. Of each sentence that the answer draws on, the numbers, what
is denied and the conditions must all be there: half a rule is a wrong one. Numbers keep what they
count. No check knows who does what to whom; the entry's own words are always at hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from media_server.injection.guard import instructions
from media_server.interview.rubric import FaqEntry
from media_server.interviewer.faq_scope import SCOPES
from media_server.interviewer.languages import language_of
from media_server.interviewer.words import Word, language, plain
from media_server.ports import LlmRequest
from media_server.prompts import fence, prompt

TASK = "faq"
MAX_WORDS = 60
MAX_TOKENS = 160
MAX_CHARS = 600
SHOWN_QUESTION_CHARS = 400

Reason = Literal[
    "language_not_covered",
    "unspeakable",
    "markup",
    "too_long",
    "asks",
    "instructions",
    "promise",
    "adds",
    "number",
    "scope",
    "negation",
    "unrelated",
]
"""Why it is not said. asks: it asks something. adds: a word that the entry does not have. scope: a
condition or a limit ("only", "up to", "after") is missing, or was added."""

_UNSPEAKABLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "So", "Sk"})
_MARKUP = re.compile(r"[<>{}\[\]|\\`*_#~^=@]|https?:|www\.|\w\.(?:com|org|net|de|fr|es|io|eu)\b")
_SENTENCE = re.compile(r"[^.!?\u061f\u2026]+(?:[.!?\u061f\u2026](?!\s|$)[^.!?\u061f\u2026]*)*")
_NOT = re.compile(r"\b([Cc]an)not\b|\b(\w+?)n['\u2019\u02bc\u2032`\u00b4]t\b")
_YES = "s\u00ed"
"""Without its accent it is the Spanish "if"."""
_SHARED = 2
"""Words that say something and stand in an answer and a sentence: the answer draws on it."""


class Unfaithful(ValueError):
    """The words are not to be said: `str(error)` is the reason, without any of them."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def request(
    entry: FaqEntry,
    question: str,
    locale: str,
    *,
    first_token_s: float = 4.0,
    total_s: float = 10.0,
) -> LlmRequest:
    """What a model is asked, to word the answer to this question. Both are fenced data."""
    words = prompt(TASK, locale)
    return LlmRequest(
        purpose="faq",
        system=words.system_with(),
        user=words.user_with(
            question=fence("question", question[:SHOWN_QUESTION_CHARS]),
            asked=fence("faq_question", entry.q),
            answer=fence("faq_answer", entry.a),
        ),
        locale=locale,
        max_tokens=MAX_TOKENS,
        first_token_s=first_token_s,
        total_s=total_s,
    )


def checked(text: str, entry: FaqEntry, locale: str) -> str:
    """The answer in one line, where all of it stands in the entry. Raises Unfaithful."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if language_of(locale) is None:
        raise Unfaithful("language_not_covered")
    _check_form(text)
    _check_promises(text, entry, locale)
    _Answer(text, entry, locale).check()
    return text


def _check_form(text: str) -> None:
    if not text or any(unicodedata.category(char) in _UNSPEAKABLE for char in text):
        raise Unfaithful("unspeakable")
    if _MARKUP.search(text):
        raise Unfaithful("markup")
    if len(text) > MAX_CHARS or len(text.split()) > MAX_WORDS:
        raise Unfaithful("too_long")
    if "?" in text or "\u061f" in text:
        raise Unfaithful("asks")
    if instructions(text):
        raise Unfaithful("instructions")


def _check_promises(text: str, entry: FaqEntry, locale: str) -> None:
    """ "You will get": in the entry's own words, or not at all."""
    own = f" {plain(entry.q)} {plain(entry.a)} "
    for found in language(locale).table.promise.finditer(plain(text)):
        if f" {found[0]} " not in own:
            raise Unfaithful("promise")


@dataclass(frozen=True, slots=True)
class _Sentence:
    """What a sentence says, as far as it can be compared."""

    content: frozenset[str]
    """Stems; "#42" of a number."""
    numbers: frozenset[tuple[str, str, str]]
    """(number, what it counts or what follows it, the limit before it)"""
    denied: frozenset[str]
    """The stems that a negation stands before, or after where none follows."""
    scope: frozenset[str]
    """Conditions and limits."""
    modal: frozenset[str]
    """ "Can", "must", "always"."""


class _Answer:
    def __init__(self, text: str, entry: FaqEntry, locale: str) -> None:
        self._language = language(locale)
        tag = language_of(locale) or "en"
        self._scopes, self._modals = SCOPES[tag]
        self._said = [self._sentence(part) for part in _sentences(text)]
        self._own = [self._sentence(part) for part in _sentences(entry.a)]
        self._asked = self._sentence(entry.q)

    def check(self) -> None:
        said = self._joined(self._said)
        # A single amount or name may be all of an answer.
        used = [one for one in self._own if _shared(said, one) >= min(_SHARED, len(one.content))]
        own = self._joined(used)
        if not used:
            raise Unfaithful("unrelated")
        if any(stem not in own.content | self._asked.content for stem in said.content):
            unknown = (stem for stem in said.content if stem not in own.content)
            raise Unfaithful("number" if any(s.startswith("#") for s in unknown) else "adds")
        if not said.numbers <= own.numbers or _values(said) != _values(own):
            raise Unfaithful("number")
        if said.denied != own.denied:
            raise Unfaithful("negation")
        if said.scope != own.scope or not said.modal <= own.modal | self._asked.modal:
            raise Unfaithful("scope")

    def _sentence(self, text: str) -> _Sentence:
        text = _NOT.sub(lambda found: f"{found[1] or _in_full(found[2])} not", text)
        words = self._language.words(text)
        negations = self._language.table.negations
        return _Sentence(
            content=frozenset(word.stem for word in words if self._tells(word)),
            numbers=frozenset(self._number(words, at) for at in range(len(words))) - {_NONE},
            denied=frozenset(
                self._beside(words, at) for at, word in enumerate(words) if word.plain in negations
            ),
            scope=frozenset(
                word.plain
                for word in words
                if word.plain in self._scopes and text[word.start : word.end].casefold() != _YES
            ),
            modal=frozenset(w.plain for w in words if w.plain in self._modals),
        )

    def _tells(self, word: Word) -> bool:
        return word.content and word.plain not in self._scopes | self._modals

    def _number(self, words: Sequence[Word], at: int) -> tuple[str, str, str]:
        if words[at].number is None:
            return _NONE
        following = next((w.stem for w in words[at + 1 :] if self._tells(w)), "")
        before = words[at - 1].plain if at else ""
        return words[at].stem, following, before if before in self._scopes else ""

    def _beside(self, words: Sequence[Word], at: int) -> str:
        """What a negation denies: the next word that says something, else the one before."""
        following = (word.stem for word in words[at + 1 :] if self._tells(word))
        before = (word.stem for word in reversed(words[:at]) if self._tells(word))
        return next(following, next(before, ""))

    @staticmethod
    def _joined(sentences: Sequence[_Sentence]) -> _Sentence:
        return _Sentence(
            content=frozenset().union(*(one.content for one in sentences)),
            numbers=frozenset().union(*(one.numbers for one in sentences)),
            denied=frozenset().union(*(one.denied for one in sentences)),
            scope=frozenset().union(*(one.scope for one in sentences)),
            modal=frozenset().union(*(one.modal for one in sentences)),
        )


_NONE = ("", "", "")


def _values(sentence: _Sentence) -> set[str]:
    return {value for value, _, _ in sentence.numbers}


def _in_full(verb: str) -> str:
    """Of "can't" and "won't", what stands before "not"."""
    return {"ca": "can", "wo": "will", "sha": "shall"}.get(verb.lower(), verb)


def _shared(one: _Sentence, other: _Sentence) -> int:
    shared = one.content & other.content
    return len(shared) + _SHARED * any(stem.startswith("#") for stem in shared)


def _sentences(text: str) -> Iterator[str]:
    for found in _SENTENCE.findall(text):
        if found.strip():
            yield found
