"""How whoever submitted a job hears what came of it, the same for every queue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from media_server.ports import Public, SttJob, SttOutcome

logger = logging.getLogger(__name__)

OnOutcome = Callable[[SttOutcome], None]


def named(one: SttJob | SttOutcome) -> tuple[str, str]:
    """(turn, segment) for a log line; "none" of a job that is of no turn."""
    return one.turn_id or "none", one.segment_id


def call_back(on_outcome: OnOutcome, outcome: SttOutcome) -> None:
    """Now. What the handler raises is logged: it is no fault of the queue."""
    try:
        on_outcome(outcome)
    except Exception:
        turn_id, segment_id = named(outcome)
        line = "turn=%s: the handler of the transcription of segment %s failed"
        logger.exception(line, turn_id, segment_id)


def not_taken(job: SttJob, reason: str) -> SttOutcome:
    """Of a job that no worker began with. `reason`: for people."""
    return SttOutcome(
        job.interview_id, job.segment_id, job.attempt, job.final, None, reason,
        deliveries=0, cause="not_taken", turn_id=job.turn_id,
    )  # fmt: skip


class ToldLater:
    """Outcomes that are called back in the next turn of the loop, unless they are dropped in this
    one: whoever submits a job is not called back from within."""

    def __init__(self) -> None:
        self._untold: dict[int, tuple[OnOutcome, SttOutcome]] = {}
        self._last = 0

    def tell(self, on_outcome: OnOutcome, outcome: SttOutcome) -> None:
        """Soon, on this loop."""
        self._last += 1
        self._untold[self._last] = on_outcome, outcome
        asyncio.get_running_loop().call_soon(self._tell_now, self._last)

    def leave_out(self, job: SttJob, on_outcome: OnOutcome, reason: str) -> None:
        """No worker will begin with it: tell, and log at debug. `reason`: for people."""
        turn_id, segment_id = named(job)
        line = "turn=%s: segment %s is left out of the queue: %s"
        logger.debug(line, turn_id, segment_id, Public(reason))
        self.tell(on_outcome, not_taken(job, reason))

    def drop(self, interview_id: str, *, finals: bool) -> None:
        """Those of an interview: of its interims, with `finals` all."""
        for number, (_, outcome) in list(self._untold.items()):
            if outcome.interview_id == interview_id and (finals or not outcome.final):
                del self._untold[number]

    def clear(self) -> None:
        """At the end: nobody is called back."""
        self._untold.clear()

    def _tell_now(self, number: int) -> None:
        if owed := self._untold.pop(number, None):
            call_back(*owed)
