"""What the tests of the engines have in common."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from media_server.llm.chat_completions import ChatCompletions
from media_server.llm.engine import Engine, Piece
from media_server.llm.guarded import GuardedLlm
from media_server.llm.ollama import OllamaEngine
from media_server.llm.settings import LlmSettings
from media_server.ports import LlmRequest, LlmUnavailable
from media_server.ports.llm import Purpose
from tests.support.llm_server import MODEL, LlmServer

SCHEMA = {
    "type": "object",
    "properties": {"score": {"type": "integer", "minimum": 1}, "why": {"type": "string"}},
    "required": ["score", "why"],
    "additionalProperties": False,
}
FOLLOW_UP = "You said that the queue was full. What did you change first?"


def asking(purpose: Purpose = "follow_up", **changes: Any) -> LlmRequest:
    """A request of the tests: 0.4 s for the first token, 1.2 s for the last."""
    wanted: dict[str, Any] = {"first_token_s": 0.4, "total_s": 1.2, "locale": "en"} | changes
    return LlmRequest(purpose, "Ask back.", "The queue was full.", **wanted)


async def said(llm: GuardedLlm, request: LlmRequest) -> str:
    return "".join([piece async for piece in llm.stream(request)])


async def failure(doing: Any) -> LlmUnavailable:
    """Of what must fail."""
    try:
        answer = await doing
    except LlmUnavailable as error:
        return error
    raise AssertionError(f"it answered: {answer!r}")


def settings_for(server: LlmServer, engine: str, **changes: Any) -> LlmSettings:
    changes = {"connect_timeout_s": 10.0} | changes  # a busy machine may need more than 1.5 s
    if engine == "ollama":
        return LlmSettings(ollama_url=server.url, ollama_model=MODEL, **changes)
    return LlmSettings(
        engine="openai", url=server.openai_url, model=MODEL, api_key=server.api_key, **changes
    )


@asynccontextmanager
async def guarded(
    server: LlmServer, engine: str, *, chance: Callable[[], float] = lambda: 0.1, **changes: Any
) -> AsyncIterator[GuardedLlm]:
    """Over the real engine, at the stand-in server."""
    # The engines' own deadline of 4 s would judge how busy the machine is.
    settings = settings_for(server, engine, **{"first_token_s": 30.0} | changes)
    made: Engine = OllamaEngine(settings) if engine == "ollama" else ChatCompletions(settings)
    clock = asyncio.get_running_loop().time
    llm = GuardedLlm(made, settings, now_s=clock, chance=chance)
    try:
        yield llm
    finally:
        await llm.close()


Script = Callable[[LlmRequest], AsyncGenerator[Piece, None]]


@dataclass
class ScriptedEngine:
    """An engine without a server: for what is about time and order alone."""

    script: Script
    name: str = "made"
    model: str = "up"
    asked: list[LlmRequest] = field(default_factory=list)
    running: int = 0
    most: int = 0

    async def chat(
        self, request: LlmRequest, schema: Mapping[str, Any] | None
    ) -> AsyncGenerator[Piece, None]:
        del schema
        self.asked.append(request)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            async for piece in self.script(request):
                yield piece
        finally:
            self.running -= 1

    async def close(self) -> None: ...


def made(script: Script, **changes: Any) -> tuple[GuardedLlm, ScriptedEngine]:
    """A guarded engine that follows the script, on the clock of the running loop."""
    engine = ScriptedEngine(script)
    chance = changes.pop("chance", lambda: 1.0)
    clock = asyncio.get_running_loop().time
    return GuardedLlm(engine, LlmSettings(**changes), now_s=clock, chance=chance), engine


def speaking(
    words: str, *, first_s: float = 0.0, every_s: float = 0.0, ending: Any = "stop"
) -> Script:
    async def script(_: LlmRequest) -> AsyncGenerator[Piece, None]:
        await asyncio.sleep(first_s)
        for word in words.split(" "):
            yield Piece(word + " ")
            await asyncio.sleep(every_s)
        yield Piece("", ending)

    return script
