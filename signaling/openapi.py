"""The OpenAPI 3.1 document, generated from the route table and the pydantic models. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from signaling.problem_schemas import ProblemDetails
from signaling.request_examples import EXAMPLES
from signaling.schemas import Ready

if TYPE_CHECKING:
    from signaling.route import Route

Kind = type[BaseModel] | tuple[type[BaseModel], ...] | str
_REF = "#/components/schemas/{model}"
_VARIABLE = re.compile(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}")

_PARAMETERS: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "in": "header",
        "description": "1 to 255 visible ASCII characters. The same key and body give the same "
        "interview again; the same key with another body is refused (422).",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
    "cursor": {
        "in": "query",
        "description": "next_cursor of the page before.",
        "schema": {"type": "string"},
    },
    "limit": {
        "in": "query",
        "description": "Rows per page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
    },
    "interview": {
        "in": "query",
        "description": "Those about this interview only.",
        "schema": {"type": "string"},
    },
    "endpoint": {
        "in": "query",
        "description": "Those for this endpoint only.",
        "schema": {"type": "string"},
    },
    "status": {
        "in": "query",
        "description": "Those of this status only. Of interviews one, or several: "
        "`listening,asking`; of deliveries `pending`, `delivered` or `failed`.",
        "schema": {"type": "string"},
    },
    "text": {
        "in": "query",
        "description": "Those that have this text in their title, the candidate's external id, a "
        "value of their metadata or their id. A page looks through a bounded number and may hold "
        "few; go on while next_cursor is not empty.",
        "schema": {"type": "string", "maxLength": 200},
    },
    "include": {
        "in": "query",
        "description": "`words`: also what the candidate hears and says, as it happens. It needs "
        "the scope `watch`, and an interview with `watching: true`.",
        "schema": {"type": "string", "enum": ["words"]},
    },
    "Last-Event-ID": {
        "in": "header",
        "description": "The last event that was received: the stream goes on after it.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,15}(-final)?$"},
    },
    "sides": {
        "in": "query",
        "description": "`both`: interviewer and candidate. `candidate`: the candidate alone.",
        "schema": {"type": "string", "enum": ["both", "candidate"], "default": "both"},
    },
    "token": {
        "in": "query",
        "description": "Of a signed URL, in place of the header; it is part of `audio.url`.",
        "schema": {"type": "string"},
    },
    "Range": {
        "in": "header",
        "description": "A byte range (RFC 9110 §14); the answer is then 206.",
        "schema": {"type": "string"},
    },
    "Sec-WebSocket-Protocol": {
        "in": "header",
        "required": True,
        "description": "`interview.v1, bearer.<token>`: browsers set no other header here.",
        "schema": {"type": "string"},
    },
    "If-Match": {
        "in": "header",
        "required": True,
        "description": 'ETag of the call; "*" for an ICE restart.',
        "schema": {"type": "string"},
    },
    "If-Match: version": {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "ETag of the version that this one replaces; * for whichever there is.",
        "schema": {"type": "string"},
    },
    "history": {
        "in": "query",
        "description": "`true`: with the last ten minutes.",
        "schema": {"type": "boolean", "default": False},
    },
    "newcomers": {
        "in": "query",
        "description": "`wait`: 200 also while newcomers have to wait, for a place or because "
        "there is too much to do. For a balancer through which those who have begun come back.",
        "schema": {"type": "string", "enum": ["wait"]},
    },
    "limit: of operations": {
        "name": "limit",
        "in": "query",
        "description": "How many at most.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 500},
    },
    "words": {
        "in": "query",
        "description": "`true`: with what was said, for a key that has the scope `read`, too. The "
        "server's log then says which key asked, and for which interview.",
        "schema": {"type": "boolean", "default": False},
    },
    "If-Match: version, if any": {
        "name": "If-Match",
        "in": "header",
        "description": "ETag of the version that was read: no other one is deleted.",
        "schema": {"type": "string"},
    },
}
_SECURITY: dict[str, dict[str, str]] = {
    "api_key": {"type": "http", "scheme": "bearer", "description": "An API key."},
    "report_link": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "What stands behind the # of a link to the report.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A client token from POST /v1/join.",
    },
}
_ERROR_TEXT = {
    401: "The API key or token is missing or refused.",
    403: "Consent has not been given.",
    404: "No such thing.",
    408: "The body arrived too slowly.",
    409: "Not possible in this state.",
    410: "The interview is over.",
    412: "The ETag is of an earlier version, or ICE session.",
    422: "The content is not acceptable; `errors` or `detail` say why.",
    428: "If-Match is missing.",
    429: "Too many requests; see Retry-After.",
    503: "Full, starting or stopping; see Retry-After.",
}


def document(routes: Iterable[Route], *, server_url: str = "./") -> dict[str, Any]:
    """`server_url`: where the application is mounted, for tools that try requests."""
    published = [route for route in routes if route.published]
    bodies = {model for route in published for model in _models(route.body)}
    answers = {r.answer for r in published if isinstance(r.answer, type)} | {ProblemDetails}
    wanted: list[tuple[type[BaseModel], Any]] = [(m, "validation") for m in _sorted(bodies)]
    wanted += [(m, "serialization") for m in _sorted(answers - bodies)]
    names, definitions = models_json_schema(wanted, ref_template=_REF)
    by_model = {model: schema for (model, _), schema in names.items()}
    paths: dict[str, dict[str, Any]] = {}
    for route in published:
        paths.setdefault(shown_path(route), {})[route.method.lower()] = _operation(route, by_model)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Media server for AI interviews",
            "version": version("media-server"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "Integrators create interviews with an API key; candidates join with a "
            "link. Errors are Problem details (RFC 9457). Ignore fields you do not know.",
        },
        "servers": [{"url": server_url}],
        "tags": [
            {"name": "interviews", "description": "For integrators, with an API key."},
            {
                "name": "templates",
                "description": "What interviews have in common, in versions. For integrators.",
            },
            {"name": "candidates", "description": "For the candidate's page."},
            {"name": "calls", "description": "WHIP-shaped signalling (RFC 9725)."},
            {"name": "webhooks", "description": "What was sent to your own server."},
            {"name": "reports", "description": "For people who judge an interview."},
            {"name": "operations", "description": "Health and figures."},
        ],
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": _SECURITY,
        },
    }


def shown_path(route: Route) -> str:
    """As "/v1/interviews/{interview}"."""
    return _VARIABLE.sub(r"{\1}", route.path)


def _operation(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    lines = (route.handler.__doc__ or "").strip().split("\n\n")
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{route.name}",
        "tags": [route.tag],
        "summary": " ".join(lines[0].split()),
        # With what the key must allow (OpenAPI 3.1, "Security Requirement Object": role names).
        "security": _security(route),
        "responses": _responses(route, schemas),
    }
    if len(lines) > 1:
        operation["description"] = "\n\n".join(" ".join(line.split()) for line in lines[1:])
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _VARIABLE.findall(route.path)
    ]
    parameters += [{"name": name, **_PARAMETERS[name]} for name in route.parameters]
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        content = _content(route.body, schemas)
        examples = {
            _name(example.title): {"summary": example.title, "value": example.body}
            for example in EXAMPLES.get(f"{route.method} {shown_path(route)}", ())
        }
        if examples:
            next(iter(content.values()))["examples"] = examples
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _security(route: Route) -> list[dict[str, list[str]]]:
    """One of them is enough; nothing: the URL is signed."""
    if route.auth == "none":
        return []
    link: list[dict[str, list[str]]] = [{"report_link": []}] if route.report else []
    key: dict[str, list[str]] = {route.auth: [route.scope] if route.scope else []}
    return [key, *link, *([{}] if route.signed else [])]


def _name(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _responses(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": HTTPStatus(route.success).phrase}
    if route.answer is not None:
        success["content"] = _content(route.answer, schemas)
    if route.headers:
        success["headers"] = {name: {"schema": {"type": "string"}} for name in route.headers}
    responses = {str(route.success): success}
    if route.or_empty:
        responses["204"] = {"description": "Done; there is nothing to tell."}
    if route.answer is Ready:
        responses["503"] = {**success, "description": "Not ready; `reasons` say why."}
    problem = {"application/problem+json": {"schema": schemas[ProblemDetails]}}
    if route.scope is not None:
        also = " or `report`" if route.report and route.scope != "report" else ""
        text = f"The API key has not the scope `{route.scope}`{also}."
        responses["403"] = {"description": text, "content": problem}
    for status in route.errors:
        text = _ERROR_TEXT.get(status, HTTPStatus(status).phrase)
        responses[str(status)] = {"description": text, "content": problem}
    return responses


def _content(kind: Kind, schemas: dict[Any, Any]) -> dict[str, Any]:
    if isinstance(kind, str):
        return {kind: {"schema": {"type": "string"}}}
    models = _models(kind)
    one_of = {"oneOf": [schemas[model] for model in models]}
    return {"application/json": {"schema": one_of if len(models) > 1 else schemas[models[0]]}}


def _models(kind: Kind | None) -> tuple[type[BaseModel], ...]:
    if isinstance(kind, tuple):
        return kind
    return () if kind is None or isinstance(kind, str) else (kind,)


def _sorted(models: Iterable[Any]) -> list[type[BaseModel]]:
    return sorted(models, key=lambda model: str(model.__name__))
