"""Addresses: where we are mounted, who asks, and from where (RFC 7239's older X-Forwarded-*)."""

from __future__ import annotations

import ipaddress
import re

from aiohttp import web

from signaling.context import context

_HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")


def path_for(request: web.Request, name: str, **parts: str) -> str:
    """Path of a route by its name, under whatever prefix the application is mounted."""
    return request.app.router[name].url_for(**parts).path


def base_url(request: web.Request) -> str:
    """Scheme, host and any prefix that a trusted proxy took away; no trailing slash."""
    configured = context(request).settings.public_url
    if configured:
        return configured.rstrip("/")
    scheme, host, prefix = request.scheme, request.host, ""
    if _is_trusted(request, request.remote):
        scheme = _first(request, "X-Forwarded-Proto") or scheme
        host = _first(request, "X-Forwarded-Host") or host
        prefix = _first(request, "X-Forwarded-Prefix").rstrip("/")
    if scheme not in {"http", "https"}:
        scheme = request.scheme
    if not _HOST.fullmatch(host):
        host = "localhost"
    return f"{scheme}://{host}{prefix if _PREFIX.fullmatch(prefix) else ''}"


def url_for(request: web.Request, name: str, **parts: str) -> str:
    """Absolute URL of a route. PUBLIC_URL already contains the prefix we are mounted at."""
    path = path_for(request, name, **parts)
    if context(request).settings.public_url:
        path = path.removeprefix(path_for(request, "index").rstrip("/"))
    return base_url(request) + path


def location(request: web.Request, name: str, **parts: str) -> str:
    """A Location header: absolute only where a proxy may have changed the path."""
    settings = context(request).settings
    if settings.public_url or settings.trusted_proxies:
        return url_for(request, name, **parts)
    return path_for(request, name, **parts)


def client_address(request: web.Request) -> str:
    """Address of the client: of X-Forwarded-For, the last one that no trusted proxy has."""
    address = request.remote or "unknown"
    if not _is_trusted(request, request.remote):
        return address
    hops = [h.strip() for h in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
    for hop in reversed([hop for hop in hops if hop][-16:]):
        try:
            address = str(ipaddress.ip_address(hop))
        except ValueError:
            break
        if not _is_trusted(request, address):
            break
    return address


def _is_trusted(request: web.Request, address: str | None) -> bool:
    networks = context(request).settings.trusted_proxies
    if not networks or address is None:
        return False
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in ipaddress.ip_network(network, strict=False) for network in networks)


def _first(request: web.Request, name: str) -> str:
    return request.headers.get(name, "").split(",")[0].strip()
