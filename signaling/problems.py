"""Errors as Problem details (RFC 9457): what was wrong and what to do, never what was sent."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from aiohttp import HttpVersion11, web
from pydantic import BaseModel, ValidationError

from media_server.ports import Refused, StoreUnavailable, Waiting
from signaling.faults import entries

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_ADVICE = {
    400: "The request could not be understood; see the API description at openapi.json.",
    404: "There is nothing here. The API description at openapi.json lists every address.",
    405: "This address does not answer this method; the Allow header lists those it does.",
    413: "The body is larger than this address accepts.",
    415: "The Content-Type is not one this address accepts.",
    500: "The server failed; the failure has been logged. Trying again may help.",
}


class Problem(Exception):
    """Raised in a handler, answered by the middleware."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: list[dict[str, str]] | None = None,
        waiting: Waiting | None = None,
        close: bool = False,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = errors
        self.waiting = waiting
        self.close = close
        """Close the connection afterwards: the rest of the request is not worth reading."""


def unknown_interview() -> Problem:
    """Where there is none, and where it is another tenant's: nobody learns which."""
    return Problem(404, "unknown_interview", "No such interview; it may have been erased")


def response(problem: Problem) -> web.Response:
    body: dict[str, Any] = {
        "type": f"urn:media-server:problem:{problem.code}",
        "title": _phrase(problem.status),
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
    }
    if problem.errors is not None:
        body["errors"] = problem.errors
    if problem.waiting is not None:
        body["waiting"] = asdict(problem.waiting)
    answer = web.Response(
        status=problem.status,
        text=json.dumps(body, ensure_ascii=False),
        content_type=CONTENT_TYPE,
        headers={"Cache-Control": "no-store", **problem.headers},
    )
    if problem.close:
        answer.force_close()
    return answer


def from_refused(refused: Refused) -> Problem:
    headers = {}
    if refused.retry_after_s is not None:
        headers["Retry-After"] = str(refused.retry_after_s)
    return Problem(
        refused.status, refused.code, refused.detail, headers=headers, waiting=refused.waiting
    )


def _store_is_away(error: StoreUnavailable) -> Refused:
    """In the words of the live side."""
    detail = f"The store cannot be reached: {error}"
    return Refused(503, "store_unavailable", detail, retry_after_s=5)


def from_validation(
    error: ValidationError, model: type[BaseModel] | None = None, sent: Any = None
) -> Problem:
    """One entry per fault: a JSON pointer (RFC 6901) into the body and what is expected there.

    `model` suggests names for those it does not know; `sent`: the parsed body.
    """
    return from_faults(*entries(error, model, sent))


def from_faults(listed: list[dict[str, str]], total: int | None = None) -> Problem:
    """`listed`: {pointer, message} of faults in a body; `total`: how many there are, None for as
    many as are listed."""
    count = len(listed) if total is None else total
    detail = f"{count} fault{'s' if count > 1 else ''} in the body; see errors"
    detail += f" (the first {len(listed)} are listed)" if count > len(listed) else ""
    return Problem(422, "invalid_body", detail + ".", errors=listed)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _from_http(error: web.HTTPException) -> Problem:
    """aiohttp's own errors (404, 405, 413, …) in our shape, with the headers that matter."""
    headers = {
        name: error.headers[name] for name in ("Allow", "WWW-Authenticate") if name in error.headers
    }
    code = _phrase(error.status).lower().replace(" ", "_")
    return Problem(error.status, code, _ADVICE.get(error.status, error.reason), headers=headers)


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever a handler raises becomes a problem; a bug becomes 500 without its innards."""
    try:
        return await handler(request)
    except Problem as problem:
        return response(problem)
    except Refused as refused:
        return response(from_refused(refused))
    except StoreUnavailable as error:
        return response(from_refused(_store_is_away(error)))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return response(_from_http(error))
    except ValidationError as error:
        # Bodies are validated where they are read; here it is our own answer that is wrong.
        logger.exception("unexpected %s", type(error).__name__)
    except ConnectionError:
        raise
    except Exception as error:
        logger.exception("unexpected %s", type(error).__name__)
    return response(Problem(500, "internal_error", _ADVICE[500]))


async def expectation(request: web.Request) -> web.StreamResponse | None:
    """aiohttp's own refusal of an unknown `Expect` (RFC 9110 §10.1.1) passes no middleware."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        if request.version >= HttpVersion11:
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # it is no part of the answer
        return None
    return response(
        Problem(417, "unknown_expectation", "Expect may be 100-continue and nothing else.")
    )
