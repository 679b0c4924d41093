"""What was sent to the integrator's own servers: /v1/webhooks. A tenant sees its own alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from aiohttp import web

from media_server.interview.result import iso
from media_server.ports.deliveries import Delivery, DeliveryStatus
from media_server.ports.webhooks import EndpointState
from signaling.bodies import parse_json, read_body, require_content_type
from signaling.context import context
from signaling.principals import principal
from signaling.problems import Problem
from signaling.schemas import WebhookTestRequest

DEFAULT_PAGE, MAX_PAGE = 20, 100
_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,100}")
_FILTER = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_KNOWN = ("cursor", "limit", "interview", "endpoint", "status")


async def deliveries(request: web.Request) -> web.Response:
    """List deliveries of webhooks, newest first, page by page.

    With every attempt: when, the status of its answer or why there was none, and how long it took.
    """
    query = _query(request)
    page, following = (
        await context(request)
        .live()
        .webhooks.deliveries(
            principal(request).tenant,
            after=query["cursor"] or None,
            limit=_limit(request),
            interview_id=query["interview"],
            endpoint=query["endpoint"],
            status=query["status"],
        )
    )
    return _json({"deliveries": [_delivery(one) for one in page], "next_cursor": following})


async def replay(request: web.Request) -> web.Response:
    """Send a delivery again.

    With the same `webhook-id` and body, so that a receiver that has it already knows.
    """
    found = (
        await context(request)
        .live()
        .webhooks.replay(principal(request).tenant, request.match_info["delivery"])
    )
    return _json(_delivery(found), status=202)


async def test(request: web.Request) -> web.Response:
    """Send a test event.

    `webhook.test`, to one endpoint, whichever events it asked for.
    """
    settings = context(request).settings
    require_content_type(request, "application/json")
    body = await read_body(
        request, limit=settings.max_spec_bytes, timeout_s=settings.body_timeout_s
    )
    wanted = parse_json(body, WebhookTestRequest)
    made = await context(request).live().webhooks.test(principal(request).tenant, wanted.endpoint)
    return _json(_delivery(made), status=202)


async def endpoints(request: web.Request) -> web.Response:
    """List the endpoints of webhooks.

    As they are set up, with what waits for each; `disabled` where the receiver answered 410.
    """
    found = await context(request).live().webhooks.endpoints(principal(request).tenant)
    return _json({"endpoints": [_endpoint(one) for one in found]})


async def enable(request: web.Request) -> web.Response:
    """Enable an endpoint that was disabled by a 410.

    What waits for it is sent now, in order.
    """
    found = (
        await context(request)
        .live()
        .webhooks.enable(principal(request).tenant, request.match_info["endpoint"])
    )
    return _json(_endpoint(found))


def _query(request: web.Request) -> dict[str, str]:
    """Raises Problem 400 for a parameter that there is not, or that cannot be one."""
    for name in request.query:
        if name not in _KNOWN:
            raise Problem(400, "unknown_parameter", f"Known parameters: {', '.join(_KNOWN)}.")
    found = {name: request.query.get(name, "") for name in _KNOWN}
    if found["cursor"] and not _CURSOR.fullmatch(found["cursor"]):
        raise Problem(400, "bad_cursor", "cursor must be the next_cursor of the page before.")
    for name in ("interview", "endpoint"):
        if found[name] and not _FILTER.fullmatch(found[name]):
            raise Problem(400, f"bad_{name}", f"{name} must be the id of one.")
    statuses = get_args(DeliveryStatus)
    if found["status"] and found["status"] not in statuses:
        raise Problem(400, "bad_status", f"status must be one of: {', '.join(statuses)}.")
    return found


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", str(DEFAULT_PAGE))
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MAX_PAGE:
        raise Problem(400, "bad_limit", f"limit must be a number from 1 to {MAX_PAGE}.")
    return int(text)


def _delivery(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "endpoint": one.endpoint,
        "interview": one.interview_id or None,
        "type": one.type,
        "created_at": iso(one.created_s),
        "status": one.status,
        "next_at": None if one.next_s is None else iso(one.next_s),
        "attempts": [
            {
                "at": iso(made.at_s),
                "status": made.status,
                "error": made.error,
                "duration_ms": made.duration_ms,
            }
            for made in one.tries
        ],
    }


def _endpoint(one: EndpointState) -> dict[str, Any]:
    disabled = one.disabled
    return {
        "id": one.id,
        "host": one.host,
        "events": list(one.events),
        "secrets": one.secrets,
        "enabled": one.enabled and disabled is None,
        "disabled": None
        if disabled is None
        else {"since": iso(disabled.since_s), "reason": disabled.reason},
        "pending": one.pending,
        "oldest_at": None if one.oldest_s is None else iso(one.oldest_s),
    }


def _json(body: Mapping[str, Any], status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store"})
