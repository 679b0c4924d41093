"""Looks after interviews that nobody is about to touch: sessions that stand still, deadlines that
pass at rest, places that are kept, and audio whose words are still owed.

A deadline that passed without anybody noticing opens the interview and lets it move on. What goes
wrong with one interview costs that one alone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any

from media_server.interview import inputs as inp
from media_server.interview.status import TERMINAL, Status
from media_server.live import damage
from media_server.live.registry import Registry
from media_server.live.services import Services
from media_server.live.session import LiveSession
from media_server.live.tasks import TaskOwner
from media_server.ports import InterviewRow, Refused, StoreUnavailable
from media_server.wall_clock import wall_s

logger = logging.getLogger(__name__)

SWEEP_PAGE = 200
MAX_KNOWN_DEADLINES = 50_000
STILL_S = 10.0
"""How far past its deadline a live session may be without having decided anything."""
FROZEN_S = 5.0
"""So late a sweep says that this process stood still: its sessions did not hang then."""
MAX_RESCUES = 3
"""How often an interview that stands still is opened again before it ends as failed."""
AUDIO_SWEEP_S = 300.0
"""How often audio is looked for that belongs to interviews at rest."""


class Sweeper:
    """`start` once, `close` once; before the registry closes."""

    def __init__(self, services: Services, registry: Registry) -> None:
        self._services = services
        self._registry = registry
        self._deadlines: dict[str, tuple[int, float | None]] = {}
        """Of interviews at rest: the version of the log, and what is due then."""
        self._rescues: dict[str, int] = {}
        """How often an interview was found standing still, while it is open."""
        self._audio_swept_s: float | None = None
        self._awake_s = float("-inf")
        """Since when this process has run again after it stood still; of its own clock."""
        self._tasks = TaskOwner("sweeper", limit=1)
        self.recovered = 0
        """Interviews whose deadline had passed at rest."""

    def start(self) -> None:
        self._tasks.spawn(self.run(), "sweeper")

    async def close(self) -> None:
        await self._tasks.close()

    def forget(self, interview_id: str) -> None:
        """Before an erasure."""
        self._deadlines.pop(interview_id, None)
        self._rescues.pop(interview_id, None)

    async def run(self) -> None:
        """Interviews at rest have deadlines, too: links expire, windows close."""
        while not self._registry.draining:
            started_s = time.monotonic()
            try:
                await self.sweep_live()
                await self._registry.keep_places()
                await self.sweep()
                if self._audio_swept_s is None or started_s - self._audio_swept_s >= AUDIO_SWEEP_S:
                    await self.sweep_audio()
                    self._audio_swept_s = started_s
            except (Refused, StoreUnavailable) as error:
                logger.warning("sweeper: %s", error)
            except Exception as error:
                logger.exception("sweeper: %s", type(error).__name__)
            await self._rest(started_s + self._services.settings.sweep_s)

    async def _rest(self, until_s: float) -> None:
        """At least a second. `until_s`: of the monotonic clock."""
        until_s = max(until_s, time.monotonic() + 1.0)
        await asyncio.sleep(until_s - time.monotonic())
        if time.monotonic() - until_s > FROZEN_S:
            self._awake_s = self._services.clock.now_s()

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
                self._registry.damaged.skipped += 1
                return
            logger.warning("sweeper: interview %s: %s", interview_id, error)
        except Exception as error:
            kind = type(error).__name__
            logger.exception("sweeper: interview %s: %s", interview_id, kind)

    async def sweep_live(self) -> None:
        """Sessions whose runner is dead or hangs: nothing happens although it has long been due."""
        for interview_id in [id_ for id_ in self._rescues if id_ not in self._registry]:
            del self._rescues[interview_id]
        for session in self._registry.all():
            try:
                awake_for_s = self._services.clock.now_s() - self._awake_s  # no session's clock
                still_s = min(session.still_for_s(session.clock.now_s()), awake_for_s)
            except Exception as error:
                # The machine cannot say what is due next: neither will it move on by itself.
                kind = type(error).__name__
                logger.exception("sweeper: interview %s: %s", session.interview_id, kind)
                still_s = STILL_S + 1.0
            if still_s > STILL_S:
                await self._guarded(session.interview_id, self._rescue(session, still_s))

    async def _rescue(self, session: LiveSession, still_s: float) -> None:
        """Open it again from its log; in the end it has to end."""
        interview_id, status = session.interview_id, session.state.status
        times = self._rescues[interview_id] = self._rescues.get(interview_id, 0) + 1
        async with self._registry.lock(interview_id):
            if not self._registry.holds(session):
                return
            logger.error(
                "interview %s: nothing has happened in %s for %.0f s, opened again (%d): %s",
                interview_id, status.value, still_s, times, session.abandon(),
            )  # fmt: skip
            await self._registry.rest(session)
            if self._registry.draining:
                return
            fresh = await self._registry.session(interview_id)
        if times > MAX_RESCUES:
            await fresh.ask(inp.Fail("it stood still again and again"))

    async def sweep_audio(self) -> None:
        """Words may be owed to interviews that no deadline will ever open, or none for days."""
        for interview_id in await self._services.spool.interviews():
            if interview_id not in self._registry:
                await self._guarded(interview_id, self._hear_out(interview_id))

    async def sweep(self) -> None:
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

    async def _hear_out(self, interview_id: str) -> None:
        """Open it once: what was said and not written down goes to the recogniser."""
        row = await self._services.log.row(interview_id)
        if self._registry.draining or row is None or self._passed_over(row):
            return
        if row.status not in TERMINAL and row.status != Status.PARKED:
            return  # its next deadline is near, and opens it
        if self._registry.heard_out.until(interview_id, row.version):
            return  # nobody has had it since
        try:
            async with self._registry.lock(interview_id):
                await self._registry.session(interview_id)
        except Refused as error:
            if error.code != "elsewhere":
                raise
            return  # another node is at it

    def _passed_over(self, row: InterviewRow) -> bool:
        """Damaged: no deadline of it can be known, and it has been reported once."""
        what = self._registry.damaged.of(row)
        if row.damage:
            self._registry.damaged.note(row, what)
        if what:
            self._registry.damaged.skipped += 1
        return bool(what)

    async def _look_at(self, row: InterviewRow) -> None:
        """Open an interview whose deadline has passed without anybody noticing."""
        if row.interview_id in self._registry or self._registry.draining or self._passed_over(row):
            return
        known = self._deadlines.get(row.interview_id)
        if known is None or known[0] != row.version:
            state, version = await self._registry.fold(row.interview_id)
            # "Connected" at rest: its process died. Somebody has to notice, and it may be us.
            due_s = 0.0 if state.connected else self._registry.due_at_rest_s(state)
            known = (version, due_s)
            if len(self._deadlines) < MAX_KNOWN_DEADLINES:
                self._deadlines[row.interview_id] = known
        due_s = known[1]
        if due_s is None or due_s > wall_s(self._services.clock):
            return
        try:
            async with self._registry.lock(row.interview_id):
                await self._registry.session(row.interview_id)
        except Refused as error:
            if error.code != "elsewhere":
                raise
            self._registry.away.elsewhere(row.interview_id)
            return  # another node has it; it is not lost
        self.recovered += 1
        logger.warning(
            "interview %s: its deadline passed at rest in %s, recovered",
            row.interview_id,
            row.status,
        )
