"""From settings to a language model, and what there is to say about it beforehand.

What speaks to a model is imported only where one is configured: it was a tenth of a server's start.
"""

from __future__ import annotations

from media_server.llm.counts import LlmCounts
from media_server.llm.scripted import ScriptedLlm
from media_server.llm.settings import LlmSettings
from media_server.ports import Llm


def create_llm(settings: LlmSettings, counts: LlmCounts | None = None) -> Llm:
    """`counts`: where its requests are counted."""
    if settings.engine_name == "scripted":
        return ScriptedLlm()
    from media_server.llm.guarded import GuardedLlm  # noqa: PLC0415  # see above

    if settings.engine_name == "ollama":
        from media_server.llm.ollama import OllamaEngine  # noqa: PLC0415  # see above

        return GuardedLlm(OllamaEngine(settings), settings, counts)
    from media_server.llm.chat_completions import ChatCompletions  # noqa: PLC0415  # see above

    return GuardedLlm(ChatCompletions(settings), settings, counts)
