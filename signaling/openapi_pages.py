"""/openapi.json, and /docs: the same for people, one page without any foreign content."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import json
import re
from typing import Any

from aiohttp import web

from signaling.openapi import document as build_document
from signaling.pages import security_headers
from signaling.request_examples import EXAMPLES, PATH_VALUES
from signaling.snippets import Asked, curl, python
from signaling.urls import base_url, mount_path, server_url

_STYLE = """
:root { color-scheme: light dark; background: Canvas; color: CanvasText; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font: 14px/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8886; border-radius: 6px; }
section { border-top: 1px solid #8886; margin-top: 1.5rem; }
h3 code { font-size: 1rem; overflow-wrap: anywhere; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
table { border-collapse: collapse; } td { padding: .1rem .9rem .1rem 0; vertical-align: top; }
td + td, p { overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .35rem 0; } h4 { margin: 1rem 0 .25rem; }
button { font: inherit; min-height: 2rem; padding: .1rem .8rem; margin-top: .5rem; }
button { cursor: pointer; }
:is(a, button, summary, pre):focus-visible { outline: 3px solid #1a4fd6; outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (prefers-color-scheme: dark) {
  :is(a, button, summary, pre):focus-visible { outline-color: #9db8ff; }
}
""".strip()
_INTRODUCTION = (
    '<p>For tools: <a href="openapi.json">openapi.json</a>. The examples read secrets from the '
    "environment: <code>API_KEY</code> is an API key, <code>TOKEN</code> what POST /v1/join "
    "answers to a candidate.</p>"
)
_SECRETS = {"api_key": "API_KEY", "token": "TOKEN", "report_link": "LINK"}
_STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


async def document(request: web.Request) -> web.Response:
    """Get this API as an OpenAPI 3.1 document."""
    body = json.dumps(_document(server_url(request)))
    return web.Response(
        text=body, content_type="application/json", headers={"Cache-Control": "no-cache"}
    )


async def page(request: web.Request) -> web.Response:
    """Read this API as a page."""
    headers = security_headers((), style_hash=_STYLE_HASH)
    headers["Cache-Control"] = "no-cache"
    return web.Response(
        text=_page(server_url(request), base_url(request) + mount_path(request)),
        content_type="text/html",
        charset="utf-8",
        headers=headers,
    )


@functools.lru_cache(maxsize=8)
def _document(server: str) -> dict[str, Any]:
    from signaling.routes import ROUTES  # noqa: PLC0415  # the table names these handlers

    return build_document(ROUTES, server_url=server)


@functools.lru_cache(maxsize=8)
def _page(server: str, base: str) -> str:
    """`base`: absolute, for the examples."""
    doc = _document(server)
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(doc['info']['title'])}: API</title><style>{_STYLE}</style>",
        '<link rel="icon" href="client/icon.svg">',
        '<script type="module" src="client/docs/copy.js"></script></head><body>',
        f"<main><h1>{_text(doc['info']['title'])}</h1><p>{_text(doc['info']['description'])}</p>",
        _INTRODUCTION,
    ]
    for tag in doc["tags"]:
        parts.append(
            f"<h2>{_text(tag['name'].capitalize())}</h2><p>{_text(tag['description'])}</p>"
        )
        for path, methods in doc["paths"].items():
            parts += [
                _operation(method.upper(), path, operation, base)
                for method, operation in methods.items()
                if tag["name"] in operation["tags"]
            ]
    parts.append("<h2>Schemas</h2>")
    for name, schema in doc["components"]["schemas"].items():
        pretty = _text(json.dumps(schema, indent=2, ensure_ascii=False))
        parts.append(
            f'<details id="{_text(name)}"><summary><code>{_text(name)}</code></summary>'
            f'<pre tabindex="0" role="region" aria-label="{_text(name)}">{pretty}</pre></details>'
        )
    parts.append("</main></body></html>")
    return "".join(parts)


def _operation(method: str, path: str, operation: dict[str, Any], base: str) -> str:
    rows = []
    for parameter in operation.get("parameters", ()):
        where = f"{parameter['in']} {parameter['name']}"
        rows.append((where, _prose(parameter.get("description", ""))))
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        rows.append(("body", _schema(media_type, content)))
    for status, response in operation["responses"].items():
        kinds = [_schema(m, c) for m, c in response.get("content", {}).items()]
        rows.append((status, _prose(response["description"]) + " " + ", ".join(kinds)))
    table = "".join(f"<tr><td><code>{_text(a)}</code></td><td>{b}</td></tr>" for a, b in rows)
    needs = [name for entry in operation["security"] for name in entry]
    auth = f"<p>Authorization: {_text(', '.join(needs))}</p>" if needs else ""
    return (
        f'<section><h3><span class="method">{method}</span> <code>{_text(path)}</code></h3>'
        f"<p>{_prose(operation['summary'])} {_prose(operation.get('description', ''))}</p>"
        f"{auth}<table>{table}</table>{_examples(method, path, operation, base)}</section>"
    )


def _examples(method: str, path: str, operation: dict[str, Any], base: str) -> str:
    shown = [
        f"<h4>{_text(title)}</h4>" * bool(title)
        + _snippet("curl", f"{method} {path}", title, curl(asked))
        + _snippet("Python", f"{method} {path}", title, python(asked))
        for title, asked in requests_of(method, path, operation, base)
    ]
    if not shown:
        return ""
    opened = " open" * (method == "POST" and path == "/v1/interviews")
    name = "Example" if len(shown) == 1 else "Examples"
    return f"<details{opened}><summary>{name}</summary>{''.join(shown)}</details>"


def _snippet(language: str, where: str, title: str, text: str) -> str:
    label = f"{language}: {where}" + f", {title}" * bool(title)
    return (
        f'<pre data-copy tabindex="0" role="region" aria-label="{_text(label)}">{_text(text)}</pre>'
    )


def requests_of(
    method: str, path: str, operation: dict[str, Any], base: str
) -> list[tuple[str, Asked]]:
    """(title, request) of each example of an operation; of one without a body, the request alone.
    None for what no command sends: an upgrade, and addresses that need no explanation."""
    secrets = [_SECRETS[name] for entry in operation["security"] for name in entry]
    secret = secrets[0] if secrets else ""
    url = base + re.sub(r"\{(\w+)\}", lambda found: PATH_VALUES.get(found[1], "…"), path)
    known = EXAMPLES.get(f"{method} {path}", ())
    if known:
        media_type = next(iter(operation["requestBody"]["content"]))
        return [
            (one.title, Asked(method, url, secret, media_type, one.body, one.headers))
            for one in known
        ]
    if not secret or "101" in operation["responses"]:
        return []
    kinds = {
        kind for answer in operation["responses"].values() for kind in answer.get("content", {})
    }
    binary = bool(kinds & {"audio/ogg", "application/zip"})
    return [("", Asked(method, url, secret, binary=binary))]


def _schema(media_type: str, content: dict[str, Any]) -> str:
    schema = content["schema"]
    names = [one.get("$ref", "").rpartition("/")[2] for one in schema.get("oneOf", [schema])]
    links = [f' <a href="#{_text(name)}">{_text(name)}</a>' for name in names if name]
    return f"<code>{_text(media_type)}</code>{' or'.join(links)}"


def _prose(text: str) -> str:
    """With `names` in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _text(text))


def _text(value: object) -> str:
    return html.escape(str(value))
