"""What will be asked: prompts in their order, each with an id that answers are kept by. Pure.

The agenda begins as the questions of the specification, in their words and order. What is put
behind one of them while it is being answered (`follow_up`) changes nothing of what is asked
before and after it. A new kind of prompt needs its name here, whoever puts it on the agenda (an
`events.AgendaExtended`), and its fixed words in `phrases`, where it has any.

`round` is the index of the core question that a prompt belongs to, and never that of a prompt.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from media_server.interview.phrases import practice_question, their_questions
from media_server.interview.spec import InterviewSpec, Question

PromptKind = Literal["question", "follow_up", "practice", "candidate_questions", "summary"]
"""question: a core question. follow_up: asks back about its answer. practice: before the first,
judged by nobody. candidate_questions: the floor is the candidate's, after the last. summary: offers
what was understood, last of all."""

PRACTICE_ID = ":practice"
CANDIDATE_QUESTIONS_ID = ":candidate_questions"
"""The colon is in no id of a question, so no id of another prompt can be one."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a follow-up is asked: what the candidate said, and what is still open."""

    quote: str
    """Their own words."""
    criterion_id: str = ""
    """`rubric.Criterion.id` of the question; "": none is named."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing that is asked, once, and answered by any number of turns."""

    prompt_id: str
    """Stays what it is for good. Of a core question: the question's own id."""
    kind: PromptKind
    text: str
    round: int | None
    """The core question it is, or asks back about; None: it belongs to none."""
    question_id: str | None
    clarification: str | None = None
    """Said when the candidate asks for other words."""
    max_turn_ms: int | None = None
    """The limit of a turn; None: that of the interview."""
    grounds: Grounds | None = None
    """Of a follow-up: what it rests on."""


Agenda = tuple[Prompt, ...]


class Asked(Protocol):
    """As much of the interview's state as the agenda looks at."""

    @property
    def agenda(self) -> Agenda: ...
    @property
    def position(self) -> int:
        """Of the prompt that was asked last; -1: nothing was asked yet."""


def agenda_for(spec: InterviewSpec) -> Agenda:
    """What is asked in an interview from its beginning: its questions, after a practice if any,
    and before the candidate's own."""
    agenda = agenda_of(spec.questions)
    if spec.practice:
        text = practice_question(spec.candidate.locale)
        agenda = (Prompt(PRACTICE_ID, "practice", text, round=None, question_id=None), *agenda)
    if spec.candidate_questions:
        text = their_questions(spec.candidate.locale)
        floor = Prompt(CANDIDATE_QUESTIONS_ID, "candidate_questions", text, None, None)
        agenda = (*agenda, floor)
    return agenda


def agenda_of(questions: Iterable[Question]) -> Agenda:
    """The core questions, in their order."""
    return tuple(
        Prompt(
            prompt_id=question.id,
            kind="question",
            text=question.text,
            round=round_,
            question_id=question.id,
            clarification=question.clarification,
            max_turn_ms=question.limits.max_turn_ms,
        )
        for round_, question in enumerate(questions)
    )


def follow_up(about: Prompt, number: int, text: str, grounds: Grounds | None = None) -> Prompt:
    """The `number`-th prompt (from 1) that asks back about the answer to a core question. `about`:
    that question, or a follow-up to it."""
    return Prompt(
        prompt_id=f"{about.question_id}:{number}",
        kind="follow_up",
        text=text,
        round=about.round,
        question_id=about.question_id,
        max_turn_ms=about.max_turn_ms,
        grounds=grounds,
    )


def next_prompt(state: Asked) -> Prompt | None:
    """What is asked after the current prompt; None: nothing is left to ask."""
    following = state.position + 1
    return state.agenda[following] if following < len(state.agenda) else None


def extended(agenda: Agenda, prompt: Prompt, position: int) -> Agenda:
    """With this prompt where its kind belongs, and behind `position` in any case.

    What was asked is never moved. An agenda that has a prompt of this id stays as it is.
    """
    if any(known.prompt_id == prompt.prompt_id for known in agenda):
        return agenda
    at = max(position + 1, _place(agenda, prompt))
    return (*agenda[:at], prompt, *agenda[at:])


def _place(agenda: Agenda, prompt: Prompt) -> int:
    """Of a prompt that belongs to a question: behind that question and what belongs to it."""
    if prompt.kind == "practice":
        return 0
    if prompt.round is None:
        return len(agenda)
    last = max((n for n, known in enumerate(agenda) if known.round == prompt.round), default=None)
    return len(agenda) if last is None else last + 1
