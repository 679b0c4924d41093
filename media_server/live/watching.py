"""Following one interview: its public events from the log, wherever it is live, and its words.

The log is asked again and again, every POLL_S: whichever server writes it, an event is passed on
within a second of standing there, in its order, once. A reader that comes back goes on after the
last one it had.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from media_server.interview.result import iso
from media_server.interview.state import State
from media_server.interview.status import TERMINAL
from media_server.live.registry import Registry
from media_server.live.result_standing import ResultStanding
from media_server.live.services import Services
from media_server.live.watch_hub import Ear, WatchHub
from media_server.ports import DamagedInterview, Public, Refused, StoreUnavailable
from media_server.ports.live_events import LiveEvent
from media_server.wall_clock import wall_s
from media_server.webhooks import events as public

if TYPE_CHECKING:
    from media_server.ports import LogEntry

logger = logging.getLogger(__name__)

POLL_S = 0.5
EXISTS_S = 3.0
"""How often a log that says nothing is asked whether it is there at all."""
PAGE = 200
FINAL = "-final"
"""Ends the id of the last event: whoever brings it back has had everything."""
END = "end"


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
    return InterviewWatch(services, registry, interview_id, state, after_seq=seq, ear=ear)


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
        ear: Ear | None,
    ) -> None:
        self._services = services
        self._registry = registry
        self._hub: WatchHub = services.watching
        self._interview_id = interview_id
        self._external_id = state.spec.candidate.external_id
        self._status = state.status.value
        self._over = state.status in TERMINAL
        self._seq = after_seq
        self._ear = ear
        self._words_here: bool | None = None
        self._finished = self._closed = False
        self._poll_s = 0.0
        """On `time.monotonic`, when the log is asked next."""
        self._exists_s = time.monotonic() + EXISTS_S
        self._standing = ResultStanding(services, registry)
        self._final_s = 0.0
        """When it is asked next whether the result is final; at once after news in the log."""
        if ear is not None:
            self._hub.join(ear, registry.get(interview_id))

    def close(self) -> None:
        self._closed = True
        if self._ear is not None:
            self._hub.leave(self._ear, self._registry.get)

    async def next(self, timeout_s: float) -> tuple[LiveEvent, ...] | None:
        end_s = time.monotonic() + timeout_s
        while not (self._finished or self._closed or self._hub.closed):
            if self._ear is not None and self._ear.too_slow:
                logger.info("a watcher of %s read too slowly, cut off", self._interview_id)
                return None
            # Both are asked before either is answered: the log and the ear keep each its order.
            found = await self._from_log() + self._from_ear()
            if found:
                return found
            now_s = time.monotonic()
            if now_s >= end_s:
                return ()
            await self._news(min(end_s, self._poll_s) - now_s)
        return None

    async def _news(self, timeout_s: float) -> None:
        news = self._ear.news if self._ear is not None else self._hub.closing
        try:
            async with asyncio.timeout(max(0.01, timeout_s)):
                await news.wait()
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

    async def _from_log(self) -> tuple[LiveEvent, ...]:
        now_s = time.monotonic()
        if now_s < self._poll_s:
            return ()
        self._poll_s = now_s + POLL_S
        try:
            entries = await self._services.log.read(
                self._interview_id, after_seq=self._seq, limit=PAGE
            )
            if entries:
                self._poll_s = now_s if len(entries) == PAGE else self._poll_s
                return self._told(entries)
            if self._over and now_s >= self._final_s:
                return await self._final(now_s)
            if now_s >= self._exists_s:
                self._exists_s = now_s + EXISTS_S
                if await self._services.log.row(self._interview_id) is None:
                    return self._deleted()
        except StoreUnavailable:
            return ()  # asked again; the heartbeat goes on meanwhile
        except (Refused, DamagedInterview) as error:
            return self._broken(error)
        return ()

    def _told(self, entries: tuple[LogEntry, ...]) -> tuple[LiveEvent, ...]:
        found: list[LiveEvent] = []
        self._final_s = 0.0
        for entry in entries:
            self._seq = entry.seq
            told = public.public_events(self._interview_id, entry, external_id=self._external_id)
            found += [_live(event, str(event.seq)) for event in told]
            if entry.type == "ended":
                self._over, self._status = True, str(entry.data.get("status", self._status))
        return tuple(found)

    async def _final(self, now_s: float) -> tuple[LiveEvent, ...]:
        """The interview is over; is its result final? What webhooks go by says so."""
        wait_s = await self._standing.settled(self._interview_id)
        if wait_s is not None:
            self._final_s = now_s + wait_s
            return ()
        state = await self._registry.state(self._interview_id)  # refused: damaged, or gone
        self._finished = True
        ready = public.transcript_ready(
            self._interview_id,
            at_s=wall_s(self._services.clock),
            status=state.status.value,
            external_id=self._external_id,
        )
        # One id for both: a reader that had only the first of them has had everything.
        event_id = f"{self._seq}{FINAL}"
        end = {"interview": self._interview_id, "status": state.status.value}
        return _live(ready, event_id), LiveEvent(END, end, event_id)

    def _deleted(self) -> tuple[LiveEvent, ...]:
        self._finished = True
        gone = public.deleted(self._interview_id, at_s=wall_s(self._services.clock))
        end = {"interview": self._interview_id, "status": "deleted"}
        return _live(gone, ""), LiveEvent(END, end)

    def _broken(self, error: Exception) -> tuple[LiveEvent, ...]:
        if isinstance(error, Refused) and error.status == 503:
            return ()
        if isinstance(error, Refused) and error.code == "unknown_interview":
            return self._deleted()
        self._finished = True
        logger.error("a stream of events broke off: %s", Public(type(error).__name__))
        detail = "The log of this interview cannot be read; GET its result for what is known"
        return (LiveEvent("error", {"code": "damaged", "detail": detail}),)


def _live(event: public.PublicEvent, event_id: str) -> LiveEvent:
    data = {"interview": event.interview_id, **event.data}
    body = {"type": event.type, "timestamp": iso(event.at_s), "data": data}
    return LiveEvent(event.type, body, event_id)
