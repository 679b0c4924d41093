"""What the words of one language are made of. One module per language fills it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from media_server.interview.spoken_requests import Intent
from media_server.interview.status import UtteranceKind


@dataclass(frozen=True, slots=True)
class Counted:
    """A number with what is counted; `{n}` is the number. Languages with a dual, or another plural
    for 3 to 10, give these as well."""

    one: str
    many: str
    two: str = ""
    few: str = ""

    def of(self, number: int) -> str:
        if number == 1:
            return self.one
        if number == 2 and self.two:
            return self.two
        few = self.few if 3 <= number % 100 <= 10 else ""
        return (few or self.many).format(n=number)


@dataclass(frozen=True, slots=True)
class SummaryWords:
    """What is said of what was understood, around the candidate's own words."""

    offer: str
    begins: str
    begins_late: str
    """In place of `begins` where not all of it is said: the newest are, and all is shown."""
    question: str
    """Before each of the sentences; `{n}` is the question's number."""


@dataclass(frozen=True, slots=True)
class Table:
    """The bot's words in one language."""

    said: Mapping[UtteranceKind, str]
    """What it says besides questions and greeting, most likely needed first."""
    confirm: Mapping[Intent, str]
    """What is asked where a turn may be this request; the others need no question."""
    remarks: Mapping[str, str]
    """Sentences that come before other words."""
    hints: Mapping[str, str]
    """What is shown and not said; `{left}` is a time."""
    time_up: str
    """The last words where the time ran out."""
    greeting: str
    """`{questions}` and `{minutes}`: how many, in words. It says that an AI asks, and how to have
    a question repeated."""
    practice: str
    """A first question that is judged by nobody, and says so."""
    their_questions: str
    """Asks for the candidate's own questions, after the last one."""
    summary: SummaryWords
    questions: Counted
    minutes: Counted
    seconds: Counted
    consent: str
    """What is agreed to where an integrator wrote no text."""
    watched: str
    """Added to it where people may watch."""
