"""Around every request: figures, the access log, and the headers of every answer."""

from __future__ import annotations

import logging
import time

from aiohttp import web

from media_server.ports import Public
from signaling import cors, tenancy
from signaling.context import CONTEXT
from signaling.principals import PRINCIPAL
from signaling.problems import Handler

logger = logging.getLogger("media_server.access")

_QUIET = (
    *("/healthz", "/readyz", "/metrics", "/client/{path}"),
    *("/internal/load", "/v1/ops", "/v1/ops/turns"),
)
"""What is asked all the time, and the files of a page, sixty for each who opens it."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"})


def route_template(request: web.Request) -> str:
    """The route, not the path: a path may hold a join link."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "(none)"


@web.middleware
async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    started_s = time.monotonic()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        _record(request, status, time.monotonic() - started_s)


def _record(request: web.Request, status: int, took_s: float) -> None:
    template = route_template(request)
    method = request.method if request.method in _METHODS else "OTHER"
    metrics = request.app[CONTEXT].metrics
    metrics.requests.labels(method, template, str(status)).inc()
    metrics.seconds.labels(template).observe(took_s)
    who = request.get(PRINCIPAL)
    if who is not None:
        tenant = request.app[CONTEXT].tenants.current().label(who.tenant)
        metrics.tenants.labels(tenant, str(status)).inc()
    level = logging.DEBUG if status < 400 and template.endswith(_QUIET) else logging.INFO
    logger.log(level, "%s %s %d %.1f ms", Public(method), template, status, took_s * 1000)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal `on_response_prepare`: also for answers that were not made here, such as 304."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if cors.is_open(request):
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        cors.add_headers(request, response, await tenancy.readers(request))
