"""What can go wrong with a request, as types. Pure.

Made from the server's Problem details (RFC 9457). No text here has the API key in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """Of a body that was refused."""

    pointer: str
    """JSON pointer (RFC 6901) into it."""
    message: str


class ApiError(Exception):
    """`str` of it is for people: what was wrong, and what to do."""

    def __init__(
        self,
        detail: str,
        *,
        status: int = 0,
        code: str = "",
        errors: tuple[Fault, ...] = (),
        retry_after_s: float | None = None,
    ) -> None:
        lines = [f"{detail} ({status})" if status else detail]
        super().__init__("\n".join([*lines, *(f"  {e.pointer}: {e.message}" for e in errors)]))
        self.status = status
        """Of HTTP; 0: there was no answer, or none that can be read."""
        self.code = code
        """Stable, for programs, such as `already_over`."""
        self.detail = detail
        self.errors = errors
        self.retry_after_s = retry_after_s
        """When to try again, where the server says so."""


class Forbidden(ApiError):
    """401, 403: the key is missing, unknown, or does not allow this."""


class NotFound(ApiError):
    """404, 410: there is no such thing, or not any more."""


class Conflict(ApiError):
    """409, 412: not possible in this state."""


class Invalid(ApiError):
    """400, 413, 415, 422: what was sent is not acceptable; `errors` say where."""


class Unavailable(ApiError):
    """408, 429, 502, 503, 504: not now. It was tried again until the deadline."""


class Unreachable(ApiError):
    """No answer: nobody listens there, or the connection broke. Whether a request that changes
    something was carried out is not known then; `create` can be repeated with its key."""

    sent = True
    """Whether it may have reached the server."""


class NotUnderstood(ApiError):
    """An answer that is none of this API's: another program, a proxy, a newer server."""


_TYPES: Mapping[int, type[ApiError]] = {
    400: Invalid, 401: Forbidden, 403: Forbidden, 404: NotFound, 408: Unavailable, 409: Conflict,
    410: NotFound, 412: Conflict, 413: Invalid, 415: Invalid, 422: Invalid, 429: Unavailable,
    502: Unavailable, 503: Unavailable, 504: Unavailable,
}  # fmt: skip


def from_answer(status: int, body: bytes, retry_after: str | None) -> ApiError:
    """Of an answer that is not what was asked for."""
    try:
        problem: Any = json.loads(body)
    except (ValueError, RecursionError):
        problem = None
    if 300 <= status < 400:
        return NotUnderstood("the server sends requests elsewhere: give its own URL", status=status)
    if not isinstance(problem, Mapping) or not isinstance(problem.get("detail"), str):
        kind = _TYPES.get(status, NotUnderstood)
        return kind(
            f"the server answered {status}", status=status, retry_after_s=_seconds(retry_after)
        )
    listed = problem.get("errors")
    return _TYPES.get(status, ApiError)(
        problem["detail"],
        status=status,
        code=str(problem.get("code", "")),
        errors=tuple(
            Fault(str(fault.get("pointer", "")), str(fault.get("message", "")))
            for fault in (listed if isinstance(listed, list) else ())
            if isinstance(fault, Mapping)
        ),
        retry_after_s=_seconds(retry_after),
    )


def _seconds(text: str | None) -> float | None:
    """Of a Retry-After; dates are not used by this API."""
    return float(text) if text is not None and text.isascii() and text.isdecimal() else None
