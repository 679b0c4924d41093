"""The requests to the judge: prompts, fences and schemas. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from media_server.evaluation.evidence import Said
from media_server.evaluation.verify import MAX_QUOTE_CHARS
from media_server.interview.rubric import MAX_SCORE, MIN_SCORE, Criterion
from media_server.ports.llm import LlmRequest
from media_server.prompts import fence, prompt

MOST_QUOTES = 8
_FIRST_TOKEN_S, _TOTAL_S, _RETRIES = 60.0, 180.0, 2
"""Nobody waits at the other end: a slow model on a busy machine is good enough."""

QUOTES_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "claims": {
            "type": "array",
            "maxItems": MOST_QUOTES,
            "items": {"type": "string", "maxLength": 300},
        },
        "quotes": {
            "type": "array",
            "maxItems": MOST_QUOTES,
            "items": {"type": "string", "maxLength": MAX_QUOTE_CHARS},
        },
    },
    "required": ["claims", "quotes"],
    "additionalProperties": False,
}
SCORE_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "because": {"type": "string", "maxLength": 300},
        "score": {"type": "integer", "enum": list(range(MIN_SCORE, MAX_SCORE + 1))},
    },
    "required": ["because", "score"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class PromptNames:
    """Name and version of the prompts of a language."""

    quotes: str
    score: str
    control: str

    def __str__(self) -> str:
        return f"{self.quotes} {self.score} {self.control}"


def prompt_names(locale: str) -> PromptNames:
    """Which prompts an interview in this language (BCP 47) is judged with."""
    return PromptNames(
        *(prompt(f"evaluate_{task}", locale).name for task in ("quotes", "score", "control"))
    )


def quotes_request(criterion: Criterion, said: Said, locale: str, *, seed: int) -> LlmRequest:
    """Asks for quotes: criterion and transcript, each fenced."""
    words = prompt("evaluate_quotes", locale)
    transcript = []
    for answer in said.answers:
        shown = [turn.text for turn in answer.turns if turn.kept]
        label = "follow_up_question" if answer.is_follow_up else "question"
        transcript.append(fence(label, answer.prompt_text))
        transcript += [fence("answer", text) for text in shown]
    user = words.user_with(
        criterion=fence("criterion", criterion.text), transcript="\n".join(transcript)
    )
    return _request(words.system_with(), user, max_tokens=1_200, seed=seed)


def score_request(
    criterion: Criterion, quotes: Sequence[str], locale: str, *, run: int
) -> LlmRequest:
    """Asks for a score from these texts. Each run has an order of its own: of the anchors from the
    second on, of the quotes in every other one."""
    words = prompt("evaluate_score", locale)
    anchors = sorted(criterion.anchors, key=lambda anchor: anchor.score, reverse=run % 2 == 0)
    shown = list(quotes)
    if run > 1:
        turn = (run - 1) % max(1, len(shown))
        shown = (shown[turn:] + shown[:turn])[:: -1 if run % 2 else 1]
    user = words.user_with(
        criterion=fence("criterion", criterion.text),
        anchors="\n".join(fence(f"anchor_{anchor.score}", anchor.text) for anchor in anchors),
        quotes="\n".join(fence("quote", text) for text in shown),
    )
    return _request(words.system_with(), user, max_tokens=200, seed=run)


def _request(system: str, user: str, *, max_tokens: int, seed: int) -> LlmRequest:
    return LlmRequest(
        purpose="evaluation",
        system=system,
        user=user,
        max_tokens=max_tokens,
        temperature=0.0,
        seed=seed,
        first_token_s=_FIRST_TOKEN_S,
        total_s=_TOTAL_S,
        retries=_RETRIES,
    )
