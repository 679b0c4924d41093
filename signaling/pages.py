"""The candidate's page and its files, with the headers that keep a microphone page safe.

The address of the page holds the join link, which is a secret: no referrer, no foreign content,
no frame, no cache that others read.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from signaling import tenancy
from signaling.branding import brand
from signaling.context import context
from signaling.hosts import is_host
from signaling.page_files import KINDS, Lean
from signaling.problems import Problem

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".wav": "audio/wav",
    ".ogg": "audio/ogg",
    ".map": "application/json; charset=utf-8",
}
_SHARED = re.compile(r"embed\.js|sdk/[a-z-]+\.js")
"""What pages of other origins may load: the element and the SDK. They hold nothing secret."""
_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


async def with_slash(request: web.Request) -> web.Response:
    """Where we are mounted, asked for without its slash: the page's links are relative to it.

    The Location is relative too, so that it is right behind a proxy that takes a prefix away.
    """
    last = request.rel_url.raw_path.rpartition("/")[2]
    query = request.rel_url.raw_query_string
    return web.Response(status=308, headers={"Location": f"./{last}/{'?' if query else ''}{query}"})


async def index(request: web.Request) -> web.StreamResponse:
    """The first page of a server bears its name, where it has one."""
    shown = brand(context(request).settings, {})
    return await _file(request, "index.html", shown=shown if any(shown.values()) else None)


async def console(request: web.Request) -> web.StreamResponse:
    """A page without data: what it shows it asks the API for, with the key that is typed in."""
    if not context(request).settings.console:
        raise _missing()
    return await _file(request, "console.html", framed=False)


async def ops(request: web.Request) -> web.StreamResponse:
    """As the console: a page without data, which asks the API with the key that is typed in."""
    if not context(request).settings.console:
        raise _missing()
    return await _file(request, "ops.html", framed=False)


async def candidate(request: web.Request) -> web.StreamResponse:
    """The same page for every link; whether the link is good, POST /v1/join says. Only who may
    frame it is the tenant's of the interview."""
    return await _file(request, "interview.html", link=request.match_info["link"])


async def report(request: web.Request) -> web.StreamResponse:
    """The same page for every report; what opens it is in the part of the address that is never
    sent."""
    return await _file(request, "report.html", interview_id=request.match_info["interview"])


async def asset(request: web.Request) -> web.StreamResponse:
    return await _file(request, request.match_info["path"])


async def _file(
    request: web.Request,
    name: str,
    *,
    link: str | None = None,
    interview_id: str | None = None,
    framed: bool = True,
    shown: Mapping[str, Any] | None = None,
) -> web.StreamResponse:
    """`link`, `interview_id`: whose page it is, where it is one's. `framed`: whether anybody may
    show it in a frame at all. `shown`: the brand to write into it."""
    ctx = context(request)
    content_type = _TYPES.get(Path(name).suffix)
    if content_type is None or not _PATH.fullmatch(name) or "node_modules" in name:
        raise _missing()
    path = await asyncio.to_thread(_inside, ctx.client_dir, name)
    if path is None:
        raise _missing()
    lean = None
    if path.suffix in KINDS and ctx.settings.client_dir is None:  # a page of one's own stays so
        lean = await asyncio.to_thread(ctx.page_files.of, path)
        if shown is not None:
            lean = await asyncio.to_thread(ctx.page_files.branded, lean, shown)
    style_hash = lean.style_hash if lean is not None else ""
    headers = security_headers(
        await tenancy.frames(ctx, link, interview_id) if framed else (),
        style_hash=style_hash,
        sockets=_sockets(request),
    )
    headers["Content-Type"] = content_type
    if _SHARED.fullmatch(name):
        headers |= {
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
    # Asked again each time, answered 304 by ETag: a new version is never mixed with an old one.
    headers["Cache-Control"] = "no-cache"
    if lean is None:
        return web.FileResponse(path, headers=headers)
    return _answer(request, lean, headers)


def _answer(request: web.Request, lean: Lean, headers: dict[str, str]) -> web.Response:
    packed = lean.packed if "gzip" in request.headers.get("Accept-Encoding", "") else None
    etag = f"{lean.etag}-gz" if packed is not None else lean.etag
    headers |= {"ETag": f'"{etag}"', "Vary": "Accept-Encoding"}
    if any(known.value in {etag, "*"} for known in request.if_none_match or ()):
        headers.pop("Content-Type")
        return web.Response(status=304, headers=headers)
    if packed is not None:
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=packed if packed is not None else lean.body, headers=headers)


def _sockets(request: web.Request) -> str:
    """This server's own WebSocket: in older browsers 'self' means HTTP alone."""
    public = urlsplit(context(request).settings.public_url).netloc
    host = public or request.headers.get("Host", "")
    return f"ws://{host} wss://{host}" if is_host(host) else ""


def security_headers(
    frame_ancestors: tuple[str, ...], *, style_hash: str = "", sockets: str = ""
) -> dict[str, str]:
    style = f"'self' '{style_hash}'" if style_hash else "'self'"
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": style,
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": f"'self' {sockets}".strip(),
        "media-src": "'self' blob:",
        "worker-src": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": " ".join(frame_ancestors) or "'none'",
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), display-capture=()",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Robots-Tag": "noindex",
    }
    if not frame_ancestors:
        headers["X-Frame-Options"] = "DENY"
    return headers


def _inside(directory: Path, name: str) -> Path | None:
    """Blocking. None for what is not a file below the directory, links that lead out included."""
    path = (directory / name).resolve()
    if path.is_file() and path.is_relative_to(directory.resolve()):
        return path
    return None


def _missing() -> Problem:
    return Problem(404, "not_found", "There is no such file.")
