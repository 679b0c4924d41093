"""STUN and TURN servers for a browser, as JSON and as Link headers (RFC 9725 §4.6)."""

from __future__ import annotations

import base64
import hashlib
import hmac

from media_server.http_settings import HttpSettings
from signaling.schemas import IceServer


def ice_servers(
    settings: HttpSettings, interview_id: str, now_s: float, *, relay: bool
) -> list[IceServer]:
    """Empty where none are configured: a server with a public address needs none.

    `relay`: with TURN servers and credentials for them. They are worth something to anybody who
    wants to send from somebody else's address: given after consent only, and never for a demo,
    which anybody may start.
    """
    servers = []
    if settings.stun_urls:
        servers.append(IceServer(urls=list(settings.stun_urls)))
    if relay and settings.turn_urls:
        username, credential = _turn_credentials(settings, interview_id, now_s)
        servers.append(
            IceServer(urls=list(settings.turn_urls), username=username, credential=credential)
        )
    return servers


def shown(servers: list[IceServer]) -> list[dict[str, object]]:
    """As browsers take them (RTCIceServer)."""
    return [server.model_dump(exclude_none=True) for server in servers]


def link_headers(servers: list[IceServer]) -> list[str]:
    links = []
    for server in servers:
        for url in server.urls:
            link = f'<{url}>; rel="ice-server"'
            if server.username is not None:
                link += (
                    f'; username="{_quoted(server.username)}"'
                    f'; credential="{_quoted(server.credential or "")}"'
                    '; credential-type="password"'
                )
            links.append(link)
    return links


def _turn_credentials(settings: HttpSettings, interview_id: str, now_s: float) -> tuple[str, str]:
    """Of coturn's `use-auth-secret`: valid until a time, for whoever holds the shared secret.

    The name is an opaque tag of the interview, so that the relay's log names nobody and its quota
    per user is one per interview. A relay that was asked for in time goes on: coturn refuses only
    new ones after that time.
    """
    if not settings.turn_secret:
        return settings.turn_username, settings.turn_credential
    tag = hashlib.sha256(interview_id.encode()).hexdigest()[:12]
    username = f"{int(now_s) + settings.turn_ttl_s}:{tag}"
    # HMAC-SHA1 is what the TURN REST convention prescribes.
    raw = hmac.new(settings.turn_secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(raw).decode("ascii")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
