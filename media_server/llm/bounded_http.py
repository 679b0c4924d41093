"""An HTTP transport for the Ollama client that reads no more of an answer than it could need."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx


class AnswerTooLong(httpx.TransportError):
    """The server sent more than any greeting takes."""


class _BoundedStream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, limit: int) -> None:
        self._stream = stream
        self._left = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._left -= len(chunk)
            if self._left < 0:
                raise AnswerTooLong("the answer is too long")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class BoundedTransport(httpx.AsyncHTTPTransport):
    """Without it a line that never ends would be gathered in memory until the deadline."""

    def __init__(self, *, max_answer_bytes: int) -> None:
        super().__init__(limits=httpx.Limits(max_connections=32, keepalive_expiry=30))
        self._max_answer_bytes = max_answer_bytes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # Compressed answers would be counted before they unfold.
        request.headers["accept-encoding"] = "identity"
        response = await super().handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise AnswerTooLong("a compressed answer was not asked for")
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _BoundedStream(response.stream, self._max_answer_bytes)
        return response
