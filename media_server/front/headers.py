"""What of a message's head is for the next hop alone, and what the next one has to know. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from signaling.front_peer import HEADER, REFUSED, Peer, written

Pairs = list[tuple[str, str]]


class Headers(Protocol):
    """Of a message, as aiohttp has them: names in any case, each as often as it was sent."""

    def get(self, key: str, default: str, /) -> str: ...
    def getall(self, key: str, default: Sequence[str], /) -> Sequence[str]: ...
    def items(self) -> Iterable[tuple[str, str]]: ...


_HOP_BY_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization",
        "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
"""RFC 9110 §7.6.1, and what RFC 9112 lets concern one connection."""
_FOR_ALL = frozenset(
    {
        "host", "content-length", "content-type", "content-encoding", "authorization", "origin",
        "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix",
        "x-real-ip", "forwarded", "via",
    }
)  # fmt: skip
"""Not to be named away by `Connection` (RFC 9110 §7.6.1): a client could else hide that it came
through a proxy, where the proxy passes that header on."""
_OURS = frozenset({HEADER.lower(), "expect"})
"""`Expect` is answered by the front (RFC 9110 §10.1.1)."""
_OF_A_BODY = frozenset({"content-length", "content-type", "content-encoding"})
_TO_FRONT = frozenset({REFUSED.lower()})
UPGRADE: Pairs = [("Connection", "Upgrade"), ("Upgrade", "websocket")]


def upgrades(headers: Headers) -> bool:
    """Whether it asks for a WebSocket (RFC 6455 §4.1)."""
    return headers.get("Upgrade", "").lower() == "websocket" and "upgrade" in _of_connection(
        headers
    )


def to_worker(headers: Headers, peer: Peer, *, body: bool = True) -> Pairs:
    """A request's, for the worker. What claims to be from a front is not passed on. `body`: goes
    with them."""
    without = _OURS if body else _OURS | _OF_A_BODY
    kept = [*_end_to_end(headers, without=without), (HEADER, written(peer))]
    if not headers.get("Host", ""):
        kept.append(("Host", ""))  # of HTTP/1.0; a client library would put one of its own there
    if upgrades(headers):
        kept += UPGRADE
    return kept


def to_client(headers: Headers) -> Pairs:
    """An answer's, for the client."""
    return _end_to_end(headers, without=_TO_FRONT)


def _end_to_end(headers: Headers, without: frozenset[str] = frozenset()) -> Pairs:
    dropped = _HOP_BY_HOP | _of_connection(headers) | without
    return [(name, value) for name, value in headers.items() if name.lower() not in dropped]


def _of_connection(headers: Headers) -> frozenset[str]:
    """The options that `Connection` names, in lower case, without those that are for all."""
    named = ",".join(headers.getall("Connection", [])).lower().split(",")
    return frozenset(name.strip() for name in named) - _FOR_ALL - {""}
