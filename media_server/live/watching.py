"""Following one interview: its public events from the log, wherever it is live, and its words.

What stood in the log before a reader came it reads itself; what comes then the feed tells
that all readers of the interview share (log_feed.py). A reader that comes back goes on after the
last event it had.
"""

from __future__ import annotations

import asyncio
import logging
import time

from media_server.interview.state import State
from media_server.interview.status import TERMINAL
from media_server.live.log_feed import FINAL, PAGE, POLL_S, LogFeed
from media_server.live.registry import Registry
from media_server.live.services import Services
from media_server.live.watch_hub import Ear, WatchHub
from media_server.ports import DamagedInterview, Refused, StoreUnavailable
from media_server.ports.live_events import LiveEvent

logger = logging.getLogger(__name__)


async def open_watch(
    services: Services,
    registry: Registry,
    interview_id: str,
    *,
    after_id: str,
    words_by: str | None,
) -> InterviewWatch | None:
    """None: the reader has had everything. Raises Refused: 403 where nobody may follow the words,
    409 where they are on another server, 400 for an id that no event had."""
    row = await registry.sound_row(interview_id)
    state = await registry.state(interview_id)
    seq, is_final = int(after_id.removesuffix(FINAL) or 0), after_id.endswith(FINAL)
    if is_final and row.status in TERMINAL:
        return None
    if seq > row.version:
        detail = "No event of this interview has this id: leave Last-Event-ID out for all of them"
        raise Refused(400, "unknown_event", detail)
    ear = None
    if words_by is not None:
        _require_words(registry, interview_id, state)
        ear = Ear(interview_id, words_by)
    return InterviewWatch(
        services, registry, interview_id, state, after_seq=seq, head=row.version, ear=ear
    )


def _require_words(registry: Registry, interview_id: str, state: State) -> None:
    if not state.spec.watching:
        raise Refused(
            403,
            "watching_not_agreed",
            "Its candidate was not told that people may follow the words. Follow it without"
            " include=words, or create the interview with watching: true",
        )
    if state.connected and not registry.in_call(interview_id):
        raise Refused(
            409,
            "live_elsewhere",
            "Another server has this interview's call, and words leave no server but that one."
            " Try again there, or follow it without include=words",
            retry_after_s=2,
        )


class InterviewWatch:
    """Implements `ports.live_events.Watch`."""

    def __init__(
        self,
        services: Services,
        registry: Registry,
        interview_id: str,
        state: State,
        *,
        after_seq: int,
        head: int,
        ear: Ear | None,
    ) -> None:
        self._services = services
        self._registry = registry
        self._hub: WatchHub = services.watching
        self._interview_id = interview_id
        self._seq = after_seq
        self._ear = ear
        self._words_here: bool | None = None
        self._finished = self._closed = False
        self._news = ear.news if ear is not None else asyncio.Event()
        self._feed, self._follower = self._hub.feeds.follow(
            interview_id,
            self._news,
            lambda: LogFeed(services, registry, interview_id, state, head=head),
        )
        self._behind = True
        """What stood in the log when it came is not read yet."""
        self._again_s = 0.0
        """On `time.monotonic`, when a store that did not answer is asked again."""
        if ear is not None:
            self._hub.join(ear, registry.get(interview_id))

    def close(self) -> None:
        self._closed = True
        self._feed.followers.discard(self._follower)
        self._news.set()
        if self._ear is not None:
            self._hub.leave(self._ear, self._registry.get)

    async def next(self, timeout_s: float) -> tuple[LiveEvent, ...] | None:
        end_s = time.monotonic() + timeout_s
        while not (self._finished or self._closed or self._hub.closed):
            if self._ear is not None and self._ear.too_slow:
                break
            past = await self._from_past() if self._behind else ()
            # No await between these two: the log and the ear keep each its order.
            found = past + self._from_feed() + self._from_ear()
            if found:
                return found
            if self._follower.too_slow:
                break
            now_s = time.monotonic()
            if now_s >= end_s:
                return ()
            if not self._finished:
                await self._wait((min(end_s, self._again_s) if self._behind else end_s) - now_s)
        if self._follower.too_slow or (self._ear is not None and self._ear.too_slow):
            logger.info("a watcher of %s read too slowly, cut off", self._interview_id)
        return None

    async def _wait(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(max(0.01, timeout_s)):
                await self._news.wait()
        except TimeoutError:
            return

    # --- words ---

    def _from_ear(self) -> tuple[LiveEvent, ...]:
        ear = self._ear
        if ear is None:
            return ()
        heard = ear.take()
        here = self._registry.in_call(self._interview_id)
        if here == self._words_here:
            return heard
        self._words_here = here
        return (*heard, LiveEvent("words.available", {"available": here}))

    # --- the log ---

    def _from_feed(self) -> tuple[LiveEvent, ...]:
        self._news.clear()
        if self._behind:
            return ()
        found = self._follower.take(self._seq)
        # A feed that has ended tells nothing more: neither what was cut off, nor an end.
        self._finished = self._follower.over
        return found

    async def _from_past(self) -> tuple[LiveEvent, ...]:
        """All events up to the end of the log, page by page; what comes from then on waits at the
        feed. Of an entry that both tell, the feed's is left out."""
        if time.monotonic() < self._again_s:
            return ()
        try:
            while self._behind:
                entries = await self._services.log.read(
                    self._interview_id, after_seq=self._seq, limit=PAGE
                )
                self._behind = len(entries) == PAGE
                if entries:
                    self._seq = entries[-1].seq
                if found := self._feed.past(entries):
                    return found
        except StoreUnavailable:
            self._again_s = time.monotonic() + POLL_S
        except (Refused, DamagedInterview) as error:
            found = self._feed.broken(error)
            self._finished = bool(found)
            self._again_s = time.monotonic() + POLL_S
            return found
        return ()
