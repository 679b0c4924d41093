"""A request's body on its way to a worker: as a stream, or in hand where it is small and needed.

What is in hand can be sent a second time, and a join link can be read in it. No body is waited for
longer than a worker would: then what has come goes on as a stream, and the worker refuses it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

IN_HAND_BYTES = 64 * 1024


class Body:
    """Of one request. `read` first, then `data` for each time it is sent."""

    def __init__(self, request: web.BaseRequest) -> None:
        self._request = request
        self.exists = request.body_exists
        self.in_hand: bytes | None = None if self.exists else b""
        """The whole of it; None: it is a stream, which can be sent once."""
        self._first: list[bytes] = []
        self._sent = False

    @property
    def again(self) -> bool:
        """Whether it can be sent (once more)."""
        return self.in_hand is not None or not self._sent

    async def read(self, timeout_s: float) -> None:
        """As much of it as may be in hand."""
        length = self._request.content_length
        if not self.exists or (length is not None and length > IN_HAND_BYTES):
            return
        size = 0
        try:
            async with asyncio.timeout(timeout_s):
                async for chunk in self._request.content.iter_any():
                    self._first.append(chunk)
                    size += len(chunk)
                    if size > IN_HAND_BYTES:
                        return
        except (TimeoutError, web.RequestPayloadError):
            return  # the worker will find out, and say so
        self.in_hand = b"".join(self._first)

    def data(self) -> Any:
        """For aiohttp's client. None: there is none."""
        if not self.exists:
            return None
        return self._stream() if self.in_hand is None else self.in_hand

    async def _stream(self) -> AsyncIterator[bytes]:
        self._sent = True  # not before a connection took it
        for chunk in self._first:
            yield chunk
        async for chunk in self._request.content.iter_any():
            yield chunk
