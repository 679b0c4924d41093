"""The webhooks of this server: which endpoints there are, and where their events come from."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from media_server import tenants
from media_server.live.registry import Registry
from media_server.live.result_standing import ResultStanding
from media_server.live.services import Services
from media_server.ports import DEFAULT_TENANT
from media_server.wall_clock import wall_s
from media_server.webhooks.endpoint import WebhookEndpoint, knows
from media_server.webhooks.service import WebhookService


def create_webhooks(services: Services, registry: Registry) -> WebhookService:
    """`start` it once the stores are open."""
    return WebhookService(
        services.log,
        services.deliveries,
        services.webhooks,
        lambda tenant: endpoints_of(services, tenant),
        ResultStanding(services, registry).settled,
        lambda: wall_s(services.clock),
        public_url=services.public_url,
    )


def endpoints_of(services: Services, tenant: str) -> Sequence[WebhookEndpoint]:
    """Those of the file of tenants that is in force; and for the tenant of the one key the one that
    is set. The file wins where both have the same id."""
    found = [_of(tenant, one) for one in services.tenants().get(tenant).webhooks]
    own = services.webhooks.endpoint if tenant == DEFAULT_TENANT else None
    if own is not None and own.id not in {one.id for one in found}:
        found.insert(0, own)
    return found


@functools.lru_cache(maxsize=4_096)
def _of(tenant: str, given: tenants.WebhookEndpoint) -> WebhookEndpoint:
    """Names of events that there are not (yet) are passed over; with no other, nothing is sent."""
    known = tuple(pattern for pattern in given.events if knows(pattern))
    return WebhookEndpoint(
        given.id,
        given.url,
        given.secrets,
        known,
        enabled=given.enabled and bool(known or not given.events),
        tenant=tenant,
    )
