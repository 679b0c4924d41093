"""The webhooks of this server: which endpoints there are, and where their events come from."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from media_server import tenants
from media_server.live.registry import Registry
from media_server.live.result_standing import ResultStanding
from media_server.live.services import Services
from media_server.ports import DEFAULT_TENANT, Refused
from media_server.wall_clock import wall_s
from media_server.webhooks.addresses import Addresses, Forbidden
from media_server.webhooks.endpoint import WebhookEndpoint, knows
from media_server.webhooks.own_urls import OwnUrls
from media_server.webhooks.service import WebhookService


def create_webhooks(services: Services, registry: Registry, own: OwnUrls) -> WebhookService:
    """`start` it once the stores are open."""
    return WebhookService(
        services.log,
        services.deliveries,
        services.webhooks,
        lambda tenant: endpoints_of(services, tenant),
        ResultStanding(services, registry).settled,
        lambda: wall_s(services.clock),
        public_url=services.public_url,
        own=own,
    )


def create_own_urls(services: Services) -> OwnUrls:
    """Of interviews that bring a URL with them."""
    return OwnUrls(
        services.documents,
        services.log,
        services.deliveries,
        lambda tenant: secrets_of(services, tenant),
        lambda: wall_s(services.clock),
    )


def secrets_of(services: Services, tenant: str) -> Sequence[str]:
    """What signs for a URL that an interview of this tenant brings; (): it may bring none."""
    found = services.tenants().get(tenant).webhook_secrets
    return found or (services.webhooks.secrets if tenant == DEFAULT_TENANT else ())


def require_reachable(services: Services, tenant: str, url: str) -> None:
    """Of an interview that brings a URL. Raises Refused 422."""
    if not secrets_of(services, tenant):
        raise Refused(
            422,
            "webhook_unsigned",
            "An interview may bring a webhook where a secret is set that signs for it: the "
            "operator sets MEDIA_SERVER_WEBHOOK_SECRETS, or webhook_secrets of your tenant",
        )
    try:
        Addresses(services.webhooks.allow_networks).check_url(url)
    except Forbidden as error:
        raise Refused(422, "webhook_url_forbidden", f"webhook.url: {error}") from None


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
