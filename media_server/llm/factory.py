"""From settings to a language model, and what there is to say about it beforehand.

What speaks to Ollama is imported only where one is configured: it was a tenth of a server's start.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from media_server.llm.scripted import ScriptedLlm
from media_server.llm.settings import LlmSettings
from media_server.ports import Llm

_CHECK_S = 3.0
_MAX_LIST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LlmFinding:
    name: str
    level: Literal["ok", "warn", "fail"]
    what: str
    mend: str = ""


def create_llm(settings: LlmSettings) -> Llm:
    if not settings.ollama_url:
        return ScriptedLlm()
    from media_server.llm.ollama import OllamaLlm  # noqa: PLC0415  # see above

    return OllamaLlm(settings)


async def check(settings: LlmSettings) -> tuple[LlmFinding, ...]:
    """Asks a configured Ollama for its models. Takes at most 3 s.

    Never a failure: interviews go on with the fixed texts.
    """
    if not settings.ollama_url:
        return (LlmFinding("language model", "ok", "fixed texts (no Ollama configured)"),)
    import httpx  # noqa: PLC0415  # see above
    import ollama  # noqa: PLC0415  # see above

    from media_server.llm.bounded_http import BoundedTransport  # noqa: PLC0415  # see above

    url, model = settings.ollama_url, settings.ollama_model
    client = ollama.AsyncClient(
        host=url,
        timeout=httpx.Timeout(_CHECK_S),
        follow_redirects=False,
        transport=BoundedTransport(max_answer_bytes=_MAX_LIST_BYTES),
    )
    try:
        async with asyncio.timeout(_CHECK_S):
            listed = await client.list()
    except Exception as error:  # whatever stands there instead of Ollama
        what = f"no Ollama answers at {url} ({type(error).__name__}): fixed texts are used"
        return (
            LlmFinding("ollama", "warn", what, "start it (ollama serve) or correct the address"),
        )
    finally:
        await client.close()  # type: ignore[no-untyped-call]  # not annotated
    names = {entry.model or "" for entry in listed.models}
    if model in names or f"{model}:latest" in names:
        return (LlmFinding("ollama", "ok", f"{model} at {url}"),)
    what = f"Ollama at {url} has no model {model}: fixed texts are used"
    return (LlmFinding("ollama", "warn", what, f"ollama pull {model}"),)
