"""Reads what is new in the logs and makes deliveries of it.

An append writes its place in the outbox with it. Here the entries are read, turned into events, and
handed over as deliveries in one step with the place that was read: a crash before that step reads
the same again, one after it finds the deliveries. Their ids follow from the events, so doing it
twice, here or on another server, changes nothing.

That a result is final stands in no entry: words come late, a candidate may correct them, and time
alone ends that. So an interview that is over is watched, durably, until it is (`settled`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from media_server.ports import DEFAULT_TENANT, DamagedInterview, EventLog, InterviewRow, LogEntry
from media_server.ports.deliveries import Deliveries, Delivery, Unread
from media_server.webhooks.endpoint import WebhookEndpoint
from media_server.webhooks.events import (
    DELETED,
    ENDINGS,
    EVALUATION_FAILED,
    EVALUATION_READY,
    TRANSCRIPT_READY,
    UPDATED,
    PublicEvent,
    deleted,
    delivery_id,
    public_events,
    transcript_ready,
    updated,
)
from media_server.webhooks.own_urls import OwnUrls

logger = logging.getLogger(__name__)

INTERVIEWS_AT_ONCE = 50
ENTRIES_AT_ONCE = 500
LOOK_AGAIN_S = 60.0
"""After something went wrong with an interview that is watched."""

_AFTER_THE_WORDS = frozenset({EVALUATION_READY, EVALUATION_FAILED})

Settled = Callable[[str], Awaitable[float | None]]
"""Of an interview that is over: None when its result is final, else seconds until to look again."""
EndpointsOf = Callable[[str], Sequence[WebhookEndpoint]]
"""Those of a tenant."""
Wants = Callable[[str], bool]
"""Whether events of this type are sent."""


class Relay:
    """`step` again and again. Several servers may do so at once."""

    def __init__(
        self,
        log: EventLog,
        deliveries: Deliveries,
        endpoints_of: EndpointsOf,
        settled: Settled,
        wall_s: Callable[[], float],
        *,
        public_url: str = "",
        own: OwnUrls | None = None,
    ) -> None:
        """`public_url`: put before the paths in an event's links, which are relative without it.
        `own`: the URLs that interviews bring with them."""
        self._log = log
        self._deliveries = deliveries
        self._endpoints_of = endpoints_of
        self._settled = settled
        self._wall_s = wall_s
        self._base = public_url.rstrip("/")
        self._own = own
        self.unreadable = 0
        """Interviews whose log was damaged where an event may have been."""

    async def step(self) -> bool:
        """Read some of what is new, and look at some of what is watched. Whether there was
        anything. Raises StoreUnavailable."""
        unread = await self._deliveries.unread(INTERVIEWS_AT_ONCE)
        # At once, so that the store writes them in one go.
        read = await _all(self._read(one) for one in unread)
        watched = await self._deliveries.watched(INTERVIEWS_AT_ONCE)
        await _all(self._look(interview_id) for interview_id in watched)
        return any(read) or bool(watched)

    async def _read(self, one: Unread) -> bool:
        """False: there is nothing to be read of it."""
        if one.first_seq == 0:
            gone = deleted(one.interview_id, at_s=one.at_s)
            tenant = one.tenant or DEFAULT_TENANT
            to = await self._endpoints(tenant, None, one.interview_id)
            await self._hand_over(one.interview_id, 0, tenant, to, [gone], None, if_unread=False)
            return True
        row = await self._log.row(one.interview_id)
        if row is None:
            return False  # erased a moment ago, which stands in the outbox by now
        to = await self._endpoints(row.tenant, row, row.interview_id)
        if not to:
            await self._deliveries.hand_over(
                one.interview_id, through_seq=row.version, deliveries=(), watch_s="as_it_was"
            )
            return True
        entries, through = await self._entries(one, row)
        known = external_id(row)
        events = [
            event
            for entry in entries
            for event in public_events(one.interview_id, entry, external_id=known)
        ]
        watch_s: float | Literal["as_it_was"] | None = "as_it_was"
        # Once: its end begins it, and nothing that comes after it was final.
        if one.watched or any(entry.type == "ended" for entry in entries):
            ready, watch_s = await self._standing(row, _status(row, entries))
            # What follows from the final words comes after them.
            follows = [event for event in events if event.type in _AFTER_THE_WORDS]
            events = [*(event for event in events if event not in follows), *ready, *follows]
        elif row.status in ENDINGS:
            later = updated(row.interview_id, entries, status=row.status, external_id=known)
            events += [] if later is None else [later]
        # Of two servers the later would tell the same words once more, by an older revision.
        await self._hand_over(
            one.interview_id, through, row.tenant, to, events, watch_s, if_unread=True
        )
        return True

    async def _entries(self, one: Unread, row: InterviewRow) -> tuple[Sequence[LogEntry], int]:
        """All that is new, and up to where: one append may be longer than a page, as when an owner
        writes back what its store has lost. What cannot be read is passed over: it stays so."""
        entries: list[LogEntry] = []
        through = one.first_seq - 1
        try:
            while through < row.version and (
                page := await self._log.read(
                    one.interview_id, after_seq=through, limit=ENTRIES_AT_ONCE
                )
            ):
                entries += page
                through = page[-1].seq
        except DamagedInterview as error:
            self.unreadable += 1
            interview_id = one.interview_id
            logger.error("webhooks: interview %s: %s", interview_id, error)
            return (), row.version
        return entries, max(through, row.version)

    async def _look(self, interview_id: str) -> bool:
        row = await self._log.row(interview_id)
        if row is None:
            return False
        ready, watch_s = await self._standing(row, row.status)
        # Everything was read before it was watched; of the log this says nothing.
        to = await self._endpoints(row.tenant, row, interview_id)
        await self._hand_over(interview_id, 1, row.tenant, to, ready, watch_s, if_unread=False)
        return True

    async def _standing(
        self, row: InterviewRow, status: str
    ) -> tuple[list[PublicEvent], float | None]:
        """The event that its result is final, or when to look again."""
        try:
            watch_s = await self._settled(row.interview_id)
        except DamagedInterview as error:
            logger.error("webhooks: interview %s: %s", row.interview_id, error)
            return [], LOOK_AGAIN_S
        if watch_s is not None:
            return [], watch_s
        ready = transcript_ready(
            row.interview_id, at_s=self._wall_s(), status=status, external_id=external_id(row)
        )
        return [ready], None

    async def _hand_over(
        self,
        interview_id: str,
        through_seq: int,
        tenant: str,
        to: Iterable[tuple[str, Wants]],
        events: Iterable[PublicEvent],
        watch_s: float | Literal["as_it_was"] | None,
        *,
        if_unread: bool,
    ) -> None:
        await self._deliveries.hand_over(
            interview_id,
            through_seq=through_seq,
            deliveries=[
                self._delivery(event, tenant, endpoint)
                for event in events
                for endpoint, wants in to
                if wants(event.type)
            ],
            watch_s=watch_s,
            if_unread=if_unread,
        )

    async def _endpoints(
        self, tenant: str, row: InterviewRow | None, interview_id: str
    ) -> list[tuple[str, Wants]]:
        """Ids of all that learn of it. `row` None: it was erased."""
        found: list[tuple[str, Wants]] = [(one.id, one.wants) for one in self._endpoints_of(tenant)]
        if self._own is not None:
            own = await self._own.endpoint_id(row, interview_id)
            found += [] if own is None else [(own, _everything)]
        return found

    def _delivery(self, event: PublicEvent, tenant: str, endpoint: str) -> Delivery:
        return Delivery(
            id=delivery_id(event, endpoint),
            tenant=tenant,
            endpoint=endpoint,
            interview_id=event.interview_id,
            type=event.type,
            body=event.body(self._links(event)),
            created_s=self._wall_s(),
        )

    def _links(self, event: PublicEvent) -> Mapping[str, str]:
        path = f"{self._base}/v1/interviews/{event.interview_id}"
        if event.type == DELETED:
            return {}
        if event.type in {TRANSCRIPT_READY, UPDATED}:
            return {"interview": path, "result": f"{path}/result"}
        if event.type in _AFTER_THE_WORDS:
            result, evaluation = f"{path}/result", f"{path}/evaluation"
            return {"interview": path, "result": result, "evaluation": evaluation}
        return {"interview": path}


def _everything(_type: str) -> bool:
    return True


async def _all(steps: Iterable[Awaitable[bool]]) -> list[bool]:
    """Each is tried, whatever becomes of the others; then the first that failed raises."""
    done = await asyncio.gather(*steps, return_exceptions=True)
    for one in done:
        if isinstance(one, BaseException):
            raise one
    return [one for one in done if isinstance(one, bool)]


def external_id(row: InterviewRow) -> str | None:
    """What the integrator calls the candidate."""
    candidate: Any = row.spec.get("candidate")
    found = candidate.get("external_id") if isinstance(candidate, Mapping) else None
    return found if isinstance(found, str) else None


def _status(row: InterviewRow, entries: Sequence[LogEntry]) -> str:
    """The row may be older than the entries."""
    ends = [str(entry.data.get("status", "")) for entry in entries if entry.type == "ended"]
    return ends[-1] if ends else row.status
