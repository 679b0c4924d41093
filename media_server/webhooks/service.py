"""Webhooks as one thing: what reads the outbox, what delivers, and what people may ask of it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import urlsplit

from media_server.ports import EventLog, Public, Refused, StoreUnavailable
from media_server.ports.deliveries import Backlog, Deliveries, Delivery
from media_server.ports.webhooks import EndpointState, WebhookFigures
from media_server.webhooks.dispatcher import Dispatcher
from media_server.webhooks.endpoint import WebhookEndpoint
from media_server.webhooks.events import TEST, PublicEvent
from media_server.webhooks.guard import Guard
from media_server.webhooks.own_urls import OwnUrls, is_own
from media_server.webhooks.relay import EndpointsOf, Relay, Settled
from media_server.webhooks.sender import Sender
from media_server.webhooks.settings import WebhookSettings

logger = logging.getLogger(__name__)

T = TypeVar("T")

POLL_S = 0.5
"""Between two looks at the outbox, and at what is due."""
BUSY_S = 0.02
"""Where there is more to do: what comes meanwhile is done in one go with it."""
AFTER_TROUBLE_S = 5.0
UPKEEP_S = 15.0
LET_END_S = 1.5
"""At the end: a server that stops must not wait for a receiver that hangs."""
FORGET_AT_ONCE = 500
DAY_S = 86_400.0


class WebhookService:
    """Implements `ports.webhooks.Webhooks`. `start` once the stores are open, `close` before they
    are closed."""

    def __init__(
        self,
        log: EventLog,
        deliveries: Deliveries,
        settings: WebhookSettings,
        endpoints_of: EndpointsOf,
        settled: Settled,
        wall_s: Callable[[], float],
        *,
        public_url: str = "",
        own: OwnUrls | None = None,
    ) -> None:
        self._own = own
        self._deliveries = deliveries
        self._settings = settings
        self._endpoints_of = endpoints_of
        self._wall_s = wall_s
        self._sender = Sender(
            Guard(settings.allow_networks), timeout_s=settings.timeout_s, wall_s=wall_s
        )
        self._relay = Relay(
            log, deliveries, endpoints_of, settled, wall_s, public_url=public_url, own=own
        )
        self._dispatcher = Dispatcher(
            deliveries, self._sender, self._endpoint, timeout_s=settings.timeout_s, own=own,
            wall_s=wall_s,
        )  # fmt: skip
        self._tasks: list[asyncio.Task[None]] = []
        self._backlog = Backlog(0, None)
        self._forgotten = 0
        self._forgotten_until_s = float("-inf")

    # --- life ---

    def start(self) -> None:
        """Begin to read and to deliver."""
        for step, what, pause_s in (
            (self._read, "relay", POLL_S),
            (self._deliver, "dispatcher", POLL_S),
            (self._upkeep, "upkeep", UPKEEP_S),
        ):
            work = self._again(step, pause_s)
            self._tasks.append(asyncio.get_running_loop().create_task(work, name=what))

    async def close(self) -> None:
        """Attempts under way may end; what is left is delivered after the next start, or by
        another server."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=2.0)
        await self._dispatcher.close(within_s=LET_END_S)
        await self._sender.close()

    async def _again(self, step: Callable[[], Coroutine[Any, Any, bool]], pause_s: float) -> None:
        """`step` answers whether there is more to do at once. Nothing that it raises ends this."""
        while True:
            wait_s = pause_s
            try:
                if await step():
                    wait_s = BUSY_S
            except StoreUnavailable:
                wait_s = AFTER_TROUBLE_S  # the store says so itself, once
            except Exception as error:
                logger.exception("webhooks: %s", type(error).__name__)
                wait_s = AFTER_TROUBLE_S
            await asyncio.sleep(wait_s)

    async def _read(self) -> bool:
        found = await self._relay.step()
        if found:
            self._dispatcher.moved.set()
        return found

    async def _deliver(self) -> bool:
        self._dispatcher.moved.clear()
        if await self._dispatcher.step():
            return True
        try:
            async with asyncio.timeout(POLL_S):
                await self._dispatcher.moved.wait()
        except TimeoutError:
            pass
        return True

    async def _upkeep(self) -> bool:
        self._backlog = await self._deliveries.backlog()
        if self._own is not None:
            await self._own.sweep()
        if time.monotonic() < self._forgotten_until_s:
            return False
        older_than_s = self._settings.kept_days * DAY_S
        lost = await self._deliveries.forget(older_than_s=older_than_s, limit=FORGET_AT_ONCE)
        if lost:
            self._forgotten += lost
            logger.warning("webhooks: %s", Public(f"{lost} deliveries went undelivered"))
        self._forgotten_until_s = time.monotonic() + 60.0
        return False

    # --- people ---

    async def deliveries(
        self,
        tenant: str,
        *,
        after: str | None,
        limit: int,
        interview_id: str = "",
        endpoint: str = "",
        status: str = "",
    ) -> tuple[tuple[Delivery, ...], str]:
        try:
            return await _asked(
                self._deliveries.page(
                    tenant,
                    after=after,
                    limit=limit,
                    interview_id=interview_id,
                    endpoint=endpoint,
                    status=status,
                )
            )
        except KeyError:
            detail = "cursor must be the next_cursor of the page before; begin again without"
            raise Refused(400, "bad_cursor", detail) from None

    async def replay(self, tenant: str, delivery_id: str) -> Delivery:
        found = await _asked(self._deliveries.replay(tenant, delivery_id))
        if found is None:
            raise Refused(404, "unknown_delivery", "GET /v1/webhooks/deliveries lists those kept")
        self._dispatcher.moved.set()
        return found

    async def test(self, tenant: str, endpoint: str) -> Delivery:
        state = await self._state(self._known(tenant, endpoint))
        if not state.enabled or state.disabled is not None:
            detail = "This endpoint is disabled; POST /v1/webhooks/endpoints/{endpoint}/enable"
            raise Refused(409, "endpoint_disabled", detail)
        event = PublicEvent(TEST, "", 0, self._wall_s(), {"endpoint": endpoint})
        made = Delivery(
            id=f"msg_test_{secrets.token_urlsafe(18)}",
            tenant=tenant,
            endpoint=endpoint,
            interview_id="",
            type=TEST,
            body=event.body(),
            created_s=self._wall_s(),
            next_s=self._wall_s(),
        )
        await _asked(self._deliveries.add([made]))
        self._dispatcher.moved.set()
        return made

    async def endpoints(self, tenant: str) -> tuple[EndpointState, ...]:
        return tuple([await self._state(one) for one in self._endpoints_of(tenant)])

    async def enable(self, tenant: str, endpoint: str) -> EndpointState:
        known = await self._own_known(tenant, endpoint) or self._known(tenant, endpoint)
        await _asked(self._deliveries.enable(tenant, endpoint))
        self._dispatcher.moved.set()
        return await self._state(known)

    async def _own_known(self, tenant: str, endpoint: str) -> WebhookEndpoint | None:
        """One that an interview brought, by a delivery to it. None: it is another, or unknown."""
        if self._own is None or not is_own(endpoint):
            return None
        asked = self._deliveries.page(tenant, after=None, limit=1, endpoint=endpoint)
        (found, _) = await _asked(asked)
        known = await _asked(self._own.endpoint(found[0])) if found else ""
        return None if isinstance(known, str) else known

    def figures(self) -> WebhookFigures:
        oldest_s = self._backlog.oldest_s
        return WebhookFigures(
            attempts={name: float(n) for name, n in self._dispatcher.outcomes.items()},
            forgotten=float(self._forgotten),
            unreadable=float(self._relay.unreadable),
            pending=float(self._backlog.pending),
            oldest_s=0.0 if oldest_s is None else max(0.0, self._wall_s() - oldest_s),
        )

    def _endpoint(self, tenant: str, endpoint: str) -> WebhookEndpoint | None:
        return next((one for one in self._endpoints_of(tenant) if one.id == endpoint), None)

    def _known(self, tenant: str, endpoint: str) -> WebhookEndpoint:
        found = self._endpoint(tenant, endpoint)
        if found is None:
            raise Refused(404, "unknown_endpoint", "GET /v1/webhooks/endpoints lists those set up")
        return found

    async def _state(self, endpoint: WebhookEndpoint) -> EndpointState:
        asked = self._deliveries
        disabled = await _asked(asked.disabled(endpoint.tenant, endpoint.id))
        backlog = await _asked(asked.backlog(endpoint.tenant, endpoint.id))
        return EndpointState(
            id=endpoint.id,
            host=urlsplit(endpoint.url).netloc.rpartition("@")[2],
            events=endpoint.events,
            secrets=len(endpoint.secrets),
            enabled=endpoint.enabled,
            disabled=disabled,
            pending=backlog.pending,
            oldest_s=backlog.oldest_s,
        )


async def _asked(answer: Awaitable[T]) -> T:
    try:
        return await answer
    except StoreUnavailable as error:
        raise Refused(503, "store_unavailable", str(error), retry_after_s=5) from error
