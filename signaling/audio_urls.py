"""URLs of sound that need no header: for <audio src>, in our page and in an integrator's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from signaling.context import context
from signaling.report_access import ACCESS, url_token
from signaling.report_tokens import ALL_AUDIO
from signaling.urls import mount_path, path_for, url_for

UrlOf = Callable[[str], str | None]
"""Of a file of this interview; None where the asker may not hear it."""


def may_listen(request: web.Request) -> bool:
    return "audio" in request[ACCESS].scopes


def expires_s(request: web.Request) -> float:
    """Of the URLs in an answer to this request: Unix time."""
    ctx = context(request)
    return min(ctx.wall_s() + ctx.settings.audio_url_ttl_s, request[ACCESS].expires_s)


def absolute(request: web.Request) -> UrlOf:
    """For answers to integrators, who show them in pages of their own."""
    return lambda name: _signed(request, url_for(request, "audio", **_parts(request, name)), name)


def relative(request: web.Request) -> UrlOf:
    """For our own page: relative to where the server is mounted, whatever name it is reached by."""
    return lambda name: _signed(request, below_mount(request, "audio", name=name), name)


def whole(request: web.Request, route: str, **parts: str) -> str | None:
    """Of what is made of all sound: a route that takes a signature for it."""
    return _signed(request, below_mount(request, route, **parts), ALL_AUDIO)


def below_mount(request: web.Request, route: str, **parts: str) -> str:
    """Path of a route of this interview, relative to the mount."""
    path = path_for(request, route, interview=request.match_info["interview"], **parts)
    return path.removeprefix(mount_path(request)).lstrip("/")


def _parts(request: web.Request, name: str) -> dict[str, str]:
    return {"interview": request.match_info["interview"], "name": name}


def _signed(request: web.Request, url: str, file: str) -> str | None:
    if not may_listen(request):
        return None
    return f"{url}?token={url_token(request, file, expires_s(request))}"


def with_urls(result: Mapping[str, Any], url_of: UrlOf) -> dict[str, Any]:
    """The result with `url` beside every `file`; each file is signed once."""
    known: dict[str, str | None] = {}

    def of(file: str) -> str | None:
        if file not in known:
            known[file] = url_of(file)
        return known[file]

    answers = [
        {**answer, "audio": [{**span, "url": of(span["file"])} for span in answer["audio"]]}
        for answer in result["answers"]
    ]
    return {**result, "answers": answers}
