"""Answers decoded once more for the record, when the recogniser has nothing else to do.

While interviews go on, at moments when nobody would have to wait for it: a stretch of 26 s keeps a
worker busy for some two seconds, on a slow machine for as long as it lately took. So with one
worker nobody may be listened to then; with several one stays free, and few may be. What is left
when an interview is over is done then, under its lease, for `record_pass_s`. A candidate who comes
back does not wait for it, and one who is erased is forgotten. One stretch at a time for each
server. Until it is done the spool keeps the audio of the segments that it needs, and no longer than
that: what is given up goes at its time, however busy the recogniser is.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable

from media_server.interview import record
from media_server.interview.state import State
from media_server.interview.status import LIVE, Status
from media_server.live.one_at_a_time import OneAtATime
from media_server.live.record_try import NotNow, RecordTry
from media_server.live.registry import Registry
from media_server.live.rest_writer import SomebodyHasIt, at_rest
from media_server.live.retranscribe import CannotTranscribeLater, fold, tidy
from media_server.live.services import Services
from media_server.live.session import LiveSession
from media_server.ports import Public, StoreUnavailable, UnknownInterview
from media_server.wall_clock import wall_s

logger = logging.getLogger(__name__)

EVERY_S = 1.0
AT_REST_EVERY_S = 10.0
"""How often interviews at rest are looked at: each look is one listing of the spool."""
LATER_S = 60.0
"""For an interview that somebody else has, or whose stretch could not be decoded now."""
RECHECK_S = 300.0
"""For an interview at rest with nothing to do, until it is opened again."""
LONGEST_S = 300.0
"""For one interview: afterwards others have their turn."""
SPEAKERS_PER_WORKER = 3
"""Candidates listened to for each worker but one, up to which a worker can be spared: half of what
it carries."""
MAX_REMEMBERED = 4096
NEAR_S = 2.5
"""What a question still takes: its answer would meet a stretch that begins now. More where most
stretches took longer here."""
MOST = 0.95
_LISTENED_TO = (Status.LISTENING, Status.CLOSING_TURN)


class RecordQueue:
    """`run` until it is cancelled; one per process. Several servers share the work by leases."""

    def __init__(
        self, services: Services, registry: Registry, stopping: Callable[[], bool]
    ) -> None:
        """`stopping`: this server is about to stop, and begins nothing new."""
        self.counters: Counter[str] = Counter()
        self._services = services
        self._registry = registry
        self._stopping = stopping
        self._not_before_s: dict[str, float] = {}
        """Of the monotonic clock."""
        self._waits_until_s: dict[str, float] = {}
        """Interviews at rest that wait for the recogniser, and until when: afterwards their audio
        goes, however busy it is. Unix time."""
        self._current = OneAtATime()

    async def run(self) -> None:
        at_rest_s = 0.0
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.look_here()
                if time.monotonic() >= at_rest_s:
                    at_rest_s = time.monotonic() + AT_REST_EVERY_S
                    await self.look_at_rest()
            except StoreUnavailable:
                continue  # it is looked at again
            except Exception as error:  # nobody else would begin again
                logger.exception("the record: %s", type(error).__name__)

    async def look_here(self) -> None:
        """Once over the interviews that are open here."""
        for session in self._registry.all():
            if not self._may_begin():
                return
            if record.due(session.state) and self._is_due(session.interview_id):
                await self._guarded(session.interview_id)

    async def look_at_rest(self) -> None:
        """Once over everything else that has audio."""
        for interview_id in await self._services.spool.interviews():
            if self._stopping():
                return
            waits = self._waits(interview_id) and not self._may_begin()
            if not (waits or self._registry.in_use(interview_id)) and self._is_due(interview_id):
                await self._guarded(interview_id)

    def forget(self, interview_id: str) -> None:
        """It is erased: nothing of it may be decoded or written any more."""
        self._look_again(interview_id)
        self._current.forget(interview_id)

    async def give_way(self, interview_id: str) -> None:
        """It is about to be opened here: its lease is given back first."""
        self._look_again(interview_id)
        await self._current.give_way(interview_id)

    # --- when ---

    def _may_begin(self) -> bool:
        """Nobody would have to wait for it, as far as can be foreseen."""
        stt = self._services.stt.status()
        if not self._services.record_within_s() or self._stopping() or stt.saturated:
            return False
        spare = stt.workers_ready - 1
        if spare < 0 or stt.queued or stt.queued_interims or stt.running > max(0, spare - 1):
            return False
        took = stt.timings.get(("run", "record"))
        near_s = max(NEAR_S, took.most_s(MOST)) if took else NEAR_S
        listened_to = sum(_is_listened_to(session, near_s) for session in self._registry.all())
        return listened_to <= SPEAKERS_PER_WORKER * spare

    def _is_due(self, interview_id: str) -> bool:
        return time.monotonic() >= self._not_before_s.get(interview_id, 0.0)

    def _later(self, interview_id: str, wait_s: float = LATER_S) -> None:
        """Its next look, unless it is opened before."""
        if len(self._not_before_s) >= MAX_REMEMBERED:
            self._not_before_s.pop(next(iter(self._not_before_s)))
        self._not_before_s[interview_id] = time.monotonic() + wait_s

    def _waits(self, interview_id: str) -> bool:
        return wall_s(self._services.clock) < self._waits_until_s.get(interview_id, 0.0)

    def _wait_until(self, interview_id: str, until_s: float) -> None:
        if len(self._waits_until_s) >= MAX_REMEMBERED:
            self._waits_until_s.pop(next(iter(self._waits_until_s)))
        self._waits_until_s[interview_id] = until_s

    def _look_again(self, interview_id: str) -> None:
        self._not_before_s.pop(interview_id, None)
        self._waits_until_s.pop(interview_id, None)

    # --- one interview ---

    async def _guarded(self, interview_id: str) -> None:
        """A failure costs this interview its turn, and the others nothing."""
        tries = RecordTry(interview_id, self._services)
        error = await self._current.run(interview_id, self._one(interview_id, tries), tries)
        if error is None:
            return
        self._later(interview_id)
        expected = (NotNow, SomebodyHasIt, CannotTranscribeLater, UnknownInterview, TimeoutError)
        if not isinstance(error, expected):
            logger.error("the record: %s", Public(type(error).__name__), exc_info=error)

    async def _one(self, interview_id: str, tries: RecordTry) -> None:
        session = self._registry.get(interview_id)
        async with asyncio.timeout(LONGEST_S):
            if session is not None:
                with session.inbox.expecting():
                    await self._in_session(session, tries)
            elif not self._registry.in_use(interview_id):
                await self._at_rest(interview_id, tries)

    async def _in_session(self, session: LiveSession, tries: RecordTry) -> None:
        """Its owner writes what is handed in by the inbox."""
        for stretch in record.due(session.state):
            if session.done.is_set() or session.journal.trouble or not self._may_begin():
                return
            heard = await tries.hear(session.state, stretch)
            if session.done.is_set():
                return  # whoever has it now tries again
            self._came(session.state, await session.ask(heard))

    async def _at_rest(self, interview_id: str, tries: RecordTry) -> None:
        services = self._services
        row = await services.log.row(interview_id)
        if row is None or row.damage or row.status in LIVE:
            self._later(interview_id)
            return
        state = (await fold(services.log, interview_id)).state
        if state.connected:  # on another server; or its process died, and whoever opens it sees
            self._later(interview_id)
            return
        within_s = services.record_within_s()
        wanted = record.pending(state, wall_s(services.clock), within_s) > 0
        if wanted and not self._may_begin():
            self._wait_until(interview_id, record.give_up_s(state, within_s))
            return
        if not wanted and not record.due(state):
            self._later(interview_id, RECHECK_S)
            return
        if not wanted and not self._registry.heard_out.of(interview_id, state):
            self._later(interview_id)
            return
        async with at_rest(interview_id, services, tries.stop) as writer:
            for stretch in record.due(writer.state) if wanted else ():
                if not self._may_begin():
                    return
                before = writer.state
                await writer.write(await tries.hear(before, stretch))
                self._came(before, writer.state)
            if self._registry.heard_out.of(interview_id, writer.state):
                await tidy(interview_id, writer.state, services.spool)
                self._later(interview_id, RECHECK_S)

    def _came(self, before: State, after: State) -> None:
        known = {id(stretch) for turn in before.turns for stretch in turn.stretches}
        for turn in after.turns:
            for stretch in turn.stretches:
                if id(stretch) not in known:
                    self.counters["record_kept" if stretch.kept else "record_stretches"] += 1


def _is_listened_to(session: LiveSession, near_s: float) -> bool:
    """Its candidate speaks, waits for words, or is about to speak: within so long."""
    state, utterance = session.state, session.state.utterance
    if state.status is Status.ASKING and utterance and utterance.playing_since_s is not None:
        ends_s = utterance.playing_since_s + utterance.duration_s
        return ends_s - session.clock.now_s() < near_s
    return state.status in _LISTENED_TO
