"""The routes of webhooks: part of the table in `routes`."""

from __future__ import annotations

from signaling import schemas, webhooks
from signaling.route import Route

WEBHOOKS: tuple[Route, ...] = (
    Route(
        "GET",
        "/v1/webhooks/deliveries",
        "webhook_deliveries",
        webhooks.deliveries,
        "webhooks",
        "api_key",
        "read",
        answer=schemas.WebhookDeliveryPage,
        parameters=("cursor", "limit", "interview", "endpoint", "status"),
        errors=(400, 401, 429, 503),
    ),
    Route(
        "POST",
        "/v1/webhooks/deliveries/{delivery:[A-Za-z0-9_-]+}/replay",
        "webhook_replay",
        webhooks.replay,
        "webhooks",
        "api_key",
        "write",
        success=202,
        answer=schemas.WebhookDelivery,
        errors=(401, 404, 429, 503),
    ),
    Route(
        "POST",
        "/v1/webhooks/test",
        "webhook_test",
        webhooks.test,
        "webhooks",
        "api_key",
        "write",
        body=schemas.WebhookTestRequest,
        success=202,
        answer=schemas.WebhookDelivery,
        errors=(400, 401, 404, 408, 409, 413, 415, 422, 429, 503),
    ),
    Route(
        "GET",
        "/v1/webhooks/endpoints",
        "webhook_endpoints",
        webhooks.endpoints,
        "webhooks",
        "api_key",
        "read",
        answer=schemas.WebhookEndpoints,
        errors=(401, 429, 503),
    ),
    Route(
        "POST",
        "/v1/webhooks/endpoints/{endpoint:[A-Za-z0-9_.-]+}/enable",
        "webhook_enable",
        webhooks.enable,
        "webhooks",
        "api_key",
        "write",
        answer=schemas.WebhookEndpointState,
        errors=(401, 404, 429, 503),
    ),
)
