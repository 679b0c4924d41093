"""Delivers what is due: each endpoint for itself, each interview in order, one attempt at a time.

An endpoint that fails gets one attempt at a time until one succeeds, so that one that hangs costs
one waiting attempt and holds up nobody else. What is claimed here belongs to this server for
`ttl_s`; a server that dies leaves it to the others then.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from media_server.ports import Public, StoreUnavailable
from media_server.ports.deliveries import Claim, Deliveries, Delivery, Settled, Try
from media_server.webhooks import retry
from media_server.webhooks.endpoint import WebhookEndpoint
from media_server.webhooks.own_urls import OwnUrls, is_own
from media_server.webhooks.sender import Attempt

logger = logging.getLogger(__name__)

AT_ONCE = 4
"""Attempts at one endpoint, of this server."""
MOST_AT_ONCE = 256
"""Attempts in all: each costs some ten KiB."""
OWN_AT_ONCE = 32
"""Of these at URLs that interviews of one tenant bring: it has as many of them as it likes, and
none of them may ever answer."""
MOST_OWN_AT_ONCE = 192
"""At those of all tenants: there is always room for endpoints that are set up."""
MOST_FAILING = 10_000
"""Endpoints that are known to fail. One that is forgotten is tried as one that is well."""
DUE_AT_ONCE = 5_000
MARGIN_S = 10.0
SETTLE_TRIES = 5


class Sends(Protocol):
    """`Sender`."""

    async def send(self, endpoint: WebhookEndpoint, delivery: Delivery) -> Attempt:
        """One attempt; raises nothing."""


EndpointOf = Callable[[str, str], WebhookEndpoint | None]
"""By tenant and id; None: it is not configured (any more), and what waits for it waits on."""


@dataclass(slots=True)
class _Port:
    running: int = 0
    failing: bool = False

    @property
    def free(self) -> int:
        return (1 if self.failing else AT_ONCE) - self.running


class Dispatcher:
    """`step` again and again, from one event loop; `close` last."""

    def __init__(
        self,
        deliveries: Deliveries,
        sender: Sends,
        endpoint_of: EndpointOf,
        *,
        timeout_s: float,
        margin_s: float = MARGIN_S,
        chance: Callable[[], float] = random.random,
        own: OwnUrls | None = None,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        """`timeout_s`: of an attempt. `margin_s`: how much longer a claim lasts, to write down what
        came of it. `chance`: 0 to 1, for the jitter of retries. `own`: the URLs that interviews
        bring with them."""
        self._deliveries = deliveries
        self._sender = sender
        self._endpoint_of = endpoint_of
        self._timeout_s = timeout_s
        self._margin_s = margin_s
        self._chance = chance
        self._own = own
        self._wall_s = wall_s
        self._ports: dict[tuple[str, str], _Port] = {}
        self._own_running: Counter[str] = Counter()
        """Attempts at URLs of interviews, by tenant."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self.outcomes: Counter[str] = Counter()
        """Attempts by what came of them, `retry.Outcome`."""
        self.moved = asyncio.Event()
        """Set when an attempt has ended: there may be room for the next."""

    @property
    def ttl_s(self) -> float:
        """Of a claim."""
        return self._timeout_s + self._margin_s

    async def step(self) -> int:
        """Begin with what is due and fits; how many attempts began. Raises StoreUnavailable."""
        begun = 0
        due = await self._deliveries.due(DUE_AT_ONCE)
        for tenant, name in sorted(due, key=lambda _: self._chance()):  # nobody is always last
            endpoint = self._endpoint_of(tenant, name)
            own = self._own is not None and is_own(name)  # its URL is known by the interview
            if not own and (endpoint is None or not endpoint.enabled):
                continue
            port = self._ports.get((tenant, name)) or _Port()
            room = min(port.free, self._room(tenant, own=own and endpoint is None))
            if room <= 0:
                continue
            claimed_s = time.monotonic()
            for claim in await self._deliveries.claim(tenant, name, ttl_s=self.ttl_s, limit=room):
                self._ports[tenant, name] = port
                self._begin((tenant, name), endpoint, port, claim, claimed_s)
                begun += 1
        return begun

    def _room(self, tenant: str, *, own: bool) -> int:
        """For more attempts. `own`: at the URL of an interview."""
        room = MOST_AT_ONCE - len(self._tasks)
        if own:
            running = self._own_running
            room = min(
                room, OWN_AT_ONCE - running[tenant], MOST_OWN_AT_ONCE - sum(running.values())
            )
        return room

    def _begin(
        self,
        to: tuple[str, str],
        endpoint: WebhookEndpoint | None,
        port: _Port,
        claim: Claim,
        claimed_s: float,
    ) -> None:
        port.running += 1
        if endpoint is None:
            self._own_running[to[0]] += 1
        task = asyncio.get_running_loop().create_task(
            self._lane(endpoint, port, claim, claimed_s), name="webhooks:lane"
        )
        self._tasks.add(task)

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            port.running -= 1
            if endpoint is None:
                self._own_running -= Counter((to[0],))  # without those that have none
            self._idle(to, port)
            self.moved.set()
            if not task.cancelled() and (error := task.exception()) is not None:
                logger.error("webhooks: %s", type(error).__name__, exc_info=error)

        task.add_done_callback(done)

    def _idle(self, to: tuple[str, str], port: _Port) -> None:
        """Kept while it is of use: those that fail, the latest."""
        if port.running:
            return
        self._ports.pop(to, None)
        if not port.failing:
            return
        self._ports[to] = port
        if len(self._ports) > MOST_FAILING + MOST_AT_ONCE:
            oldest = next(one for one, known in self._ports.items() if not known.running)
            del self._ports[oldest]

    async def _lane(
        self, endpoint: WebhookEndpoint | None, port: _Port, first: Claim, claimed_s: float
    ) -> None:
        """What is first of it, and what follows while all goes well."""
        claim: Claim | None = first
        while claim is not None and not self._closing:
            if time.monotonic() - claimed_s > self._margin_s:
                return  # the loop stood still: before it ended, the claim would be another's
            try:
                attempt = await self._send(endpoint, claim.delivery)
            except StoreUnavailable:
                return  # it says so itself; the claim runs out
            made = self._settled(claim.delivery, attempt)
            port.failing = made.status != "delivered"
            claimed_s = time.monotonic()
            claim = await self._settle(claim, made)

    async def _send(self, endpoint: WebhookEndpoint | None, delivery: Delivery) -> Attempt:
        """`endpoint` None: the interview's own."""
        if endpoint is None:
            found = await self._own.endpoint(delivery) if self._own is not None else ""
            if isinstance(found, str):
                return Attempt(Try(self._wall_s(), None, found, 0))
            endpoint = found
        return await self._sender.send(endpoint, delivery)

    def _settled(self, delivery: Delivery, attempt: Attempt) -> Settled:
        made = retry.after(
            delivery.attempts + 1,
            attempt.made.status,
            chance=self._chance(),
            retry_after_s=attempt.retry_after_s,
        )
        self.outcomes[made.outcome] += 1
        match made.outcome:
            case "delivered":
                return Settled(attempt.made, "delivered")
            case "failed":
                logger.warning("webhooks: delivery %s is given up", Public(delivery.id))
                return Settled(attempt.made, "failed")
            case "gone":
                logger.warning("webhooks: an endpoint answered 410 and is disabled")
                return Settled(attempt.made, "pending", gone=True)
        return Settled(attempt.made, "pending", made.after_s)

    async def _settle(self, claim: Claim, made: Settled) -> Claim | None:
        """Written down, or left to run out: then it is delivered once more, with the same id."""
        for _ in range(SETTLE_TRIES):
            try:
                return await self._deliveries.settle(claim, made, ttl_s=self.ttl_s)
            except StoreUnavailable:
                await asyncio.sleep(1.0)
        return None

    async def close(self, *, within_s: float = 5.0) -> None:
        """Attempts under way may end; what does not in time is left, and delivered again."""
        self._closing = True
        if self._tasks:
            _, late = await asyncio.wait(tuple(self._tasks), timeout=within_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=1.0)
