"""Reports of interviews, and their sound in other forms."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter

from media_server.interview.result import iso
from media_server.ports.reports import Sides
from signaling import audio_urls, tenancy
from signaling.context import context
from signaling.problems import Problem
from signaling.report_access import ACCESS, DECIDE
from signaling.report_csv import table

logger = logging.getLogger(__name__)

CSV = "text/csv"
OGG = "audio/ogg"
SEND_S = 60.0
"""How long the client may take to read a part of what is being made."""
_JSON = TypeAdapter(dict[str, Any])
"""Writes an hour in a few ms, several times as fast as `json`, which holds up every thread."""
_PROMPT = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_SIDES: dict[str, Sides] = {"both": "both", "candidate": "candidate"}


async def report(request: web.Request) -> web.Response:
    """Get everything that a person who judges the interview needs.

    The result, what the interviewer said and when, losses, pauses, coverage, quality, and URLs of
    the sound. Valid at any time, partial until the interview is over. With an API key (scope `read`
    or `report`) or the token of a link to the report. 304 where `If-None-Match` has the `ETag` and
    the interview's log has not grown since.
    """
    etag = f'"{await context(request).live().reports.version(request.match_info["interview"])}"'
    headers = {"Cache-Control": "no-store", "ETag": f"W/{etag}"}
    if any(f'"{known.value}"' == etag for known in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    found = await context(request).live().reports.report(request.match_info["interview"])
    brand = await tenancy.brand_of(
        context(request), request.match_info["interview"], found["branding"]
    )
    text = await asyncio.to_thread(
        lambda: _JSON.dump_json({**_filled(request, found), "branding": brand})
    )
    return web.Response(
        body=text, content_type="application/json", charset="utf-8", headers=headers
    )


async def waveform(request: web.Request) -> web.Response:
    """Get loudness over time and where audio was lost.

    For a report whose `waveform` is null: a long recording takes some seconds the first time, and
    this waits for it.
    """
    found = await context(request).live().reports.waveform(request.match_info["interview"])
    return web.json_response(found, headers={"Cache-Control": "no-store"})


async def report_csv(request: web.Request) -> web.Response:
    """Get the answers as a table, one row for each.

    RFC 4180 in UTF-8 with a BOM. Texts that a spreadsheet would take for a formula begin with an
    apostrophe.
    """
    interview_id = request.match_info["interview"]
    body = await context(request).live().reports.report(interview_id)
    text = await asyncio.to_thread(table, body)
    return web.Response(
        text=text,
        content_type=CSV,
        charset="utf-8",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{interview_id}.csv"',
        },
    )


async def whole_audio(request: web.Request) -> web.StreamResponse:
    """Get the whole interview as one Ogg Opus file, as it was.

    `sides=both`: interviewer and candidate mixed on the interview's timeline. `sides=candidate`:
    the candidate alone, packets as they were received. It is made while it is sent, without ranges
    and length; an answer that is cut off is not whole.
    """
    sides = _SIDES.get(request.query.get("sides", "both"))
    if sides is None:
        raise Problem(400, "bad_sides", "sides must be both or candidate.")
    interview_id = request.match_info["interview"]
    if request.method == "HEAD":
        await context(request).live().get(interview_id)
        return await _send(request, None, f"{interview_id}.ogg")
    parts = await context(request).live().reports.whole_audio(interview_id, sides)
    return await _send(request, parts, f"{interview_id}.ogg")


async def answer_audio(request: web.Request) -> web.StreamResponse:
    """Get what the candidate said to one prompt as an Ogg Opus file.

    Cut out of the recording and never encoded again: packets are as they were received.
    """
    interview_id, prompt_id = request.match_info["interview"], request.match_info["prompt"]
    if not _PROMPT.fullmatch(prompt_id):
        raise Problem(404, "unknown_prompt", "The result names the prompts there are.")
    name = re.sub(r"[^A-Za-z0-9-]", "-", prompt_id)
    parts = await context(request).live().reports.answer_audio(interview_id, prompt_id)
    return await _send(request, parts, f"{interview_id}-{name}.ogg")


def _filled(request: web.Request, report: Mapping[str, Any]) -> dict[str, Any]:
    """The report with what HTTP knows. Blocking: some ms, for each URL is signed."""
    found = dict(report)
    access, url_of = request[ACCESS], audio_urls.relative(request)
    expires_s = audio_urls.expires_s(request)
    for part in ("recordings", "spoken"):
        found[part] = [
            {**shown, "url": url_of(shown["file"]) if shown["file"] else None}
            for shown in found[part]
        ]
    heard = {answer["prompt_id"] for answer in found["result"]["answers"] if answer["audio"]}
    found["coverage"] = [
        {
            **covered,
            "audio_url": audio_urls.whole(request, "answer_audio", prompt=covered["prompt_id"])
            if covered["prompt_id"] in heard
            else None,
        }
        for covered in found["coverage"]
    ]
    return {
        **found,
        "result": audio_urls.with_urls(found["result"], url_of),
        "links": {
            **_links(request, recorded=bool(found["recordings"])),
            "decisions": _decisions(request, found["result"]["evaluation"]),
        },
        "expires_at": iso(expires_s),
        "scopes": sorted(access.scopes),
    }


def _links(request: web.Request, *, recorded: bool) -> dict[str, str | None]:
    def path(route: str) -> str:
        return audio_urls.below_mount(request, route)

    both = audio_urls.whole(request, "whole_audio") if recorded else None
    return {
        "json": path("report"),
        "csv": path("report_csv"),
        "vtt": path("transcript_vtt"),
        "txt": path("transcript_txt"),
        "audio": both,
        "candidate_audio": both and f"{both}&sides=candidate",
        "waveform": path("waveform"),
        "bundle": path("bundle") if audio_urls.may_listen(request) else None,
    }


def _decisions(request: web.Request, evaluation: Mapping[str, Any] | None) -> str | None:
    """Where this asker may decide about scores."""
    there_is_something = evaluation is not None and evaluation["status"] != "pending"
    may = DECIDE in request[ACCESS].scopes
    return audio_urls.below_mount(request, "decisions") if may and there_is_something else None


async def _send(
    request: web.Request, parts: AsyncGenerator[bytes, None] | None, filename: str
) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={
            "Content-Type": "audio/ogg; codecs=opus",
            "Accept-Ranges": "none",
            "Cache-Control": "private, no-store",
            "Content-Disposition": f'attachment; filename="{filename}"',
        }
    )
    if parts is None:
        await response.prepare(request)
        return response
    async with contextlib.aclosing(parts):
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        try:
            async for part in parts:
                async with asyncio.timeout(SEND_S):
                    await response.write(part)
            await response.write_eof()
        except Exception as error:
            # It has begun as 200: only a connection that ends too early says it is not whole.
            if not isinstance(error, ConnectionError):
                logger.warning("sound that was being made broke off: %s", type(error).__name__)
            if request.transport is not None:
                request.transport.abort()
    return response
