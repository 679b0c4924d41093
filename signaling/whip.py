"""WHIP-shaped signalling (RFC 9725): POST an offer, PATCH candidates, DELETE to leave.

One clause is broken on purpose and declared by a Link extension: §4.2 wants a recvonly answer, a
conversation needs sendrecv and a data channel. An offer that is sendonly gets strict WHIP.
"""

from __future__ import annotations

import secrets

from aiohttp import web

from signaling.auth import limit, limit_address, require_call_token, require_token_for
from signaling.bodies import read_body, require_content_type
from signaling.context import context
from signaling.front_peer import refuse_if_told
from signaling.ice import ice_servers, link_headers
from signaling.problems import Problem
from signaling.tokens import digest
from signaling.urls import location

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
EXTENSION = "urn:ietf:params:whip:ext:media-server:interview-v1"
MAX_SDP_BYTES = 32_768
MAX_FRAGMENT_BYTES = 8_192


async def post_offer(request: web.Request) -> web.Response:
    """Start a call with an SDP offer.

    The headers have the Location of the call, its ETag, and the ICE servers as Link.
    """
    ctx = context(request)
    interview_id = request.match_info["interview"]
    limit_address(request, ctx.per_address)
    service = ctx.open_service()
    claims, token = require_token_for(request, interview_id)
    limit(ctx.per_interview, interview_id, ctx.now_s())
    refuse_if_told(request, ctx.count_refused_for_front)
    offer = await read_sdp(request, SDP, MAX_SDP_BYTES)
    call_id = secrets.token_urlsafe(12)
    accepted = await service.open_call(
        interview_id, offer, call_id=call_id, resumed_from=claims.resumed_from
    )
    ctx.call_tokens.remember(call_id, digest(token))
    call_url = location(request, "call", interview=interview_id, call=call_id)
    response = web.Response(status=201, text=accepted.answer_sdp, content_type=SDP, charset=None)
    response.headers["Location"] = call_url
    response.headers["ETag"] = strong(accepted.etag)
    response.headers["Cache-Control"] = "no-store"
    relay = not claims.demo  # without consent the service has refused the offer
    for link in link_headers(ice_servers(ctx.settings, interview_id, ctx.wall_s(), relay=relay)):
        response.headers.add("Link", link)
    response.headers.add("Link", f'<{call_url}>; rel="{EXTENSION}"')
    return response


async def patch_call(request: web.Request) -> web.Response:
    """Add ICE candidates, or restart ICE.

    204 for candidates, 200 with a fragment and a new ETag for a restart.
    A PATCH that is refused never ends the call.
    """
    service = context(request).live()
    call_id = _authorised_call(request)
    if service.call_interview(call_id) != request.match_info["interview"]:
        raise _no_such_call()
    require_content_type(request, FRAGMENT)
    if_match = request.headers.get("If-Match", "")
    if not if_match.strip():
        raise Problem(
            428, "if_match_missing", 'Send If-Match with the ETag of this call, or "*" to restart.'
        )
    fragment = await read_sdp(request, FRAGMENT, MAX_FRAGMENT_BYTES)
    answer = await service.trickle(call_id, fragment, if_match)
    if answer.status == 200:
        response = web.Response(text=answer.fragment, content_type=FRAGMENT, charset=None)
        response.headers["ETag"] = strong(answer.etag)
        return response
    return web.Response(status=answer.status)


async def delete_call(request: web.Request) -> web.Response:
    """End a call.

    The interview waits for the candidate's next call.
    """
    ctx = context(request)
    service = ctx.live()
    call_id = _authorised_call(request)
    if service.call_interview(call_id) != request.match_info["interview"]:
        raise _no_such_call()
    await service.close_call(call_id)
    ctx.call_tokens.forget(call_id)
    return web.Response(status=200)


async def options(request: web.Request) -> web.Response:
    """Show which methods and bodies are accepted."""
    if request.match_info.get("call"):
        headers = {"Accept-Patch": FRAGMENT, "Allow": "PATCH, DELETE, GET, HEAD, OPTIONS"}
    else:
        headers = {"Accept-Post": SDP, "Allow": "POST, GET, HEAD, OPTIONS"}
    return web.Response(status=204, headers=headers)


async def preflight(_: web.Request) -> web.Response:
    """Answers a CORS preflight (Fetch Standard §4.8); the headers are added to every answer."""
    return web.Response(status=204)


async def get_nothing(_: web.Request) -> web.Response:
    """Answer a GET with no content (RFC 9725 §4.2)."""
    return web.Response(status=204, headers={"Cache-Control": "no-store"})


def strong(etag: str) -> str:
    """An entity tag in quotes, whichever way the transport names it."""
    return etag if etag.startswith('"') else f'"{etag}"'


def _authorised_call(request: web.Request) -> str:
    ctx = context(request)
    limit_address(request, ctx.per_address)
    call_id, interview_id = request.match_info["call"], request.match_info["interview"]
    require_call_token(request, interview_id, call_id)
    limit(ctx.per_call, interview_id, ctx.now_s())
    return call_id


def _no_such_call() -> Problem:
    return Problem(404, "unknown_call", "There is no such call any more; POST a new offer.")


async def read_sdp(request: web.Request, content_type: str, limit_bytes: int) -> str:
    """A body of SDP or a fragment of it. Raises Problem 400, 408, 413 or 415."""
    require_content_type(request, content_type)
    timeout_s = context(request).settings.body_timeout_s
    body = await read_body(request, limit=limit_bytes, timeout_s=timeout_s)
    if not body.strip():
        raise Problem(400, "empty_body", f"The body is empty; send {content_type}.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Problem(400, "not_utf8", "The body is not UTF-8 text.") from None
    if "\x00" in text:
        raise Problem(400, "not_text", "The body contains NUL characters.")
    return text
