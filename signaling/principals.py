"""Who asks, and what they may do: a tenant with some scopes."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from media_server.ports import DEFAULT_TENANT, OPERATORS, SCOPES, Scope

__all__ = [
    "DEFAULT_TENANT",
    "OPERATORS",
    "PRINCIPAL",
    "SCOPES",
    "Principal",
    "Scope",
    "principal",
]


@dataclass(frozen=True, slots=True)
class Principal:
    """The owner of an API key. Everything that it may see or change belongs to `tenant`."""

    tenant: str
    scopes: frozenset[Scope]
    key: str = ""
    """Which key it is, for the log: as `media-server tenants check` names it; never the key."""


PRINCIPAL: web.RequestKey[Principal] = web.RequestKey("principal", Principal)


def principal(request: web.Request) -> Principal:
    """Of a request to a route with a scope: see `routes.Route.scope`."""
    return request[PRINCIPAL]
