"""Links to reports, for people without an API key: made, listed, revoked."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator

from aiohttp import web

from media_server.interview.result import iso
from media_server.ports import Conflict, Document, StoreUnavailable
from media_server.ports.link_documents import KIND, document_id, forget_links
from signaling import schemas
from signaling.bodies import parse_json, read_body, require_content_type
from signaling.context import context
from signaling.principals import principal
from signaling.problems import Problem, unknown_interview
from signaling.report_access import store_away
from signaling.report_tokens import LinkClaims
from signaling.urls import location, url_for

logger = logging.getLogger(__name__)

MAX_LINKS = 100
"""Of an interview, at the same time."""
PAGE = 200
MAX_BODY_BYTES = 4096


async def create(request: web.Request) -> web.Response:
    """Make a link to the report of an interview.

    Whoever has the link sees the report until it expires or is revoked. Its token stands behind a
    "#", so that no server and no proxy on the way gets to log it.
    """
    ctx, interview_id = context(request), request.match_info["interview"]
    require_content_type(request, "application/json")
    body = await read_body(request, limit=MAX_BODY_BYTES, timeout_s=ctx.settings.body_timeout_s)
    asked = parse_json(body, schemas.ReportLinkRequest)
    tenant, now_s = principal(request).tenant, ctx.wall_s()
    standing = [found async for found in _standing(request, now_s)]
    if len(standing) >= MAX_LINKS:
        raise Problem(
            409, "too_many_links", f"There are {MAX_LINKS} links to it; revoke some of them first."
        )
    claims = LinkClaims(
        tenant,
        interview_id,
        secrets.token_urlsafe(12),
        frozenset(asked.scopes),
        float(int(now_s) + asked.ttl_s),
    )
    await _put(request, claims, now_s)
    ctx.live().reports.prepare(interview_id)
    token = ctx.report_tokens.link(claims)
    return web.json_response(
        {
            **_shown(claims.link_id, now_s, claims.expires_s, sorted(claims.scopes)),
            "url": f"{url_for(request, 'report_page', interview=interview_id)}#{token}",
        },
        status=201,
        headers={
            "Location": location(
                request, "report_link", interview=interview_id, link=claims.link_id
            ),
            "Cache-Control": "no-store",
        },
    )


async def listed(request: web.Request) -> web.Response:
    """List the links to the report of an interview, without what opens them."""
    found = [
        _shown(
            document.id.partition("@")[2],
            document.created_s,
            document.body["expires_s"],
            document.body["scopes"],
        )
        async for document in _standing(request, context(request).wall_s())
    ]
    found.sort(key=lambda link: str(link["created_at"]))
    return web.json_response({"links": found}, headers={"Cache-Control": "no-store"})


async def revoke(request: web.Request) -> web.Response:
    """Revoke a link to a report.

    From now on no server takes its token, nor a URL of sound that was given out by it.
    """
    interview_id, link_id = request.match_info["interview"], request.match_info["link"]
    if not await _delete(request, document_id(interview_id, link_id)):
        raise Problem(404, "unknown_link", "There is no such link; it may have expired.")
    return web.Response(status=204)


async def forget(request: web.Request) -> None:
    """Of an interview that was erased. What cannot be reached now opens nothing any more."""
    documents, interview_id = context(request).live().documents, request.match_info["interview"]
    try:
        await forget_links(documents, principal(request).tenant, interview_id)
    except StoreUnavailable as error:
        logger.warning("links to an erased report are left: %s", error)


async def _standing(request: web.Request, now_s: float) -> AsyncIterator[Document]:
    """Those that have not expired; the others go."""
    async for document in _all(request):
        if document.damage or document.body["expires_s"] <= now_s:
            await _delete(request, document.id)
        else:
            yield document


async def _all(request: web.Request) -> AsyncIterator[Document]:
    prefix = document_id(request.match_info["interview"], "")
    documents, tenant = context(request).live().documents, principal(request).tenant
    after = prefix
    while True:
        try:
            page = await documents.page(tenant, KIND, after=after, limit=PAGE)
        except StoreUnavailable:
            raise store_away() from None
        for document in page:
            if not document.id.startswith(prefix):
                return
            yield document
        if len(page) < PAGE:
            return
        after = page[-1].id


async def _put(request: web.Request, claims: LinkClaims, now_s: float) -> None:
    document = Document(
        claims.tenant,
        KIND,
        document_id(claims.interview_id, claims.link_id),
        0,
        now_s,
        {"expires_s": claims.expires_s, "scopes": sorted(claims.scopes)},
    )
    try:
        stored = await context(request).live().documents.put(document, expected_version=0)
    except StoreUnavailable:
        raise store_away() from None
    except ValueError:  # no interview has such an id
        raise unknown_interview() from None
    if isinstance(stored, Conflict):  # 96 random bits twice
        raise store_away()


async def _delete(request: web.Request, id_: str) -> bool:
    try:
        gone = await context(request).live().documents.delete(principal(request).tenant, KIND, id_)
    except StoreUnavailable:
        raise store_away() from None
    except ValueError:
        return False
    return gone is True


def _shown(
    link_id: str, created_s: float, expires_s: float, scopes: list[str]
) -> dict[str, object]:
    return {
        "id": link_id,
        "created_at": iso(created_s),
        "expires_at": iso(expires_s),
        "scopes": scopes,
    }
