"""What an operator may set about the HTTP side. `config.py` composes it with the other rooms'.

It stands here, not in `signaling`, because `live` takes the whole `Config` and must not reach up.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from media_server.logos import logo
from media_server.setting import PER_MINUTE, PORTS, check_ranges, setting
from media_server.shades import colour

MIN_SECRET_CHARS = 16
_SEED = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 bytes in base64url, without padding."""


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Immutable; raises ValueError naming the setting that cannot be used."""

    host: str = setting(
        "127.0.0.1",
        """Address to listen on; 0.0.0.0 for every IPv4 address of this machine, :: for every
        address, IPv4 and IPv6.""",
        example="0.0.0.0",  # noqa: S104  # an example, bound by nobody
        variable="HOST",
    )
    port: int = setting(
        8080,
        "TCP port for the page and the API; 0 lets the system choose.",
        allowed=PORTS,
        variable="PORT",
    )
    public_url: str = setting(
        "",
        """What candidates type, with any prefix: put before every generated link. Empty: a link
        names the Host of its request where that is believed (see `allowed_hosts`), else the address
        that the request came to.""",
        example="https://interviews.example.org",
    )
    allowed_hosts: tuple[str, ...] = setting(
        (),
        """Names of this server, each with or without a port, whose requests get links with that
        name. Loopback, the address that a request came to, and MEDIA_SERVER_PUBLIC_IP always
        do.""",
        example="interviews.example.org,203.0.113.7:8080",
    )
    trusted_proxies: tuple[str, ...] = setting(
        (),
        """Addresses or networks of proxies. Their Host, and X-Forwarded-For, -Proto, -Host and
        -Prefix, are believed.""",
        example="127.0.0.1,10.0.0.0/8",
    )
    api_keys: tuple[str, ...] = setting(
        (),
        """Keys for /v1/interviews; several for rotation. At least 16 characters each where HOST is
        not loopback or PUBLIC_URL is set. Empty: one is made and kept in DATA_DIR.""",
        example="a-long-random-key",
        variable="MEDIA_SERVER_API_KEY",
        secret=True,
    )
    tenants: Path | None = setting(
        None,
        """A TOML file of several customers of one server: their keys, webhooks, branding, limits,
        retention and origins (docs/tenants.md). A change is in force within seconds, without a
        restart. None: every interview is the one tenant's whose keys are above.""",
        example="/etc/media-server/tenants.toml",
    )
    secrets: tuple[str, ...] = setting(
        (),
        """Sign join links and client tokens: the first signs, all are accepted. Several servers
        need the same. Empty: one is made and kept in DATA_DIR.""",
        example="a-long-random-secret",
        secret=True,
    )
    evidence_keys: tuple[str, ...] = setting(
        (),
        """Sign evidence bundles: Ed25519 seeds, 32 random bytes in base64url. The first signs, the
        others did before it and are shown beside it. Several servers need the same. Empty: one is
        made and kept in DATA_DIR.""",
        example="Zm9ydHktdGhyZWUgbGV0dGVycyBvZiBiYXNlNjR1cmw",
        variable="MEDIA_SERVER_EVIDENCE_KEY",
        secret=True,
    )
    token_ttl_s: int = setting(
        600,
        """How long a client token lets the page start a call. It is checked when a candidate joins,
        not while a call goes on.""",
        allowed=(10, 600),
    )
    audio_url_ttl_s: int = setting(
        3600,
        """How long the signed `audio.url` of a result or report plays, in seconds; ask for the
        result again to have new ones.""",
        allowed=(60, 604_800),
    )
    cors_origins: tuple[str, ...] = setting(
        ("*",),
        "Origins whose pages may join and call (the interviews API is never opened to browsers).",
        example="https://jobs.example.org",
    )
    frame_ancestors: tuple[str, ...] = setting(
        (),
        "Origins that may show the candidate's page in a frame. Empty: nobody.",
        example="https://jobs.example.org",
    )
    brand_name: str = setting(
        "",
        """Name at the top of the candidate's page, where the interview names none. Empty: the
        title of the interview stands there.""",
        example="Example Ltd",
    )
    brand_logo: str = setting(
        "",
        """Logo at the top of the candidate's page, where the interview has none: a data URL of a
        PNG, WebP or SVG of at most 32 KiB, or the path of such a file on this server. It needs
        brand_name, which is read out for it.""",
        example="/client/logo.svg",
    )
    brand_accent: str = setting(
        "",
        """Colour of buttons and links on the candidate's page, where the interview has none, as
        #rrggbb. Each theme gets the nearest shade with a contrast of 4.5:1.""",
        example="#14576b",
    )
    client_dir: Path | None = setting(
        None,
        "Directory of the page's files. None: `client/` beside the packages.",
        example="/srv/interview-page",
    )
    demo: bool | None = setting(
        None,
        """Whether anybody who reaches the page may start the demo interview; auto: where HOST is
        loopback and PUBLIC_URL is not set, so that only this machine reaches it.""",
    )
    demo_per_minute: int = setting(
        30,
        "How many demo interviews one client address may start in a minute; more get 429.",
        allowed=PER_MINUTE,
    )
    all_demos_per_minute: int = setting(
        60,
        "How many demo interviews all clients together may start in a minute; more get 429.",
        allowed=PER_MINUTE,
    )
    requests_per_minute: int = setting(
        600,
        """How many requests to join, consent and call one client address may send in a minute
        (offices share one); more get 429.""",
        allowed=PER_MINUTE,
    )
    calls_per_minute: int = setting(
        30,
        """How many calls one interview may start in a minute: enough for every reconnection, too
        few for a client in a loop; more get 429.""",
        allowed=PER_MINUTE,
    )
    api_requests_per_minute: int = setting(
        1200,
        "How many requests to /v1/interviews one API key may send in a minute; more get 429.",
        allowed=PER_MINUTE,
    )
    body_timeout_s: float = setting(
        10.0,
        "Within this a request must have arrived whole; a slower one gets 408.",
        allowed=(0.1, 120),
    )
    max_connections: int = setting(
        2000,
        """TCP connections at the same time, fewer where the limit on file descriptors asks for it.
        When they are used up, those that wait for a request give way; /healthz and /readyz have a
        few of their own.""",
        allowed=PER_MINUTE,
    )
    max_connections_per_address: int = setting(
        500,
        "TCP connections of one client address (IPv6: of one /64); a trusted proxy may have all.",
        allowed=PER_MINUTE,
    )
    max_streams: int = setting(
        200,
        "How many streams of events (GET …/events) this server serves at the same time.",
        allowed=(1, 10_000),
    )
    max_streams_per_tenant: int = setting(
        50,
        "Of `max_streams`, how many one tenant may have; one more gets 429.",
        allowed=(1, 10_000),
    )
    console: bool = setting(
        True,
        """Whether /console and /ops are served: the pages by which whoever has an API key makes and
        follows interviews, and sees how the server is. The pages themselves hold no data and need
        no key.""",
    )
    max_spec_bytes: int = setting(
        262_144,
        "The largest body of POST /v1/interviews; a larger one gets 413.",
        allowed=(1024, 16_777_216),
    )
    stun_urls: tuple[str, ...] = setting(
        (),
        """STUN servers that browsers receive; none are needed for a server with a public
        address.""",
        example="stun:stun.example.org:3478",
    )
    turn_urls: tuple[str, ...] = setting(
        (),
        "TURN servers that browsers receive, for networks that block UDP.",
        example="turn:turn.example.org:3478?transport=tcp",
    )
    turn_secret: str = setting(
        "",
        "Shared with coturn (`use-auth-secret`): credentials are made per candidate.",
        example="the static-auth-secret of coturn",
        secret=True,
    )
    turn_username: str = setting(
        "", "User of a TURN server that has one fixed user, instead of `turn_secret`."
    )
    turn_credential: str = setting(
        "", "Password that belongs to `turn_username`; candidates receive both.", secret=True
    )
    turn_ttl_s: int = setting(
        900,
        """How long credentials made with `turn_secret` open a relay. An open one goes on after
        that, so they need not last an interview, but as long as a client token and a little
        more.""",
        allowed=(60, 86_400),
    )
    metrics: bool = setting(
        True,
        """Whether /metrics is served (counts and times only). Where HOST is not loopback,
        PUBLIC_URL is set, or a request came through a proxy, it asks for `metrics_token` or an API
        key.""",
    )
    metrics_token: str = setting(
        "",
        """The key for /metrics, 16 characters or more: for a Prometheus that should not have an API
        key. Where it is set it is always asked for.""",
        example="a-long-random-token",
        secret=True,
    )
    metrics_port: int = setting(
        0,
        "A TCP port for /metrics alone, without a key; then PORT has no /metrics. 0: none.",
        allowed=PORTS,
        example="9464",
    )
    metrics_host: str = setting(
        "127.0.0.1", "Address to serve `metrics_port` on. Whoever reaches it reads the figures."
    )
    drain_s: float = setting(
        25.0,
        "After SIGTERM: how long candidates in a call may go on before they are moved.",
        allowed=(0, 86_400),
    )

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.metrics_port and self.metrics_port == self.port:
            raise ValueError("metrics_port must be another port than PORT")
        self._check_urls()
        self._check_secrets()
        self._check_brand()
        for network in self.trusted_proxies:
            try:
                ipaddress.ip_network(network, strict=False)
            except ValueError:
                raise ValueError(
                    f"trusted_proxies: {network!r} is no address or network, such as 10.0.0.0/8"
                ) from None

    def _check_brand(self) -> None:
        if self.brand_logo and not self.brand_name:
            raise ValueError("brand_logo needs brand_name: it is what is read out for the picture")
        for name, check in (("brand_logo", logo), ("brand_accent", colour)):
            try:
                if text := getattr(self, name):
                    check(text)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None

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
        if any(not _SEED.fullmatch(value) for value in self.evidence_keys):
            raise ValueError(
                "evidence_keys: 32 random bytes in base64url (43 characters) each; make one with: "
                "openssl rand 32 | basenc --base64url | tr -d ="
            )
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
    level: Literal["debug", "info", "warning", "error"] = setting(
        "info", "The least severe lines that are written.", example="debug"
    )
    format: Literal["auto", "json", "text"] = setting(
        "auto",
        "Form of the lines on stderr. auto: text on a terminal, JSON elsewhere.",
        example="json",
    )

    def __post_init__(self) -> None:
        if self.level not in {"debug", "info", "warning", "error"}:
            raise ValueError("level must be debug, info, warning or error")
        if self.format not in {"auto", "json", "text"}:
            raise ValueError("format must be auto, json or text")
