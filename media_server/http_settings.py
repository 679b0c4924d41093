"""What an operator may set about the HTTP side. `config.py` composes it with the other rooms'.

It stands here, not in `signaling`, because `live` takes the whole `Config` and must not reach up.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

MIN_SECRET_CHARS = 16


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Immutable; raises ValueError naming the setting that cannot be used."""

    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 for every IPv4 address of this machine, :: for every address,
    IPv4 and IPv6."""
    port: int = 8080
    """TCP port for the page and the API; 0 lets the system choose."""
    public_url: str = ""
    """What candidates type, with any prefix: put before every generated link. Empty: a link names
    the Host of its request where that is believed (see `allowed_hosts`), else the address that the
    request came to."""
    allowed_hosts: tuple[str, ...] = ()
    """Names of this server, each with or without a port, whose requests get links with that name.
    Loopback, the address that a request came to, and MEDIA_SERVER_PUBLIC_IP always do."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of proxies. Their Host, and X-Forwarded-For, -Proto, -Host and -Prefix,
    are believed."""
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    """Keys for /v1/interviews; several for rotation. At least 16 characters each where HOST is not
    loopback or PUBLIC_URL is set. Empty: one is made and kept in DATA_DIR."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Sign join links and client tokens: the first signs, all are accepted. Several servers need
    the same. Empty: one is made and kept in DATA_DIR."""
    token_ttl_s: int = 600
    """Life of a client token; checked at joining only."""
    cors_origins: tuple[str, ...] = ("*",)
    """Origins whose pages may join and call (the interviews API is never opened to browsers)."""
    frame_ancestors: tuple[str, ...] = ()
    """Origins that may show the candidate's page in a frame. Empty: nobody."""
    client_dir: Path | None = None
    """Directory of the page's files; empty: `client/` beside the packages."""
    demo: bool | None = None
    """Whether anybody who reaches the page may start the demo interview; auto: where HOST is
    loopback and PUBLIC_URL is not set, so that only this machine reaches it."""
    demo_per_minute: int = 30
    """Demo interviews per client address."""
    all_demos_per_minute: int = 60
    """Demo interviews, whoever asks for them."""
    requests_per_minute: int = 600
    """Requests to join, consent and call per client address (offices share one)."""
    calls_per_minute: int = 30
    """Calls per interview: reconnecting is free, a loop is not."""
    api_requests_per_minute: int = 1200
    """Requests per API key."""
    body_timeout_s: float = 10.0
    """A request must have arrived whole within this."""
    max_connections: int = 2000
    """TCP connections at the same time, fewer where the limit on file descriptors asks for it. When
    they are used up, those that wait for a request give way; /healthz and /readyz have a few of
    their own."""
    max_connections_per_address: int = 500
    """TCP connections of one client address (IPv6: of one /64); a trusted proxy may have all."""
    max_spec_bytes: int = 262_144
    """Size of the body of POST /v1/interviews."""
    stun_urls: tuple[str, ...] = ()
    """STUN servers told to browsers; none are needed for a server with a public address."""
    turn_urls: tuple[str, ...] = ()
    """TURN servers told to browsers, for networks that block UDP."""
    turn_secret: str = field(default="", repr=False)
    """Shared with coturn (`use-auth-secret`): credentials are made per candidate."""
    turn_username: str = ""
    """For a TURN server with one fixed user, instead of `turn_secret`."""
    turn_credential: str = field(default="", repr=False)
    """Password of `turn_username`."""
    turn_ttl_s: int = 900
    """How long credentials made with `turn_secret` open a relay. An open one goes on after that, so
    they need not last an interview, but as long as a client token and a little more."""
    metrics: bool = True
    """Whether /metrics is served (counts and times only). Where HOST is not loopback, PUBLIC_URL is
    set, or a request came through a proxy, it asks for `metrics_token` or an API key."""
    metrics_token: str = field(default="", repr=False)
    """The key for /metrics, 16 characters or more: for a Prometheus that should not have an API
    key. Where it is set it is always asked for."""
    metrics_port: int = 0
    """A TCP port for /metrics alone, without a key; then PORT has no /metrics. 0: none."""
    metrics_host: str = "127.0.0.1"
    """Address of `metrics_port`. Whoever reaches it reads the figures."""
    drain_s: float = 25.0
    """After SIGTERM: how long candidates in a call may go on before they are moved."""

    def __post_init__(self) -> None:
        for name in ("port", "metrics_port"):
            if not 0 <= getattr(self, name) <= 65_535:
                raise ValueError(f"{name} must be 0-65535, not {getattr(self, name)}")
        if self.metrics_port and self.metrics_port == self.port:
            raise ValueError("metrics_port must be another port than PORT")
        self._check_urls()
        self._check_secrets()
        if not 10 <= self.token_ttl_s <= 600:
            raise ValueError("token_ttl_s must be between 10 and 600")
        for network in self.trusted_proxies:
            try:
                ipaddress.ip_network(network, strict=False)
            except ValueError:
                raise ValueError(
                    f"trusted_proxies: {network!r} is no address or network, such as 10.0.0.0/8"
                ) from None
        for name in ("demo_per_minute", "requests_per_minute", "calls_per_minute"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        if not 0.1 <= self.body_timeout_s <= 120:
            raise ValueError("body_timeout_s must be between 0.1 and 120")

    @property
    def demo_on(self) -> bool:
        return self.demo if self.demo is not None else self.is_private

    def _check_urls(self) -> None:
        for name in self.allowed_hosts:
            if urlsplit(f"//{name}").netloc != name or not name or name != name.lower():
                raise ValueError(
                    f"allowed_hosts: {name!r} is no host in lower case, such as "
                    "interviews.example.org or [2001:db8::1]:8080"
                )
        if self.public_url:
            parts = urlsplit(self.public_url)
            if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query:
                raise ValueError(
                    "public_url must be http(s)://host[/prefix], "
                    "for example https://interviews.example.org"
                )
        for name, schemes in (
            ("stun_urls", ("stun:", "stuns:")),
            ("turn_urls", ("turn:", "turns:")),
        ):
            for url in getattr(self, name):
                if not url.startswith(schemes) or any(c in url for c in '<>" \r\n'):
                    raise ValueError(f"{name} must begin with {' or '.join(schemes)}: {url!r}")
        for origin in (*self.cors_origins, *self.frame_ancestors):
            parts = urlsplit(origin)
            if origin != "*" and (parts.scheme not in {"http", "https"} or parts.path):
                raise ValueError(f"an origin is scheme://host[:port] or *, not {origin!r}")

    @property
    def is_private(self) -> bool:
        """Whether nobody but this machine reaches the server, as far as the settings say."""
        public = urlsplit(self.public_url).hostname if self.public_url else "localhost"
        return is_loopback(self.host) and is_loopback(public or "")

    def _check_secrets(self) -> None:
        if not self.is_private and any(len(key) < MIN_SECRET_CHARS for key in self.api_keys):
            raise ValueError(
                f"api_keys: at least {MIN_SECRET_CHARS} characters each where others can reach the "
                "server (HOST is not loopback, or PUBLIC_URL is set), because a short one is "
                "guessed; make one with: openssl rand -hex 32"
            )
        if self.metrics_token and len(self.metrics_token) < MIN_SECRET_CHARS:
            raise ValueError(f"metrics_token: at least {MIN_SECRET_CHARS} characters")
        if any(len(value) < MIN_SECRET_CHARS for value in self.secrets):
            raise ValueError(f"secrets: at least {MIN_SECRET_CHARS} characters each")
        if self.turn_urls and not (self.turn_secret or self.turn_username):
            raise ValueError("turn_urls needs turn_secret, or turn_username and turn_credential")
        if bool(self.turn_username) != bool(self.turn_credential):
            raise ValueError("turn_username and turn_credential belong together")


def is_loopback(host: str) -> bool:
    """Of a name or an address. A name other than localhost is looked up by nobody here: no."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class LogSettings:
    level: str = "info"
    """debug, info, warning or error."""
    format: str = "auto"
    """json, text, or auto: text on a terminal, JSON elsewhere."""

    def __post_init__(self) -> None:
        if self.level not in {"debug", "info", "warning", "error"}:
            raise ValueError("level must be debug, info, warning or error")
        if self.format not in {"auto", "json", "text"}:
            raise ValueError("format must be auto, json or text")
