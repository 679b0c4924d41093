"""The requests that /docs shows: as commands of curl and programs of Python, sent as they stand."""

from __future__ import annotations

import asyncio
import functools
import operator
import shlex
import sys
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from signaling.openapi import document, shown_path
from signaling.openapi_pages import requests_of
from signaling.request_examples import EXAMPLES
from signaling.routes import ROUTES
from signaling.snippets import Asked, curl, python
from tests.docs.place import SHELL, Place, ask

BASE = "http://localhost:8080"
DOCUMENT = document(ROUTES)
SHOWN = [
    (f"{method.upper()} {path}", title, asked)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    for title, asked in requests_of(method.upper(), path, operation, BASE)
]
CANNOT_BE_SENT = {
    "POST /whip/{interview}": "the offer is a browser's own, see tests/live",
    "PATCH /whip/{interview}/{call}": "the call is a browser's own, see tests/live",
    "DELETE /whip/{interview}/{call}": "the call is a browser's own, see tests/live",
    "POST /v1/rehearsals": "the offer is a browser's own, see tests/live",
    "DELETE /v1/rehearsals/{rehearsal}": "the call is a browser's own, see tests/live",
    "POST /v1/calls/{interview}/connectivity": "the offer is a browser's own, see tests/live",
    "POST /v1/webhooks/test": "nobody listens here, see tests/webhooks",
    "POST /v1/join": "a link is a secret that each test makes itself, see tests/signaling",
    "POST /v1/consent": "a token lives for minutes, see tests/signaling/test_join.py",
    "GET /v1/interviews/{interview}/link.svg": "it is over, see tests/signaling",
    "GET /v1/transcript": "the interview is over for its candidate, see tests/signaling",
    "POST /v1/review": "the interview is over for its candidate, see tests/signaling",
    "POST /v1/interviews/{interview}/cancel": "it is over, see tests/signaling",
    "GET /v1/interviews/{interview}/evaluation": "none was asked for, see tests/report",
    "POST /v1/interviews/{interview}/evaluation": "none was asked for, see tests/live",
    "POST /v1/interviews/{interview}/evaluation/decisions": "nothing is judged, see tests/report",
    "GET /v1/interviews/{interview}/audio/{name}": "nobody has spoken, see tests/live",
    "GET /v1/interviews/{interview}/audio.ogg": "nobody has spoken, see tests/live",
    "DELETE /v1/interviews/{interview}": "the others need it, see tests/signaling",
    "DELETE /v1/templates/{template}": "the others need it, see tests/signaling",
}
SENT = [
    one
    for one in SHOWN
    # Without a body, of something that is not here: its own tests send it.
    if one[0] not in CANNOT_BE_SENT and "/…" not in one[2].url
]
each = pytest.mark.parametrize(
    ("where", "title", "asked"), SENT, ids=[f"{where} {title}" for where, title, _ in SENT]
)


def test_every_route_with_a_body_has_an_example() -> None:
    with_body = {f"{r.method} {shown_path(r)}" for r in ROUTES if r.body and r.published}
    assert with_body == set(EXAMPLES), "write one in signaling/request_examples.py"
    assert {where for where, _, _ in SHOWN} >= set(EXAMPLES)
    assert set(CANNOT_BE_SENT) <= {where for where, _, _ in SHOWN}, "what is gone needs no reason"
    assert len(SENT) > 10


def test_the_openapi_document_has_them() -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator  # noqa: PLC0415  # slow to load

    OpenAPIV31SpecValidator(DOCUMENT).validate()
    for where, known in EXAMPLES.items():
        method, path = where.split()
        [content] = DOCUMENT["paths"][path][method.lower()]["requestBody"]["content"].values()
        found = [(one["summary"], one["value"]) for one in content["examples"].values()]
        assert found == [(one.title, one.body) for one in known]


@pytest.mark.parametrize("where", EXAMPLES)
def test_bodies_are_what_the_route_takes(where: str) -> None:
    [route] = [r for r in ROUTES if f"{r.method} {shown_path(r)}" == where]
    for example in EXAMPLES[where]:
        if isinstance(route.body, str):
            assert isinstance(example.body, str)
            continue
        models = route.body if isinstance(route.body, tuple) else (route.body,)
        body = _filled(example.body)
        shapes: Any = functools.reduce(operator.or_, models)
        assert isinstance(TypeAdapter(shapes).validate_python(body), BaseModel)


def _filled(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _filled(value) for name, value in body.items()}
    return "tp_0000000000000000" if body == "tp_…" else body


@each
def test_the_command(place: Place, where: str, title: str, asked: Asked) -> None:
    _send(place, asked, ["bash", "-c", SHELL + place.filled(curl(asked))])


@each
def test_the_program(place: Place, where: str, title: str, asked: Asked) -> None:
    _send(place, asked, [sys.executable, "-c", place.filled(python(asked))])


def _send(place: Place, asked: Asked, command: list[str]) -> None:
    if ("If-Match", '"1"') in asked.headers:  # each needs a template in its first version
        made = asyncio.run(ask(place.server.url, "POST", "/v1/templates", asked.body))
        command = [part.replace(place.there["tp_…"], made["id"]) for part in command]
    elif dict(asked.headers).get("Idempotency-Key"):
        assert asked.body
    place.run(command)


AWKWARD = Asked(
    "POST",
    f"{BASE}/v1/templates",
    "API_KEY",
    "application/json",
    {"name": 'It\'s "$HOME" `id` \\ ! 100% ü 你好\n', "questions": ["Why's that?", "A\tB"]},
)


@pytest.mark.parametrize("language", ["curl", "python"])
def test_what_is_awkward_to_quote_arrives_as_it_is(place: Place, language: str) -> None:
    text = place.filled(curl(AWKWARD) if language == "curl" else python(AWKWARD))
    before = {t["id"] for t in asyncio.run(_templates(place))}
    command = ["bash", "-c", SHELL + text] if language == "curl" else [sys.executable, "-c", text]
    place.run(command)
    [made] = [t for t in asyncio.run(_templates(place)) if t["id"] not in before]
    assert made["name"] == AWKWARD.body["name"]


async def _templates(place: Place) -> list[dict[str, Any]]:
    return list((await ask(place.server.url, "GET", "/v1/templates?limit=100"))["templates"])


def test_a_command_is_one_command() -> None:
    for _, _, asked in SHOWN:
        words = shlex.split(curl(asked))
        assert words[0] == "curl"
        assert asked.url in words
