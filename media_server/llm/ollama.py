"""A local model behind Ollama. Every way it can fail becomes LlmUnavailable within the deadlines.

The prompt holds what GreetingRequest holds and nothing of the candidate.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from typing import Any, cast

import httpx
import ollama
import pydantic

from media_server.llm.bounded_http import AnswerTooLong, BoundedTransport
from media_server.llm.circuit import CircuitBreaker
from media_server.llm.greeting import MAX_CHARS, Rejected, checked_greeting, prompt, wording
from media_server.llm.settings import LlmSettings
from media_server.ports import GreetingRequest, JsonAnswer, LlmRequest, LlmUnavailable

_MAX_ANSWER_BYTES = 256 * 1024
_MAX_TOKENS = 220
_MAX_COLLECTED_CHARS = 4 * MAX_CHARS
"""Thoughts and a long answer included; what is more will not be a greeting."""
_CLOSE_S = 2.0


class OllamaLlm:
    """One client for all interviews of the process. `close` at the end."""

    def __init__(
        self, settings: LlmSettings, *, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.scripted = False
        self.name = f"ollama {settings.ollama_model}"
        self._settings = settings
        self._now_s = now_s
        self.circuit = CircuitBreaker(
            failures=settings.circuit_failures, open_s=settings.circuit_open_s
        )
        self._client = ollama.AsyncClient(
            host=settings.ollama_url,
            # Silence between two tokens is bounded by the total deadline of `greet`.
            timeout=httpx.Timeout(30.0, connect=settings.connect_timeout_s),
            follow_redirects=False,
            transport=BoundedTransport(max_answer_bytes=_MAX_ANSWER_BYTES),
        )

    async def greet(self, request: GreetingRequest, *, first_token_s: float, total_s: float) -> str:
        words = wording(request.locale)
        if words is None:
            raise LlmUnavailable("no test for a greeting in this language: fixed text")
        if not self.circuit.allow(self._now_s()):
            wait_s = self.circuit.open_for_s(self._now_s())
            raise LlmUnavailable(f"circuit open for {wait_s:.0f} s more")
        try:
            text = await self._answer(request, words.name, first_token_s, total_s)
            greeting = checked_greeting(text, request, words)
        except asyncio.CancelledError:
            self.circuit.abandon()
            raise
        except Exception as error:  # whatever the client raises for what a server may send
            self.circuit.failure(self._now_s(), certain=_refused(error))
            raise LlmUnavailable(_reason(error)) from None
        self.circuit.success()
        return greeting

    def stream(self, request: LlmRequest) -> AsyncIterator[str]:
        del request
        raise LlmUnavailable("this model words greetings only", failure="no_model")

    async def json(self, request: LlmRequest, schema: Mapping[str, Any]) -> JsonAnswer:
        del request, schema
        raise LlmUnavailable("this model words greetings only", failure="no_model")

    def available(self) -> bool:
        return self.circuit.open_for_s(self._now_s()) == 0

    async def close(self) -> None:
        async with asyncio.timeout(_CLOSE_S):
            await self._client.close()  # type: ignore[no-untyped-call]  # not annotated

    async def _answer(
        self, request: GreetingRequest, language: str, first_token_s: float, total_s: float
    ) -> str:
        """Raises _NoFirstToken, _TooSlow and whatever the client raises."""
        began_s = time.monotonic()
        collected: list[str] = []
        try:
            async with asyncio.timeout(first_token_s) as deadline:
                stream = await self._client.chat(
                    model=self._settings.ollama_model,
                    messages=_messages(request, language),
                    stream=True,
                    think=False,
                    keep_alive=self._settings.keep_alive,
                    options={"num_predict": _MAX_TOKENS, "temperature": 0.4},
                )
                # An async generator, though annotated as an iterator: closing it at once hangs up,
                # and Ollama stops computing.
                tokens = cast("Any", stream)
                async with aclosing(tokens):
                    await self._collect(tokens, collected, deadline, began_s + total_s)
        except TimeoutError:
            raise (_TooSlow if collected else _NoFirstToken) from None
        return "".join(collected)

    async def _collect(
        self,
        tokens: AsyncIterator[ollama.ChatResponse],
        collected: list[str],
        deadline: asyncio.Timeout,
        ends_s: float,
    ) -> None:
        length = 0
        loop = asyncio.get_running_loop()
        async for part in tokens:
            content = part.message.content or ""
            if content and not collected:
                deadline.reschedule(loop.time() + max(0.0, ends_s - time.monotonic()))
            if content:
                collected.append(content)
            length += len(content)
            if length > _MAX_COLLECTED_CHARS or part.done:
                return


class _NoFirstToken(Exception):
    pass


class _TooSlow(Exception):
    pass


def _messages(request: GreetingRequest, language: str) -> list[dict[str, str]]:
    title = " ".join("".join(c for c in request.title if c.isprintable()).split())[:200]
    facts = prompt("greeting.user").format(
        title=title.replace('"', "'"),
        questions=request.questions_total,
        minutes=request.minutes,
        language=language,
    )
    return [
        {"role": "system", "content": prompt("greeting.system")},
        {"role": "user", "content": facts},
    ]


def _refused(error: Exception) -> bool:
    return isinstance(error, httpx.ConnectError | ConnectionError)


def _reason(error: Exception) -> str:
    """Short and without a word of what the server sent."""
    match error:
        case _NoFirstToken():
            return "no first word in time"
        case _TooSlow():
            return "too slow: not finished in time"
        case Rejected():
            return f"rejected: {error}"
        case AnswerTooLong():
            return "rejected: the answer is too long"
        case ollama.ResponseError():
            return (
                f"HTTP {error.status_code}" if error.status_code > 0 else "an error in the stream"
            )
        case httpx.ConnectTimeout():
            return "no connection in time"
        case httpx.ConnectError() | ConnectionError():
            return "connection refused"
        case ValueError() | pydantic.ValidationError() | TypeError() | AttributeError():
            return "not the protocol of Ollama"
        case httpx.HTTPError():
            return f"connection lost ({type(error).__name__})"
        case _:
            return type(error).__name__
