"""What of a message's head is for the next hop alone, and what the next one has to know. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from multidict import CIMultiDict, CIMultiDictProxy

from signaling.front_peer import HEADER, Peer, written

Headers = CIMultiDict[str] | CIMultiDictProxy[str]

_HOP_BY_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization",
        "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
"""RFC 9110 §7.6.1, and what RFC 9112 lets concern one connection."""
_OURS = frozenset({HEADER.lower(), "expect"})
"""`Expect` is answered by the front (RFC 9110 §10.1.1)."""


def upgrades(headers: Headers) -> bool:
    """Whether it asks for a WebSocket (RFC 6455 §4.1)."""
    return headers.get("Upgrade", "").lower() == "websocket" and "upgrade" in _of_connection(
        headers
    )


def to_worker(headers: Headers, peer: Peer) -> CIMultiDict[str]:
    """A request's, for the worker. What claims to be from a front is not passed on."""
    kept = _end_to_end(headers, without=_OURS)
    kept[HEADER] = written(peer)
    if upgrades(headers):
        kept["Connection"], kept["Upgrade"] = "Upgrade", "websocket"
    return kept


def to_client(headers: Headers) -> CIMultiDict[str]:
    """An answer's, for the client."""
    return _end_to_end(headers)


def merged(headers: Mapping[str, str], more: Mapping[str, str]) -> CIMultiDict[str]:
    """`more` wins."""
    both = CIMultiDict(headers)
    both.update(more)
    return both


def _end_to_end(headers: Headers, without: frozenset[str] = frozenset()) -> CIMultiDict[str]:
    dropped = _HOP_BY_HOP | _of_connection(headers) | without
    return CIMultiDict(
        (name, value) for name, value in headers.items() if name.lower() not in dropped
    )


def _of_connection(headers: Headers) -> frozenset[str]:
    """The options that `Connection` names, in lower case. What routing and framing go by cannot be
    named away (RFC 9110 §7.6.1 forbids it for fields meant for all)."""
    named = ",".join(headers.getall("Connection", [])).lower().split(",")
    return frozenset(name.strip() for name in named) - {
        "",
        "host",
        "content-length",
        "authorization",
    }
