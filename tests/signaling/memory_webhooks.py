"""Webhooks of a server that has none set up."""

from __future__ import annotations

from media_server.ports import Refused
from media_server.ports.deliveries import Delivery
from media_server.ports.webhooks import EndpointState, WebhookFigures


class MemoryWebhooks:
    """Implements `ports.webhooks.Webhooks`."""

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
        return (), ""

    async def replay(self, tenant: str, delivery_id: str) -> Delivery:
        raise Refused(404, "unknown_delivery", "There is none")

    async def test(self, tenant: str, endpoint: str) -> Delivery:
        raise Refused(404, "unknown_endpoint", "There is none")

    async def endpoints(self, tenant: str) -> tuple[EndpointState, ...]:
        return ()

    async def enable(self, tenant: str, endpoint: str) -> EndpointState:
        raise Refused(404, "unknown_endpoint", "There is none")

    def figures(self) -> WebhookFigures:
        return WebhookFigures({}, 0.0, 0.0, 0.0, 0.0)
