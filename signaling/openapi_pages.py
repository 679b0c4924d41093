"""/openapi.json, and /docs: the same for people, one page without any foreign content."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import json
from typing import Any

from aiohttp import web

from signaling.openapi import document as build_document
from signaling.pages import security_headers
from signaling.urls import server_url

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font: 14px/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8886; border-radius: 6px; }
section { border-top: 1px solid #8886; margin-top: 1.5rem; }
h3 code { font-size: 1rem; overflow-wrap: anywhere; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
table { border-collapse: collapse; } td { padding: .1rem .9rem .1rem 0; vertical-align: top; }
""".strip()
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
        text=_page(server_url(request)), content_type="text/html", charset="utf-8", headers=headers
    )


@functools.lru_cache(maxsize=8)
def _document(server: str) -> dict[str, Any]:
    from signaling.routes import ROUTES  # noqa: PLC0415  # the table names these handlers

    return build_document(ROUTES, server_url=server)


@functools.lru_cache(maxsize=8)
def _page(server: str) -> str:
    doc = _document(server)
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(doc['info']['title'])}: API</title><style>{_STYLE}</style></head><body>",
        f"<main><h1>{_text(doc['info']['title'])}</h1><p>{_text(doc['info']['description'])}</p>",
        '<p>For tools: <a href="openapi.json">openapi.json</a></p>',
    ]
    for tag in doc["tags"]:
        parts.append(
            f"<h2>{_text(tag['name'].capitalize())}</h2><p>{_text(tag['description'])}</p>"
        )
        for path, methods in doc["paths"].items():
            parts += [
                _operation(method.upper(), path, operation)
                for method, operation in methods.items()
                if tag["name"] in operation["tags"]
            ]
    parts.append("<h2>Schemas</h2>")
    for name, schema in doc["components"]["schemas"].items():
        pretty = _text(json.dumps(schema, indent=2, ensure_ascii=False))
        parts.append(
            f'<details id="{_text(name)}"><summary><code>{_text(name)}</code></summary>'
            f"<pre>{pretty}</pre></details>"
        )
    parts.append("</main></body></html>")
    return "".join(parts)


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = []
    for parameter in operation.get("parameters", ()):
        where = f"{parameter['in']} {parameter['name']}"
        rows.append((where, _text(parameter.get("description", ""))))
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        rows.append(("body", _schema(media_type, content)))
    for status, response in operation["responses"].items():
        kinds = [_schema(m, c) for m, c in response.get("content", {}).items()]
        rows.append((status, _text(response["description"]) + " " + ", ".join(kinds)))
    table = "".join(f"<tr><td><code>{_text(a)}</code></td><td>{b}</td></tr>" for a, b in rows)
    needs = [name for entry in operation["security"] for name in entry]
    auth = f"<p>Authorization: {_text(', '.join(needs))}</p>" if needs else ""
    return (
        f'<section><h3><span class="method">{method}</span> <code>{_text(path)}</code></h3>'
        f"<p>{_text(operation['summary'])} {_text(operation.get('description', ''))}</p>"
        f"{auth}<table>{table}</table></section>"
    )


def _schema(media_type: str, content: dict[str, Any]) -> str:
    schema = content["schema"]
    names = [one.get("$ref", "").rpartition("/")[2] for one in schema.get("oneOf", [schema])]
    links = [f' <a href="#{_text(name)}">{_text(name)}</a>' for name in names if name]
    return f"<code>{_text(media_type)}</code>{' or'.join(links)}"


def _text(value: object) -> str:
    return html.escape(str(value))
