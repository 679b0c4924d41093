"""The public events of an interview, read from its log once for everybody who follows it here.

The log is asked again and again, every POLL_S, by one task for each interview that is followed on
this server, however many follow it: whichever server writes it, an event is passed on within a
second of standing there, in its order, once.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from typing import TYPE_CHECKING

from media_server.interview.result import iso
from media_server.interview.status import TERMINAL
from media_server.live.feeds import Follower
from media_server.live.result_standing import ResultStanding
from media_server.ports import DamagedInterview, Public, Refused, StoreUnavailable
from media_server.ports.live_events import LiveEvent
from media_server.wall_clock import wall_s
from media_server.webhooks import events as public

if TYPE_CHECKING:
    from media_server.interview.state import State
    from media_server.live.registry import Registry
    from media_server.live.services import Services
    from media_server.ports import LogEntry

logger = logging.getLogger(__name__)

POLL_S = 0.5
EXISTS_S = 3.0
"""How often a log that says nothing is asked whether it is there at all."""
PAGE = 200
FINAL = "-final"
"""Ends the id of the last event: whoever brings it back has had everything."""
END = "end"
_LAST = sys.maxsize
"""In place of an entry's number: after all of them."""


class LogFeed:
    """Of one interview; implements `feeds.Feed`."""

    def __init__(
        self, services: Services, registry: Registry, interview_id: str, state: State, *, head: int
    ) -> None:
        """`head`: the last entry that it does not tell; its followers read that far themselves."""
        self._services = services
        self._registry = registry
        self._interview_id = interview_id
        self._external_id = state.spec.candidate.external_id
        self._over = state.status in TERMINAL
        self._head = head
        self._exists_s = time.monotonic() + EXISTS_S
        self._standing = ResultStanding(services, registry)
        self._final_s = 0.0
        """On `time.monotonic`, when it is asked next whether the result is final; at once after
        news in the log."""
        self._finished = False
        self.followers: set[Follower] = set()

    async def run(self, closing: asyncio.Event) -> None:
        while self.followers and not closing.is_set():
            more = await self._look()
            if self._finished:
                return  # at once: who came now would not be told the end
            if more:
                continue  # a whole page: there may be more
            try:
                async with asyncio.timeout(POLL_S):
                    await closing.wait()
            except TimeoutError:
                pass

    def end(self) -> None:
        """It runs no more."""
        for follower in self.followers:
            follower.over = True
            follower.news.set()

    def past(self, entries: tuple[LogEntry, ...]) -> tuple[LiveEvent, ...]:
        """What these entries tell, for a follower that reads what was before it came."""
        return tuple(event for entry in entries for event in self._told(entry))

    def broken(self, error: Exception) -> tuple[LiveEvent, ...]:
        """What a log that cannot be read tells; (): it may be read later."""
        if isinstance(error, Refused) and error.status == 503:
            return ()
        if isinstance(error, Refused) and error.code == "unknown_interview":
            return self._deleted()
        logger.error("a stream of events broke off: %s", Public(type(error).__name__))
        detail = "The log of this interview cannot be read; GET its result for what is known"
        return (LiveEvent("error", {"code": "damaged", "detail": detail}),)

    async def _look(self) -> bool:
        """Whether there may be more at once."""
        try:
            return await self._read()
        except StoreUnavailable:
            return False  # asked again; the heartbeats go on meanwhile
        except (Refused, DamagedInterview) as error:
            self._last(self.broken(error))
            return False

    async def _read(self) -> bool:
        now_s = time.monotonic()
        log = self._services.log
        entries = await log.read(self._interview_id, after_seq=self._head, limit=PAGE)
        for entry in entries:
            self._head = entry.seq
            self._over = self._over or entry.type == "ended"
            self._tell(self._told(entry))
        if entries:
            self._final_s = 0.0
            return len(entries) == PAGE
        if self._over and now_s >= self._final_s:
            await self._ask_whether_final(now_s)
        elif now_s >= self._exists_s:
            self._exists_s = now_s + EXISTS_S
            if await log.row(self._interview_id) is None:
                self._last(self._deleted())
        return False

    async def _ask_whether_final(self, now_s: float) -> None:
        """The interview is over; is its result final? What webhooks go by says so."""
        wait_s = await self._standing.settled(self._interview_id)
        if wait_s is not None:
            self._final_s = now_s + wait_s
            return
        state = await self._registry.state(self._interview_id)  # refused: damaged, or gone
        ready = public.transcript_ready(
            self._interview_id,
            at_s=wall_s(self._services.clock),
            status=state.status.value,
            external_id=self._external_id,
        )
        # One id for both: a reader that had only the first of them has had everything.
        event_id = f"{self._head}{FINAL}"
        end = {"interview": self._interview_id, "status": state.status.value}
        self._last((_live(ready, event_id), LiveEvent(END, end, event_id)))

    def _told(self, entry: LogEntry) -> tuple[LiveEvent, ...]:
        told = public.public_events(self._interview_id, entry, external_id=self._external_id)
        return tuple(_live(event, str(event.seq)) for event in told)

    def _deleted(self) -> tuple[LiveEvent, ...]:
        gone = public.deleted(self._interview_id, at_s=wall_s(self._services.clock))
        end = {"interview": self._interview_id, "status": "deleted"}
        return _live(gone, ""), LiveEvent(END, end)

    def _tell(self, events: tuple[LiveEvent, ...]) -> None:
        if events:
            for follower in self.followers:
                follower.tell(self._head, events)

    def _last(self, events: tuple[LiveEvent, ...]) -> None:
        """After these nothing comes; none: the store says nothing now."""
        if events:
            self._finished = True
            for follower in self.followers:
                follower.tell(_LAST, events)


def _live(event: public.PublicEvent, event_id: str) -> LiveEvent:
    data = {"interview": event.interview_id, **event.data}
    body = {"type": event.type, "timestamp": iso(event.at_s), "data": data}
    return LiveEvent(event.type, body, event_id)
