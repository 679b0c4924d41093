"""The language model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class LlmUnavailable(Exception):
    """Refused, silent, busy or nonsense: `str(error)` is a short reason fit for the log."""


@dataclass(frozen=True, slots=True)
class GreetingRequest:
    """What a greeting may mention. Nothing of the candidate: no name goes to a model."""

    title: str
    questions_total: int
    minutes: int
    """How long the interview takes, about."""
    locale: str
    """BCP 47, such as "en" or "pt-BR": the language of the answer."""


class Llm(Protocol):
    """A model that words the greeting. The questions are asked as the integrator wrote them."""

    name: str
    """For logs and the result, such as "ollama llama3.2"."""

    async def greet(self, request: GreetingRequest, *, first_token_s: float, total_s: float) -> str:
        """The greeting as plain text, ready to be spoken.

        One attempt, no retry (the interview counts attempts). `first_token_s`, `total_s`: seconds
        from now until its first and its last word must be there. Raises LlmUnavailable.
        """

    async def close(self) -> None:
        """End its connections. Requests under way raise LlmUnavailable."""
