"""The join link as a QR code, to be scanned with a telephone."""

from __future__ import annotations

import asyncio
import io

from aiohttp import web

from signaling.context import context
from signaling.interviews import with_link

BORDER = 4
"""Modules of quiet around it (ISO/IEC 18004, section 6.3.8)."""


async def svg(request: web.Request) -> web.Response:
    """Get the join link as a QR code.

    An SVG, black on white. The link is a secret, and so is its code.
    """
    summary = await context(request).live().get(request.match_info["interview"])
    link = str(with_link(request, summary)["join_url"])
    body = await asyncio.to_thread(drawn, link)
    return web.Response(
        body=body, content_type="image/svg+xml", headers={"Cache-Control": "no-store"}
    )


def drawn(text: str) -> bytes:
    """Blocking, some milliseconds."""
    import segno  # noqa: PLC0415  # not before somebody wants one: it takes 20 ms

    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(out, kind="svg", border=BORDER, light="#fff", omitsize=True, xmldecl=False)
    return out.getvalue()
