"""Reads the URL of a Redis: what is wrong with it, and which place it names.

Imports no Redis library: the settings ask it. Shows no password.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

PORT = 6379
SCHEMES = frozenset({"redis", "rediss", "unix"})
EXAMPLE = "it must be like redis://host:6379/0, rediss:// or unix://"
_ENCODED = "# is %23, / is %2F, ? is %3F, @ is %40"


def url_problem(url: str) -> str:
    """Why this URL cannot mean what was meant; "" where nothing is wrong with it.

    Its scheme is not looked at: a store may also be a file.
    """
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


def has_password(url: str) -> bool:
    return bool(urlsplit(url).password)
