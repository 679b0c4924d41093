"""A local model behind Ollama, by its own client: `POST /api/chat`, streamed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, cast

import httpx
import ollama

from media_server.llm.bounded_http import BoundedTransport, drain, patience
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


class _Transport(BoundedTransport):
    """Puts right what the client hides and what it adds: it keeps `Retry-After` (RFC 9110, 10.2.3)
    to itself, and sends a key that it finds in OLLAMA_API_KEY, which is none of our settings."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        """`headers`: those with the key of the settings; empty: there is none."""
        super().__init__()
        self._headers = headers

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers.pop("authorization", None)
        request.headers.update(self._headers)
        response = await super().handle_async_request(request)
        retry_after = response.headers.get("retry-after", "")
        if retry_after and not response.is_success:
            await response.aclose()
            raise fault_of_status(response.status_code, retry_after)
        return response


class OllamaEngine:
    """One client for all interviews of the process. `close` at the end."""

    name = "ollama"

    def __init__(self, settings: LlmSettings) -> None:
        self.model = settings.model_name
        self._keep_alive = settings.keep_alive
        self._client = ollama.AsyncClient(
            host=settings.base_url,
            timeout=patience(settings.connect_timeout_s),
            follow_redirects=False,
            transport=_Transport(authorization(settings)),
        )

    async def chat(
        self, request: LlmRequest, schema: Mapping[str, Any] | None
    ) -> AsyncGenerator[Piece, None]:
        """See `engine.Engine`."""
        options: dict[str, Any] = {
            "num_predict": request.max_tokens, "temperature": request.temperature,
        }  # fmt: skip
        if request.seed is not None:
            options["seed"] = request.seed
        try:
            stream = await self._client.chat(
                model=self.model,
                messages=[
                    {"role": "system", "content": request.system},
                    {"role": "user", "content": request.user},
                ],
                stream=True,
                think=False,
                format=dict(schema) if schema is not None else None,
                keep_alive=self._keep_alive,
                options=options,
            )
            # An async generator, though annotated as an iterator: closing it at once hangs up,
            # and Ollama stops computing.
            async with aclosing(cast("AsyncGenerator[ollama.ChatResponse, None]", stream)) as parts:
                async for part in parts:
                    if part.done:
                        await drain(parts)
                    yield Piece(part.message.content or "", _ending(part))
                    if part.done:
                        return
        except ollama.ResponseError as error:
            if error.status_code > 0:
                raise fault_of_status(error.status_code) from None
            raise EngineFault("broken", "an error in the stream") from None
        except Exception as error:  # whatever the client raises for what a server may send
            raise fault_of_line(error) from None
        raise EngineFault("broken", "the answer has no end")

    async def close(self) -> None:
        """End its connections."""
        await self._client.close()  # type: ignore[no-untyped-call]  # not annotated


def _ending(part: ollama.ChatResponse) -> Ending:
    if not part.done:
        return ""
    return "length" if part.done_reason == "length" else "stop"
