"""Frames on the pipes between the server and its speech child: two lengths, JSON, bytes. Pure."""

from __future__ import annotations

import json
import struct
from typing import Any

HEAD = struct.Struct(">II")
MAX_JSON_BYTES = 256 * 1024
MAX_BODY_BYTES = 16 * 1024 * 1024


class BadFrame(Exception):
    """The other side does not speak this protocol (any more)."""


def pack(message: dict[str, Any], body: bytes = b"") -> bytes:
    encoded = json.dumps(message, separators=(",", ":")).encode()
    return b"".join((HEAD.pack(len(encoded), len(body)), encoded, body))


def lengths(head: bytes) -> tuple[int, int]:
    """(bytes of JSON, bytes of body). Raises BadFrame."""
    json_bytes, body_bytes = HEAD.unpack(head)
    if json_bytes > MAX_JSON_BYTES or body_bytes > MAX_BODY_BYTES:
        raise BadFrame("a frame beyond the limits")
    return int(json_bytes), int(body_bytes)


def unpack(encoded: bytes) -> dict[str, Any]:
    """Raises BadFrame."""
    try:
        message = json.loads(encoded)
    except ValueError:
        raise BadFrame("not JSON") from None
    if not isinstance(message, dict):
        raise BadFrame("not a message")
    return message
