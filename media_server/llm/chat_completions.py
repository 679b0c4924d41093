"""Any server with `POST /v1/chat/completions`: vLLM, llama.cpp, LM Studio, OpenAI and the like.

Streamed as server-sent events, as OpenAI's reference describes them: lines `data: {…}`, the last
one `data: [DONE]`. A server that refuses `response_format` of type `json_schema` is asked for JSON
of any shape from then on, with the schema in words.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from typing import Any

import httpx

from media_server.llm.bounded_http import BoundedTransport, drain, lines, patience
from media_server.llm.engine import (
    Ending,
    EngineFault,
    Piece,
    authorization,
    fault_of_line,
    fault_of_status,
)
from media_server.llm.settings import LlmSettings
from media_server.ports import LlmRequest

_LAST = Piece("", "stop")
_REFUSES_SCHEMAS = frozenset({400, 415, 422, 501})
_IN_WORDS = "\n\nAnswer with one JSON object of this JSON Schema, and nothing else:\n"
logger = logging.getLogger(__name__)


class ChatCompletions:
    """One client for all interviews of the process. `close` at the end."""

    name = "openai"

    def __init__(self, settings: LlmSettings) -> None:
        self.model = settings.model_name
        self._takes_schemas = True
        self._client = httpx.AsyncClient(
            base_url=settings.base_url,
            headers=authorization(settings),
            timeout=patience(settings.connect_timeout_s),
            follow_redirects=False,
            trust_env=False,
            transport=BoundedTransport(),
        )

    async def chat(
        self, request: LlmRequest, schema: Mapping[str, Any] | None
    ) -> AsyncGenerator[Piece, None]:
        """See `engine.Engine`."""
        try:
            async with self._answer(request, schema) as answer:
                if not answer.is_success:
                    retry_after = answer.headers.get("retry-after", "")
                    raise fault_of_status(answer.status_code, retry_after)
                async with aclosing(lines(answer)) as events:
                    async for line in events:
                        data = line[5:].strip() if line.startswith("data:") else ""
                        if not data:
                            continue  # a comment that keeps the line open, or an event's name
                        piece = _LAST if data == "[DONE]" else _piece(json.loads(data))
                        if piece.ending:
                            await drain(events)
                        yield piece
                        if piece.ending:
                            return
        except Exception as error:  # whatever the client raises for what a server may send
            raise fault_of_line(error) from None
        raise EngineFault("broken", "the answer has no end")

    @asynccontextmanager
    async def _answer(
        self, request: LlmRequest, schema: Mapping[str, Any] | None
    ) -> AsyncIterator[httpx.Response]:
        """In JSON mode where the server takes no schema: it says so with a 4xx or 501."""
        post = partial(self._client.stream, "POST", "chat/completions")
        in_words = not self._takes_schemas
        async with AsyncExitStack() as stack:
            body = self._body(request, schema, in_words=in_words)
            answer = await stack.enter_async_context(post(json=body))
            if schema is not None and not in_words and answer.status_code in _REFUSES_SCHEMAS:
                await answer.aclose()
                body = self._body(request, schema, in_words=True)
                second = await stack.enter_async_context(post(json=body))
                if second.is_success and self._takes_schemas:
                    self._takes_schemas = False
                    logger.warning(
                        "language model: the server refuses a JSON schema; "
                        "it is asked for JSON of any shape from now on"
                    )
                answer = second
            yield answer

    def _body(
        self, request: LlmRequest, schema: Mapping[str, Any] | None, *, in_words: bool
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [
                {"role": "system", "content": request.system},
                {"role": "user", "content": request.user},
            ],
            "stream": True,
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
        }
        if request.seed is not None:
            body["seed"] = request.seed
        if schema is not None and in_words:
            wanted = _IN_WORDS + json.dumps(schema, ensure_ascii=False)
            body["messages"][0]["content"] += wanted
            body["response_format"] = {"type": "json_object"}
        elif schema is not None:
            shape = {"name": "answer", "schema": dict(schema), "strict": _is_strict(schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": shape}
        return body

    async def close(self) -> None:
        """End its connections."""
        await self._client.aclose()


def _piece(event: Mapping[str, Any]) -> Piece:
    if event.get("error"):
        raise EngineFault("broken", "an error in the stream")
    # None in the event with the count of tokens, and in some at the beginning.
    choices = [each for each in event.get("choices") or () if not each.get("index")]
    choice: Mapping[str, Any] = choices[0] if choices else {}
    delta = choice.get("delta") or {}
    reason = choice.get("finish_reason") or None
    if delta.get("refusal") or reason == "content_filter":
        raise EngineFault("refused", "the model refused", ill=False)
    ending: Ending = "" if reason is None else "length" if reason == "length" else "stop"
    text = delta.get("content") or ""
    if not isinstance(text, str):
        raise TypeError("content is no text")
    return Piece(text, ending)


def _is_strict(schema: Any) -> bool:
    """Whether OpenAI's strict mode takes it: every object names all it has, and all is required."""
    if isinstance(schema, list | tuple):
        return all(map(_is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    parts = schema.get("properties")
    if schema.get("type") == "object" and (
        not isinstance(parts, Mapping)
        or schema.get("additionalProperties") is not False
        or set(schema.get("required", ())) != set(parts)
    ):
        return False
    return all(map(_is_strict, schema.values()))
