"""What both stores of documents write and read alike. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from media_server.ports.documents import MAX_BODY_BYTES, Document
from media_server.store.encoding import dump, load

_VERSIONS = 10**15
"""Up to here Lua counts without rounding."""


def dump_body(body: Mapping[str, Any]) -> str:
    """JSON text. Raises ValueError where it is too large or JSON cannot say it."""
    try:
        text = dump(body)
    except TypeError:
        raise ValueError("the body of a document holds what JSON cannot say") from None
    if len(text.encode()) > MAX_BODY_BYTES:
        raise ValueError(f"the body of a document has at most {MAX_BODY_BYTES} bytes")
    return text


def load_document(
    tenant: str, kind: str, id_: str, version: object, created_s: object, body: object
) -> Document:
    """From what stands in its columns or fields (text or bytes), however damaged: one bad document
    is no reason to refuse a page of good ones."""
    try:
        return Document(tenant, kind, id_, _version(version), _time_s(created_s), load(body))  # type: ignore[arg-type]  # TypeError is caught
    except (ValueError, TypeError, OverflowError, RecursionError):
        return Document(tenant, kind, id_, 0, 0.0, {}, damage="the document cannot be read")


def _time_s(value: Any) -> float:
    seconds = float(value)
    if not math.isfinite(seconds):
        raise ValueError("a time is finite")
    return seconds


def _version(value: Any) -> int:
    number = int(value)
    if not 1 <= number < _VERSIONS:
        raise ValueError("not a version that this server has counted to")
    return number
