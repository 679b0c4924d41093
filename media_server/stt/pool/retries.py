"""What follows a failed delivery: when the final is given out again, and when a worker is. Pure.

Three things end a delivery without a text. The worker *dies* or hangs: perhaps the audio is poison,
so there are at most `max_deliveries`. The engine *raises*: it is asked once more. The engine says
that it *cannot be used* (its server is gone): nothing is wrong with the audio, which waits for an
engine that warms up. Still, one recording may make a working server time out each time. So such
returns are counted too, but only those of a worker that warmed up after the last one that counted,
and they end a final no sooner than PATIENCE_S after the first one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from media_server.stt.pool.actions import Ticket

BACKOFF_BASE_S = 0.25
BACKOFF_MAX_S = 10.0
"""An engine that is well again is found within that time, and one that is not costs little CPU."""
RAISED_LIMIT = 2
"""An engine that raises is tried once more, then the job is given up."""
REDELIVERY_S = 0.1
"""Times four for each delivery after the first. When workers die together, by a signal to all or
for want of memory, a job handed on at once would meet them one after another and be taken for
poison."""
RETURN_MAX_S = 5.0
"""The same delay after a return, at most: others get their turn, and show whether it is the job."""
PATIENCE_S = 30.0
"""A server whose health check answers while its recogniser restarts may need so long."""


def after_death(ticket: Ticket, max_deliveries: int, now_s: float) -> float | None:
    """When a final may be delivered again; None: it is given up."""
    ticket.lost += 1
    failures = ticket.deliveries - ticket.returned
    if failures >= max_deliveries:
        return None
    return now_s + _delay_s(failures)


def after_raise(ticket: Ticket, now_s: float) -> float | None:
    """As `after_death`. The engine that raised lives, so there is nothing to wait for."""
    ticket.raised += 1
    return now_s if ticket.raised < RAISED_LIMIT else None


def after_return(
    ticket: Ticket, worker_ready_s: float, max_deliveries: int, now_s: float
) -> float | None:
    """As `after_death`, for a final whose worker says that its engine cannot be used.

    `worker_ready_s`: when that worker had warmed up.
    """
    ticket.returned += 1
    if worker_ready_s <= ticket.counted_s:
        return now_s  # its engine had warmed up before: the rest of those are soon found out
    ticket.returns_counted += 1
    ticket.counted_s = now_s
    ticket.first_returned_s = min(ticket.first_returned_s, now_s)
    impatient = now_s - ticket.first_returned_s >= PATIENCE_S
    if impatient and ticket.returns_counted >= max_deliveries:
        return None
    return now_s + min(RETURN_MAX_S, _delay_s(ticket.returns_counted))


def _delay_s(times: int) -> float:
    return REDELIVERY_S * 4.0 ** min(times - 1, 8)


@dataclass(slots=True)
class Backoff:
    """Workers that keep ending are replaced more and more slowly."""

    not_before_s: float = -math.inf
    """When the next worker may be started."""
    _losses: int = 0
    """Since a job last succeeded."""

    def lost(self, now_s: float) -> None:
        """A worker ended, for whatever reason: `not_before_s` is when another may be started.

        At once for the first since a success, then 0.25 s later, twice as much each time, at most
        10 s.
        """
        self._losses += 1
        if self._losses > 1:
            delay_s = min(BACKOFF_MAX_S, BACKOFF_BASE_S * 2 ** min(self._losses - 2, 16))
            self.not_before_s = max(self.not_before_s, now_s + delay_s)

    @property
    def delays(self) -> bool:
        """A worker that is ended now may not be replaced at once."""
        return self._losses > 1

    def succeeded(self) -> None:
        """A job has its text: the workers are well."""
        self._losses = 0
