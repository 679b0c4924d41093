"""Who asks, and what they may do: a tenant with some scopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aiohttp import web

Scope = Literal["read", "write", "report", "watch"]
"""`read`: interviews and their results. `write`: make, change and erase them. `report`: make links
to reports, and see them. `watch`: follow an interview while it goes on, its words included."""
SCOPES: frozenset[Scope] = frozenset({"read", "write", "report", "watch"})
DEFAULT_TENANT = "default"


@dataclass(frozen=True, slots=True)
class Principal:
    """The owner of an API key. Everything that it may see or change belongs to `tenant`."""

    tenant: str
    scopes: frozenset[Scope]


PRINCIPAL: web.RequestKey[Principal] = web.RequestKey("principal", Principal)


def principal(request: web.Request) -> Principal:
    """Of a request to a route with a scope: see `routes.Route.scope`."""
    return request[PRINCIPAL]
