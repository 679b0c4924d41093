"""Whether a session still moves, what it did last, and how it is kept from spinning. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from media_server.live.journal import Placed
from media_server.ports import Public

TRAIL = 20
REASON_CHARS = 80
FIRST_REST_S, LONGEST_REST_S = 0.1, 5.0
"""Between ticks that fail or change nothing although something is due: doubled each time."""


class Watchdog:
    """Owned by one session."""

    def __init__(self, now_s: float) -> None:
        self.ticks_from_s = now_s
        """No tick before: the last ones have failed."""
        self.paused = False
        """No deadline may fire yet: it is still being found out what became of the last call."""
        self._beat_s = now_s
        self._failures = 0
        self._trail: deque[tuple[int | None, str, str]] = deque(maxlen=TRAIL)

    def beat(self, placed: Sequence[Placed], now_s: float) -> None:
        """These were decided."""
        self._beat_s = now_s
        self._failures = 0
        for seq, event in placed:
            # Reasons are the machine's own words, an engine's or a transport's; what the candidate
            # says or types is in other fields, which are not for a log file.
            reason = str(getattr(event, "reason", ""))[:REASON_CHARS]
            self._trail.append((seq, event.type, reason))

    def tick_failed(self, now_s: float) -> None:
        rest_s = min(LONGEST_REST_S, FIRST_REST_S * 2**self._failures)
        self._failures = min(self._failures + 1, 16)
        self.ticks_from_s = now_s + rest_s

    def still_for_s(self, due_s: float, now_s: float) -> float:
        """How long something has been due without anything happening; 0 when nothing is."""
        return max(0.0, now_s - max(due_s, self._beat_s))

    def trail(self) -> Public:
        """The newest decisions, oldest first: `seq type (reason)`; `-` is not for the log."""
        return Public(
            "; ".join(
                f"{'-' if seq is None else seq} {kind}" + (f" ({reason})" if reason else "")
                for seq, kind, reason in self._trail
            )
        )
