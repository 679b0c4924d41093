"""What the candidate's page asks before the call: join by the link, consent, start the demo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from media_server.interview.status import TERMINAL
from media_server.ports import InterviewService, Refused
from signaling.auth import limit, limit_address, limit_failures, require_token
from signaling.bodies import read_json
from signaling.context import context
from signaling.demo import language_of, spoken
from signaling.ice import ice_servers, shown
from signaling.problems import Problem
from signaling.schemas import ConsentRequest, JoinRequest
from signaling.tenancy import PROVED, brand_of
from signaling.urls import location, url_for

MAX_BODY_BYTES = 4096


async def join(request: web.Request) -> web.Response:
    """Join with a link or a resume token.

    The answer has a client token and what the page shows. The link stays valid.
    """
    ctx = context(request)
    limit_address(request, ctx.per_address)
    service = ctx.open_service()
    timeout_s = ctx.settings.body_timeout_s
    body = await read_json(request, JoinRequest, limit=MAX_BODY_BYTES, timeout_s=timeout_s)
    if body.resume is not None:
        interview_id, resumed_from = await _resumed(request, service, body.resume)
    else:
        interview_id, resumed_from = _linked(request, body.link or ""), 0
    request[PROVED] = interview_id
    page = await _page(service, interview_id, ended=body.ended)
    now_s = ctx.wall_s()
    demo = bool(page["demo"])
    token, expires_s = ctx.tokens.issue(interview_id, now_s, demo=demo, resumed_from=resumed_from)
    branding = await brand_of(ctx, interview_id, page.get("branding") or {})
    agreed = page["consent"]["given"] or not page["consent"]["required"]
    over = page["status"] in TERMINAL
    servers = ice_servers(ctx.settings, interview_id, now_s, relay=agreed and not demo and not over)
    answer = {
        "token": token,
        "interview": interview_id,
        "expires_at": datetime.fromtimestamp(expires_s, UTC).isoformat(),
        "ice_servers": shown(servers),
        "whip_url": location(request, "whip", interview=interview_id),
        "text_url": location(request, "text", interview=interview_id),
        "page": {**page, "branding": branding},
    }
    return web.json_response(answer, headers={"Cache-Control": "no-store"})


async def _page(service: InterviewService, interview_id: str, *, ended: bool) -> Mapping[str, Any]:
    """A link that we signed, and nothing behind it: erased, or lost with the store."""
    try:
        return await service.joined(interview_id, ended=ended)
    except Refused as error:
        if error.code != "unknown_interview":
            raise
        raise gone() from None


def gone() -> Problem:
    return Problem(
        410,
        "interview_gone",
        "The link is genuine, but this interview is no longer here: it was erased, or lost "
        "with the server's data. Ask whoever sent the link for a new one.",
    )


def _linked(request: web.Request, link: str) -> str:
    interview_id = context(request).links.check(last_segment(link))
    if interview_id is None:
        limit_failures(request)
        raise Problem(
            404,
            "unknown_link",
            "This link is not valid. Was it copied whole? Ask whoever sent it for a new one.",
        )
    return interview_id


async def _resumed(request: web.Request, service: InterviewService, token: str) -> tuple[str, int]:
    try:
        return await service.resumed(token)
    except Refused as error:
        if error.status == 401:
            limit_failures(request)
        raise


async def consent(request: web.Request) -> web.Response:
    """Give or refuse consent to the text that was shown, by its version.

    200 with the ICE servers for the call where there are any, else 204. TURN credentials are given
    here, not at joining: opening a link does not open a relay.
    """
    ctx = context(request)
    limit_address(request, ctx.per_address)
    claims, _ = require_token(request)
    timeout_s = ctx.settings.body_timeout_s
    body = await read_json(request, ConsentRequest, limit=MAX_BODY_BYTES, timeout_s=timeout_s)
    interview_id = claims.interview_id
    await ctx.live().consent(interview_id, version=body.version, accepted=body.accepted)
    servers = ice_servers(ctx.settings, interview_id, ctx.wall_s(), relay=not claims.demo)
    if not body.accepted or not servers:
        return web.Response(status=204)
    answer = {"ice_servers": shown(servers)}
    return web.json_response(answer, headers={"Cache-Control": "no-store"})


async def demo(request: web.Request) -> web.Response:
    """Start the demo interview.

    It asks the demo's questions, of whoever wants it; a setting switches it off. They are in the
    language of the page: `Accept-Language` decides, as the browser sends it. In English where
    there is no voice or no recogniser for that language: a demo is to be heard, and to hear.
    """
    ctx = context(request)
    if not ctx.settings.demo_on:
        raise Problem(
            404, "demo_off", "The demo is switched off here; MEDIA_SERVER_DEMO=on switches it on."
        )
    limit_address(request, ctx.demos)
    limit(ctx.all_demos, "", ctx.now_s())
    service = ctx.open_service()
    demos = spoken(ctx.demos_of, service.speaks)
    language = language_of(request.headers.get("Accept-Language", ""), demos)
    summary = await service.create(
        ctx.demos_of[language], idempotency_key=None, request_digest="", demo=True
    )
    interview_id = str(summary["id"])
    url = url_for(request, "candidate", link=ctx.links.make(interview_id))
    return web.json_response(
        {"id": interview_id, "join_url": url}, status=201, headers={"Cache-Control": "no-store"}
    )


def last_segment(link: str) -> str:
    """People paste the whole address; what counts is its last path segment."""
    return link.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
