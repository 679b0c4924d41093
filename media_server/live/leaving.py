"""How a session ends: with its interview, at a pause of it, for another server, or cut off.

In each case the call is closed first, what is owed is written or marked, and the log keeps saying
what whoever opens the interview next has to know.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from media_server.interview import inputs as inp
from media_server.interview.state import State
from media_server.interview.status import TERMINAL, Status
from media_server.live.candidate_calls import CandidateCalls
from media_server.live.handover import MOVED, SUPERSEDED, at_a_pause
from media_server.live.inbox import Inbox
from media_server.live.transcription import Transcriber
from media_server.ports import CloseReason
from media_server.ports.dialect import ErrorNotice
from media_server.wall_clock import InterviewClock

logger = logging.getLogger(__name__)

CHECK_S = 0.25
"""How often it is seen whether what is owed has come, once the interview is over."""
SETTLE_S = 3.0
STOPPED = "the server stopped before it was written down"


class Session(Protocol):
    """What leaving asks of its session."""

    interview_id: str
    state: State
    done: asyncio.Event
    clock: InterviewClock

    @property
    def calls(self) -> CandidateCalls: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def transcriber(self) -> Transcriber: ...
    @property
    def resting(self) -> bool: ...


class Leaving:
    """One per session. Sets `done`, after which the session handles nothing more."""

    def __init__(
        self,
        session: Session,
        handle: Callable[[inp.Input], Awaitable[None]],
        *,
        owed_finals_s: float,
    ) -> None:
        """`handle`: at once, for work that has its turn already."""
        self._session = session
        self._handle = handle
        self._owed_finals_s = owed_finals_s
        self._over_since_s: float | None = None
        self._draining = False

    # --- with its interview ---

    def interview_over(self) -> None:
        """From here on it waits for what is owed, then goes."""
        self._over_since_s = self._session.clock.now_s()

    def due_s(self) -> float | None:
        """When to look again."""
        return None if self._over_since_s is None else self._session.clock.now_s() + CHECK_S

    def overdue_from_s(self) -> float | None:
        """When a session that is still there, its interview over, stands still."""
        return None if self._over_since_s is None else self._over_since_s + 2 * self._owed_finals_s

    async def check(self, *, unsaved: bool) -> None:
        """After every item. `unsaved`: the store is away."""
        self._check_over(unsaved=unsaved)
        if self._draining:
            await self._go_if_resting()

    def _check_over(self, *, unsaved: bool) -> None:
        session = self._session
        if self._over_since_s is None:
            return
        over = session.state.status in TERMINAL or session.state.status is Status.PARKED
        if not over:
            self._over_since_s = None
            return
        waited_s = session.clock.now_s() - self._over_since_s
        if session.resting and not unsaved:
            session.done.set()
        elif waited_s > self._owed_finals_s:
            # Written as untranscribed; then it rests, or ends all the same where that fails.
            if session.transcriber.owed:
                session.transcriber.give_up("the recogniser did not answer in time")
            else:
                session.done.set()

    # --- for another server ---

    def drain(self) -> None:
        """Go at the next pause. From here on nothing new is begun."""
        self._draining = True
        self._session.inbox.do(self._go_if_resting)

    async def _go_if_resting(self) -> None:
        session = self._session
        if not session.done.is_set() and not session.transcriber.owed and at_a_pause(session.state):
            await self._move()

    async def give_way(self) -> None:
        """The candidate has come to another server, which waits for the lease: the newest wins."""
        if not self._session.done.is_set() and self._session.state.status not in TERMINAL:
            await self._move(SUPERSEDED, "superseded")

    async def _move(self, told: ErrorNotice = MOVED, reason: CloseReason = "shutdown") -> None:
        """Leave this interview to another server, which goes on from the log and the spool.

        Where words are still owed the log keeps saying "connected", as after a crash: whoever
        opens the interview next finds the audio in the spool and has it written down.
        """
        session, connection = self._session, self._session.calls.current
        if connection is not None:
            connection.intake.stop_listening()  # the open segment is closed, and owed from now on
            connection.farewell(told, reason)
            session.transcriber.hang_up()
            if not session.transcriber.owed:
                await self._handle(connection.ended_input())
            session.calls.current = None
        session.done.set()

    # --- now ---

    async def hang_up(self, reason: CloseReason) -> None:
        """No call is left, and what they still had to say is handled. Bounded by SETTLE_S."""
        calls = self._session.calls.all()
        try:
            async with asyncio.timeout(SETTLE_S):
                await self._hang_up(reason)
        except TimeoutError:
            for connection in calls:
                connection.shut(reason)
            logger.error("interview %s did not settle in time", self._session.interview_id)

    async def _hang_up(self, reason: CloseReason) -> None:
        session = self._session
        calls = session.calls.all()
        if reason == "shutdown" and not session.done.is_set():
            if not session.state.connected:  # nobody would look into the spool again
                session.transcriber.give_up(STOPPED)
            session.inbox.do(self._move)
            await session.done.wait()
        for connection in calls:
            if connection.close_reason is None:
                connection.shut(reason)
            await connection.over.wait()
        if not session.done.is_set():
            session.transcriber.give_up(STOPPED)
            await session.inbox.ask()
