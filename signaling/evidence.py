"""Evidence bundles, and the key that signs them."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from aiohttp import web

from media_server.evidence import manifest
from media_server.evidence.keys import BadKey, SigningKeys
from signaling.context import context
from signaling.problems import Problem
from signaling.secret_files import kept
from signaling.transcripts import text_transcript, web_vtt

logger = logging.getLogger(__name__)

ZIP = "application/zip"
SEND_S = 30.0
"""How long the client may take to read a piece."""
_TRANSCRIPTS = {manifest.VTT: web_vtt, manifest.TEXT: text_transcript}


async def bundle(request: web.Request) -> web.StreamResponse:
    """Download everything of an interview, signed.

    A ZIP with result, transcripts, log, audio, and a hash chain over the log, signed with the
    server's key. `media-server verify` checks it offline. An answer that is cut off is no bundle.
    """
    interview_id = request.match_info["interview"]
    service = context(request).live()
    made = await service.evidence(interview_id, await _keys(request), _TRANSCRIPTS)
    response = web.StreamResponse(
        headers={
            "Content-Type": ZIP,
            "Content-Length": str(made.size),
            "Cache-Control": "private, no-store",
            "Content-Disposition": f'attachment; filename="{interview_id}.zip"',
        }
    )
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    try:
        async with contextlib.aclosing(made.parts()) as parts:
            async for part in parts:
                async with asyncio.timeout(SEND_S):
                    await response.write(part)
        await response.write_eof()
    except Exception as error:
        # It has begun as 200: only a connection that ends too early says that it is not whole.
        logger.warning("a bundle broke off: %s", type(error).__name__)
        if request.transport is not None:
            request.transport.abort()
    return response


async def key(request: web.Request) -> web.Response:
    """Get the public key that signs evidence bundles.

    A JWK (RFC 8037); `kid` is its fingerprint, `pem` the same key for other tools. `former` are
    the keys that signed before it.
    """
    found = await _keys(request)
    return web.json_response(found.shown(), headers={"Cache-Control": "no-cache"})


async def _keys(request: web.Request) -> SigningKeys:
    """Read, or made, when somebody first asks. Raises Problem 503."""
    ctx = context(request)
    if ctx.evidence_keys is None:
        seeds, file = ctx.settings.evidence_keys, ctx.evidence_file
        try:
            if not seeds and file is not None:
                seeds = await asyncio.to_thread(kept, file)
            ctx.evidence_keys = SigningKeys(seeds)
        except (BadKey, OSError) as error:
            logger.error("the key for evidence cannot be used: %s", type(error).__name__)
            raise Problem(
                503,
                "no_evidence_key",
                "The server has no key that it can sign with; its operator finds more in "
                "docs/evidence.md.",
            ) from None
    return ctx.evidence_keys
