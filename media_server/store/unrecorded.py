"""What is left of the sound of an interview that is not recorded: segments nobody could write down.

It goes a day after the interview, also where that only waits for a candidate who has not come back.
Such an interview may be opened at any moment. So it goes under a lease, which nobody has where it
is open, and only after this process has looked through the sound: whatever was owed then has its
words, or its mark. Who comes back afterwards goes on as ever; the marks stay.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from media_server.interview.status import TERMINAL, Status
from media_server.ports import EventLog, InterviewRow, Spool
from media_server.store.at_rest import at_rest

UNRECORDED_DAYS = 1
"""How long after the interview the sound of words that could not be written down is kept where the
candidate read that nothing is recorded: after its end, or after it was put away for a
candidate who did not come back. With the time from one pass to the next it is at most the two days
that the page names."""
LEASE_S = 10.0
"""To empty one spool takes far less; a process that dies over it blocks nobody for long."""
HEAR_OUT_S = 3600.0
"""How long after the start of this process sound that it has not looked through is left alone."""
TAIL = 200
"""Entries of the log that are looked through for the end of the interview: after it come only words
that were written down later."""
OVER = frozenset({*TERMINAL, Status.PARKED})
LAST = frozenset({"ended", "parked"})
"""Types of the entry that an interview has come to rest with."""


def is_unrecorded(spec: Mapping[str, Any]) -> bool:
    """`spec`: as stored. False also where it does not say, or cannot be read."""
    wanted = spec.get("retention")
    return isinstance(wanted, Mapping) and wanted.get("record_audio") is False


async def over_since_s(log: EventLog, row: InterviewRow, last_s: float) -> float | None:
    """When it was put away or ended, in Unix time; None while it is neither, or is recorded.

    `last_s`: of its last entry, where the log is damaged or its end lies further back.
    """
    if row.status not in OVER or not is_unrecorded(row.spec):
        return None
    if row.damage:
        return last_s
    tail = await log.read(row.interview_id, after_seq=max(0, row.version - TAIL))
    return next((entry.at_s for entry in reversed(tail) if entry.type in LAST), last_s)


class Unrecorded:
    """Empties spools of interviews that are at rest. One per process."""

    def __init__(
        self,
        log: EventLog,
        spool: Spool,
        heard_out: Callable[[str, int], bool] = lambda _id, _version: True,
    ) -> None:
        """`heard_out`: nothing of what is spooled of it is owed its words, as far as known, while
        its log has this version."""
        self._log = log
        self._spool = spool
        self._heard_out = heard_out
        self._started_s = time.monotonic()

    async def empty(self, row: InterviewRow) -> bool:
        """False: it is open, was opened meanwhile, or has not been looked through; ask again soon.

        Raises StoreUnavailable, UnknownInterview.
        """
        interview_id = row.interview_id
        young = time.monotonic() - self._started_s < HEAR_OUT_S
        if young and not self._heard_out(interview_id, row.version):
            return False
        async with at_rest(self._log, interview_id, ttl_s=LEASE_S) as alone:
            now = await self._log.row(interview_id) if alone else None
            if now is None or (now.version, now.status) != (row.version, row.status):
                return False
            await self._spool.empty(interview_id)
            return True
