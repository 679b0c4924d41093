"""A rehearsal: a short call before the interview, signalled like a call (RFC 9725)."""

from __future__ import annotations

import secrets

from aiohttp import web

from signaling.auth import limit, limit_address, require_call_token, require_token
from signaling.context import context
from signaling.problems import Problem
from signaling.tokens import digest
from signaling.urls import location
from signaling.whip import MAX_SDP_BYTES, SDP, read_sdp


async def post_offer(request: web.Request) -> web.Response:
    """Check before the interview how one sounds and what is understood.

    An SDP offer with a microphone and a data channel that is labelled `rehearsal.v1`. The call ends
    after a minute at most, or when the interview's own call begins. Nothing of it is kept.
    """
    ctx = context(request)
    limit_address(request, ctx.per_address)
    service = ctx.open_service()
    claims, token = require_token(request)
    limit(ctx.rehearsals, claims.interview_id, ctx.now_s())
    offer = await read_sdp(request, SDP, MAX_SDP_BYTES)
    call_id = secrets.token_urlsafe(12)
    accepted = await service.rehearse(claims.interview_id, offer, call_id=call_id)
    ctx.call_tokens.remember(call_id, digest(token))
    response = web.Response(status=201, text=accepted.answer_sdp, content_type=SDP, charset=None)
    response.headers["Location"] = location(request, "rehearsal", rehearsal=call_id)
    response.headers["Cache-Control"] = "no-store"
    return response


async def delete(request: web.Request) -> web.Response:
    """End a rehearsal."""
    ctx = context(request)
    limit_address(request, ctx.per_address)
    call_id = request.match_info["rehearsal"]
    interview_id = ctx.live().rehearsal_interview(call_id)
    if interview_id is None:
        raise Problem(404, "unknown_call", "There is no such rehearsal any more.")
    require_call_token(request, interview_id, call_id)
    await ctx.live().close_rehearsal(call_id)
    ctx.call_tokens.forget(call_id)
    return web.Response(status=200)
