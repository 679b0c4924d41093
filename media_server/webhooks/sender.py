"""One attempt to deliver: a POST with a deadline, to an address that was checked.

Nothing a receiver does costs more than the deadline and some KiB: redirects are not followed, what
it answers beyond its status is thrown away, and who sends for ever is hung up on.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp

from media_server.ports.deliveries import Delivery, Try
from media_server.webhooks import signing
from media_server.webhooks.endpoint import WebhookEndpoint
from media_server.webhooks.guard import Forbidden, Guard
from media_server.webhooks.retry import retry_after_s

MAX_ANSWER_BYTES = 4 * 1024
"""Read so that the connection can be used again; after that it is closed."""
ANSWER_S = 1.0
"""For that. The status is what counts, and it is known by then."""
CLOCK_OFF_S = 60.0
"""A receiver whose clock is further from ours refuses what we sign sooner or later."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of it."""

    made: Try
    retry_after_s: float | None = None


class Sender:
    """From one event loop; `close` last. `wall_s`: Unix seconds."""

    def __init__(self, guard: Guard, *, timeout_s: float, wall_s: Callable[[], float]) -> None:
        self._guard = guard
        self._timeout_s = timeout_s
        self._wall_s = wall_s
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def send(self, endpoint: WebhookEndpoint, delivery: Delivery) -> Attempt:
        """Raises nothing: whatever goes wrong is in the answer, in words without an address."""
        at_s, started_s = self._wall_s(), time.monotonic()
        status: int | None = None
        wait_s: float | None = None
        try:
            async with asyncio.timeout(self._timeout_s):
                status, error, wait_s = await self._post(endpoint, delivery, at_s)
        except TimeoutError:
            error = f"no answer within {self._timeout_s:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as failure:
            error = why(failure)
        duration_ms = round((time.monotonic() - started_s) * 1000)
        return Attempt(Try(at_s, status, error, duration_ms), wait_s)

    async def _post(
        self, endpoint: WebhookEndpoint, delivery: Delivery, at_s: float
    ) -> tuple[int, str, float | None]:
        self._guard.check_url(endpoint.url)
        signed = signing.headers(delivery.id, delivery.body, endpoint.secrets, at_s=at_s)
        async with self._session(endpoint.url).post(
            endpoint.url,
            data=delivery.body.encode(),
            headers=signed,
            allow_redirects=False,
        ) as response:
            await _read_a_little(response)
            asked_s = retry_after_s(response.headers.get("Retry-After", ""), at_s)
            return response.status, _error(response, at_s), asked_s

    def _session(self, url: str) -> aiohttp.ClientSession:
        plain = url.startswith("http://")
        session = self._sessions.get(plain)
        if session is None:
            session = self._sessions[plain] = aiohttp.ClientSession(
                connector=self._guard.connector(plain=plain),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),  # `send` has a deadline for all of it
                trust_env=False,  # a proxy would connect where we have checked nothing
                auto_decompress=False,
            )
        return session

    async def close(self) -> None:
        """Attempts under way fail."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
        self._guard.close()


async def _read_a_little(response: aiohttp.ClientResponse) -> None:
    """Whether the connection is worth keeping; it is closed otherwise."""
    left = MAX_ANSWER_BYTES
    try:
        async with asyncio.timeout(ANSWER_S):
            while left > 0 and (part := await response.content.read(left)):
                left -= len(part)
    except (TimeoutError, aiohttp.ClientError, OSError):
        left = 0
    if left <= 0:
        response.close()


def _error(response: aiohttp.ClientResponse, at_s: float) -> str:
    status = response.status
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"{status}: a redirect, which is not followed; give the final URL"
    if status == 410:
        return "410: the receiver wants no more"
    off_s = _clock_off_s(response.headers.get("Date", ""), at_s)
    if off_s is not None and abs(off_s) > CLOCK_OFF_S:
        return f"{status}; this server's clock is {off_s:+.0f} s from the receiver's"
    return str(status)


def _clock_off_s(date: str, at_s: float) -> float | None:
    try:
        return at_s - parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def why(failure: Exception) -> str:
    """In words that name no host, address or part of a URL."""
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, Forbidden):
            return f"refused: {cause}"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "its certificate is not valid"
        cause = getattr(cause, "os_error", None) or cause.__cause__ or cause.__context__
    match failure:
        case aiohttp.ClientConnectorDNSError():
            return "its name cannot be resolved"
        case aiohttp.ClientSSLError():
            return "TLS could not be negotiated"
        case aiohttp.ClientConnectorError():
            return "cannot be connected to"
        case aiohttp.ServerDisconnectedError():
            return "hung up without an answer"
        case aiohttp.InvalidURL():
            return "its URL cannot be used"
    return "did not answer in HTTP"
