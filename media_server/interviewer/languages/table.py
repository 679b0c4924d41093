"""What the checks of the interviewer's own words know of one language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    """Patterns look at plain text (`words.plain`): small letters without accents, words separated
    by one space, and of the marks only `?` and `.`, as words of their own. Those named `accented`
    look at the same with its accents."""

    stemmer: str
    """Its name in Snowball."""
    stop: frozenset[str]
    """Words that say nothing of a matter: articles, pronouns, auxiliaries. Plain."""
    common: frozenset[str]
    """Words of which questions are made ("decide", "hardest"): nobody needs to have said them.
    Plain, in every form that is not found by its stem."""
    negations: frozenset[str]
    numbers: Mapping[str, int]
    """By word, plain. "One" only where it cannot be an article."""
    denials: frozenset[str] = frozenset()
    """Of the negations those that deny by themselves; empty: all. French "plus" is "more", too."""
    neutral: frozenset[str] = frozenset()
    """Words that accuse nobody and invent nothing ("use", "colleague"): two may be said that nobody
    has said. Unlike a common one such a word tells, and may give a criterion away. Plain."""
    number_joins: frozenset[str] = frozenset()
    """Between the parts of a number: "two hundred and five"."""
    irregular: Mapping[str, str] = field(default_factory=dict)
    """Form → another form, where their stems have little in common. Plain."""
    accented_question_word: re.Pattern[str] = re.compile(r"(?!)")
    """One of them makes a question open: it cannot be answered by yes or no."""
    accented_closed: re.Pattern[str] = re.compile(r"(?!)")
    """A question that begins so is answered by yes or no, whatever word is in it."""
    accented_joined: re.Pattern[str] = re.compile(r"(?!)")
    """A second question in the same sentence."""
    accented_asks: re.Pattern[str] = re.compile(r"(?!)")
    """The begin of a clause that asks directly ("what did"), not of one that tells ("what it did").
    Behind a clause that asks it is a second question."""
    supposed: re.Pattern[str] = re.compile(r"(?!)")
    """ "If": what is denied after it is not said to have been so."""
    leading: re.Pattern[str] = re.compile(r"(?!)")
    suggesting: re.Pattern[str] = re.compile(r"(?!)")
    """ "Such as": what follows is an example of what might be answered."""
    private: re.Pattern[str] = re.compile(r"(?!)")
    told_to_you: Mapping[str, str] = field(default_factory=dict)
    """ "My" → "your": the candidate's words as those of who asks. Plain."""
    rude: re.Pattern[str] = re.compile(r"(?!)")
    """Swear words, insults, reproaches; whoever said them first."""
    familiar: re.Pattern[str] = re.compile(r"(?!)")
    """ "Du", where the integrator does not say it."""
    promise: re.Pattern[str] = re.compile(r"(?!)")
    grading: re.Pattern[str] = re.compile(r"(?!)")
    """Scores, instructions, and what else is none of the candidate's matters: an answer that speaks
    to the model may come back in these words."""
    judgement: re.Pattern[str] = re.compile(r"(?!)")
    title: re.Pattern[str] = re.compile(r"(?!)")
    """What stands before the name of a person; the name is group 1."""
    capitals_are_names: bool = True
    """A capital within a sentence is that of a name."""


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def pattern(*alternatives: str) -> re.Pattern[str]:
    """Any of these, as whole words."""
    joined = "|".join(alternatives)
    return re.compile(rf"(?:^|(?<=\s))(?:{joined})(?=\s|$)")


def forms(text: str) -> dict[str, str]:
    """ "wrote write, ran run" as a table."""
    return dict(pair.split() for pair in text.split(","))


def counted(text: str, *, start: int = 0, step: int = 1) -> dict[str, int]:
    """Words for numbers in a row; "-" is none."""
    words_ = enumerate(text.split())
    return {word: start + step * n for n, word in words_ if word != "-"}
