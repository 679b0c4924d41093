"""Addresses: where we are mounted, who asks, and from where (RFC 7239's older X-Forwarded-*)."""

from __future__ import annotations

import ipaddress
import logging
import re

from aiohttp import web

from signaling.context import context
from signaling.front_peer import peer_of
from signaling.hosts import IpNetwork, believed_host, forwarded_client, is_host, is_in, local_host

logger = logging.getLogger(__name__)

_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_OF_PROXIES = (
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Real-IP",
    "Forwarded",
    "Via",
)


def path_for(request: web.Request, name: str, /, **parts: str) -> str:
    """Path of a route by its name, under whatever prefix the application is mounted."""
    return request.app.router[name].url_for(**parts).path


def mount_path(request: web.Request) -> str:
    """Where the application is mounted, without a slash at its end: "" at the root."""
    return path_for(request, "index").rstrip("/")


def base_url(request: web.Request) -> str:
    """Scheme, host and any prefix that a trusted proxy took away; no trailing slash."""
    settings = context(request).settings
    if settings.public_url:
        return settings.public_url.rstrip("/")
    trusted = _is_trusted(request, peer_of(request).address)
    scheme = request.scheme
    host = request.headers.get("Host", "") if trusted else ""
    if trusted:
        scheme = _first(request, "X-Forwarded-Proto").lower() or scheme
        host = _first(request, "X-Forwarded-Host") or host
    if scheme not in {"http", "https"}:
        scheme = request.scheme
    if not is_host(host):
        host = _own_host(request)
    return f"{scheme}://{host}{_forwarded_prefix(request)}"


def server_url(request: web.Request) -> str:
    """For the API's description: absolute where it is known, else relative to the description.

    "./" is right behind any proxy, also one that takes a prefix away without a word.
    """
    settings = context(request).settings
    if settings.public_url:
        return settings.public_url.rstrip("/")
    if _is_trusted(request, peer_of(request).address) and _first(request, "X-Forwarded-Host"):
        return base_url(request) + mount_path(request)
    return "./"


def url_for(request: web.Request, name: str, /, **parts: str) -> str:
    """Absolute URL of a route. PUBLIC_URL already contains the prefix we are mounted at."""
    path = path_for(request, name, **parts)
    if context(request).settings.public_url:
        path = path.removeprefix(mount_path(request))
    elif not _is_trusted(request, peer_of(request).address) and came_through_proxy(request):
        logger.warning(
            "a link was made for a request that came through a proxy, and may name an address that "
            "only the proxy reaches; set MEDIA_SERVER_PUBLIC_URL, see docs/proxies.md"
        )
    return base_url(request) + path


def location(request: web.Request, name: str, /, **parts: str) -> str:
    """A Location header: a path, which is right under whatever name we were reached."""
    if context(request).settings.public_url:
        return url_for(request, name, **parts)
    return _forwarded_prefix(request) + path_for(request, name, **parts)


def client_address(request: web.Request) -> str:
    """Address of the client: of X-Forwarded-For, the last one that no trusted proxy has."""
    address = peer_of(request).address
    if address is None:
        return "unknown"
    return forwarded_client(
        address, request.headers.getall("X-Forwarded-For", []), _trusted(request)
    )


def came_through_proxy(request: web.Request) -> bool:
    """As far as it shows: by its headers, or by HTTP/1.0, which nginx speaks unless told not to."""
    return peer_of(request).http_1_0 or any(n in request.headers for n in _OF_PROXIES)


def _own_host(request: web.Request) -> str:
    """Of the request where it is believed, else the address it came to."""
    settings = context(request).settings
    header = request.headers.get("Host", "")
    local = local_host(
        peer_of(request).local,
        scheme=request.scheme,
        default=(settings.host, settings.port),
    )
    host = believed_host(header, allowed=settings.allowed_hosts, local=local)
    if host != header:
        logger.warning(
            "a link names the address of this server, because the request came for another name; "
            "MEDIA_SERVER_PUBLIC_URL (or MEDIA_SERVER_ALLOWED_HOSTS) says which names are ours"
        )
    return host


def _forwarded_prefix(request: web.Request) -> str:
    if not _is_trusted(request, peer_of(request).address):
        return ""
    prefix = _first(request, "X-Forwarded-Prefix").rstrip("/")
    return prefix if _PREFIX.fullmatch(prefix) else ""


def _is_trusted(request: web.Request, address: str | None) -> bool:
    return address is not None and is_in(address, _trusted(request))


def _trusted(request: web.Request) -> list[IpNetwork]:
    networks = context(request).settings.trusted_proxies
    return [ipaddress.ip_network(net, strict=False) for net in networks]


def _first(request: web.Request, name: str) -> str:
    return request.headers.get(name, "").split(",")[0].strip()
