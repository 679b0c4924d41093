"""The sound of what an interview will say, made when it is created and not when it is due.

One text at a time, after everything that somebody waits for, with rests between; interviews whose
link was opened come before those that were only created. What is there already is made by nobody
again. A queue that is full, a restart, a voice that rests, a disk that takes nothing, or a cache
that had to make room cost nothing but time: what is missing is made when the link is opened, and
else when it is due.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable

from media_server.interview.phrases import fixed_phrases, is_fixed
from media_server.interview.spec import InterviewSpec
from media_server.interview.spoken_texts import locale_of, spoken_texts
from media_server.interview.status import TERMINAL
from media_server.live.registry import Registry
from media_server.live.services import Services
from media_server.ports import Public, Refused

logger = logging.getLogger(__name__)

MAX_WAITING = 2_000
"""Ids of interviews; one more is left to its link's opening."""
MAX_REMEMBERED = 4_096
REST_SHARE = 1.0
"""Of the time that a text took: the voice's process shares its core with others."""
REST_SHARE_IN_CALLS = 4.0
TEXT_DEADLINE_S = 120.0
"""Others are spoken before it, so it may wait; then it is left to the moment when it is due."""


class SpeechAhead:
    """`run` as a task that is cancelled at the end."""

    def __init__(self, services: Services, registry: Registry, in_call: Callable[[], int]) -> None:
        """`in_call`: how many candidates are in a call here."""
        self._services = services
        self._registry = registry
        self._in_call = in_call
        self._opened: OrderedDict[str, None] = OrderedDict()
        self._created: OrderedDict[str, None] = OrderedDict()
        self._done: OrderedDict[str, None] = OrderedDict()
        self._current = ""
        self._gives_way = True
        """Nobody has opened the link of the current one."""
        self._some = asyncio.Event()

    @property
    def waiting(self) -> int:
        return len(self._opened) + len(self._created)

    def created(self, interview_id: str) -> None:
        """Returns at once, whatever waits."""
        queued = interview_id == self._current or interview_id in self._opened
        if not queued and interview_id not in self._done:
            self._add(self._created, interview_id)

    def opened(self, interview_id: str) -> None:
        """Its candidate is there: it comes before those that nobody has opened. Also where all was
        made once: the cache may have lost some of it since."""
        self._done.pop(interview_id, None)
        if interview_id == self._current:
            self._gives_way = False
        else:
            self._created.pop(interview_id, None)
            self._add(self._opened, interview_id)

    def forget(self, interview_id: str) -> None:
        """It is erased."""
        for queue in (self._opened, self._created, self._done):
            queue.pop(interview_id, None)
        if interview_id == self._current:
            self._current = ""

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._some.wait()
            if not self.waiting:
                self._some.clear()
                continue
            self._gives_way = not self._opened
            interview_id, _ = (self._opened or self._created).popitem(last=False)
            self._current = interview_id
            try:
                if not await self._all_of(interview_id):
                    self._created[interview_id] = None
                    self._created.move_to_end(interview_id, last=False)
            except Refused:  # erased, damaged, or the store is away
                continue
            except Exception as error:
                what = type(error).__name__
                logger.error("speech ahead failed: %s", Public(what), exc_info=error)
            finally:
                self._current = ""

    def _add(self, queue: OrderedDict[str, None], interview_id: str) -> None:
        if not self._services.settings.speech_ahead or interview_id in queue:
            return
        if self.waiting >= MAX_WAITING:
            if not self._created or queue is self._created:
                return
            self._created.popitem()
        queue[interview_id] = None
        self._some.set()

    async def _all_of(self, interview_id: str) -> bool:
        """False: somebody has come whose texts are made first. Raises Refused."""
        state = await self._registry.state(interview_id)
        if state.status in TERMINAL:
            return True
        whole = True
        for text in (*spoken_texts(state.spec), *fixed_phrases(state.spec.candidate.locale)):
            if self._current != interview_id:
                return True  # erased meanwhile
            if self._gives_way and self._opened:
                return False
            whole &= await self._text(interview_id, state.spec, text)
        if whole:
            self._done[interview_id] = None
            while len(self._done) > MAX_REMEMBERED:
                self._done.popitem(last=False)
        return True

    async def _text(self, interview_id: str, spec: InterviewSpec, text: str) -> bool:
        began_s = time.monotonic()
        try:
            async with asyncio.timeout(TEXT_DEADLINE_S):
                there = await self._services.tts.prepare(
                    text,
                    locale=locale_of(spec, text),
                    interview_id="" if is_fixed(text) else interview_id,
                )
        except TimeoutError:
            there = False
        took_s = time.monotonic() - began_s
        await asyncio.sleep(took_s * (REST_SHARE_IN_CALLS if self._in_call() else REST_SHARE))
        return there
