"""Segments that were given up, written down by the server itself when its recogniser has nothing
else to do: while the interview is under way, while it waits for its candidate, and afterwards.

One segment at a time, and none while anything else waits or runs; each segment is tried a few
times, further and further apart, which the log counts. One that a worker died of, or may have, is
not tried while the interview is under way: its candidate, who speaks, needs the workers.

Where the interview is open here, its words go through the session's inbox, whose owner writes them.
Where nobody has it open its lease is taken, and given back at once when it is opened: a candidate
who comes back does not wait for words.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from media_server.interview import inputs as inp
from media_server.interview import late_tries, record
from media_server.interview.state import State
from media_server.interview.status import LIVE, TERMINAL, Status
from media_server.live.kept_audio import KeptAudio
from media_server.live.one_at_a_time import OneAtATime
from media_server.live.registry import Registry
from media_server.live.retranscribe import (
    Answer,
    CannotTranscribeLater,
    SomebodyHasIt,
    fold,
    open_segments,
    transcribe_later,
    what_to_write,
)
from media_server.live.second_try import AUDIO_GONE, SecondTry
from media_server.live.services import Services
from media_server.live.session import LiveSession
from media_server.ports import Public, StoreUnavailable, UnknownInterview
from media_server.segment_info import SegmentId
from media_server.wall_clock import wall_s

logger = logging.getLogger(__name__)

EVERY_S = 30.0
WHILE_BUSY_S = 2.0
"""How often it is seen whether the recogniser has come to rest."""
RETRY_S = (60.0, 900.0, 4 * 3600.0)
"""After the first try that failed, the second, the third, the fourth; then a segment is left to
`media-server transcribe`. Those of all servers together, which the log has: `late_tries`."""
RECHECK_S = 300.0
"""How soon an interview at rest is looked at again that had nothing to write down: its candidate
may have been back, on another server."""
ELSEWHERE_S = 60.0
"""How soon an interview that another server has is asked for again."""
LONGEST_S = 600.0
"""For one interview: afterwards others have their turn."""
MAX_REMEMBERED = 4096


@dataclass(slots=True)
class _Known:
    """What this process knows of one interview."""

    not_before_s: float = 0.0
    """Nothing is due at rest until then, of the monotonic clock."""
    gone: set[SegmentId] = field(default_factory=set)
    """Segments whose audio was found to be gone: there is nothing to try."""

    def due_s(self, state: State, segment_id: SegmentId) -> float:
        """By the interview's own time. `inf`: it was tried often enough."""
        if segment_id in self.gone:
            return float("inf")
        tries = late_tries.of(state.late_tries, segment_id)
        if tries is None:
            return float("-inf")
        if tries.times > len(RETRY_S):
            return float("inf")
        waits_s = RETRY_S[tries.times - 1]
        return float("-inf") if tries.since_s is None else tries.since_s + waits_s

    def next_due_s(self, state: State) -> float:
        """Of all segments. `inf`: each is written down or was tried often enough."""
        waiting = open_segments(state)
        return min((self.due_s(state, s.segment_id) for s in waiting), default=float("inf"))


class RetranscriptionQueue:
    """`run` until it is cancelled; one per process. Several servers share the work by leases."""

    def __init__(
        self, services: Services, registry: Registry, stopping: Callable[[], bool]
    ) -> None:
        """`stopping`: this server is about to stop, and begins nothing new."""
        self.counters: Counter[str] = Counter()
        self._services = services
        self._registry = registry
        self._stopping = stopping
        self._known: dict[str, _Known] = {}
        self._current = OneAtATime()

    async def run(self) -> None:
        wait_s = EVERY_S
        while True:
            await asyncio.sleep(wait_s)
            wait_s = EVERY_S if self._idle() else WHILE_BUSY_S
            try:
                await self.look()
            except StoreUnavailable:
                continue  # it is looked at again
            except Exception as error:  # nobody else would begin again
                logger.exception("late words: %s", type(error).__name__)

    async def look(self) -> None:
        """Once over everything that has audio."""
        if not self._idle():
            return
        for interview_id in await self._services.spool.interviews():
            if not self._idle():
                return
            await self._guarded(interview_id)

    def forget(self, interview_id: str) -> None:
        """It is erased: nothing of it may be decoded or written any more."""
        self._known.pop(interview_id, None)
        self._current.forget(interview_id)

    async def give_way(self, interview_id: str) -> None:
        """It is about to be opened here: its lease is given back first."""
        await self._current.give_way(interview_id)

    def _idle(self) -> bool:
        stt = self._services.stt.status()
        busy = stt.queued or stt.running or stt.saturated
        return stt.workers_ready > 0 and not busy and not self._stopping()

    async def _guarded(self, interview_id: str) -> None:
        """A failure costs this interview its turn, and the others nothing."""
        tries = SecondTry(interview_id, self._services.stt)
        error = await self._current.run(interview_id, self._one(interview_id, tries), tries)
        if error is None:
            return
        known = self._of(interview_id)
        known.not_before_s = time.monotonic() + (
            ELSEWHERE_S if isinstance(error, SomebodyHasIt) else RECHECK_S
        )
        if not isinstance(error, CannotTranscribeLater | UnknownInterview | TimeoutError):
            logger.error("late words: %s", Public(type(error).__name__), exc_info=error)

    async def _one(self, interview_id: str, tries: SecondTry) -> None:
        session = self._registry.get(interview_id)
        async with asyncio.timeout(LONGEST_S):
            if session is not None:
                with session.inbox.expecting():
                    await self._in_session(session, tries)
            elif not self._registry.in_use(interview_id):
                await self._at_rest(interview_id, tries)

    # --- open here ---

    async def _in_session(self, session: LiveSession, tries: SecondTry) -> None:
        """While it goes on: its owner writes what is handed in by the inbox."""
        interview_id, services = session.interview_id, self._services
        known = self._of(interview_id)
        known.not_before_s = 0.0
        kept: KeptAudio | None = None
        for segment in open_segments(session.state):
            segment_id = segment.segment_id
            if known.due_s(session.state, segment_id) > session.clock.now_s():
                continue
            harmless = late_tries.harmless(session.state.late_tries, segment)
            if not harmless and not _is_quiet(session):
                continue
            if not self._idle() or session.done.is_set():
                return
            kept = kept or await KeptAudio.read(interview_id, services.spool, services.blobs)
            pcm = await kept.of(session.state, segment)
            if pcm.size:
                await session.ask(inp.LateTry(segment_id, "begun"))
                if session.journal.trouble:
                    return  # a try that nobody could count is none
            answer = await tries.ask(session.state.spec, segment, pcm)
            if session.done.is_set():
                return  # whoever has it now tries again
            for input_ in what_to_write(segment_id, answer):
                await session.ask(input_)
            self._came(known, session.state, segment_id, answer)

    # --- at rest ---

    async def _at_rest(self, interview_id: str, tries: SecondTry) -> None:
        services, known = self._services, self._of(interview_id)
        if time.monotonic() < known.not_before_s:
            return
        row = await services.log.row(interview_id)
        if row is None or row.damage or row.status in LIVE:
            known.not_before_s = time.monotonic() + ELSEWHERE_S
            return
        state = (await fold(services.log, interview_id)).state
        if state.connected:
            # On another server; or its process died, and who opens it finds what else is owed.
            known.not_before_s = time.monotonic() + ELSEWHERE_S
            return
        wait_s = known.next_due_s(state) - wall_s(services.clock)
        if wait_s > 0:
            known.not_before_s = time.monotonic() + min(wait_s, RECHECK_S)
            return
        late = await transcribe_later(
            interview_id,
            log=services.log,
            spool=services.spool,
            blobs=services.blobs,
            stt=services.stt,
            clock=services.clock,
            settings=services.settings,
            at_once=1,
            goes_on=self._idle,
            only=lambda now, id_: known.due_s(now, id_) <= wall_s(services.clock),
            tidies=partial(self._is_heard_out, interview_id),
            on_answer=partial(self._came, known),
            tries=tries,
        )
        if late.written:
            logger.info("interview %s: %d segments written down later", interview_id, late.written)

    def _is_heard_out(self, interview_id: str, state: State) -> bool:
        """Also for the record, which tidies up after itself."""
        waits = self._services.keeps_for_record(state) and record.held(state)
        return not waits and self._registry.heard_out.of(interview_id, state)

    # --- what came ---

    def _came(self, known: _Known, state: State, segment_id: SegmentId, answer: Answer) -> None:
        """`state`: after it."""
        if isinstance(answer, inp.HeardAgain):
            self.counters["late_words"] += 1
            return
        if answer is AUDIO_GONE:
            known.gone.add(segment_id)
        self.counters["late_words_failed"] += 1
        self.counters["late_words_left"] += known.due_s(state, segment_id) == float("inf")

    def _of(self, interview_id: str) -> _Known:
        if interview_id not in self._known and len(self._known) >= MAX_REMEMBERED:
            self._known.pop(next(iter(self._known)))
        return self._known.setdefault(interview_id, _Known())


def _is_quiet(session: LiveSession) -> bool:
    """It is over, or waits for a candidate who will not be back soon."""
    status = session.state.status
    return status in TERMINAL or (status is Status.PARKED and session.connection is None)
