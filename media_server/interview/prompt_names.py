"""What people call the prompts of a result: question 1, follow-up 1a, question 2. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PromptName:
    kind: str
    """In words, such as "question"."""
    number: str
    """Of a question "1", of a follow-up to it "1a"; "" for a kind that is asked once."""

    @property
    def short(self) -> str:
        """Such as "1", "1a" and "practice"."""
        return self.number or self.kind

    def __str__(self) -> str:
        return f"{self.kind} {self.number}".rstrip()


def prompt_names(answers: Iterable[Mapping[str, Any]]) -> list[PromptName]:
    """Of each answer of a result, in the order of the agenda.

    What is asked beside the core questions takes no number from them. Answers without `kind` are
    those of core questions.
    """
    questions = 0
    asked_back: Counter[int] = Counter()
    names = []
    for answer in answers:
        kind = answer.get("kind", "question")
        if kind == "question":
            questions += 1
            names.append(PromptName("question", str(questions)))
        elif kind == "follow_up":
            asked_back[questions] += 1
            number = f"{questions}{_letters(asked_back[questions])}"
            names.append(PromptName("follow-up", number))
        else:
            names.append(PromptName(str(kind).replace("_", " "), ""))
    return names


def _letters(number: int) -> str:
    """a … z, aa, ab, …"""
    text = ""
    while number:
        number, letter = divmod(number - 1, 26)
        text = chr(ord("a") + letter) + text
    return text
