"""Reading request bodies: in pieces, up to a limit, within a deadline, then strictly validated."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from signaling.faults import Location, pointer
from signaling.problems import Problem, from_faults, from_validation
from signaling.width import too_wide

Model = TypeVar("Model", bound=BaseModel)
AT_ONCE_BYTES = 4 * 1024
"""A body up to this has its faults found, and named, in a few ms."""


async def read_body(request: web.Request, *, limit: int, timeout_s: float) -> bytes:
    """The whole body. Raises Problem 413 as soon as it is too large, 408 when it is too slow."""
    length = request.content_length
    if length is not None and length > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in request.content.iter_any():
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                chunks.append(chunk)
    except TimeoutError:
        raise Problem(
            408,
            "body_timeout",
            f"The body did not arrive within {timeout_s:g} s; send it at once.",
            close=True,
        ) from None
    except web.RequestPayloadError:
        raise Problem(
            400, "bad_encoding", "The body breaks its transfer or content encoding.", close=True
        ) from None
    return b"".join(chunks)


def _too_large(limit: int) -> Problem:
    return Problem(
        413,
        "body_too_large",
        f"The body is larger than the {limit} bytes this address accepts.",
        close=True,
    )


def require_content_type(request: web.Request, wanted: str) -> None:
    """Raises Problem 415. Parameters such as charset are ignored."""
    given = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if given != wanted:
        method = "Accept-Patch" if request.method == "PATCH" else "Accept-Post"
        raise Problem(
            415, "wrong_content_type", f"Send Content-Type: {wanted}.", headers={method: wanted}
        )


async def read_json(
    request: web.Request, model: type[Model], *, limit: int, timeout_s: float
) -> Model:
    """A validated body. Raises Problem 400, 408, 413, 415 or 422."""
    require_content_type(request, "application/json")
    return parse_json(await read_body(request, limit=limit, timeout_s=timeout_s), model)


def parse_json(body: bytes, model: type[Model]) -> Model:
    """The parser itself refuses deep nesting (jiter: 200 levels), so depth needs no scan here.
    Raises Problem 400 and 422."""
    try:
        if len(body) > AT_ONCE_BYTES:
            refuse_too_wide(json.loads(body), model)
        return model.model_validate_json(body)
    except ValidationError as error:
        if error.error_count() == 1 and error.errors()[0]["type"] == "json_invalid":
            raise Problem(400, "not_json", "The body is not valid JSON (RFC 8259).") from None
        raise from_validation(error, model, json.loads(body)) from None
    except (ValueError, RecursionError, OverflowError):
        raise Problem(400, "not_json", "The body is not valid JSON (RFC 8259).") from None


async def parse_large(body: bytes, model: type[Model]) -> Model:
    """`parse_json`, beside the event loop where the body is not small: what is wrong with a large
    one takes a while to be put in words."""
    if len(body) <= AT_ONCE_BYTES:
        return parse_json(body, model)
    return await asyncio.to_thread(parse_json, body, model)


def refuse_too_wide(
    sent: Any,
    model: type[BaseModel],
    entry: Callable[[Location, str], dict[str, str]] | None = None,
) -> None:
    """Raises Problem 422. `entry`: as that of `faults.entries`."""
    made = entry or (lambda place, text: {"pointer": pointer(place, sent), "message": text})
    if found := too_wide(sent, model):
        raise from_faults([made(place, text) for place, text in found])


def names_template(body: bytes) -> bool:
    """Whether it asks for an interview of a template. What is no JSON does not: the validation
    says so better."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(sent, dict) and "template" in sent


def content_digest(body: bytes) -> str:
    """SHA-256 of what a valid JSON body says, in hex: spaces and the order of keys make no
    difference. Of what was sent and not of the model, whose defaults are those of one release: the
    same request must stay the same over an upgrade.
    """
    content = json.loads(body.decode())
    return hashlib.sha256(
        json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()
