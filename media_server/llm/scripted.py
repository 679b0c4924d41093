"""Fixed texts: the default, and needs nothing that could fail."""

from __future__ import annotations

from media_server.llm.greeting import scripted_greeting
from media_server.ports import GreetingRequest


class ScriptedLlm:
    name = "scripted"

    async def greet(self, request: GreetingRequest, *, first_token_s: float, total_s: float) -> str:
        """Always at once; the deadlines are for models."""
        del first_token_s, total_s
        return scripted_greeting(request)

    async def close(self) -> None:
        return
