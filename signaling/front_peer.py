"""What the front of several workers tells of a request's client. Only a worker reads it.

A worker is reached over a Unix socket in a directory that is the server's own (0700). Whoever can
connect to it is the front, which takes a header of this name from nobody else: it removes what a
client has sent. A server that listens on a port never reads the header.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import HttpVersion11, web

from media_server.ports import Refused, Waiting

HEADER = "X-Media-Server-Front"
REFUSED = "X-Media-Server-Refused"
"""A worker's to its front, with a 101: who asks has shown no credential that holds. It says so to
them itself, once the WebSocket is open."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The front found no place for this call: the worker says so in its own way (CORS, the log)."""

    reason: str
    retry_after_s: int


@dataclass(frozen=True, slots=True)
class Peer:
    """The TCP connection by which a client, or its proxy, came to this server."""

    address: str | None
    """None: it has none, as on a socket of another kind."""
    local: object = None
    """Our end, as `getsockname` has it."""
    http_1_0: bool = False
    refusal: Refusal | None = None


PEER: web.RequestKey[Peer] = web.RequestKey("front-peer", Peer)


def peer_of(request: web.Request) -> Peer:
    """As the front has told it; of the connection itself where there is no front."""
    told: Peer | None = request.get(PEER)
    if told is not None:
        return told
    transport = request.transport
    local = transport.get_extra_info("sockname") if transport is not None else None
    return Peer(request.remote, local, request.version < HttpVersion11)


def refuse_if_told(request: web.Request, count: Callable[[], None]) -> None:
    """For a call, once its credential was checked. Raises Refused 503 as a full server does, and
    calls `count` before."""
    told = request.get(PEER)
    if told is not None and told.refusal is not None:
        refusal = told.refusal
        count()
        raise Refused(
            503,
            "full",
            refusal.reason,
            retry_after_s=refusal.retry_after_s,
            waiting=Waiting("place"),
        )


def written(peer: Peer) -> str:
    """The header's value: ASCII, without line breaks."""
    told: dict[str, Any] = {"address": peer.address}
    if isinstance(peer.local, tuple) and len(peer.local) >= 2:
        told["local"] = [str(peer.local[0]), int(peer.local[1])]
    if peer.http_1_0:
        told["http_1_0"] = True
    if peer.refusal is not None:
        told["refusal"] = [peer.refusal.reason, peer.refusal.retry_after_s]
    return json.dumps(told, separators=(",", ":"))


def read(value: str) -> Peer:
    """Raises ValueError, KeyError or TypeError: it was not written by a front of this version."""
    told = json.loads(value)
    local, refusal = told.get("local"), told.get("refusal")
    return Peer(
        address=told["address"],
        local=None if local is None else (str(local[0]), int(local[1])),
        http_1_0=bool(told.get("http_1_0")),
        refusal=None if refusal is None else Refusal(str(refusal[0]), int(refusal[1])),
    )


RequestFactory = Callable[..., web.BaseRequest]


def behind_front(make: RequestFactory) -> RequestFactory:
    """For a worker's socket: each request knows the client's connection from its first moment."""

    def made(message: Any, *rest: Any) -> web.BaseRequest:
        request = make(message, *rest)
        value = message.headers.get(HEADER)
        if value is not None:
            request[PEER] = read(value)
        return request

    return made
