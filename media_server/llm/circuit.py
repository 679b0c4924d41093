"""Circuit breaker: a model that keeps failing costs no candidate a wait. Pure."""

from __future__ import annotations

MAX_OPEN_S = 300.0


class CircuitBreaker:
    """Closed: everything passes. Open: nothing does. Then one probe at a time decides; that of the
    background takes long, so a candidate's request may be another one.

    Every `allow` that answered True is followed by `success`, `failure` or `abandon`.
    """

    def __init__(self, *, failures: int, open_s: float) -> None:
        self._threshold = failures
        self._first_open_s = open_s
        self._open_s = open_s
        self._failures = 0
        self._open_until_s: float | None = None
        self._probing = False
        self._in_background = False
        """The probe is: its answer takes long."""

    def allow(self, now_s: float, *, background: bool = False) -> bool:
        if self._open_until_s is None:
            return True
        if now_s < self._open_until_s:
            return False
        if self._probing and (background or not self._in_background):
            return False
        self._probing = True
        self._in_background = background
        return True

    def success(self) -> None:
        self._failures = 0
        self._open_until_s = None
        self._open_s = self._first_open_s
        self._probing = False

    def failure(self, now_s: float, *, certain: bool = False) -> None:
        """`certain`: nobody is there (connection refused), so the next would fail as well."""
        self._failures += 1
        if self._probing:
            self._open_s = min(self._open_s * 2, MAX_OPEN_S)
        elif self._open_until_s is not None:
            return  # it was under way when the circuit opened
        elif not certain and self._failures < self._threshold:
            return
        self._probing = False
        self._open_until_s = now_s + self._open_s

    def abandon(self) -> None:
        """The caller went away: nothing was learnt, the next may probe."""
        self._probing = False

    def open_for_s(self, now_s: float) -> float:
        """0: closed, or due for a probe."""
        return max(0.0, self._open_until_s - now_s) if self._open_until_s is not None else 0.0
