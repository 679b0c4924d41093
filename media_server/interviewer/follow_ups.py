"""Asking back about an answer: what a model is asked, and what may be made of what it says. Pure.

    task = plan(state, prompt_id, interim)      # None, or why nothing is asked
    answer = await llm.json(task.request(), task.schema)
    task.read(answer.value)                     # NextReply, or why it is dropped

The model says which criteria the answer leaves open, quotes the answer, and words one question.
Code decides: nothing is asked where no known criterion is open, and a question that does not pass
`follow_up_checks` is dropped. A question without criteria has one, itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from media_server import spacing
from media_server.interview.replies_ahead import Dropped, NextReply
from media_server.interview.rubric import Criterion
from media_server.interview.spec import Question
from media_server.interview.state import State
from media_server.interviewer.follow_up_checks import (
    MAX_CHARS,
    MAX_QUOTE_CHARS,
    Asking,
    DropReason,
    Grounded,
    check,
    is_too_thin,
)
from media_server.interviewer.languages import language_of
from media_server.ports import LlmRequest
from media_server.prompts import Prompt, fence, prompt

TASK = "follow_up"
WHOLE_QUESTION = "answer"
"""The id of the one criterion of a question that has none of its own."""
MAX_TOKENS = 160
"""A question of 30 words, its quote and the marks of JSON, in any of the languages."""
SHOWN_CHARS = 6_000
"""Of a longer answer the model sees the end."""
SHOWN_ASKED = 12
_AGAIN_TEMPERATURE = 0.7
"""At 0 a model would propose the same again."""

WhyNot = Literal["not_wanted", "too_thin", "language_not_covered"]
"""Why no model is asked at all."""


@dataclass(frozen=True, slots=True)
class FollowUpTask:
    asking: Asking
    criteria: tuple[Criterion, ...]
    """Those of the question; empty: it has none."""
    prompt: Prompt

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(criterion.id for criterion in self.criteria) or (WHOLE_QUESTION,)

    @property
    def schema(self) -> Mapping[str, Any]:
        return {
            "type": "object",
            "properties": {
                "open_criteria": {
                    "type": "array",
                    "items": {"type": "string", "enum": list(self.ids)},
                    "maxItems": len(self.ids),
                },
                "quote": {"type": "string", "maxLength": MAX_QUOTE_CHARS},
                "question": {"type": ["string", "null"], "maxLength": MAX_CHARS},
            },
            "required": ["open_criteria", "quote", "question"],
            "additionalProperties": False,
        }

    def request(self, *, first_token_s: float, total_s: float, again: bool = False) -> LlmRequest:
        """`again`: the first proposal was dropped."""
        asking = self.asking
        wanted = {c.id: c.text for c in self.criteria} or {WHOLE_QUESTION: asking.question}
        user = self.prompt.user_with(
            question=fence("question", asking.question),
            criteria=fence("criteria", json.dumps(wanted, ensure_ascii=False)),
            asked=fence("asked", " | ".join(asking.asked[-SHOWN_ASKED:])),
            answer=fence("answer", asking.answer[-SHOWN_CHARS:]),
        )
        return LlmRequest(
            purpose="follow_up",
            system=self.prompt.system_with(),
            user=user,
            locale=asking.locale,
            max_tokens=MAX_TOKENS,
            temperature=_AGAIN_TEMPERATURE if again else 0.0,
            first_token_s=first_token_s,
            total_s=total_s,
        )

    def read(self, value: Mapping[str, Any]) -> NextReply | Dropped:
        """What comes of the model's answer, whatever it holds."""
        open_, quote, text = value.get("open_criteria"), value.get("quote"), value.get("question")
        if text is None and isinstance(open_, list):
            return NextReply("next", reason="the model asks nothing back")
        if not isinstance(open_, list) or not isinstance(quote, str) or not isinstance(text, str):
            return dropped("", "unreadable")
        if not open_:
            return NextReply("next", reason="no criterion is open")
        if any(named not in self.ids for named in open_):
            return dropped(text, "no_such_criterion")
        found = check(text, quote, self.asking)
        if not isinstance(found, Grounded):
            return dropped(text, found)
        criterion_id = str(open_[0]) if self.criteria else ""
        return NextReply(
            "follow_up",
            text=found.text,
            quote=found.quote,
            criterion_id=criterion_id,
            reason="a criterion is open",
        )


def dropped(text: str, reason: DropReason) -> Dropped:
    return Dropped(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(), reason)


def plan(state: State, prompt_id: str, interim: str = "") -> FollowUpTask | WhyNot:
    """What to ask a model about the answer to this prompt, as far as it is known.

    `interim`: the newest guess at words whose final has not come; they stand behind the others.
    """
    answer = state.answers.get(prompt_id)
    question = _core_question(state, prompt_id)
    if answer is None or question is None or question.follow_ups.max == 0:
        return "not_wanted"
    locale = state.spec.candidate.locale
    if language_of(locale) is None:
        return "language_not_covered"
    said = spacing.join([*(turn.text for turn in answer.turns if turn.counts), interim])
    if is_too_thin(said, locale):
        return "too_thin"
    asking = Asking(
        locale=locale,
        question=answer.prompt.text,
        answer=said,
        criteria=_rubric(question),
        asked=_asked(state, prompt_id),
        before=_before(state, prompt_id),
    )
    return FollowUpTask(asking, question.criteria, prompt(TASK, locale))


def _core_question(state: State, prompt_id: str) -> Question | None:
    round_ = state.round_of(prompt_id)
    return state.spec.questions[round_] if round_ is not None else None


def _rubric(question: Question) -> tuple[str, ...]:
    return tuple(
        text
        for criterion in question.criteria
        for text in (criterion.text, *(anchor.text for anchor in criterion.anchors))
    )


def _asked(state: State, prompt_id: str) -> tuple[str, ...]:
    """All other prompts, those to come too, and every clarification."""
    texts = [prompt.text for prompt in state.agenda if prompt.prompt_id != prompt_id]
    texts += [prompt.clarification for prompt in state.agenda if prompt.clarification]
    return tuple(texts)


def _before(state: State, prompt_id: str) -> tuple[str, ...]:
    """What was said to the other prompts of the same question, and their own words."""
    round_ = state.round_of(prompt_id)
    found: list[str] = []
    for known in state.answers.values():
        if known.prompt.round == round_ and known.prompt.prompt_id != prompt_id:
            found.append(known.prompt.text)
            found += [turn.text for turn in known.turns if turn.counts]
    return tuple(found)
