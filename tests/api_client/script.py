"""A server that answers by a script, for both clients."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx

from media_server.api_client import ApiError, AsyncClient, Client
from tests.signaling.conftest import KEY

URL = "http://media.test"


class Script(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers, or errors, one after the other; the last one for ever."""

    def __init__(self, *steps: httpx.Response | Exception) -> None:
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []

    def _next(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        try:
            content = step.content
        except httpx.ResponseNotRead:
            return step
        return httpx.Response(step.status_code, content=content, headers=step.headers)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._next(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self._next(request)


def problem(status: int, code: str = "busy", **headers: str) -> httpx.Response:
    body = {"status": status, "code": code, "detail": "Not now."}
    return httpx.Response(status, json=body, headers=headers)


CREATED: dict[str, object] = {
    "id": "iv_1",
    "status": "created",
    "created_at": "2026-11-23T12:00:00Z",
    "title": "Interview",
    "candidate_external_id": None,
    "questions_total": 1,
    "round": None,
    "prompt": None,
    "live": False,
    "metadata": {},
    "join_url": "http://media.test/j/iv_1.x",
    "warnings": [],
    "of_a_newer_server": 1,
}


def created() -> httpx.Response:
    return httpx.Response(201, json=CREATED)


class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Some chunks, and then perhaps an error."""

    def __init__(self, *chunks: bytes, error: Exception | None = None) -> None:
        self.chunks, self.error = chunks, error

    def __iter__(self) -> Iterator[bytes]:
        yield from self.chunks
        if self.error is not None:
            raise self.error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


async def both(script: Callable[[], Script], ask: str, *args: Any) -> list[tuple[Any, Script]]:
    """What each client makes of it: an answer, or the error."""
    found: list[tuple[Any, Script]] = []
    blocking, concurrent = script(), script()
    with Client(URL, KEY, transport=blocking) as client:
        try:
            answer = getattr(client, ask)(*args)
        except ApiError as error:
            answer = error
        found.append((answer, blocking))
    async with AsyncClient(URL, KEY, transport=concurrent) as other:
        try:
            answer = await getattr(other, ask)(*args)
        except ApiError as error:
            answer = error
        found.append((answer, concurrent))
    return found
