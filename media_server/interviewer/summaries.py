"""One answer in a sentence or two, said back to who gave it: what a model is asked, and what of its
words may be said. Pure.

    text = await whole(llm.stream(request(heard, question, locale)))
    told = checked(text, heard, locale)      # or Unfaithful: then the key sentences are given

The model chooses what to tell and leaves out what says nothing; it puts nothing in other words.
Each clause must be one of the candidate's own, whole and in its order, with "I" turned into "you"
and nothing else changed. So a number, a name, a "not" or a "maybe" can neither be added nor lost,
nor who did what to whom. A clause that another one limits ("but not alone") is not given without
it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from media_server.injection.guard import instructions
from media_server.interview.common_words import joints, openers
from media_server.interviewer.faq_scope import SCOPES
from media_server.interviewer.languages import TABLES
from media_server.interviewer.summary_forms import FORMS, Forms
from media_server.interviewer.words import folded
from media_server.ports import LlmRequest
from media_server.prompts import fence, prompt

TASK = "summary"
MAX_WORDS = 40
MAX_CHARS = 320
MAX_TOKENS = 120
LEAST_TOKENS = 3
SHOWN_CHARS = 6_000
"""Of a longer answer no model is asked: its key sentences are given."""
SHORT_CLAUSE = 4
"""A clause of so many words behind another one adds to what that says."""

Reason = Literal[
    "language_not_covered",
    "unspeakable",
    "markup",
    "too_long",
    "too_short",
    "asks",
    "instructions",
    "not_said",
    "limited",
]
"""Why it is not told. not_said: a clause is none of the candidate's. limited: what limits a clause
was left out."""

_UNSPEAKABLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "So", "Sk"})
_MARKUP = re.compile(r"[<>{}\[\]|\\`*_#~^=@]|https?:|www\.")
_SENTENCE = re.compile(r"(?<=[.!?\u2026])\s+")
_CUT = re.compile(r"[,;:\u2013\u2014.!?\u2026]+(?=\s|$)|\s-\s")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
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
    answer = _sentences(heard, language)
    told = _sentences(text, language)
    if not told:
        raise Unfaithful("too_short")  # "well, so"
    for sentence in told:
        _Place(answer, language).find(sentence)
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


# --- clauses --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Clause:
    tokens: tuple[str, ...]
    joint: str
    """The word that it is joined by and that changes what it says, such as "if"; "": none."""
    is_adverse: bool
    """It begins with "but": it takes something back of what stands before it."""


_Clauses = tuple[_Clause, ...]


def _sentences(text: str, language: str) -> list[_Clauses]:
    found = []
    fillers = re.compile(rf"[,\s]*\b(?:{'|'.join(sorted(FORMS[language].fillers))})\b[,\s]*")
    for part in _SENTENCE.split(unicodedata.normalize("NFC", text)):
        small = fillers.sub(" ", part.casefold().translate(_APOSTROPHES))
        clauses = [one for piece in _CUT.split(small) for one in _clauses(piece, language)]
        if clauses:
            found.append(tuple(clauses))
    return found


_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u2032`\u00b4", "'"))


def _clauses(piece: str, language: str) -> list[_Clause]:
    """The clauses of what stands between two marks."""
    if language == "en":
        for pattern, full in _CONTRACTED:
            piece = pattern.sub(full, piece)
    begins = joints(language)
    groups: list[list[str]] = [[]]
    for word in _TOKEN.findall(piece):
        if word in begins and groups[-1] and not _is_joined(groups[-1], begins):
            groups.append([])
        groups[-1].append(word)
    made = [_clause(group, begins, openers(language), FORMS[language]) for group in groups]
    return [one for one in made if one.tokens]


def _is_joined(group: Sequence[str], begins: frozenset[str]) -> bool:
    """Only joints so far: "and then"."""
    return all(word in begins for word in group)


def _clause(
    group: Sequence[str], begins: frozenset[str], opens: frozenset[str], forms: Forms
) -> _Clause:
    at, joint = 0, ""
    means_nothing = forms.plain_joints | (opens - begins)
    while at < len(group) and (group[at] in begins or group[at] in opens):
        if group[at] not in means_nothing:
            joint = group[at]
        at += 1
    is_adverse = not forms.adverse.isdisjoint(group[: at + 1])
    return _Clause(tuple(group[at:]), joint, is_adverse)


# --- the same clause ------------------------------------------------------------------------------


class _Place:
    """Where the clauses of one sentence stand in an answer."""

    def __init__(self, answer: Sequence[_Clauses], language: str) -> None:
        self._answer = answer
        self._forms = FORMS[language]
        scopes, modals = SCOPES[language]
        self._limits_of_language = scopes | modals | TABLES[language].negations | self._forms.hedges

    def find(self, sentence: _Clauses) -> None:
        """Raises Unfaithful, unless every clause stands there and no limit of one is left out."""
        limited = False
        for clauses, following in zip(self._answer, [*self._answer[1:], ()], strict=True):
            for begin in range(len(clauses)):
                taken = self._taken(sentence, clauses, begin)
                if taken is None:
                    continue
                if not self._is_limited((*clauses, *following[:1]), taken, len(clauses)):
                    return
                limited = True
        raise Unfaithful("limited" if limited else "not_said")

    def _taken(self, sentence: _Clauses, clauses: _Clauses, begin: int) -> list[int] | None:
        """The clauses of the answer's sentence that these are, the first of them at `begin`; None:
        they are not. One without a subject follows at once on the one that has it."""
        taken: list[int] = []
        for number, clause in enumerate(sentence):
            named = self._has_subject(clause)
            places = range(begin, begin + 1) if not taken else range(taken[-1] + 1, len(clauses))
            if taken and not named:
                places = range(taken[-1] + 1, min(taken[-1] + 2, len(clauses)))
            if not number and not named and begin:
                return None  # whose deed it is stands before it
            found = next((n for n in places if self._same(clause, clauses[n])), None)
            if found is None:
                return None
            taken.append(found)
        return taken

    def _has_subject(self, clause: _Clause) -> bool:
        return bool(set(clause.tokens[:3]) & (self._forms.you | self._forms.subjects))

    def _same(self, told: _Clause, own: _Clause) -> bool:
        if told.joint != own.joint or len(told.tokens) != len(own.tokens):
            return False
        return all(self._may_stand_for(one, own.tokens, at) for at, one in enumerate(told.tokens))

    def _may_stand_for(self, word: str, own: Sequence[str], at: int) -> bool:
        forms, said = self._forms, own[at]
        if word in forms.said_back.get(said, ()):
            return True
        if word == said:
            others = at == 0 and said.endswith(forms.others_ends) if forms.others_ends else False
            return word not in forms.second and not others
        return self._may_be_verb(own, at) and any(
            said.endswith(end) and word == said.removesuffix(end) + other
            for end, other in forms.verb_ends
        )

    def _may_be_verb(self, own: Sequence[str], at: int) -> bool:
        """A verb stands beside its subject, or first where no subject is named."""
        beside = {*own[max(0, at - 1) : at], *own[at + 1 : at + 2]}
        last = self._forms.verb_last and at == len(own) - 1
        return at == 0 or last or bool(beside & self._forms.subjects)

    def _is_limited(self, clauses: _Clauses, taken: Sequence[int], own: int) -> bool:
        """Whether a clause that was left out changes what one that was taken says. Behind the first
        `own` clauses stands the begin of the next sentence."""
        for at in taken:
            before, after = at - 1, at + 1
            if before >= 0 and before not in taken and clauses[before].joint:
                return True
            if after >= len(clauses) or after in taken:
                continue
            if clauses[after].is_adverse or (after < own and self._limits(clauses[after])):
                return True
        return False

    def _limits(self, clause: _Clause) -> bool:
        """Whether it only adds to the clause before it: it has a condition, or no subject and a
        limit or few words."""
        if clause.joint in self._limits_of_language:
            return True
        told = {folded(word) for word in clause.tokens}
        short = len(clause.tokens) <= SHORT_CLAUSE
        return not self._has_subject(clause) and (short or bool(told & self._limits_of_language))
