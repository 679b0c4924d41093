"""Writing to the log of an interview that nobody has open, under its lease."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from media_server.interview import inputs as inp
from media_server.interview.state import State
from media_server.live import history, steps
from media_server.live.journal import Journal, LostOwnership
from media_server.live.lease import Change, LeaseKeeper
from media_server.live.lease import now_s as lease_now_s
from media_server.live.services import Services
from media_server.ports import StoreUnavailable
from media_server.store.owner import process_owner
from media_server.wall_clock import InterviewClock


class SomebodyHasIt(Exception):
    """Another writer of this interview, or one that came for it."""


class RestWriter:
    """Its owner holds the lease."""

    def __init__(self, state: State, journal: Journal, clock: InterviewClock) -> None:
        self.state = state
        self._journal = journal
        self._clock = clock

    async def write(self, input_: inp.Input) -> None:
        """When this returns, what follows from it is in the log. Raises LostOwnership,
        StoreUnavailable."""
        now_s = self._clock.now_s()
        decided = steps.decide(self.state, input_, now_s)
        if decided:
            state = await steps.write(self._journal, decided, now_s)
            if self._journal.trouble:
                raise StoreUnavailable("the store cannot be written to now")
            self.state = state


@asynccontextmanager
async def at_rest(
    interview_id: str, services: Services, stop: Callable[[], None]
) -> AsyncIterator[RestWriter]:
    """The interview as it is now that nobody else writes to it; its lease is given back at the end.

    `stop`: called when somebody else wants it, or has it: leave soon. Raises SomebodyHasIt,
    StoreUnavailable, UnknownInterview, DamagedInterview.
    """
    owner, settings, log = process_owner(), services.settings, services.log
    asked_s = lease_now_s()
    lease = await log.acquire(interview_id, owner, ttl_s=settings.lease_ttl_s)
    if lease is None:
        raise SomebodyHasIt
    keeper = LeaseKeeper(log, lease, settings, asked_s=asked_s)

    def on_change(change: Change) -> None:
        if change in ("lost", "wanted"):
            stop()

    try:
        folded = await history.fold_now(log, interview_id)
        keeper.start(on_change, lambda: 0)  # a log that shrinks is met at the next append
        journal = Journal(
            log, interview_id, version=folded.version, lease_epoch=lease.lease_epoch, owner=owner
        )
        clock = InterviewClock(services.clock, not_before_s=folded.alive_s)
        yield RestWriter(folded.state, journal, clock)
    except LostOwnership as error:
        raise SomebodyHasIt from error
    finally:
        await keeper.close()
