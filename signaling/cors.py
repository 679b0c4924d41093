"""Who of other origins may read our answers (Fetch Standard §3.2). Without credentials: tokens
travel in headers, there are no cookies.

Errors are readable too, also of addresses that are not here: a client of another protocol must be
able to say what it did wrong. The integrators' API is opened to no origin.
"""

from __future__ import annotations

from collections.abc import Collection

from aiohttp import web

from signaling.problems import Handler
from signaling.urls import mount_path

ROUTES = frozenset(
    {
        "join", "consent", "own_transcript", "review", "demo", "whip", "call", "text",
        "connectivity", "rehearsals", "rehearsal",
    }
)  # fmt: skip
_CLOSED = "/v1/interviews"
EXPOSED = "Location, ETag, Link, Retry-After, WWW-Authenticate, Allow, Accept-Post, Accept-Patch"
METHODS = "POST, PATCH, DELETE, GET, PUT, OPTIONS"
HEADERS = ", ".join(
    [
        "Authorization",
        "Content-Type",
        "If-Match",
        # Sent by the OpenAI SDK and its agents in a browser; nobody reads them here.
        "OpenAI-Beta",
        "OpenAI-Organization",
        "OpenAI-Project",
        "X-OpenAI-Agents-SDK",
        "X-Stainless-Arch",
        "X-Stainless-Lang",
        "X-Stainless-OS",
        "X-Stainless-Package-Version",
        "X-Stainless-Retry-Count",
        "X-Stainless-Runtime",
        "X-Stainless-Runtime-Version",
        "X-Stainless-Timeout",
        # By Pipecat's and other clients, and by tracing in a page.
        "X-Client-Version",
        "X-Requested-With",
        "Traceparent",
        "Tracestate",
        "Baggage",
    ]
)

SIGNED: web.RequestKey[bool] = web.RequestKey("signed-url", bool)
"""The address itself was signed: whoever has it may play what it names, in any page."""


def is_open(request: web.Request) -> bool:
    """Whether pages of other origins may read the answer."""
    if request.get(SIGNED):
        return True
    resource = request.match_info.route.resource
    if resource is not None:
        return resource.name in ROUTES
    path = request.path.removeprefix(mount_path(request))
    return path != _CLOSED and not path.startswith(_CLOSED + "/")


def is_preflight(request: web.Request) -> bool:
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


@web.middleware
async def preflights(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A browser asks first, and hides the error of the request itself where this is refused."""
    try:
        return await handler(request)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        if is_preflight(request) and is_open(request):
            return web.Response(status=204)
        raise


def add_headers(
    request: web.Request, response: web.StreamResponse, origins: Collection[str]
) -> None:
    """For an answer of which `is_open` is true. `origins`: see `tenancy.readers`."""
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
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = HEADERS
        response.headers["Access-Control-Max-Age"] = "7200"
