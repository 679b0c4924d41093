"""What cannot be read as HTTP is answered in the shape of every other error.

aiohttp's parser refuses such a request before any middleware sees it, with a plain text that
repeats what was sent, and logs the same. Here neither happens.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMethod, LineTooLong
from aiohttp.web_protocol import RequestHandler

from media_server.http_lingering import LingeringEnd
from signaling.problems import Problem
from signaling.problems import response as problem_response

logger = logging.getLogger(__name__)

_ADVICE = {
    "content-length": "Content-Length must be one decimal number, the size of the body in bytes, "
    "and must not stand beside Transfer-Encoding (RFC 9112 §6.3).",
    "transfer-encoding": "Transfer-Encoding must be chunked and nothing else (RFC 9112 §6.1).",
    "chunk": "The chunks of the body are malformed (RFC 9112 §7.1).",
    "host": "Send exactly one Host header (RFC 9112 §3.2).",
}
"""By a word of the parser's message, which itself may repeat what was sent."""
_NO_METHOD = (
    "The request line begins with no method of HTTP. This port does not speak TLS: the proxy in "
    "front does."
)
_OTHER = "The head of the request is not valid HTTP/1.1 (RFC 9112)."


class ProblemHandler(RequestHandler):
    """aiohttp's protocol of one connection, with readable errors that the client can read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.linger: Callable[[], LingeringEnd | None] | None = None
        """Begins the end of the connection; None: it is closed in aiohttp's own way."""
        self._unreadable = False

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The connection is closed afterwards: where the next request begins is unknown."""
        if status >= 500:
            self.log_exception("unexpected %s", type(exc).__name__, exc_info=exc)
        else:
            logger.debug("unreadable request: %s", type(exc).__name__)
        self._unreadable = True
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun; no other can be sent")
        return problem_response(_problem(status, exc, message or ""))

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """What the last answer left unread must not take it away from the client."""
        done = await super().finish_response(request, resp, start_time)
        response, _ = done
        more_may_come = self._unreadable or not request.content.is_eof()
        if self.linger is not None and more_may_come and not response.keep_alive:
            end = self.linger()
            if end is not None:
                await end.wait()
        return done


def readable(server: web.Server) -> Callable[[], ProblemHandler]:
    """What makes a protocol per connection: `server` itself does, with aiohttp's own errors."""
    return lambda: ProblemHandler(server, loop=server._loop, **server._kwargs)


def _problem(status: int, exc: BaseException | None, message: str) -> Problem:
    if status >= 500:
        text = "The server failed; the failure has been logged. Trying again may help."
        return Problem(500, "internal_error", text, close=True)
    if isinstance(exc, LineTooLong):
        text = "The request line or a header is longer than the 8190 bytes this server accepts."
        return Problem(431, "header_too_large", text, close=True)
    if isinstance(exc, BadHttpMethod):
        return Problem(400, "not_http", _NO_METHOD, close=True)
    words = message.lower()
    advice = next((text for word, text in _ADVICE.items() if word in words), _OTHER)
    return Problem(400, "not_http", advice, close=True)
