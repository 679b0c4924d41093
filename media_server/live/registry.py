"""Which interviews are live in this process, and how one becomes live or is put to rest.

Whoever needs an interview (a link that is opened, a call, a deadline) takes its lease, folds its
log and keeps a `LiveSession` for as long as somebody may be waiting. The watchdog looks at the
rest: a deadline that passed without anybody noticing opens the interview and lets it move on.

Over 400 lines on purpose: who holds which interview, and when it is looked at, is read together.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any

from media_server.audio.events import ReceiverSettings
from media_server.interview import inputs as inp
from media_server.interview import machine
from media_server.interview.events import TERMINAL, Status
from media_server.interview.pacing import silence_ms
from media_server.interview.state import State
from media_server.live import damage, history
from media_server.live.away import UNDER_WAY, AwayAtRest
from media_server.live.damage import DamageBook
from media_server.live.folding import Folding
from media_server.live.journal import Journal
from media_server.live.lease import LeaseKeeper
from media_server.live.lease import now_s as lease_now_s
from media_server.live.locks import KeyedLocks
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

SWEEP_PAGE = 200
MAX_SESSIONS = 2_000
MAX_KNOWN_DEADLINES = 50_000
STILL_S = 10.0
"""How far past its deadline a live session may be without having decided anything."""
MAX_RESCUES = 3
"""How often an interview that stands still is opened again before it ends as failed."""
LOOK_S = 5.0
"""So long may a look for candidates who are away take, at the start before the first offer."""
AUDIO_SWEEP_S = 300.0
"""How often audio is looked for that belongs to interviews at rest."""


@dataclass(frozen=True, slots=True)
class HeardOut:
    """When an interview was put to rest with nothing owed."""

    connection_epoch: int
    """New audio comes with a new connection."""
    version: int
    """Of its log."""


class Registry:
    """`start` once, `close` once; `session` and `rest` under `lock(interview_id)`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._settings = services.settings
        self._owner = process_owner()
        self._sessions: dict[str, LiveSession] = {}
        self._open: set[LiveSession] = set()
        """Also those that are being closed."""
        self._locks = KeyedLocks()
        self._deadlines: dict[str, tuple[int, float | None]] = {}
        self._heard_out: dict[str, HeardOut] = {}
        """How far the audio of interviews at rest was heard by this process; what is left of that
        waits for `transcribe`. The oldest goes first."""
        self.before_opening: Callable[[str], Awaitable[None]] | None = None
        """Told of an interview that is about to be opened, under its lock."""
        self._audio_swept_s: float | None = None
        self._rescues: dict[str, int] = {}
        """How often an interview was found standing still."""
        self._tasks = TaskOwner("registry", limit=MAX_SESSIONS + 1)
        self._draining = False
        self.recovered = 0
        self.damaged = DamageBook()
        self._folding = Folding(services.log, self.row)
        self.away = AwayAtRest(
            services, self.fold, lambda id_: id_ in self._sessions, self._due_at_rest_s
        )

    def start(self) -> None:
        self._tasks.spawn(self._watch(), "watchdog")

    async def close(self) -> None:
        self._sessions.clear()
        closings = [session.close("shutdown") for session in tuple(self._open)]
        await asyncio.gather(*closings, return_exceptions=True)
        await self._tasks.close()

    def drain(self) -> None:
        """Every session goes at its next pause; the others' deadlines are not ours any more."""
        self._draining = True
        for session in self.all():
            session.drain()

    def all(self) -> tuple[LiveSession, ...]:
        return tuple(self._sessions.values())

    def get(self, interview_id: str) -> LiveSession | None:
        """The live session, where there is one that is not about to end."""
        session = self._sessions.get(interview_id)
        return session if session is not None and not session.done.is_set() else None

    def in_use(self, interview_id: str) -> bool:
        """It is open here, or is just being opened or put to rest."""
        return interview_id in self._sessions or self._locks.busy(interview_id)

    def heard_out(self, interview_id: str, state: State) -> bool:
        """At rest: what is left of its audio is of segments that were given up, and of silence.

        Not so when it has been connected since, to another server: that may have left words owed.
        """
        heard = self._heard_out.get(interview_id)
        return heard is not None and heard.connection_epoch == state.connection_epoch

    def heard_until(self, interview_id: str, version: int) -> bool:
        """As `heard_out`, and its log has not changed since."""
        heard = self._heard_out.get(interview_id)
        return heard is not None and heard.version == version

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
        if self._draining:
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
        self._heard_out.pop(interview_id, None)  # until it is put to rest again
        self.away.drop(interview_id)
        self._open.add(session)
        recovering = bool(session.state.connections)
        session.start(recovering=recovering)
        self._tasks.spawn(self._rest_when_done(session), "session")
        if recovering:
            await session.recover(receiver_settings(session.state), alive_s)
        return session

    async def _make_room(self) -> None:
        """The session that nobody has used for longest, of those that nobody is waiting for, is put
        to rest. Raises Refused where there is none."""
        idle = [
            session
            for session in self._sessions.values()
            if session.resting
            and session.state.status not in UNDER_WAY
            and not self._locks.busy(session.interview_id)
        ]
        if not idle:
            raise Refused(503, "full", "Too many interviews are open", retry_after_s=10)
        oldest = min(idle, key=lambda session: session.last_used_s)
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
        self._note_heard(session)
        if session.state.status in UNDER_WAY:
            self.away.put_to_rest()

    def _note_heard(self, session: LiveSession) -> None:
        self._heard_out.pop(session.interview_id, None)
        if not session.heard_out:
            return
        if len(self._heard_out) >= MAX_KNOWN_DEADLINES:
            self._heard_out.pop(next(iter(self._heard_out)))
        heard = HeardOut(session.state.connection_epoch, session.version)
        self._heard_out[session.interview_id] = heard

    async def forget(self, interview_id: str) -> None:
        """Before an erasure."""
        session = self._sessions.get(interview_id)
        if session is not None:
            session.tell_deleted()
            await self.rest(session)
        self._deadlines.pop(interview_id, None)
        self._rescues.pop(interview_id, None)
        self._heard_out.pop(interview_id, None)
        self.damaged.sound(interview_id)
        self._folding.forget(interview_id)
        self.away.drop(interview_id)

    async def _rest_when_done(self, session: LiveSession) -> None:
        while not session.done.is_set():
            try:
                async with asyncio.timeout(5.0):
                    await session.done.wait()
            except TimeoutError:
                idle_s = session.clock.now_s() - session.last_used_s
                waiting = session.state.status in UNDER_WAY
                if session.resting and not waiting and idle_s > self._settings.idle_session_s:
                    break
        async with self.lock(session.interview_id):
            if self._sessions.get(session.interview_id) is session:
                await self.rest(session)
        if session.interview_id not in self._sessions:
            self._rescues.pop(session.interview_id, None)

    # --- at rest ---

    async def row(self, interview_id: str) -> InterviewRow:
        """Raises Refused."""
        try:
            row = await self._services.log.row(interview_id)
        except StoreUnavailable as error:
            raise store_refusal(error) from error
        if row is None:
            raise unknown()
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

    # --- the watchdog ---

    async def _watch(self) -> None:
        """Interviews at rest have deadlines, too: links expire, windows close."""
        while not self._draining:
            started_s = time.monotonic()
            try:
                await self._sweep_live()
                await self.keep_places()
                await self._sweep()
                if self._audio_swept_s is None or started_s - self._audio_swept_s >= AUDIO_SWEEP_S:
                    await self._sweep_audio()
                    self._audio_swept_s = started_s
            except (Refused, StoreUnavailable) as error:
                logger.warning("watchdog: %s", error)
            except Exception as error:
                logger.exception("watchdog: %s", type(error).__name__)
            await asyncio.sleep(max(1.0, self._settings.sweep_s - time.monotonic() + started_s))

    async def _guarded(self, interview_id: str, step: Coroutine[Any, Any, None]) -> None:
        """What goes wrong with one interview costs that one alone, until the next sweep."""
        try:
            await step
        except StoreUnavailable:
            raise  # it would be the same with every other
        except Refused as error:
            if error.code == "store_unavailable":
                raise
            if error.code == damage.CODE:  # it is reported where it is found
                self.damaged.skipped += 1
                return
            logger.warning("watchdog: interview %s: %s", interview_id, error)
        except Exception as error:
            kind = type(error).__name__
            logger.exception("watchdog: interview %s: %s", interview_id, kind)

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

    async def _sweep_live(self) -> None:
        """Sessions whose runner is dead or hangs: nothing happens although it has long been due."""
        for session in self.all():
            try:
                still_s = session.still_for_s(session.clock.now_s())
            except Exception as error:
                # The machine cannot say what is due next: neither will it move on by itself.
                kind = type(error).__name__
                logger.exception("watchdog: interview %s: %s", session.interview_id, kind)
                still_s = STILL_S + 1.0
            if still_s > STILL_S:
                await self._guarded(session.interview_id, self._rescue(session, still_s))

    async def _rescue(self, session: LiveSession, still_s: float) -> None:
        """Open it again from its log; in the end it has to end."""
        interview_id, status = session.interview_id, session.state.status
        times = self._rescues[interview_id] = self._rescues.get(interview_id, 0) + 1
        async with self.lock(interview_id):
            if self._sessions.get(interview_id) is not session:
                return
            logger.error(
                "interview %s: nothing has happened in %s for %.0f s, opened again (%d): %s",
                interview_id, status.value, still_s, times, session.abandon(),
            )  # fmt: skip
            await self.rest(session)
            if self._draining:
                return
            fresh = await self.session(interview_id)
        if times > MAX_RESCUES:
            await fresh.ask(inp.Fail("it stood still again and again"))

    async def _sweep(self) -> None:
        for status in Status:
            if status in TERMINAL:
                continue
            after: str | None = None
            while True:
                rows = await self._services.log.rows(
                    after=after, limit=SWEEP_PAGE, status=status.value
                )
                for row in rows:
                    await self._guarded(row.interview_id, self._look_at(row))
                if len(rows) < SWEEP_PAGE:
                    break
                after = rows[-1].interview_id

    async def _sweep_audio(self) -> None:
        """Words may be owed to interviews that no deadline will ever open, or none for days."""
        for interview_id in await self._services.spool.interviews():
            if interview_id not in self._sessions:
                await self._guarded(interview_id, self._hear_out(interview_id))

    async def _hear_out(self, interview_id: str) -> None:
        """Open it once: what was said and not written down goes to the recogniser."""
        row = await self._services.log.row(interview_id)
        if self._draining or row is None or self._passed_over(row):
            return
        if row.status not in TERMINAL and row.status != Status.PARKED:
            return  # its next deadline is near, and opens it
        if self.heard_until(interview_id, row.version):
            return  # nobody has had it since
        try:
            async with self.lock(interview_id):
                await self.session(interview_id)
        except Refused as error:
            if error.code != "elsewhere":
                raise
            return  # another node is at it

    def _passed_over(self, row: InterviewRow) -> bool:
        """Damaged: no deadline of it can be known, and it has been told once."""
        what = self.damaged.of(row)
        if row.damage:
            self.damaged.note(row, what)
        if what:
            self.damaged.skipped += 1
        return bool(what)

    def _due_at_rest_s(self, state: State) -> float | None:
        """In Unix seconds, also where the log was written by a clock that was ahead."""
        ahead_s = max(0.0, state.entered_s - wall_s(self._services.clock))
        if ahead_s <= STEP_S:
            return machine.deadline(state)
        due_s = machine.deadline(replace(state, clock_ahead_s=ahead_s))
        return None if due_s is None else due_s - ahead_s

    async def _look_at(self, row: InterviewRow) -> None:
        """Open an interview whose deadline has passed without anybody noticing."""
        if row.interview_id in self._sessions or self._draining or self._passed_over(row):
            return
        known = self._deadlines.get(row.interview_id)
        if known is None or known[0] != row.version:
            state, version = await self.fold(row.interview_id)
            # "Connected" at rest: its process died. Somebody has to notice, and it may be us.
            due_s = 0.0 if state.connected else self._due_at_rest_s(state)
            known = (version, due_s)
            if len(self._deadlines) < MAX_KNOWN_DEADLINES:
                self._deadlines[row.interview_id] = known
        due_s = known[1]
        if due_s is None or due_s > wall_s(self._services.clock):
            return
        try:
            async with self.lock(row.interview_id):
                await self.session(row.interview_id)
        except Refused as error:
            if error.code != "elsewhere":
                raise
            self.away.elsewhere(row.interview_id)
            return  # another node has it; it is not lost
        self.recovered += 1
        logger.warning(
            "interview %s: its deadline passed at rest in %s, recovered",
            row.interview_id,
            row.status,
        )


def receiver_settings(state: State) -> ReceiverSettings:
    turn, accommodations = state.spec.turn, state.spec.accommodations
    return ReceiverSettings(
        silence_ms=silence_ms(turn, state.pace),
        min_turn_ms=turn.min_turn_ms,
        max_turn_ms=turn.max_turn_ms,
        chunk_ms=turn.chunk_ms,
        batch_chunks=turn.batch_chunks,
        batch_ms=turn.batch_ms,
        time_multiplier=accommodations.time_multiplier,
    )


def store_refusal(error: Exception) -> Refused:
    detail = f"The store cannot be reached: {error}"
    return Refused(503, "store_unavailable", detail, retry_after_s=5)


def unknown() -> Refused:
    return Refused(404, "unknown_interview", "No such interview; it may have been erased")
