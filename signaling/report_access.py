"""Who may see a report: an integrator with an API key, a person with a link to it, a player with a
signed URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from aiohttp import web

from media_server.ports import StoreUnavailable
from media_server.ports.link_documents import KIND, document_id
from signaling import cors, tenancy
from signaling.auth import bearer, limit, limit_failures
from signaling.context import context
from signaling.principals import PRINCIPAL, Principal
from signaling.problems import Problem
from signaling.report_tokens import ALL_AUDIO, BadReportToken, UrlClaims

EVERYTHING = frozenset({"report", "audio"})
DECIDE = "decide"
_TOKEN = re.compile(r" eyJ[\w-]*\.[\w-]*\.[\w-]*$", re.ASCII)
"""A JWT, which is JSON in base64url."""
_MISSING = "Send Authorization: Bearer, with an API key or the token of a link to the report."


@dataclass(frozen=True, slots=True)
class ReportAccess:
    """What the asker may have of this interview's report."""

    tenant: str
    scopes: frozenset[str] = EVERYTHING
    expires_s: float = float("inf")
    """Unix time."""
    link_id: str = field(default="", repr=False)
    """"": by an API key."""


ACCESS: web.RequestKey[ReportAccess] = web.RequestKey("report-access", ReportAccess)


def is_no_key(request: web.Request, *, signed: bool) -> bool:
    """Whether what opens it is a signed URL, or what looks like the token of a link."""
    if signed and "token" in request.query:
        return True
    return _TOKEN.search(request.headers.get("Authorization", "")) is not None


async def require_link(request: web.Request, needs: str, *, signed: bool) -> None:
    """Sets ACCESS and the principal. Raises Problem 401, 403, 410 or 429.

    `needs`: the scope that a link must have. `signed`: as `Route.signed`.
    """
    interview_id = request.match_info["interview"]
    token = request.query.get("token") if signed else None
    if token is not None:
        access = await _by_url(request, interview_id, token)
    else:
        access = await _by_link(request, interview_id, bearer(request, missing=_MISSING))
    request[ACCESS] = access
    request[PRINCIPAL] = Principal(access.tenant, frozenset({"report"}))
    if needs not in access.scopes:
        raise Problem(403, "missing_scope", f"This link has not the scope {needs}.")


async def _by_link(request: web.Request, interview_id: str, token: str) -> ReportAccess:
    ctx = context(request)
    try:
        claims = ctx.report_tokens.verify_link(token, interview_id, ctx.wall_s())
    except BadReportToken as error:
        raise refused(request, error) from None
    limit(ctx.per_key, claims.link_id, ctx.now_s())
    await _require_interview(request, claims.tenant, interview_id)
    await _require_alive(request, claims.tenant, interview_id, claims.link_id)
    return ReportAccess(claims.tenant, claims.scopes, claims.expires_s, claims.link_id)


async def _by_url(request: web.Request, interview_id: str, token: str) -> ReportAccess:
    ctx, file = context(request), request.match_info.get("name", ALL_AUDIO)
    try:
        claims = ctx.report_tokens.verify_url(token, interview_id, file, ctx.wall_s())
    except BadReportToken as error:
        raise refused(request, error) from None
    request[tenancy.PROVED] = interview_id
    request[cors.SIGNED] = True
    limit(ctx.per_key, f"url {interview_id}", ctx.now_s())
    await _require_interview(request, claims.tenant, interview_id)
    if claims.link_id:
        await _require_alive(request, claims.tenant, interview_id, claims.link_id)
    return ReportAccess(claims.tenant, EVERYTHING, claims.expires_s, claims.link_id)


async def _require_interview(request: web.Request, tenant: str, interview_id: str) -> None:
    """Before the link is asked for, which goes with its interview: erased is not revoked.

    For who has a token that was signed here and has not expired: they knew that it was there.
    """
    if await context(request).live().owner(interview_id) != tenant:
        raise Problem(410, "interview_erased", "This interview was erased, and its report with it.")


async def _require_alive(
    request: web.Request, tenant: str, interview_id: str, link_id: str
) -> None:
    """Asked of the store each time, so that a link that is revoked is so on every server."""
    try:
        kept = (
            await context(request)
            .live()
            .documents.get(tenant, KIND, document_id(interview_id, link_id))
        )
    except StoreUnavailable:
        raise store_away() from None
    except ValueError:
        kept = None
    if kept is None:
        error = BadReportToken("report_link_revoked", "This link to the report was revoked")
        raise refused(request, error)


def refused(request: web.Request, error: BadReportToken) -> Problem:
    """Raises Problem 429 for who guesses."""
    limit_failures(request)
    detail = f"{error}."
    challenge = f'Bearer realm="media-server", error="invalid_token", error_description="{detail}"'
    return Problem(401, error.code, detail, headers={"WWW-Authenticate": challenge})


def store_away() -> Problem:
    return Problem(
        503, "store_unavailable", "The store does not answer now.", headers={"Retry-After": "2"}
    )


def url_token(request: web.Request, file: str, expires_s: float) -> str:
    """For a URL of this interview's sound, no longer than the access lasts."""
    access, ctx = request[ACCESS], context(request)
    claims = UrlClaims(
        access.tenant,
        request.match_info["interview"],
        file,
        min(expires_s, access.expires_s),
        access.link_id,
    )
    return ctx.report_tokens.url(claims)
