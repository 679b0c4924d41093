"""When a request is sent again. Pure: time and chance come in.

Sent again is what can be repeated without harm: reading, erasing, creating with a key. The rest is
repeated only where it surely was not carried out: nobody answered the connection, or the server
said 429 or 503 before it asked its store.
"""

from __future__ import annotations

from media_server.api_client.errors import ApiError, Unavailable, Unreachable

DEADLINE_S = 30.0
MOST = 6
REOPEN_S = 1.0
"""Before a stream of events that ended well, and not at the interview's end, is opened again."""
NO_MORE = 204
"""HTTP's answer to who has all events."""
FIRST_WAIT_S = 0.25
_NOT_CARRIED_OUT = (429, 503)
_STORE = "store_unavailable"
"""A 503 that comes after the server has tried: the store may have written, and not said so."""


class Tries:
    """Of one request."""

    def __init__(self, deadline_s: float, now_s: float) -> None:
        self._until_s = now_s + deadline_s
        self._count = 0

    def left_s(self, now_s: float) -> float:
        """For the next try; not above 0: there is none."""
        return self._until_s - now_s

    def wait_s(
        self, failure: ApiError, *, repeatable: bool, now_s: float, chance: float
    ) -> float | None:
        """How long to wait before the next try; None: give up. `chance`: 0 to 1, spreads clients
        that failed together."""
        self._count += 1
        if self._count >= MOST or not _may_repeat(failure, repeatable=repeatable):
            return None
        wait_s = FIRST_WAIT_S * 2 ** (self._count - 1) * (0.5 + chance)
        if failure.retry_after_s is not None:
            wait_s = max(failure.retry_after_s, wait_s)
        return wait_s if now_s + wait_s < self._until_s else None


def may_be_done(failure: ApiError) -> bool:
    """Whether the request may have been carried out all the same."""
    if isinstance(failure, Unreachable):
        return failure.sent
    return failure.status not in _NOT_CARRIED_OUT or failure.code == _STORE


def _may_repeat(failure: ApiError, *, repeatable: bool) -> bool:
    if isinstance(failure, Unreachable | Unavailable):
        return repeatable or not may_be_done(failure)
    return False
