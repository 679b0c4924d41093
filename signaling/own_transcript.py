"""What a candidate may still read and correct when the interview is over."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from aiohttp import web

from media_server.ports import Refused
from signaling.auth import limit_address, require_token
from signaling.bodies import read_json
from signaling.context import context
from signaling.join import gone
from signaling.schemas import ReviewRequest

MAX_REVIEW_BYTES = 512 * 1024
"""Every answer of a long interview, twice over."""


async def transcript(request: web.Request) -> web.Response:
    """Read the candidate's own words of an interview that is over.

    For as long as the link lives: 410 after that, or when the interview was erased. Only what was
    said in the window that the token's resume token came from is shown.
    """
    ctx = context(request)
    limit_address(request, ctx.per_address)
    claims, _ = require_token(request)
    return await _answer(
        ctx.live().own_transcript(claims.interview_id, resumed_from=claims.resumed_from)
    )


async def review(request: web.Request) -> web.Response:
    """Hand the transcript over, with corrections or without.

    Once, and in the time that the interview allows; the same again is answered the same.
    """
    ctx = context(request)
    limit_address(request, ctx.per_address)
    claims, _ = require_token(request)
    body = await read_json(
        request, ReviewRequest, limit=MAX_REVIEW_BYTES, timeout_s=ctx.settings.body_timeout_s
    )
    texts = {correction.prompt_id: correction.text for correction in body.corrections}
    return await _answer(
        ctx.live().review(claims.interview_id, texts, resumed_from=claims.resumed_from)
    )


async def _answer(asked: Awaitable[Mapping[str, Any]]) -> web.Response:
    try:
        found = await asked
    except Refused as error:
        if error.code != "unknown_interview":
            raise
        raise gone() from None
    return web.json_response(dict(found), headers={"Cache-Control": "no-store"})
