"""Which interview a request is about, as far as its sender says. Pure; nothing is judged by it.

A wrong guess costs a detour: the worker checks every link and token, and the lease of the store
says who may write an interview's log.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass

MAX_TOKEN_CHARS = 2048

_IN_PATH = re.compile(r"/(?:v1/(?:ops/)?interviews|v1/calls|whip|r)/([A-Za-z0-9_-]{1,64})(?:/|\Z)")
_CALLS = re.compile(r"/(?:v1/calls|whip)/")
_LINK = re.compile(r"([A-Za-z0-9_-]{1,64})\.[A-Za-z0-9_-]+\Z")
_OFFER = re.compile(r"/whip/[A-Za-z0-9_-]{1,64}\Z")
_IN_WRITING = re.compile(r"/v1/calls/[A-Za-z0-9_-]{1,64}/text\Z")
_BY_TOKEN = re.compile(r"/v1/(?:consent|transcript|review|rehearsals(?:/[A-Za-z0-9_-]+)?)\Z")
JOIN_PATH = "/v1/join"


@dataclass(frozen=True, slots=True)
class About:
    interview: str | None = None
    offer: bool = False
    """It begins a call, which needs a place."""
    candidate: bool = False
    """It comes from the candidate, who has called or is about to."""


def about(method: str, path: str, authorization: str = "") -> About:
    """`path`: decoded, without the query. `authorization`: the header, where there is one."""
    found = _IN_PATH.match(path)
    if found is not None:
        offer = (method == "POST" and _OFFER.match(path) is not None) or (
            method == "GET" and _IN_WRITING.match(path) is not None
        )
        return About(found[1], offer, candidate=_CALLS.match(path) is not None)
    if path.startswith("/j/"):
        return About(of_link(path))
    if _BY_TOKEN.match(path):
        return About(of_token(authorization), candidate=True)
    return About()


def of_link(link: str) -> str | None:
    """The interview's id at the start of a join link, or of an address that ends with one."""
    last = link.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
    found = _LINK.match(last)
    return None if found is None else found[1]


def of_token(authorization: str) -> str | None:
    """The subject of a client token (RFC 7519 §4.1.2) in a Bearer header. Unverified."""
    scheme, _, token = authorization.strip().partition(" ")
    parts = token.strip().split(".")
    if scheme.lower() != "bearer" or len(parts) != 3 or len(token) > MAX_TOKEN_CHARS:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return _id(claims.get("sub")) if isinstance(claims, dict) else None


def of_join(body: bytes) -> str | None:
    """Of the body of `POST /v1/join`: by its link, or by its way back."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(sent, dict):
        return None
    for name in ("link", "resume"):
        value = sent.get(name)
        if isinstance(value, str) and (found := of_link(value)) is not None:
            return found
    return None


def _id(value: object) -> str | None:
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value):
        return value
    return None
