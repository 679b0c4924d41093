"""Templates of interviews: /v1/templates. The route table says which scope each handler needs."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from media_server.interview.spec import InterviewSpec
from media_server.interview.template import (
    TEMPLATE_ID,
    InterviewFromTemplate,
    Location,
    TemplateSpec,
    came_from,
    composed,
    content_of,
)
from signaling.bodies import (
    content_digest,
    parse_large,
    read_body,
    refuse_too_wide,
    require_content_type,
)
from signaling.context import context
from signaling.faults import entries, pointer
from signaling.pages_of_lists import list_query
from signaling.principals import principal
from signaling.problems import Problem, from_faults
from signaling.rubrics import refuse_unfair
from signaling.template_store import Template, TemplateStore, unknown_template
from signaling.urls import location

_ETAG = re.compile(r'"([1-9][0-9]{0,5})"')
_CURSOR = re.compile(TEMPLATE_ID)


async def create(request: web.Request) -> web.Response:
    """Create a template (idempotent).

    It is an interview without a candidate, under a name.
    """
    key = idempotency_key(request)
    spec, body = await _read(request)
    ctx = context(request)
    ctx.open_service()
    made = await _store(request).create(
        content_of(spec), now_s=ctx.wall_s(), key=key, digest=content_digest(body)
    )
    answer = _answer(made, status=201)
    answer.headers["Location"] = location(request, "template", template=made.id)
    return answer


async def page(request: web.Request) -> web.Response:
    """List templates, newest first, page by page."""
    cursor, limit = list_query(request, _CURSOR)
    found = await _store(request).page(cursor, limit)
    return web.json_response(
        {
            "templates": [_listed(template) for template in found],
            "next_cursor": found[-1].id if len(found) == limit else "",
        },
        headers={"Cache-Control": "no-store"},
    )


async def show(request: web.Request) -> web.Response:
    """Show the newest version of a template."""
    return _answer(await _store(request).get(_id(request)))


async def show_version(request: web.Request) -> web.Response:
    """Show one version of a template."""
    version = request.match_info["version"]
    if not re.fullmatch("[1-9][0-9]{0,5}", version):
        raise Problem(404, "unknown_version", "Versions are numbers from 1.")
    return _answer(await _store(request).get(_id(request), int(version)))


async def replace(request: web.Request) -> web.Response:
    """Add a version to a template.

    Interviews that exist keep the version they began with.
    """
    expected = _expected(request)
    await _store(request).get(_id(request))
    if "If-Match" not in request.headers:
        detail = 'Send If-Match with the ETag of the version you have read, or "*" for any.'
        raise Problem(428, "if_match_missing", detail)
    spec, _ = await _read(request)
    return _answer(
        await _store(request).replace(
            _id(request),
            content_of(spec),
            expected=expected,
            now_s=context(request).wall_s(),
        )
    )


async def delete(request: web.Request) -> web.Response:
    """Erase a template, all its versions.

    Interviews that were made from it go on as they are.
    """
    await _store(request).delete(_id(request), expected=_expected(request))
    return web.Response(status=204)


async def interview_of(request: web.Request, asked: InterviewFromTemplate) -> InterviewSpec:
    """What a template, a candidate and overrides make. Raises Problem 404 and 422, whose pointers
    are into what the caller has sent."""
    template_id, _, version = asked.template.partition("@")
    try:
        template = await _store(request).get(template_id, int(version) if version else None)
    except Problem as problem:
        if problem.status != 404:
            raise
        fault = {"pointer": "#/template", "message": problem.detail}
        raise Problem(422, problem.code, problem.detail, errors=[fault]) from None
    if found := [name for name in ("candidate", "template") if name in asked.overrides]:
        raise from_faults(
            [
                {"pointer": f"#/overrides/{name}", "message": "give it beside overrides"}
                for name in found
            ]
        )
    whole = composed(template.content, template.id, template.version, asked)

    def entry(place: Location, message: str) -> dict[str, str]:
        source, inner = came_from(asked, place)
        if source == "template":
            return {"pointer": "#/template", "message": f"its {pointer(place)[1:]}: {message}"}
        sent = {"overrides": asked.overrides}
        return {"pointer": pointer((source, *inner), sent), "message": message}

    def checked() -> InterviewSpec:
        refuse_too_wide(whole, InterviewSpec, entry)
        try:
            return InterviewSpec.model_validate(whole)
        except ValidationError as error:
            raise from_faults(*entries(error, InterviewSpec, whole, entry)) from None

    spec = await asyncio.to_thread(checked)
    await refuse_unfair(spec)
    return spec


def idempotency_key(request: web.Request) -> str | None:
    """Raises Problem 400 for one that is none."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
        raise Problem(
            400,
            "bad_idempotency_key",
            "Idempotency-Key must be 1 to 255 visible ASCII characters, such as a UUID.",
        )
    return key


def _id(request: web.Request) -> str:
    """Raises Problem 404 for what no template can be called."""
    template_id = request.match_info["template"]
    if not re.fullmatch(TEMPLATE_ID, template_id):
        raise unknown_template()
    return template_id


def _store(request: web.Request) -> TemplateStore:
    return TemplateStore(context(request).live().documents, principal(request).tenant)


async def _read(request: web.Request) -> tuple[TemplateSpec, bytes]:
    settings = context(request).settings
    require_content_type(request, "application/json")
    body = await read_body(
        request, limit=settings.max_spec_bytes, timeout_s=settings.body_timeout_s
    )
    spec = await parse_large(body, TemplateSpec)
    await refuse_unfair(spec)
    return spec, body


def _expected(request: web.Request) -> int | None:
    """The version of If-Match (RFC 9110 §13.1.1); None: none was sent, or any will do."""
    given = request.headers.get("If-Match", "*").strip()
    if given == "*":
        return None
    match = _ETAG.fullmatch(given)
    if match is None:
        raise Problem(400, "bad_if_match", 'If-Match must be one ETag such as "3", or *.')
    return int(match[1])


def _answer(template: Template, *, status: int = 200) -> web.Response:
    body = {**_listed(template), "content": template.content}
    headers = {"Cache-Control": "no-store", "ETag": f'"{template.version}"'}
    return web.json_response(body, status=status, headers=headers)


def _listed(template: Template) -> dict[str, Any]:
    return {
        "id": template.id,
        "version": template.version,
        "name": template.content.get("name", ""),
        "title": template.content.get("title", "Interview"),
        "questions_total": len(template.content.get("questions", ())),
        "created_at": _iso(template.created_s),
        "updated_at": _iso(template.updated_s),
    }


def _iso(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat().replace("+00:00", "Z")
