"""The integrators' API: /v1/interviews. The route table says which scope each handler needs."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter

from media_server.interview.spec import InterviewSpec
from media_server.interview.template import InterviewFromTemplate
from signaling import audio_urls, report_links
from signaling.advice import warnings_for
from signaling.blob_response import blob_response
from signaling.bodies import (
    content_digest,
    names_template,
    parse_large,
    read_body,
    require_content_type,
)
from signaling.context import context
from signaling.list_filter import FILTERS, narrowed_by
from signaling.pages_of_lists import list_query
from signaling.principals import principal
from signaling.problems import Problem
from signaling.rubrics import refuse_unfair
from signaling.templates import idempotency_key, interview_of
from signaling.transcripts import text_transcript, web_vtt
from signaling.urls import location, url_for

logger = logging.getLogger(__name__)

OGG_OPUS = "audio/ogg; codecs=opus"
NDJSON = "application/x-ndjson"
SEND_S = 30.0
"""How long the client may take to read some lines of a log."""
_JSON = TypeAdapter(dict[str, Any])
"""Writes an hour in a few ms, several times as fast as `json`, which holds up every thread."""
_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,64}")
_RECORDING = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.ogg")


async def create(request: web.Request) -> web.Response:
    """Create an interview (idempotent).

    The same Idempotency-Key with the same body answers the same interview and the same link.
    """
    ctx = context(request)
    key = idempotency_key(request)
    settings = ctx.settings
    require_content_type(request, "application/json")
    body = await read_body(
        request, limit=settings.max_spec_bytes, timeout_s=settings.body_timeout_s
    )
    service, tenant = ctx.open_service(), principal(request).tenant
    if names_template(body):
        asked = await parse_large(body, InterviewFromTemplate)
        if key is not None:
            # The template may have been changed or deleted since the first try.
            before = await service.repeated(
                idempotency_key=key, request_digest=content_digest(body), tenant=tenant
            )
            if before is not None:
                return _created(request, before, [])
        spec = await interview_of(request, asked)
    else:
        spec = await parse_large(body, InterviewSpec)
        await refuse_unfair(spec)
    summary = await service.create(
        spec, idempotency_key=key, request_digest=content_digest(body), tenant=tenant
    )
    has_model = service.language_model().has_model
    if spec.faq:
        warnings = await asyncio.to_thread(warnings_for, spec, has_model=has_model)
    else:
        warnings = warnings_for(spec, has_model=has_model)
    return _created(request, summary, warnings)


def _created(
    request: web.Request, summary: Mapping[str, Any], warnings: list[dict[str, str]]
) -> web.Response:
    return web.json_response(
        {**with_link(request, summary), "warnings": warnings},
        status=201,
        headers={
            "Location": location(request, "interview", interview=str(summary["id"])),
            "Cache-Control": "no-store",
        },
    )


async def page(request: web.Request) -> web.Response:
    """List interviews, newest first, page by page."""
    cursor, limit = list_query(request, _CURSOR, also=FILTERS)
    tenant, only = principal(request).tenant, narrowed_by(request.query)
    rows, following = await context(request).live().page(cursor, limit, tenant=tenant, only=only)
    return _json(
        {"interviews": [with_link(request, row) for row in rows], "next_cursor": following}
    )


async def show(request: web.Request) -> web.Response:
    """Show the state and the join link of an interview."""
    summary = await context(request).live().get(request.match_info["interview"])
    return _json(with_link(request, summary))


async def erase(request: web.Request) -> web.Response:
    """Erase an interview, its recordings and transcripts included."""
    await context(request).live().erase(request.match_info["interview"])
    await report_links.forget(request)
    return web.Response(status=204)


async def cancel(request: web.Request) -> web.Response:
    """Cancel an interview.

    The answers so far are kept, and the link stops working.
    """
    service = context(request).live()
    interview_id = request.match_info["interview"]
    await service.cancel(interview_id)
    return _json(with_link(request, await service.get(interview_id)))


async def result(request: web.Request) -> web.Response:
    """Get the result.

    It is valid at any time, and partial until the interview is over.
    """
    found, url_of = await _result(request), audio_urls.absolute(request)
    text = await asyncio.to_thread(lambda: _JSON.dump_json(audio_urls.with_urls(found, url_of)))
    return web.Response(
        body=text,
        content_type="application/json",
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )


async def transcript_vtt(request: web.Request) -> web.Response:
    """Get the transcript as WebVTT.

    Its times are those of the candidate's audio.
    """
    text = web_vtt(await _result(request))
    return web.Response(text=text, content_type="text/vtt", headers={"Cache-Control": "no-store"})


async def transcript_txt(request: web.Request) -> web.Response:
    """Get questions and answers as plain text."""
    text = text_transcript(await _result(request))
    return web.Response(text=text, content_type="text/plain", headers={"Cache-Control": "no-store"})


async def log(request: web.Request) -> web.StreamResponse:
    """Export the whole log as lines of JSON.

    `media-server replay` reads it. The first line is `{"interview", "spec"}`, every other
    `{"seq", "at_s", "type", "data"}`. It holds every word of the interview. An answer that is
    cut off is no whole log.
    """
    interview_id = request.match_info["interview"]
    parts = await context(request).live().export(interview_id)
    response = web.StreamResponse(
        headers={
            "Content-Type": NDJSON,
            "Cache-Control": "private, no-store",
            "Content-Disposition": f'attachment; filename="{interview_id}.ndjson"',
        }
    )
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    try:
        async for part in parts:
            async with asyncio.timeout(SEND_S):
                await response.write(part.encode())
        await response.write_eof()
    except Exception as error:
        # It has begun as 200: only a connection that ends too early says that it is not whole.
        logger.warning("the export of a log broke off: %s", type(error).__name__)
        if request.transport is not None:
            request.transport.abort()
    return response


async def audio(request: web.Request) -> web.StreamResponse:
    """Download a recording.

    Ogg Opus as it came, in byte ranges (RFC 9110 §14), so that players can seek.
    """
    name = request.match_info["name"]
    if not _RECORDING.fullmatch(name):
        raise Problem(404, "unknown_recording", "The result names the recordings there are.")
    blob = await context(request).live().recording(request.match_info["interview"], name)
    return await blob_response(request, blob, content_type=OGG_OPUS, filename=name)


def with_link(request: web.Request, summary: Mapping[str, Any]) -> dict[str, Any]:
    """The summary and the join link, which is computed and stored nowhere."""
    link = context(request).links.make(str(summary["id"]))
    return {**summary, "join_url": url_for(request, "candidate", link=link)}


async def _result(request: web.Request) -> Mapping[str, Any]:
    return await context(request).live().result(request.match_info["interview"])


def _json(body: Mapping[str, Any]) -> web.Response:
    return web.json_response(body, headers={"Cache-Control": "no-store"})
