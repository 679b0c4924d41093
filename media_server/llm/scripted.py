"""No model: the default. Whoever asks has fixed texts, which need nothing that could fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from media_server.ports import JsonAnswer, LlmRequest, LlmUnavailable

_NO_MODEL = "no language model is configured"


class ScriptedLlm:
    name = "scripted"
    scripted = True

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
