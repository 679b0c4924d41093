"""Which interviews are live in this process, and how one becomes live or is put to rest.

Whoever needs an interview (a link that is opened, a call, a deadline) takes its lease, folds its
log and keeps a `LiveSession` for as long as somebody may be waiting. Interviews at rest are the
`Sweeper`'s: a deadline that passed without anybody noticing opens one here and lets it move on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from media_server.audio.events import ReceiverSettings
from media_server.audio.types import GateName
from media_server.interview import faq, machine
from media_server.interview.pacing import silence_ms
from media_server.interview.state import State
from media_server.live import history
from media_server.live.away import UNDER_WAY, AwayAtRest
from media_server.live.damage import DamageBook
from media_server.live.folding import Folding
from media_server.live.heard_out import HeardOut
from media_server.live.journal import Journal
from media_server.live.lease import LeaseKeeper
from media_server.live.lease import now_s as lease_now_s
from media_server.live.locks import KeyedLocks
from media_server.live.own_places import OwnPlaces
from media_server.live.refusals import store_refusal, unknown
from media_server.live.services import Services
from media_server.live.session import LiveSession
from media_server.live.tasks import TaskOwner
from media_server.ports import (
    DamagedInterview,
    InterviewRow,
    Lease,
    LogEntry,
    Public,
    Refused,
    Restorable,
    StoreUnavailable,
    UnknownInterview,
)
from media_server.store.owner import process_owner
from media_server.wall_clock import STEP_S, InterviewClock, wall_s

logger = logging.getLogger(__name__)

MAX_SESSIONS = 2_000
TAKE_OVER_S = 5.0
"""An owner that is alive hears of it within a renewal (3 s), and needs up to a second to let go."""
LOOK_S = 5.0
"""So long may a look for candidates who are away take, at the start before the first offer."""


class Registry:
    """`close` once; `session` and `rest` under `lock(interview_id)`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._settings = services.settings
        self._owner = process_owner()
        self._sessions: dict[str, LiveSession] = {}
        self._open: set[LiveSession] = set()
        """Also those that are being closed."""
        self._locks = KeyedLocks()
        self.heard_out = HeardOut()
        self.before_opening: Callable[[str], Awaitable[None]] | None = None
        """Told of an interview that is about to be opened, under its lock."""
        self._tasks = TaskOwner("registry", limit=MAX_SESSIONS + 1)
        self.draining = False
        self.damaged = DamageBook()
        self.own_places = OwnPlaces()
        self._folding = Folding(services.log, self.row)
        self.away = AwayAtRest(services, self.fold, self.__contains__, self.due_at_rest_s)

    async def close(self) -> None:
        self._sessions.clear()
        closings = [session.close("shutdown") for session in tuple(self._open)]
        await asyncio.gather(*closings, return_exceptions=True)
        await self._tasks.close()

    def drain(self) -> None:
        """Every session goes at its next pause; the others' deadlines are not ours any more."""
        self.draining = True
        for session in self.all():
            session.drain()

    def __contains__(self, interview_id: str) -> bool:
        return interview_id in self._sessions

    def holds(self, session: LiveSession) -> bool:
        """It is this session that has its interview here, and no other has followed it."""
        return self._sessions.get(session.interview_id) is session

    def all(self) -> tuple[LiveSession, ...]:
        return tuple(self._sessions.values())

    def get(self, interview_id: str) -> LiveSession | None:
        """The live session, where there is one that is not about to end."""
        session = self._sessions.get(interview_id)
        return session if session is not None and not session.done.is_set() else None

    def in_call(self, interview_id: str) -> bool:
        """Its candidate is connected, here."""
        session = self.get(interview_id)
        return session is not None and session.connection is not None

    def in_use(self, interview_id: str) -> bool:
        """It is open here, or is just being opened or put to rest."""
        return interview_id in self._sessions or self._locks.busy(interview_id)

    def now_s(self, interview_id: str) -> float:
        """The interview's own time where it is open here, else Unix time."""
        session = self.get(interview_id)
        return session.clock.now_s() if session is not None else wall_s(self._services.clock)

    def lock(self, interview_id: str) -> AbstractAsyncContextManager[None]:
        return self._locks.hold(interview_id)

    # --- live ---

    async def session(self, interview_id: str, *, wanted: bool = False) -> LiveSession:
        """The live session, opened where there is none. Raises Refused. `wanted`: the candidate is
        here, and another server that has it shall let it go."""
        found = self._sessions.get(interview_id)
        if found is not None:
            if not found.done.is_set():
                return found
            await self.rest(found)
        if self.draining:
            raise Refused(503, "draining", "This server is about to stop", retry_after_s=2)
        if len(self._sessions) >= MAX_SESSIONS:
            await self._make_room()
        if self.before_opening is not None:
            await self.before_opening(interview_id)
        asked_s = lease_now_s()
        lease = await self.lease(interview_id, wanted=wanted)
        keeper = LeaseKeeper(self._services.log, lease, self._settings, asked_s=asked_s)
        try:
            session, alive_s = await self._make(interview_id, lease, keeper)
        except BaseException:
            await keeper.close()  # nobody would have to wait until it runs out
            raise
        self._sessions[interview_id] = session
        self.heard_out.forget(interview_id)  # until it is put to rest again
        self.away.drop(interview_id)
        self._open.add(session)
        recovering = bool(session.state.connections)
        session.start(recovering=recovering)
        self._services.watching.opened(session)
        self._tasks.spawn(self._rest_when_done(session), "session")
        if recovering:
            settings = receiver_settings(session.state, self._settings.speech_gate)
            await session.recover(settings, alive_s)
        return session

    async def session_here(self, interview_id: str) -> LiveSession:
        """The candidate is here: another server that has the interview is asked to let it go, and
        one that has just died still holds its lease. Wait a little before refusing."""
        end_s = time.monotonic() + TAKE_OVER_S
        while True:
            try:
                async with self.lock(interview_id):
                    return await self.session(interview_id, wanted=True)
            except Refused as error:
                if error.code != "elsewhere" or time.monotonic() > end_s:
                    raise
            await asyncio.sleep(0.5)

    async def _make_room(self) -> None:
        """The session that nobody has used for longest, of those that nobody is waiting for, is put
        to rest. Raises Refused where there is none."""
        idle = [
            session
            for session in self._sessions.values()
            if session.idle
            and session.state.status not in UNDER_WAY
            and not self._locks.busy(session.interview_id)
        ]
        if not idle:
            raise Refused(503, "full", "Too many interviews are open", retry_after_s=10)
        oldest = min(idle, key=lambda session: session.inbox.last_used_s)
        async with self.lock(oldest.interview_id):  # free: this does not wait
            await self.rest(oldest)

    async def lease(self, interview_id: str, *, wanted: bool = False) -> Lease:
        """To write its log. Raises Refused. `wanted`: as in `session`."""
        try:
            lease = await self._services.log.acquire(
                interview_id, self._owner, ttl_s=self._settings.lease_ttl_s, wanted=wanted
            )
        except StoreUnavailable as error:
            raise store_refusal(error) from error
        except UnknownInterview as error:
            raise unknown() from error
        if lease is None:
            detail = "Another server has this interview; try again"
            raise Refused(503, "elsewhere", detail, retry_after_s=1 if wanted else 5)
        return lease

    async def give_back(self, lease: Lease) -> None:
        try:
            await self._services.log.release(lease)
        except StoreUnavailable as error:
            logger.warning("lease was not given back, it runs out by itself: %s", error)

    async def _make(
        self, interview_id: str, lease: Lease, keeper: LeaseKeeper
    ) -> tuple[LiveSession, float]:
        """And when whoever had it before is known to have been alive."""
        folded = await self._fold(interview_id)
        journal = await self.journal(interview_id, folded.version, lease)
        clock = InterviewClock(self._services.clock, not_before_s=folded.alive_s)
        spec = folded.state.spec
        if spec.faq:  # here and now, so that no question holds everybody up; `Replies` keeps it
            await asyncio.to_thread(faq.prepare, spec.faq, spec.candidate.locale)
        session = LiveSession(interview_id, folded.state, journal, keeper, self._services, clock)
        return session, folded.alive_s

    async def journal(self, interview_id: str, version: int, lease: Lease) -> Journal:
        row, written = await self._all_written(interview_id)
        return Journal(
            self._services.log,
            interview_id,
            version=version,
            lease_epoch=lease.lease_epoch,
            owner=self._owner,
            row=row,
            written=written,
        )

    async def _all_written(
        self, interview_id: str
    ) -> tuple[InterviewRow | None, Sequence[LogEntry]]:
        """What the owner writes back to a store that comes back with less than it had."""
        log = self._services.log
        if not isinstance(log, Restorable):
            return None, ()
        try:
            row = await self.row(interview_id)
            return row, [entry async for entry in history.entries(log, interview_id)]
        except StoreUnavailable as error:
            raise store_refusal(error) from error
        except DamagedInterview as error:
            # A snapshot has led past it. The interview goes on; what is damaged is not known well
            # enough to be written back.
            logger.error("interview %s: %s", interview_id, Public(str(error)))
            return None, ()

    async def rest(self, session: LiveSession) -> None:
        """Put it away: from here on it is its log again."""
        self._sessions.pop(session.interview_id, None)
        await session.close("ended")
        self._open.discard(session)
        self.heard_out.note(session)
        if session.state.status in UNDER_WAY:
            self.away.put_to_rest()
        else:
            self.away.drop(session.interview_id)

    async def forget(self, interview_id: str) -> None:
        """Before an erasure."""
        session = self._sessions.get(interview_id)
        if session is not None:
            session.tell_deleted()
            await self.rest(session)
        self.heard_out.forget(interview_id)
        self.damaged.sound(interview_id)
        self._folding.forget(interview_id)
        self.own_places.forget(interview_id)
        self.away.drop(interview_id)

    async def _rest_when_done(self, session: LiveSession) -> None:
        while not session.done.is_set():
            try:
                async with asyncio.timeout(5.0):
                    await session.done.wait()
            except TimeoutError:
                idle_s = session.clock.now_s() - session.inbox.last_used_s
                waiting = session.state.status in UNDER_WAY
                if session.idle and not waiting and idle_s > self._settings.idle_session_s:
                    break
        async with self.lock(session.interview_id):
            if self.holds(session):
                await self.rest(session)

    # --- at rest ---

    async def row(self, interview_id: str) -> InterviewRow:
        """Raises Refused."""
        try:
            row = await self._services.log.row(interview_id)
        except StoreUnavailable as error:
            raise store_refusal(error) from error
        if row is None:
            raise unknown()
        self.own_places.note(interview_id, row.tenant)
        return row

    async def sound_row(self, interview_id: str) -> InterviewRow:
        """One that can be read whole. Raises Refused."""
        row = await self.row(interview_id)
        if row.damage:
            raise self.damaged.note(row, row.damage)
        return row

    async def state(self, interview_id: str) -> State:
        session = self.get(interview_id)
        if session is not None:
            return session.state
        return (await self.fold(interview_id))[0]

    async def fold(self, interview_id: str) -> tuple[State, int]:
        """The state that the log tells, and the log's version. Raises Refused."""
        folded = await self._fold(interview_id)
        return folded.state, folded.version

    async def _fold(self, interview_id: str) -> history.Folded:
        try:
            folded = await self._folding.fold(interview_id)
        except StoreUnavailable as error:
            raise store_refusal(error) from error
        except UnknownInterview as error:
            raise unknown() from error
        except DamagedInterview as error:
            raise self.damaged.note(await self.row(interview_id), str(error)) from error
        self.damaged.sound(interview_id)
        return folded

    async def keep_places(self) -> None:
        """For who was away when this server started: before the first offer, and again while
        there are any. A store that does not answer costs no more than LOOK_S."""
        try:
            async with asyncio.timeout(LOOK_S):
                await self.away.look()
        except (Refused, StoreUnavailable, TimeoutError) as error:
            why = str(error) or f"not done within {LOOK_S:g} s"
            logger.warning(
                "places of candidates who are away, looked for again soon: %s", Public(why)
            )
        except Exception as error:
            logger.exception("places of candidates who are away: %s", type(error).__name__)

    def due_at_rest_s(self, state: State) -> float | None:
        """In Unix seconds, also where the log was written by a clock that was ahead."""
        ahead_s = max(0.0, state.entered_s - wall_s(self._services.clock))
        if ahead_s <= STEP_S:
            return machine.deadline(state)
        due_s = machine.deadline(replace(state, clock_ahead_s=ahead_s))
        return None if due_s is None else due_s - ahead_s


def receiver_settings(state: State, gate: GateName) -> ReceiverSettings:
    turn, accommodations = state.spec.turn, state.spec.accommodations
    return ReceiverSettings(
        silence_ms=silence_ms(turn, state.pace),
        min_turn_ms=turn.min_turn_ms,
        max_turn_ms=turn.max_turn_ms,
        chunk_ms=turn.chunk_ms,
        batch_chunks=turn.batch_chunks,
        batch_ms=turn.batch_ms,
        time_multiplier=accommodations.time_multiplier,
        gate=gate,
    )
