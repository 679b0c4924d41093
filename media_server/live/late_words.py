"""Segments that were given up, written down by the server itself when its recogniser has nothing
else to do.

Only interviews that are over and that nobody has open: a candidate who comes back never waits for
a lease. One segment at a time, and none while anything else waits or runs; each interview is tried
a few times, further and further apart. The event it appends folds after the end.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from media_server.interview.events import TERMINAL
from media_server.live.late import CannotTranscribeLater, fold, open_segments, transcribe_later
from media_server.live.rooms import Rooms
from media_server.ports import Public, StoreUnavailable, UnknownInterview

logger = logging.getLogger(__name__)

EVERY_S = 30.0
RETRY_S = (60.0, 900.0, 4 * 3600.0)
"""After the first try that left something, the second, the third; then it is left to
`media-server transcribe`."""
LONGEST_S = 600.0
"""For one interview: afterwards others have their turn."""
MAX_REMEMBERED = 4096


@dataclass(slots=True)
class _Tried:
    times: int = 0
    not_before_s: float = 0.0


class LateWords:
    """`run` until it is cancelled; one per process. Several servers share the work by leases."""

    def __init__(self, rooms: Rooms, is_open: Callable[[str], bool]) -> None:
        """`is_open`: this server has the interview open, or is about to stop."""
        self.counters: Counter[str] = Counter()
        self._rooms = rooms
        self._is_open = is_open
        self._tried: dict[str, _Tried] = {}
        self._current: tuple[str, asyncio.Task[None]] | None = None

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.look()
            except StoreUnavailable:
                continue  # it is looked at again
            except Exception as error:  # nobody else would begin anew
                logger.exception("late words: %s", type(error).__name__)

    async def look(self) -> None:
        """Once over everything that has audio and is at rest."""
        if not self._idle():
            return
        for interview_id in await self._rooms.spool.interviews():
            if not self._idle():
                return
            if self._due(interview_id) and not self._is_open(interview_id):
                await self._guarded(interview_id)

    def forget(self, interview_id: str) -> None:
        """It is erased: nothing of it may be decoded or written any more."""
        self._tried.pop(interview_id, None)
        if self._current is not None and self._current[0] == interview_id:
            self._current[1].cancel()

    def _idle(self) -> bool:
        stt = self._rooms.stt.status()
        return stt.workers_ready > 0 and not (stt.queued or stt.running or stt.saturated)

    def _due(self, interview_id: str) -> bool:
        tried = self._tried.get(interview_id)
        return tried is None or time.monotonic() >= tried.not_before_s

    async def _guarded(self, interview_id: str) -> None:
        """As a task of its own, which `forget` may end."""
        task = asyncio.create_task(self._write_down(interview_id), name="late words of one")
        self._current = interview_id, task
        try:
            await asyncio.wait({task})
        finally:
            self._current = None
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled() and (error := task.exception()) is not None:
            if isinstance(error, StoreUnavailable):
                raise error
            self._put_off(interview_id)
            if not isinstance(error, CannotTranscribeLater | UnknownInterview | TimeoutError):
                logger.error("late words: %s", Public(type(error).__name__), exc_info=error)

    async def _write_down(self, interview_id: str) -> None:
        rooms = self._rooms
        row = await rooms.log.row(interview_id)
        if row is None or row.status not in TERMINAL:
            return
        state, _ = await fold(rooms.log, interview_id)
        if not open_segments(state):
            self._put_off(interview_id, for_good=True)
            return
        async with asyncio.timeout(LONGEST_S):
            late = await transcribe_later(
                interview_id,
                log=rooms.log,
                spool=rooms.spool,
                recordings=rooms.recordings,
                stt=rooms.stt,
                clock=rooms.clock,
                settings=rooms.settings,
                at_once=1,
                goes_on=self._idle,
            )
        self.counters["late_words"] += late.written
        if late.failed:
            self._put_off(interview_id)
        if late.written:
            logger.info("interview %s: %d segments written down later", interview_id, late.written)

    def _put_off(self, interview_id: str, *, for_good: bool = False) -> None:
        if len(self._tried) >= MAX_REMEMBERED:
            self._tried.pop(next(iter(self._tried)))
        tried = self._tried.setdefault(interview_id, _Tried())
        over = for_good or tried.times >= len(RETRY_S)
        wait_s = float("inf") if over else RETRY_S[tried.times]
        tried.times += 1
        tried.not_before_s = time.monotonic() + wait_s
