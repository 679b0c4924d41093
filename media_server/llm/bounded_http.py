"""An HTTP transport for language models that reads no more of an answer than it could need."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from functools import cache
from typing import Any

import httpx

MAX_ANSWER_BYTES = 1024 * 1024
"""A token takes up to 400 bytes in either protocol: 2,500 tokens."""
MAX_LINE_BYTES = 64 * 1024
MAX_CONNECTIONS = 64
_BACKSTOP_S = 900.0
_DRAIN_S = 0.05


class AnswerTooLong(httpx.TransportError):
    """The server sent more than any answer takes, or a line with no end."""


def patience(connect_s: float) -> httpx.Timeout:
    """For whoever has deadlines of their own over the whole request, which are much shorter."""
    return httpx.Timeout(_BACKSTOP_S, connect=connect_s)


async def lines(response: httpx.Response) -> AsyncGenerator[str, None]:
    """Ended by LF or CRLF only: `aiter_lines` splits at U+2028 and U+0085 too, which JSON may hold.

    Raises UnicodeDecodeError.
    """
    rest = b""
    async for chunk in response.aiter_bytes():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode()
    if rest:
        yield rest.decode()


async def drain(rest: AsyncIterator[Any]) -> None:
    """What follows the end of an answer: a connection can be used again only when all was read."""
    try:
        async with asyncio.timeout(_DRAIN_S):
            async for _ in rest:
                pass
    except TimeoutError:
        return  # it is hung up instead


class _BoundedStream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, limit: int, line_limit: int) -> None:
        self._stream = stream
        self._left = limit
        self._line_limit = line_limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        line_bytes = 0
        async for chunk in self._stream:
            self._left -= len(chunk)
            broken_at = chunk.rfind(b"\n")
            line_bytes = len(chunk) - broken_at - 1 + (line_bytes if broken_at < 0 else 0)
            if self._left < 0 or line_bytes > self._line_limit:
                raise AnswerTooLong("the answer is too long")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


@cache
def _certificates() -> ssl.SSLContext:
    """httpx's own, read once per process, because that keeps the event loop for 25 ms. A file in
    SSL_CERT_FILE that has changed counts after a restart."""
    return httpx.create_ssl_context()


class BoundedTransport(httpx.AsyncHTTPTransport):
    """Without it a line that never ends would be gathered in memory until the deadline."""

    def __init__(
        self,
        *,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        max_line_bytes: int = MAX_LINE_BYTES,
    ) -> None:
        limits = httpx.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=30)
        super().__init__(verify=_certificates(), limits=limits)
        self._max_answer_bytes = max_answer_bytes
        self._max_line_bytes = max_line_bytes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # Compressed answers would be counted before they unfold.
        request.headers["accept-encoding"] = "identity"
        response = await super().handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise AnswerTooLong("a compressed answer was not asked for")
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _BoundedStream(
                response.stream, self._max_answer_bytes, self._max_line_bytes
            )
        return response
