"""Addresses that people type: what is missing is named before anything is contacted."""

from __future__ import annotations

import argparse
from urllib.parse import urlsplit


def server_url(text: str) -> str:
    """http(s)://host[:port][/prefix], as `type` of an argparse option; no slash at its end.

    Raises ArgumentTypeError, which argparse shows with the option's name before it exits with 2.
    """
    text = text.strip()
    scheme, colon, rest = text.partition("://")
    if not colon:
        if not text or text.startswith("/"):
            raise argparse.ArgumentTypeError(f"{text!r} is no address; {_EXAMPLE}")
        raise argparse.ArgumentTypeError(f"{text!r}: add http://, as in http://{text}")
    if scheme.lower() not in {"http", "https"} or not rest:
        raise argparse.ArgumentTypeError(f"{text!r} is no address of the web; {_EXAMPLE}")
    try:
        parts = urlsplit(text)
        port = parts.port  # raises where it is no number
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} has no valid host or port; {_EXAMPLE}"
        ) from None
    if not parts.hostname or port == 0:
        raise argparse.ArgumentTypeError(f"{text!r} has no host or port; {_EXAMPLE}")
    if parts.query or parts.fragment:
        raise argparse.ArgumentTypeError(f"{text!r}: leave out what follows ? or #; {_EXAMPLE}")
    return text.rstrip("/")


def join_link(text: str) -> str:
    """A whole join link, as `type` of an argparse option. Raises ArgumentTypeError."""
    if "/j/" not in text:
        raise argparse.ArgumentTypeError(f"{text!r} is no join link: it should contain /j/")
    bare, _, _ = text.partition("?")
    return server_url(bare.partition("#")[0])


_EXAMPLE = "for example http://localhost:8080"
