"""The language model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class LlmUnavailable(Exception):
    """Refused, silent, busy or nonsense: `str(error)` is a short reason fit for the log."""


@dataclass(frozen=True, slots=True)
class GreetingRequest:
    title: str
    questions_total: int
    minutes: int
    locale: str


class Llm(Protocol):
    name: str

    async def greet(self, request: GreetingRequest, *, first_token_s: float, total_s: float) -> str:
        """One attempt, no retry (the interview counts attempts). Raises LlmUnavailable."""

    async def close(self) -> None: ...
