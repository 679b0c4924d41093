"""When a Redis that is away is asked again, and what is logged of it. Pure: time comes in."""

from __future__ import annotations

from enum import Enum

from media_server.redis_link.failures import UNREACHABLE, Cause

PROBE_INTERVAL_S = 1.0


class Admission(Enum):
    CALL = "call"
    PROBE = "probe"
    REFUSED = "refused"


class Circuit:
    """Closed: every call goes. Open, after one that ran out of time: calls fail at once, but for
    one probe each second. So a silent server costs one call its time, and not each of them."""

    def __init__(self, *, fails_fast: bool = True) -> None:
        """Not `fails_fast`: it never opens, and only tells what is worth a line in the log."""
        self._fails_fast = fails_fast
        self._open = False
        self._probing = False
        self._probe_from_s = 0.0
        self._trouble = ""

    def admit(self, now_s: float) -> Admission:
        """Call `ended` after a probe."""
        if not self._open:
            return Admission.CALL
        if self._probing or now_s < self._probe_from_s:
            return Admission.REFUSED
        self._probing = True
        return Admission.PROBE

    def ended(self, admission: Admission) -> None:
        if admission is Admission.PROBE:
            self._probing = False

    def answered(self) -> bool:
        """True: it had been in trouble until now, and that is worth a line in the log."""
        self._open = False
        was_in_trouble, self._trouble = bool(self._trouble), ""
        return was_in_trouble

    def failed(self, cause: Cause, now_s: float) -> bool:
        """True: this trouble is new, and worth a line in the log. Not for an answer that refuses
        one command: then Redis is there, and the caller says what it means."""
        if cause in UNREACHABLE:
            self._open, self._probe_from_s = self._fails_fast, now_s + PROBE_INTERVAL_S
            trouble = "unreachable"  # not each error that silence may look like
        elif cause in (Cause.REFUSED, Cause.LOADING):
            self._open, trouble = False, cause.value
        else:
            self._open, trouble = False, ""
        new = bool(trouble) and trouble != self._trouble
        self._trouble = trouble or self._trouble
        return new
