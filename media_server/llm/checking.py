"""What `media-server doctor` finds out about the language model: one look, three short requests."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Literal

from media_server.llm.settings import LlmSettings
from media_server.ports import LlmRequest, LlmUnavailable

LIST_S = 3.0
ANSWER_S = 20.0
"""For each of the three requests: a model that has to be loaded first takes its time."""
_SLOW_TOKENS_PER_S = 15.0
_SLOW_FIRST_S = 1.0
_MAX_LIST_BYTES = 4 * 1024 * 1024
_WITHOUT = "interviews go on with the fixed texts, without follow-ups and evaluation"
_SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "is_capital": {"type": "boolean"}},
    "required": ["city", "is_capital"],
    "additionalProperties": False,
}
_REQUEST = LlmRequest(
    purpose="check",
    system="Answer in one short paragraph of plain text.",
    user="Describe a good day at work in about sixty words.",
    max_tokens=96,
)
_JSON_REQUEST = LlmRequest(
    purpose="check",
    system="Answer with JSON that has the keys city and is_capital, and nothing else.",
    user="Paris.",
    max_tokens=64,
)


@dataclass(frozen=True, slots=True)
class LlmFinding:
    name: str
    level: Literal["ok", "warn", "fail"]
    what: str
    mend: str = ""


async def check(settings: LlmSettings, *, answer_s: float = ANSWER_S) -> tuple[LlmFinding, ...]:
    """Asks the configured server for its models, a text and a JSON. Takes about a minute at most.

    `answer_s`: for each of three answers. Never a failure: interviews go on with the fixed texts.
    """
    if settings.engine_name == "scripted":
        what = "scripted: fixed texts, no follow-ups by a model"
        return (LlmFinding("engine", "ok", what),)
    name, place, model = settings.engine_name, settings.place, settings.model_name
    try:
        async with asyncio.timeout(LIST_S):
            listed = await _models(settings)
    except Exception as error:  # whatever stands there instead of the server
        return (LlmFinding(name, "warn", *_no_list(settings, error)),)
    if listed and not {model, f"{model}:latest"} & listed:
        return (LlmFinding(name, "warn", *_no_model(settings, listed)),)
    return (LlmFinding(name, "ok", f"{model} at {place}"), *await _trial(settings, answer_s))


async def _models(settings: LlmSettings) -> set[str]:
    import httpx  # noqa: PLC0415  # see factory

    from media_server.llm.bounded_http import BoundedTransport, patience  # noqa: PLC0415
    from media_server.llm.engine import authorization, fault_of_status  # noqa: PLC0415

    async with httpx.AsyncClient(
        headers=authorization(settings),
        timeout=patience(settings.connect_timeout_s),
        follow_redirects=False,
        trust_env=False,
        transport=BoundedTransport(
            max_answer_bytes=_MAX_LIST_BYTES, max_line_bytes=_MAX_LIST_BYTES
        ),
    ) as client:
        base = settings.base_url.rstrip("/")
        is_ollama = settings.engine_name == "ollama"
        answer = await client.get(f"{base}/api/tags" if is_ollama else f"{base}/models")
        if answer.status_code == 404 and not is_ollama:
            return set()  # several servers have no list
        if not answer.is_success:
            raise fault_of_status(answer.status_code)
        entries = answer.json()["models" if is_ollama else "data"]
        return {str(entry["name" if is_ollama else "id"]) for entry in entries}


def _no_list(settings: LlmSettings, error: Exception) -> tuple[str, str]:
    reason = str(error) if isinstance(error, LlmUnavailable) else type(error).__name__
    what = f"no {settings.engine_name} server answers at {settings.place} ({reason}): {_WITHOUT}"
    if "API key" in reason:
        return what, "set MEDIA_SERVER_LLM_API_KEY to a key that the server knows"
    if settings.engine_name == "ollama":
        return what, "start it (ollama serve) or correct the address (MEDIA_SERVER_OLLAMA_URL)"
    return what, "start it, or correct MEDIA_SERVER_LLM_URL: the path before /chat/completions"


def _no_model(settings: LlmSettings, listed: set[str]) -> tuple[str, str]:
    what = f"no model {settings.model_name} at {settings.place}: {_WITHOUT}"
    if settings.engine_name == "ollama":
        return what, f"ollama pull {settings.model_name}"
    known = ", ".join(sorted(listed)[:5])
    return what, f"set MEDIA_SERVER_LLM_MODEL to one that it lists: {known}"


async def _trial(settings: LlmSettings, answer_s: float) -> tuple[LlmFinding, ...]:
    from media_server.llm.factory import create_llm  # noqa: PLC0415  # it does not need this room

    # The setting of the first token is for candidates; here it is the figure that is wanted.
    llm: Any = create_llm(replace(settings, first_token_s=30.0))
    text, shaped = (
        replace(request, first_token_s=answer_s, total_s=answer_s)
        for request in (_REQUEST, _JSON_REQUEST)
    )
    try:
        try:
            speed = await _speed(llm, text)
        except LlmUnavailable as error:
            what = f"no answer from {settings.model_name}: {error}"
            return (LlmFinding("speed", "warn", what, _help(settings, error, answer_s)),)
        try:
            await llm.json(shaped, _SCHEMA)
        except LlmUnavailable as error:
            mend = "take a model and a server that keep to a JSON schema: " + (
                "Ollama 0.5 or newer does for every model"
                if settings.engine_name == "ollama"
                else "`response_format` of type json_schema"
            )
            what = f"no JSON by a schema ({error}): no follow-ups and no evaluation by a model"
            return (speed, LlmFinding("schema", "warn", what, mend))
        return (speed, LlmFinding("schema", "ok", "JSON by a schema works"))
    finally:
        await llm.close()


async def _speed(llm: Any, request: LlmRequest) -> LlmFinding:
    """Of the second answer: the first one loads the model."""
    loaded_s, _, _ = await _timed(llm, request)
    first_s, tokens, took_s = await _timed(llm, request)
    per_s = (tokens - 1) / took_s if tokens > 1 and took_s > 0 else 0.0
    what = f"first word after {first_s:.2f} s, {per_s:.0f} tokens per second"
    if loaded_s > 2 * first_s + 1.0:
        what += f" (the first time after {loaded_s:.1f} s: the model was loaded)"
    if first_s <= _SLOW_FIRST_S and per_s >= _SLOW_TOKENS_PER_S:
        return LlmFinding("speed", "ok", what)
    return LlmFinding(
        "speed",
        "warn",
        f"{what}: too slow for follow-ups, questions go on without",
        f"take a smaller model or a GPU: below {_SLOW_FIRST_S:g} s and from "
        f"{_SLOW_TOKENS_PER_S:g} tokens per second it keeps up with a conversation",
    )


async def _timed(llm: Any, request: LlmRequest) -> tuple[float, int, float]:
    """Seconds to the first token, tokens, and seconds from the first to the last."""
    now_s = asyncio.get_running_loop().time
    began_s = now_s()
    first_s, tokens = 0.0, 0
    try:
        async with aclosing(llm.stream(request)) as pieces:
            async for _ in pieces:
                tokens += 1
                first_s = first_s or now_s() - began_s
    except LlmUnavailable as error:
        if error.failure != "slow" or tokens < 2:  # what came in time tells how slow it is
            raise
    return first_s, tokens, now_s() - began_s - first_s


def _help(settings: LlmSettings, error: LlmUnavailable, answer_s: float) -> str:
    if error.failure in {"silent", "slow"}:
        return f"the model needs more than {answer_s:g} s: take a smaller one, or a GPU"
    if error.failure == "no_model" and settings.engine_name == "ollama":
        return f"ollama pull {settings.model_name}"
    return f"look at the log of the server at {settings.place}"
