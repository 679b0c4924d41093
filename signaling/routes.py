"""Every route once: registered, described in the OpenAPI document, and listed on /docs.

Over 400 lines on purpose: it is one table.
"""

from __future__ import annotations

import functools

from aiohttp import web

from media_server.interview.own_words import OwnTranscript
from media_server.interview.result import Result
from media_server.interview.spec import InterviewSpec
from media_server.interview.template import InterviewFromTemplate, TemplateSpec
from signaling import (
    evidence,
    health,
    holds,
    interviews,
    join,
    link_code,
    live_events,
    openapi_pages,
    own_transcript,
    pages,
    problems,
    rehearsals,
    report_access,
    schemas,
    templates,
    text_calls,
    whip,
)
from signaling.auth import require_scope
from signaling.context import context
from signaling.ops_routes import OPS_ROUTES
from signaling.principals import OPERATORS, Scope
from signaling.problems import unknown_interview
from signaling.report_routes import REPORT_ROUTES
from signaling.route import INTERVIEW, Handler, Route
from signaling.webhook_routes import WEBHOOKS

__all__ = ["ROUTES", "Handler", "Route", "register"]

_TEMPLATE = "/v1/templates/{template:[A-Za-z0-9_-]+}"
_CALLS = "/v1/calls/{interview:[A-Za-z0-9_-]+}"
_CALL = "/whip/{interview:[A-Za-z0-9_-]+}/{call:[A-Za-z0-9_-]+}"
_CREATE_ERRORS = (400, 401, 408, 413, 415, 422, 429, 503)

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/v1/interviews",
        "interviews",
        interviews.create,
        "interviews",
        "api_key",
        "write",
        body=(InterviewSpec, InterviewFromTemplate),
        success=201,
        answer=schemas.InterviewCreated,
        headers=("Location",),
        parameters=("Idempotency-Key",),
        errors=_CREATE_ERRORS,
    ),
    Route(
        "GET",
        "/v1/interviews",
        "interviews",
        interviews.page,
        "interviews",
        "api_key",
        "read",
        answer=schemas.InterviewPage,
        parameters=("cursor", "limit", "status", "text"),
        errors=(400, 401, 429, 503),
    ),
    Route(
        "GET",
        INTERVIEW,
        "interview",
        interviews.show,
        "interviews",
        "api_key",
        "read",
        answer=schemas.InterviewDetails,
        errors=(401, 404, 429, 503),
    ),
    Route(
        "DELETE",
        INTERVIEW,
        "interview",
        interviews.erase,
        "interviews",
        "api_key",
        "write",
        success=204,
        errors=(401, 404, 409, 429, 503),
    ),
    Route(
        "POST",
        INTERVIEW + "/cancel",
        "cancel",
        interviews.cancel,
        "interviews",
        "api_key",
        "write",
        answer=schemas.InterviewDetails,
        errors=(401, 404, 409, 429, 503),
    ),
    Route(
        "POST",
        INTERVIEW + "/hold",
        "hold",
        holds.place,
        "interviews",
        "api_key",
        "write",
        body=schemas.HoldRequest,
        answer=schemas.HoldShown,
        errors=(400, 401, 404, 408, 413, 415, 422, 429, 503),
    ),
    Route(
        "GET",
        INTERVIEW + "/hold",
        "hold",
        holds.show,
        "interviews",
        "api_key",
        "read",
        answer=schemas.HoldShown,
        errors=(401, 404, 429, 503),
    ),
    Route(
        "DELETE",
        INTERVIEW + "/hold",
        "hold",
        holds.release,
        "interviews",
        "api_key",
        "write",
        answer=schemas.HoldShown,
        errors=(401, 404, 429, 503),
    ),
    Route(
        "GET",
        INTERVIEW + "/result",
        "result",
        interviews.result,
        "interviews",
        "api_key",
        "read",
        answer=Result,
        errors=(401, 404, 409, 429, 503),
    ),
    Route(
        "GET",
        INTERVIEW + "/log",
        "log",
        interviews.log,
        "interviews",
        "api_key",
        "read",
        answer=interviews.NDJSON,
        errors=(401, 404, 409, 429, 503),
    ),
    Route(
        "GET",
        INTERVIEW + "/link.svg",
        "link_svg",
        link_code.svg,
        "interviews",
        "api_key",
        "read",
        answer="image/svg+xml",
        errors=(401, 404, 429, 503),
    ),
    Route(
        "GET",
        INTERVIEW + "/events",
        "events",
        live_events.events,
        "interviews",
        "api_key",
        "read",
        answer=live_events.EVENT_STREAM,
        or_empty=True,
        parameters=("include", "Last-Event-ID"),
        errors=(400, 401, 403, 404, 409, 429, 503),
    ),
    Route(
        "GET",
        "/v1/evidence-key",
        "evidence_key",
        evidence.key,
        "interviews",
        answer=schemas.EvidenceKey,
        errors=(503,),
    ),
    Route(
        "POST",
        "/v1/templates",
        "templates",
        templates.create,
        "templates",
        "api_key",
        "write",
        body=TemplateSpec,
        success=201,
        answer=schemas.TemplateAnswer,
        headers=("Location", "ETag"),
        parameters=("Idempotency-Key",),
        errors=_CREATE_ERRORS,
    ),
    Route(
        "GET",
        "/v1/templates",
        "templates",
        templates.page,
        "templates",
        "api_key",
        "read",
        answer=schemas.TemplatePage,
        parameters=("cursor", "limit"),
        errors=(400, 401, 403, 429, 503),
    ),
    Route(
        "GET",
        _TEMPLATE,
        "template",
        templates.show,
        "templates",
        "api_key",
        "read",
        answer=schemas.TemplateAnswer,
        headers=("ETag",),
        errors=(401, 403, 404, 409, 429, 503),
    ),
    Route(
        "PUT",
        _TEMPLATE,
        "template",
        templates.replace,
        "templates",
        "api_key",
        "write",
        body=TemplateSpec,
        answer=schemas.TemplateAnswer,
        headers=("ETag",),
        parameters=("If-Match: version",),
        errors=(400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 428, 429, 503),
    ),
    Route(
        "DELETE",
        _TEMPLATE,
        "template",
        templates.delete,
        "templates",
        "api_key",
        "write",
        success=204,
        parameters=("If-Match: version, if any",),
        errors=(400, 401, 403, 404, 412, 429, 503),
    ),
    Route(
        "GET",
        _TEMPLATE + "/versions/{version:[A-Za-z0-9_-]+}",
        "template_version",
        templates.show_version,
        "templates",
        "api_key",
        "read",
        answer=schemas.TemplateAnswer,
        headers=("ETag",),
        errors=(401, 403, 404, 409, 429, 503),
    ),
    Route(
        "POST",
        "/v1/join",
        "join",
        join.join,
        "candidates",
        cors=True,
        body=schemas.JoinRequest,
        answer=schemas.JoinAnswer,
        errors=(400, 401, 404, 408, 409, 410, 413, 415, 422, 429, 503),
    ),
    Route(
        "POST",
        "/v1/consent",
        "consent",
        join.consent,
        "candidates",
        "token",
        cors=True,
        body=schemas.ConsentRequest,
        answer=schemas.ConsentAnswer,
        or_empty=True,
        errors=(400, 401, 408, 409, 410, 413, 415, 422, 429, 503),
    ),
    Route(
        "GET",
        "/v1/transcript",
        "own_transcript",
        own_transcript.transcript,
        "candidates",
        "token",
        cors=True,
        answer=OwnTranscript,
        errors=(401, 409, 410, 429, 503),
    ),
    Route(
        "POST",
        "/v1/review",
        "review",
        own_transcript.review,
        "candidates",
        "token",
        cors=True,
        body=schemas.ReviewRequest,
        answer=OwnTranscript,
        errors=(400, 401, 408, 409, 410, 413, 415, 422, 429, 503),
    ),
    Route(
        "POST",
        "/v1/rehearsals",
        "rehearsals",
        rehearsals.post_offer,
        "candidates",
        "token",
        cors=True,
        body=whip.SDP,
        success=201,
        answer=whip.SDP,
        headers=("Location",),
        errors=(400, 401, 403, 408, 409, 410, 413, 415, 422, 429, 503),
    ),
    Route(
        "DELETE",
        "/v1/rehearsals/{rehearsal:[A-Za-z0-9_-]+}",
        "rehearsal",
        rehearsals.delete,
        "candidates",
        "token",
        cors=True,
        errors=(401, 404, 429),
    ),
    Route(
        "POST",
        "/v1/demo",
        "demo",
        join.demo,
        "candidates",
        cors=True,
        success=201,
        answer=schemas.DemoAnswer,
        errors=(404, 429, 503),
    ),
    Route(
        "POST",
        "/whip/{interview:[A-Za-z0-9_-]+}",
        "whip",
        whip.post_offer,
        "calls",
        "token",
        cors=True,
        body=whip.SDP,
        success=201,
        answer=whip.SDP,
        headers=("Location", "ETag", "Link"),
        errors=(400, 401, 403, 404, 408, 409, 410, 413, 415, 422, 429, 503),
    ),
    Route(
        "GET",
        "/whip/{interview:[A-Za-z0-9_-]+}",
        "whip",
        whip.get_nothing,
        "calls",
        cors=True,
        success=204,
    ),
    Route(
        "OPTIONS",
        "/whip/{interview:[A-Za-z0-9_-]+}",
        "whip",
        whip.options,
        "calls",
        cors=True,
        success=204,
        headers=("Accept-Post",),
    ),
    Route(
        "PATCH",
        _CALL,
        "call",
        whip.patch_call,
        "calls",
        "token",
        cors=True,
        body=whip.FRAGMENT,
        success=204,
        parameters=("If-Match",),
        errors=(400, 401, 404, 408, 412, 413, 415, 422, 428, 429),
    ),
    Route(
        "DELETE",
        _CALL,
        "call",
        whip.delete_call,
        "calls",
        "token",
        cors=True,
        errors=(401, 404, 429),
    ),
    Route("GET", _CALL, "call", whip.get_nothing, "calls", cors=True, success=204),
    Route(
        "OPTIONS",
        _CALL,
        "call",
        whip.options,
        "calls",
        cors=True,
        success=204,
        headers=("Accept-Patch",),
    ),
    Route(
        "GET",
        _CALLS + "/text",
        "text",
        text_calls.text_call,
        "calls",
        "token",
        cors=True,
        success=101,
        parameters=("Sec-WebSocket-Protocol",),
        errors=(401, 403, 426, 429, 503),
    ),
    Route(
        "POST",
        _CALLS + "/connectivity",
        "connectivity",
        text_calls.connectivity,
        "calls",
        "token",
        cors=True,
        body=whip.SDP,
        success=201,
        answer=whip.SDP,
        errors=(400, 401, 404, 408, 410, 413, 415, 422, 429, 503),
    ),
    *WEBHOOKS,
    Route("GET", "/healthz", "healthz", health.healthz, "operations", answer=schemas.Health),
    Route(
        "GET",
        "/readyz",
        "readyz",
        health.readyz,
        "operations",
        answer=schemas.Ready,
        parameters=("newcomers",),
        errors=(),
    ),
    Route(
        "GET",
        "/metrics",
        "metrics",
        health.prometheus,
        "operations",
        answer="text/plain",
        errors=(401, 404, 429),
    ),
    Route(
        "GET",
        "/openapi.json",
        "openapi",
        openapi_pages.document,
        "operations",
        answer="application/json",
    ),
    Route("GET", "/docs", "docs", openapi_pages.page, "operations", answer="text/html"),
    *OPS_ROUTES,
    *REPORT_ROUTES,
    Route("GET", "/", "index", pages.index, "pages", answer="text/html", published=False),
    Route(
        "GET", "/console", "console", pages.console, "pages", answer="text/html", published=False
    ),
    # After "/", which an empty path means where the application is mounted at the root.
    Route("GET", "", "mount", pages.with_slash, "pages", published=False),
    Route(
        "GET",
        "/j/{link}",
        "candidate",
        pages.candidate,
        "pages",
        answer="text/html",
        published=False,
    ),
    Route(
        "GET",
        "/client/{path:.+}",
        "client",
        pages.asset,
        "pages",
        published=False,
    ),
)


def register(app: web.Application) -> None:
    """One resource per path, every method of it on that resource."""
    resources: dict[str, web.Resource] = {}
    answering_options = {route.path for route in ROUTES if route.method == "OPTIONS"}
    for route in ROUTES:
        resource = resources.get(route.path)
        if resource is None:
            resource = app.router.add_resource(route.path, name=route.name)
            resources[route.path] = resource
        handler = route.handler if route.scope is None else _guarded(route, route.scope)
        resource.add_route(route.method, handler, expect_handler=problems.expectation)
        if route.method == "GET":
            resource.add_route("HEAD", handler)
        if route.cors and route.path not in answering_options:
            resource.add_route("OPTIONS", whip.preflight)
            answering_options.add(route.path)


def _guarded(route: Route, scope: Scope) -> Handler:
    """Its handler for those whose API key has the scope, and for interviews of their own: no
    handler can forget to ask. Where a link to a report opens it as well, for those who have one.

    Another tenant's interview is answered as one that never was, after the same look-up; but for
    operators, who see every tenant's.
    """
    handler = route.handler

    @functools.wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        if route.report and report_access.is_no_key(request, signed=route.signed):
            await report_access.require_link(request, route.report, signed=route.signed)
            return await handler(request)
        who = require_scope(request, *_also(scope, route))
        interview_id = request.match_info.get("interview")
        if interview_id is not None and scope != OPERATORS:
            owner = await context(request).live().owner(interview_id)
            if owner != who.tenant:
                raise unknown_interview()
        decides = who.scopes & {report_access.DECIDE}
        scopes = report_access.EVERYTHING | decides
        request[report_access.ACCESS] = report_access.ReportAccess(who.tenant, scopes)
        return await handler(request)

    return guarded


def _also(scope: Scope, route: Route) -> tuple[Scope, ...]:
    return (scope, "report") if route.report in ("report", "audio") else (scope,)
