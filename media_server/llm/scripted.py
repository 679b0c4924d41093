"""Fixed texts: the default, and needs nothing that could fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from media_server.llm.greeting import scripted_greeting
from media_server.ports import GreetingRequest, JsonAnswer, LlmRequest, LlmUnavailable

_NO_MODEL = "no language model is configured"


class ScriptedLlm:
    name = "scripted"
    scripted = True

    async def greet(self, request: GreetingRequest, *, first_token_s: float, total_s: float) -> str:
        """Always at once; the deadlines are for models."""
        del first_token_s, total_s
        return scripted_greeting(request)

    def stream(self, request: LlmRequest) -> AsyncIterator[str]:
        """Raises LlmUnavailable at once."""
        del request
        raise LlmUnavailable(_NO_MODEL, failure="no_model")

    async def json(self, request: LlmRequest, schema: Mapping[str, Any]) -> JsonAnswer:
        """Raises LlmUnavailable at once."""
        del request, schema
        raise LlmUnavailable(_NO_MODEL, failure="no_model")

    def available(self) -> bool:
        return False

    async def close(self) -> None:
        return
