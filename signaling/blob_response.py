"""A blob as an HTTP answer: whole or in part (RFC 9110 §14), with conditions (§13).

One range is served. Of several in one request the server may ignore the field (§14.2), and does: it
answers the whole. Each chunk has a deadline, to be read and to be sent; once the answer has begun,
only a connection that ends too early can say that it is not whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from aiohttp import web

from media_server.ports import StoreUnavailable
from media_server.ports.blobs import Blob
from signaling.problems import Problem

logger = logging.getLogger(__name__)

READ_S = 20.0
"""For one chunk from where the blob lies. Backends have deadlines of their own below it."""
SEND_S = 30.0
"""How long the client may take to read one chunk: a player that is paused reads nothing, and asks
again by range when its connection was closed."""
_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.IGNORECASE)
_ETAG = re.compile(r'(W/)?"([^"]*)"')


async def blob_response(
    request: web.Request, blob: Blob, *, content_type: str, filename: str | None = None
) -> web.StreamResponse:
    """200, 206 or 304; raises Problem 412, 416, and 503 when its bytes cannot be had now.

    `filename`: what a browser saves it as; None: it is shown or played in place.
    """
    headers = {
        "ETag": f'"{blob.etag}"',
        "Last-Modified": format_datetime(datetime.fromtimestamp(blob.changed_s, UTC), usegmt=True),
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
    }
    if not_modified(request.headers, blob):
        return web.Response(status=304, headers=headers)
    span = requested_range(request.headers, blob)
    start, end = span or (0, blob.size)
    headers["Content-Type"] = content_type
    headers["Content-Length"] = str(end - start)
    if filename is not None:
        headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    if span is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{blob.size}"
    response = web.StreamResponse(status=200 if span is None else 206, headers=headers)
    if request.method == "HEAD" or start == end:
        await response.prepare(request)
        await response.write_eof()
        return response
    async with contextlib.aclosing(blob.read(start, end)) as chunks:
        first = await _first(chunks)
        await response.prepare(request)
        await _send(request, response, first, chunks)
    return response


def not_modified(headers: Mapping[str, str], blob: Blob) -> bool:
    """Whether 304 answers a GET or HEAD; raises Problem 412. The order is that of §13.2.2."""
    if (match := headers.get("If-Match")) is not None:
        if not _matches(match, blob, weak=False):
            raise _changed()
    elif int(blob.changed_s) > (_date(headers.get("If-Unmodified-Since")) or math.inf):
        raise _changed()
    if (none_match := headers.get("If-None-Match")) is not None:
        return _matches(none_match, blob, weak=True)
    since_s = _date(headers.get("If-Modified-Since"))
    return since_s is not None and int(blob.changed_s) <= since_s


def requested_range(headers: Mapping[str, str], blob: Blob) -> tuple[int, int] | None:
    """Bytes [start, end) of a 206; None: the whole. Raises Problem 416 for a range without a byte.

    A Range that cannot be read is ignored, as one of another unit, or one whose If-Range names
    another version (§14.2, §13.1.5).
    """
    asked = _RANGE.fullmatch(headers.get("Range", ""))
    if asked is None or not (asked[1] or asked[2]) or not _if_range(headers, blob):
        return None
    if not asked[1]:  # the last so many
        start, end = max(0, blob.size - int(asked[2])), blob.size
    else:
        start = int(asked[1])
        if asked[2] and int(asked[2]) < start:
            return None  # not a valid range: §14.1.1
        end = min(int(asked[2]) + 1, blob.size) if asked[2] else blob.size
    if start >= end:
        raise Problem(
            416,
            "range_not_satisfiable",
            f"There is no such byte: it has {blob.size}.",
            headers={"Content-Range": f"bytes */{blob.size}"},
        )
    return start, end


def _if_range(headers: Mapping[str, str], blob: Blob) -> bool:
    """By strong comparison; a date says as much only by the second, so it has to be the same."""
    value = headers.get("If-Range")
    if value is None:
        return True
    if _ETAG.fullmatch(value.strip()):
        return _matches(value, blob, weak=False)
    return _date(value) == int(blob.changed_s)


def _matches(field: str, blob: Blob, *, weak: bool) -> bool:
    if field.strip() == "*":
        return True
    return any(tag == blob.etag and (weak or not is_weak) for is_weak, tag in _ETAG.findall(field))


def _date(text: str | None) -> int | None:
    """Unix seconds of an HTTP date (§5.6.7); None: there is none, or it cannot be read."""
    if not text:
        return None
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, OverflowError):
        return None


def _changed() -> Problem:
    return Problem(412, "changed", "It is another version than the one asked for; ask again.")


async def _first(chunks: AsyncIterator[bytes]) -> bytes:
    """Before the answer begins, so that a backend that is away is a 503 and not half a 200."""
    try:
        async with asyncio.timeout(READ_S):
            return await anext(chunks)
    except (StoreUnavailable, TimeoutError):
        raise Problem(
            503,
            "storage_unavailable",
            "The storage of recordings does not answer now; try again.",
            headers={"Retry-After": "5"},
        ) from None
    except (FileNotFoundError, StopAsyncIteration):
        raise Problem(404, "unknown_recording", "It has just been deleted.") from None


async def _send(
    request: web.Request,
    response: web.StreamResponse,
    first: bytes,
    chunks: AsyncIterator[bytes],
) -> None:
    chunk: bytes | None = first
    try:
        while chunk is not None:
            async with asyncio.timeout(SEND_S):
                await response.write(chunk)
            async with asyncio.timeout(READ_S):
                chunk = await anext(chunks, None)
        await response.write_eof()
    except Exception as error:
        if not isinstance(error, ConnectionError):  # players hang up as they seek
            logger.warning("sending a blob broke off: %s", type(error).__name__)
        if request.transport is not None:
            request.transport.abort()
