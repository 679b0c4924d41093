"""Folding logs without holding everybody up: a few at a time, and none twice in a row.

After a restart everybody comes back at once. Two hundred logs that are read and folded side by
side make one turn of the loop longer than the second that a store's answer has, and calls are
taken for unanswered that were answered long ago. So they take turns; whoever waits, waits before
the store is asked. A candidate who comes back is asked for three times (resume token, page, call):
the fold of a log that has not grown is kept for a minute. Not of one that is over: retention takes
the words out of such a log and leaves its version as it is, here or in another process.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from media_server.interview.status import TERMINAL
from media_server.live import history
from media_server.live.history import Folded
from media_server.ports import EventLog, InterviewRow, Refused

AT_ONCE = 8
WAIT_S = 20.0
"""For a turn; a thousand interviews are folded in that time."""
KEPT = 256
KEPT_S = 60.0


class Folding:
    """One per process. `row` is how a row is read; it raises what its caller expects."""

    def __init__(self, log: EventLog, row: Callable[[str], Awaitable[InterviewRow]]) -> None:
        self._log = log
        self._row = row
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._kept: OrderedDict[str, tuple[float, Folded]] = OrderedDict()
        self.waited = 0
        """How often nobody's turn came in time."""
        self.reused = 0

    async def fold(self, interview_id: str) -> Folded:
        """Raises what `row` and `history.fold` raise, and Refused when there is no turn."""
        try:
            async with asyncio.timeout(WAIT_S):
                await self._turns.acquire()
        except TimeoutError:
            self.waited += 1
            detail = "Too many interviews are opened at this moment"
            raise Refused(503, "busy", detail, retry_after_s=2) from None
        try:
            row = await self._row(interview_id)
            folded = self._still_good(row)
            if folded is None:
                folded = await history.fold(self._log, row)
                if row.status not in TERMINAL and folded.state.status not in TERMINAL:
                    self._keep(interview_id, folded)
            return folded
        finally:
            self._turns.release()

    def forget(self, interview_id: str) -> None:
        self._kept.pop(interview_id, None)

    def _still_good(self, row: InterviewRow) -> Folded | None:
        kept_s, folded = self._kept.get(row.interview_id, (0.0, None))
        if folded is None or row.damage or folded.version != row.version:
            return None
        if time.monotonic() - kept_s > KEPT_S:
            return None
        self.reused += 1
        return folded

    def _keep(self, interview_id: str, folded: Folded) -> None:
        now_s = time.monotonic()
        self._kept.pop(interview_id, None)
        self._kept[interview_id] = (now_s, folded)
        while self._kept:
            oldest = next(iter(self._kept))
            if len(self._kept) <= KEPT and now_s - self._kept[oldest][0] <= KEPT_S:
                break
            del self._kept[oldest]
