"""A relay and a dispatcher on a real log, stepped by the test: no task runs by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from media_server.ports import Appended, EventLog, NewEntry
from media_server.ports.deliveries import Deliveries
from media_server.webhooks.dispatcher import Dispatcher
from media_server.webhooks.endpoint import WebhookEndpoint
from media_server.webhooks.guard import Guard
from media_server.webhooks.own_urls import OwnUrls
from media_server.webhooks.relay import Relay
from media_server.webhooks.sender import Sender


class Bench:
    """One server's webhooks. `wall_s`: what it takes for the time."""

    def __init__(
        self,
        log: EventLog,
        deliveries: Deliveries,
        *endpoints: WebhookEndpoint,
        timeout_s: float = 60.0,
        wall_s: Callable[[], float] = time.time,
        allowed: Sequence[str] = ("127.0.0.0/8",),
        own: OwnUrls | None = None,
    ) -> None:
        self.log = log
        self.endpoints = list(endpoints)
        self.watch: float | None = None
        """What is said of an interview that is over: None, its result is final."""
        self.sender = Sender(Guard(allowed), timeout_s=timeout_s, wall_s=wall_s)
        self.relay = Relay(
            log, deliveries, lambda tenant: [e for e in self.endpoints if e.tenant == tenant],
            self._settled, wall_s, public_url="https://interviews.example/", own=own,
        )  # fmt: skip
        self.dispatcher = Dispatcher(
            deliveries, self.sender, self._endpoint, timeout_s=timeout_s, chance=lambda: 0.0,
            own=own,
        )  # fmt: skip

    async def _settled(self, _interview_id: str) -> float | None:
        return self.watch

    def _endpoint(self, tenant: str, name: str) -> WebhookEndpoint | None:
        return next((e for e in self.endpoints if (e.tenant, e.id) == (tenant, name)), None)

    async def read(self) -> None:
        """Until nothing is new."""
        while await self.relay.step():
            pass

    async def deliver(self) -> int:
        """Everything that is due, until nothing is under way. How many attempts began lanes."""
        begun = 0
        while (now := await self.dispatcher.step()) or self.dispatcher._tasks:
            begun += now
            await asyncio.sleep(0.005)
        return begun

    async def all(self) -> int:
        await self.read()
        return await self.deliver()

    async def close(self) -> None:
        await self.dispatcher.close(within_s=1.0)
        await self.sender.close()


async def begin(log: EventLog, interview_id: str = "i1", tenant: str = "default") -> None:
    await log.create(
        interview_id, spec={"candidate": {"external_id": "cand-9"}},
        entries=[NewEntry("created", {"expires_s": 9e9})], status="created", now_s=1.0,
        tenant=tenant,
    )  # fmt: skip


async def add(
    log: EventLog, *entries: NewEntry, interview_id: str = "i1", status: str = "listening"
) -> None:
    row = await log.row(interview_id)
    assert row is not None
    done = await log.append(
        interview_id, expected_version=row.version, lease_epoch=0,
        operation_id=f"op{row.version}", entries=entries, status=status, now_s=2.0,
    )  # fmt: skip
    assert isinstance(done, Appended)


STARTED = NewEntry("started", {"reason": "r"})
PAUSED = NewEntry("paused", {"reason": "r"})
RESUMED = NewEntry("resumed", {"reason": "r"})


def ended(status: str = "completed") -> NewEntry:
    return NewEntry("ended", {"status": status, "reason": "all questions were asked"})
