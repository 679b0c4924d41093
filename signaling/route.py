"""What is known of a route: see `routes`, which has them all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web
from pydantic import BaseModel

from signaling.principals import Scope

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

INTERVIEW = "/v1/interviews/{interview:[A-Za-z0-9_-]+}"


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    """aiohttp's template; routes of one path share its name."""
    name: str
    handler: Handler
    tag: Literal[
        "interviews", "templates", "candidates", "calls", "webhooks", "operations", "pages",
        "reports",
    ]  # fmt: skip
    auth: Literal["none", "api_key", "token"] = "none"
    scope: Scope | None = None
    """With `auth` "api_key": what the key must allow. Checked before the handler is called, which
    finds the key's owner by `principals.principal`."""
    report: Literal["", "report", "audio", "decide"] = ""
    """Not "": the token of a link to the report is taken as well, if it has this scope; then a key
    with the scope `report` is too, except for `decide`."""
    signed: bool = False
    """Whether the URL may be signed in place of a header: for {name}, or for all sound."""
    cors: bool = False
    """Whether pages of other origins may use it."""
    body: type[BaseModel] | tuple[type[BaseModel], ...] | str | None = None
    """A model of a JSON body, several of which it is one, or a media type."""
    success: int = 200
    or_empty: bool = False
    """Whether 204 without content may be answered as well."""
    answer: type[BaseModel] | str | None = None
    headers: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    """Query and header parameters by name; described in `openapi.py`."""
    errors: tuple[int, ...] = ()
    published: bool = True
