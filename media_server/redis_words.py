"""What is wrong between us and a Redis, in words that say what to do and never show a password.

Imports no Redis: the settings of the rooms ask it about their URLs.
"""

from __future__ import annotations

import socket
from urllib.parse import unquote, urlsplit

PORT = 6379
_ENCODED = "# is %23, / is %2F, ? is %3F, @ is %40"
_CLUSTER = ("MovedError", "AskError", "ClusterError", "ClusterDownError", "ClusterCrossSlotError")
CLUSTER = (
    "is in cluster mode, which this server cannot use: name one that is not (a primary, with "
    "replicas if you like)"
)


def url_problem(url: str) -> str:
    """Why this URL cannot mean what was meant; "" where nothing is to be seen."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return f"a part of the URL cannot be read; percent-encode the password: {_ENCODED}"
    if "@" in parts.path + parts.query + parts.fragment and parts.scheme != "unix":
        return f"the password has a character that must be percent-encoded: {_ENCODED}"
    try:
        _ = parts.port
    except ValueError:
        return (
            "the port is no number up to 65535; if it is a part of the password, that must be "
            f"percent-encoded: {_ENCODED}"
        )
    if parts.fragment:
        return f"a # begins what is left out; in a password it must be percent-encoded: {_ENCODED}"
    database = unquote(parts.path).strip("/")
    if parts.scheme in ("redis", "rediss") and database and not database.isdecimal():
        return "what follows the host is the number of the database, such as /0"
    return ""


def place_of(url: str) -> str:
    """host:port, or the path of a socket. Raises nothing, shows no password."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "unix":
            return parts.path
        return f"{parts.hostname or 'localhost'}:{parts.port or PORT}"
    except ValueError:
        return "its URL"


def predicate(error: BaseException) -> str:
    """What follows "Redis ..." for the causes that look alike from outside; "" for others."""
    seen: BaseException | None = error
    for _ in range(8):
        if seen is None:
            break
        if type(seen).__name__ in _CLUSTER:
            return CLUSTER
        if isinstance(seen, socket.gaierror):
            return "cannot be found: no address belongs to its name; correct the host in the URL"
        seen = seen.__cause__ or seen.__context__
    return ""
