"""Around every request: figures, the access log, CORS, and the headers of every answer."""

from __future__ import annotations

import logging
import time

from aiohttp import web

from media_server.ports import Public
from signaling.context import CONTEXT, Context
from signaling.problems import Handler

logger = logging.getLogger("media_server.access")

EXPOSED = "Location, ETag, Link, Retry-After, WWW-Authenticate"
_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"})
_CORS_NAMES = frozenset({"join", "consent", "demo", "whip", "call"})


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
    quiet = template.endswith(("/healthz", "/readyz", "/metrics")) and status < 400
    level = logging.DEBUG if quiet else logging.INFO
    logger.log(level, "%s %s %d %.1f ms", Public(method), template, status, took_s * 1000)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal `on_response_prepare`: also for answers that were not made here, such as 304."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    resource = request.match_info.route.resource
    if resource is not None and resource.name in _CORS_NAMES:
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        _allow_origin(request, response, request.app[CONTEXT])


def _allow_origin(request: web.Request, response: web.StreamResponse, ctx: Context) -> None:
    """CORS without credentials: tokens travel in headers, there are no cookies."""
    origins = ctx.settings.cors_origins
    origin = request.headers.get("Origin", "")
    if "*" in origins:
        response.headers["Access-Control-Allow-Origin"] = "*"
    else:
        response.headers.add("Vary", "Origin")
        if origin not in origins:
            return
        response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = EXPOSED
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "POST, PATCH, DELETE, GET, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, If-Match"
        response.headers["Access-Control-Max-Age"] = "7200"
