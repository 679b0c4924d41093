"""An interview as it happens: server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time

from aiohttp import web

from media_server.ports.live_events import LiveEvent, Watch
from signaling.context import context
from signaling.principals import principal
from signaling.problems import Problem
from signaling.streams import TooManyStreams

logger = logging.getLogger(__name__)

EVENT_STREAM = "text/event-stream"
HEARTBEAT_S = 15.0
LOOK_S = 1.0
"""How often a reader who has left is noticed, while there is nothing to send."""
SEND_S = 10.0
"""How long a reader may take nothing while its buffers (the socket's, and 64 KiB of ours) are
full; then it is cut off, and may come back with the last id it had."""
LONGEST_S = 1800.0
"""Then the reader has to come again, with a key that is still good."""
RETRY_MS = 2000
_EVENT_ID = re.compile(r"[0-9]{1,15}(-final)?")


async def events(request: web.Request) -> web.StreamResponse:
    """Follow an interview as it happens.

    Server-sent events: the public events of its log, those of webhooks, from the first on or
    after `Last-Event-ID`, each once and in order, on whichever server the interview is live. Ends
    with the event `end` when the interview is over and its result final; asked again with that
    event's id the answer is 204.
    """
    ctx, who = context(request), principal(request)
    words = _wants_words(request)
    if words and "watch" not in who.scopes:
        raise Problem(403, "missing_scope", "This API key has not the scope watch.")
    try:
        with ctx.streams.taken(who.tenant):
            watch = await ctx.open_service().watch(
                request.match_info["interview"],
                after_id=_last_event_id(request),
                words_by=who.tenant if words else None,
            )
            if watch is None:
                return web.Response(status=204)
            try:
                return await _stream(request, watch)
            finally:
                watch.close()
    except TooManyStreams as error:
        detail = f"{error}: close one, or try again later."
        raise Problem(429, "too_many_streams", detail, headers={"Retry-After": "10"}) from None


def _wants_words(request: web.Request) -> bool:
    for name in request.query:
        if name != "include":
            raise Problem(400, "unknown_parameter", "Known parameters: include.")
    wanted = request.query.getall("include", [])
    if wanted not in ([], ["words"]):
        raise Problem(400, "bad_include", "include may be words, or be left out.")
    return bool(wanted)


def _last_event_id(request: web.Request) -> str:
    given = request.headers.get("Last-Event-ID", "")
    if given and not _EVENT_ID.fullmatch(given):
        raise Problem(
            400, "bad_event_id", "Last-Event-ID must be the id of an event of this stream."
        )
    return given


async def _stream(request: web.Request, watch: Watch) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={
            "Content-Type": EVENT_STREAM,
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",  # nginx would keep events back
        }
    )
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    try:
        await _send(response, f"retry: {RETRY_MS}\n\n")
        await _pass_on(request, response, watch)
        async with asyncio.timeout(SEND_S):
            await response.write_eof()
    except (TimeoutError, ConnectionError):
        # The reader is gone, or takes nothing: what is buffered for it goes with the connection.
        if request.transport is not None:
            request.transport.abort()
    return response


async def _pass_on(request: web.Request, response: web.StreamResponse, watch: Watch) -> None:
    """Until the watch is over, or the reader has left, or has read for LONGEST_S."""
    now_s = time.monotonic()
    end_s, sent_s = now_s + LONGEST_S, now_s
    while now_s < end_s and _is_there(request):
        found = await watch.next(LOOK_S)
        if found is None:
            return
        now_s = time.monotonic()
        if found:
            await _send(response, "".join(map(encode, found)))
            sent_s = now_s
        elif now_s - sent_s >= HEARTBEAT_S:
            await _send(response, ":\n\n")
            sent_s = now_s


def _is_there(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


async def _send(response: web.StreamResponse, text: str) -> None:
    async with asyncio.timeout(SEND_S):
        await response.write(text.encode())


def encode(event: LiveEvent) -> str:
    """One event as text. JSON holds no line end, so that `data` is one line."""
    event_id = f"id: {event.event_id}\n" if event.event_id else ""
    data = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
    return f"{event_id}event: {event.name}\ndata: {data}\n\n"
