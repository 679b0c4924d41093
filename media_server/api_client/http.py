"""What both clients do with httpx in the same way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from media_server.api_client.errors import Invalid, Unreachable
from media_server.api_client.operations import too_long

IDLE_S = 60.0
"""A download may take as long as it likes, but may not stand still for longer."""
CHUNK_BYTES = 1 << 18
MAX_LINE_BYTES = 16 << 20
_KEY = re.compile(r"[A-Za-z0-9._~+/-]+=*")


def base_url(url: str) -> str:
    """Raises Invalid for what is no http(s) URL."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise Invalid("the URL of a server is http(s)://host[:port][/prefix]")
    if parts.username is not None or parts.password is not None:
        raise Invalid("leave name and password out of the URL: the API key is a header")
    return url.rstrip("/")


def headers(api_key: str) -> dict[str, str]:
    """Raises Invalid for what cannot be sent (RFC 6750 §2.1)."""
    if not _KEY.fullmatch(api_key):
        raise Invalid("no API key: letters, digits and . _ ~ + / - are expected, without spaces")
    return {"Authorization": f"Bearer {api_key}", "Accept": "*/*"}


def unreachable(error: Exception, url: str) -> Unreachable:
    """`url`: of the server, which holds no secret."""
    failure = Unreachable(
        f"no answer from {url}: {str(error) or type(error).__name__}. Is the server running? Is "
        "this its address?"
    )
    failure.sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
    return failure


class Lines:
    """Splits a stream at line feeds, with a bound on what waits."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def add(self, chunk: bytes) -> Iterator[bytes]:
        """Whole lines. Raises NotUnderstood for one that does not end."""
        self._rest += chunk
        *whole, rest = self._rest.split(b"\n")
        yield from map(bytes, whole)
        self._rest = bytearray(rest)
        if len(rest) > MAX_LINE_BYTES:
            raise too_long()

    def end(self) -> bytes:
        """What has no line feed."""
        return bytes(self._rest)
