"""Interviews over HTTPS alone, for networks that let no UDP through: calls in writing over a
WebSocket (RFC 6455), and the check that finds out whether one is needed.

A browser shows a page neither the status nor the body of a refused upgrade. So whatever concerns
the interview is answered after it: as one message with Problem details (RFC 9457) and the close
code 4000 + status.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
from typing import Final
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web

from media_server.ports import CloseReason, InterviewService, Refused, TextLine
from signaling import problems
from signaling.auth import limit, limit_address, require_token_for, verified_for
from signaling.context import Context, context
from signaling.front_peer import PEER, REFUSED, refuse_if_told
from signaling.problems import Problem
from signaling.tenancy import readers
from signaling.tokens import TokenClaims
from signaling.urls import base_url
from signaling.whip import MAX_SDP_BYTES, SDP, read_sdp

logger = logging.getLogger(__name__)

PROTOCOL: Final = "interview.v1"
TOKEN_PREFIX: Final = "bearer."  # noqa: S105  # in front of the token, among the protocols
MAX_MESSAGE_BYTES = 16_384
OPEN_S = 15.0
"""Until the interview has taken the call in: an earlier server may need 5 s to let go of it."""
PING_S = 5.0
"""So long after the last text the client is asked whether it is there."""
SEND_S = 15.0
"""A text that the socket does not take within this: nobody reads."""
CLOSE_S = 2.0
QUIET_S = 30.0
"""Without a frame: the call itself has given up long before."""
LEFT = frozenset({1000, 1001})
"""Close codes of a client that goes on purpose (RFC 6455 §7.4.1)."""


async def text_call(request: web.Request) -> web.StreamResponse:
    """Hold the interview in writing, over a WebSocket (RFC 6455).

    `Sec-WebSocket-Protocol: interview.v1, bearer.<token>`. The messages are those of the data
    channel. A refusal is one message with Problem details and the close code 4000 + status.
    """
    ctx = context(request)
    limit_address(request, ctx.per_address)
    service = ctx.open_service()
    await _require_origin(request)
    socket = web.WebSocketResponse(
        protocols=(PROTOCOL,),
        timeout=CLOSE_S,
        autoping=False,
        compress=False,
        max_msg_size=MAX_MESSAGE_BYTES,
    )
    if not socket.can_prepare(request):
        raise Problem(
            426,
            "upgrade_needed",
            "This address speaks WebSocket only; a proxy in between must pass Upgrade on.",
            headers={"Upgrade": "websocket", "Connection": "Upgrade"},
        )
    claims = _claims(request)
    if isinstance(claims, Problem) and PEER in request:
        socket.headers[REFUSED] = "1"
    await socket.prepare(request)
    try:
        line = await _open(request, ctx, service, claims)
    except Problem as problem:
        await _refuse(socket, problem)
    except Refused as refused:
        await _refuse(socket, problems.from_refused(refused))
    except TimeoutError:
        detail = "The interview did not answer in time; try again."
        await _refuse(socket, Problem(503, "busy", detail, headers={"Retry-After": "2"}))
    else:
        await _hold(request, socket, line)
    return socket


async def connectivity(request: web.Request) -> web.Response:
    """Check whether sound can get through, with an SDP offer.

    The answer is that of a call that carries nothing and ends by itself within 10 s. What connects
    here connects in the interview.
    """
    ctx = context(request)
    interview_id = request.match_info["interview"]
    limit_address(request, ctx.per_address)
    service = ctx.open_service()
    require_token_for(request, interview_id)
    limit(ctx.per_call, interview_id, ctx.now_s())
    offer = await read_sdp(request, SDP, MAX_SDP_BYTES)
    accepted = await service.probe(interview_id, offer, call_id=secrets.token_urlsafe(12))
    response = web.Response(status=201, text=accepted.answer_sdp, content_type=SDP, charset=None)
    response.headers["Cache-Control"] = "no-store"
    return response


def _claims(request: web.Request) -> TokenClaims | Problem:
    try:
        return verified_for(request, _token(request), request.match_info["interview"])
    except Problem as problem:
        return problem


async def _open(
    request: web.Request, ctx: Context, service: InterviewService, claims: TokenClaims | Problem
) -> TextLine:
    if isinstance(claims, Problem):
        raise claims
    interview_id = request.match_info["interview"]
    await _require_origin(request)
    limit(ctx.per_interview, interview_id, ctx.now_s())
    refuse_if_told(request, ctx.count_refused_for_front)
    async with asyncio.timeout(OPEN_S):
        return await service.open_text(
            interview_id, call_id=secrets.token_urlsafe(12), resumed_from=claims.resumed_from
        )


def _token(request: web.Request) -> str:
    """Not in the address, which is logged on its way. Raises Problem 401."""
    offered = ",".join(request.headers.getall("Sec-WebSocket-Protocol", [])).split(",")
    tokens = [name.strip() for name in offered if name.strip().startswith(TOKEN_PREFIX)]
    if len(tokens) != 1:
        detail = f"Offer the protocols {PROTOCOL} and {TOKEN_PREFIX}<token>, from POST /v1/join."
        raise Problem(401, "unauthorized", detail)
    return tokens[0].removeprefix(TOKEN_PREFIX)


async def _require_origin(request: web.Request) -> None:
    """Once before and once after it is known whose interview it is. Who may open one is who may
    read the other answers of a call (`cors`): CORS itself does not concern WebSockets. Programs
    that are no browser send no Origin."""
    origin = request.headers.get("Origin")
    allowed = await readers(request)
    if origin is None or "*" in allowed or origin in allowed:
        return
    own = (urlsplit(base_url(request)).netloc, request.headers.get("Host", ""))
    if urlsplit(origin).netloc not in own:
        raise Problem(
            403,
            "origin_refused",
            "Pages of this origin may not call here; MEDIA_SERVER_CORS_ORIGINS lists those that "
            "may, and MEDIA_SERVER_PUBLIC_URL says what this server is called.",
        )


async def _refuse(socket: web.WebSocketResponse, problem: Problem) -> None:
    """The Problem details as a message: the page acts on them as on an answer's."""
    body = json.loads(str(problems.response(problem).text))
    retry_after = problem.headers.get("Retry-After")
    if retry_after is not None:
        body["retry_after_s"] = int(retry_after)
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(SEND_S):
            await socket.send_str(json.dumps(body))
            await socket.close(code=4000 + problem.status, message=problem.code.encode()[:123])


async def _hold(request: web.Request, socket: web.WebSocketResponse, line: TextLine) -> None:
    writing = _write(request, socket, line)
    writer = asyncio.get_running_loop().create_task(writing, name="text call out")
    reason: CloseReason = "gone"
    try:
        reason = await _read(socket, line)
    finally:
        line.hang_up(reason)
        _, late = await asyncio.wait((writer,), timeout=SEND_S)
        for task in late:
            task.cancel()


async def _read(socket: web.WebSocketResponse, line: TextLine) -> CloseReason:
    """Until the socket is closed by either side."""
    while True:
        try:
            message = await socket.receive(timeout=QUIET_S)
        except TimeoutError:
            return "gone"
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            line.received(message.data)
        elif message.type is WSMsgType.PING:
            line.heard()
            with contextlib.suppress(ConnectionError):
                await socket.pong(message.data)
        elif message.type is WSMsgType.PONG:
            line.heard()
        elif message.type is WSMsgType.ERROR:
            return "limit"  # a message that is too long, or no WebSocket frame
        else:
            return "left" if socket.close_code in LEFT else "gone"


async def _write(request: web.Request, socket: web.WebSocketResponse, line: TextLine) -> None:
    """Until the call is over; then the socket is closed."""
    try:
        while (text := await _next(socket, line)) is not None:
            async with asyncio.timeout(SEND_S):
                await socket.send_str(text)
            line.sent(text)
    except (TimeoutError, ConnectionError):
        line.hang_up("gone")
    except Exception as error:
        logger.exception("a call in writing failed: %s", type(error).__name__)
        line.hang_up("error")
    if line.close_reason == "lease_lost" and request.transport is not None:
        request.transport.abort()  # somebody else speaks for the interview: not a byte, as on UDP
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(CLOSE_S + 1):
            await socket.close(message=(line.close_reason or "gone").encode())


async def _next(socket: web.WebSocketResponse, line: TextLine) -> str | None:
    while True:
        try:
            async with asyncio.timeout(PING_S):
                return await line.next()
        except TimeoutError:
            async with asyncio.timeout(SEND_S):
                await socket.ping()
