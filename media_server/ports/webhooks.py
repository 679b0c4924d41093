"""What HTTP may ask of the webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from media_server.ports.deliveries import Delivery, Disabled


@dataclass(frozen=True, slots=True)
class EndpointState:
    """An endpoint of a tenant as it is now. No secret, and of the URL the host alone."""

    id: str
    host: str
    events: tuple[str, ...]
    """() is all."""
    secrets: int
    """How many sign."""
    enabled: bool
    """As configured."""
    disabled: Disabled | None
    """Not None: the receiver wanted no more; `enable` sends again."""
    pending: int
    oldest_s: float | None


@dataclass(frozen=True, slots=True)
class WebhookFigures:
    """For metrics, of this process since its start; the last two of the whole store."""

    attempts: Mapping[str, float]
    """By outcome."""
    forgotten: float
    """Deliveries that were kept for so long that they went undelivered."""
    unreadable: float
    """Logs in which an event may stand that cannot be read."""
    pending: float
    oldest_s: float
    """Age of the oldest that is undelivered, in seconds; 0: none is."""


class Webhooks(Protocol):
    """Everything of one tenant alone. Raises Refused, nothing else."""

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
        """As `Deliveries.page`; 400 for a cursor of something that is gone."""

    async def replay(self, tenant: str, delivery_id: str) -> Delivery:
        """Send it again, with the same id. 404."""

    async def test(self, tenant: str, endpoint: str) -> Delivery:
        """Send a `webhook.test` event. 404 for an endpoint there is not, 409 for one that is
        disabled."""

    async def endpoints(self, tenant: str) -> tuple[EndpointState, ...]:
        """As configured, in that order."""

    async def enable(self, tenant: str, endpoint: str) -> EndpointState:
        """After a 410: send again, beginning with what waits. 404."""

    def figures(self) -> WebhookFigures:
        """From memory, at most some seconds old."""
