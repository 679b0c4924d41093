"""Which pictures may stand as a logo on the candidate's page.

The page shows one with `<img>` alone, where no script of a picture runs and nothing is fetched by
it (SVG Integration, "secure static mode"). What would need either is refused all the same, so that
the file is safe wherever else it is opened.
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote

MAX_LOGO_BYTES = 32_768
MAX_LOGO_CHARS = 45_000
"""Of the text: a data URL in base64 is a third longer than its picture."""
_DATA = re.compile(
    r"data:image/(png|webp|svg\+xml)(;charset=utf-8)?(;base64)?,(.*)", re.DOTALL | re.IGNORECASE
)
_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~/-]{1,200}\.(png|webp|svg)")
_SVG = re.compile(r"(<\?xml[^>]*\?>)?\s*<svg[\s>]")
_UNWANTED = re.compile(
    r"<!doctype|<!entity|<script|<foreignobject|\son[a-z]+\s*=|javascript:|@import", re.IGNORECASE
)
_REFERENCE = re.compile(
    r"""(?:\b(?:href|src)\s*=\s*["']|\burl\()\s*["']?\s*([^"')\s]*)""", re.IGNORECASE
)
_NEAR = ("#", "data:image/")
"""What stands in the picture itself."""


def logo(text: str) -> str:
    """A data URL of a PNG, WebP or SVG, or a path on this server. Raises ValueError."""
    if _PATH.fullmatch(text) and ".." not in text:
        return text
    found = _DATA.fullmatch(text)
    if found is None:
        raise ValueError(
            "a logo is a data URL of a PNG, WebP or SVG (data:image/png;base64,…) or the path of "
            "such a file on this server (/client/logo.svg)"
        )
    kind, _, coded, payload = found.groups()
    picture = _decoded(payload, coded is not None)
    if len(picture) > MAX_LOGO_BYTES:
        raise ValueError(
            f"the logo has {len(picture)} bytes; {MAX_LOGO_BYTES} are allowed: make it smaller"
        )
    if kind.lower() == "svg+xml":
        _check_svg(picture)
    elif not _is_picture(kind.lower(), picture):
        raise ValueError(f"the logo is no {kind.upper()}, although its data URL says so")
    return text


def _decoded(payload: str, coded: bool) -> bytes:
    if "#" in payload:
        raise ValueError("the logo's data URL has a '#', which ends it: write %23, or use base64")
    if not coded:
        return unquote(payload).encode()
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the logo's data URL is not base64: was it copied whole?") from None


def _is_picture(kind: str, picture: bytes) -> bool:
    if kind == "png":
        return picture.startswith(b"\x89PNG\r\n\x1a\n")
    return picture[:4] == b"RIFF" and picture[8:12] == b"WEBP"


def _check_svg(picture: bytes) -> None:
    try:
        text = picture.decode()
    except UnicodeDecodeError:
        raise ValueError("the logo's SVG is not UTF-8: save it as that") from None
    text = _without_comments(text).lstrip()
    if not _SVG.match(text):
        raise ValueError("the logo is no SVG: it has to begin with <svg")
    found = [unwanted[0] for unwanted in _UNWANTED.finditer(text)]
    found += [at[1] for at in _REFERENCE.finditer(text) if not at[1].lower().startswith(_NEAR)]
    if found:
        raise ValueError(
            f"the logo's SVG has {found[0].strip()[:40]!r}: remove scripts, event handlers, "
            "document types and references to other files"
        )


def _without_comments(text: str) -> str:
    parts = []
    while True:
        before, comment, rest = text.partition("<!--")
        parts.append(before)
        if not comment:
            return "".join(parts)
        _, end, text = rest.partition("-->")
        if not end:
            raise ValueError("the logo's SVG has a comment without an end")
