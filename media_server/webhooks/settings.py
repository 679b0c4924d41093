"""What an operator may set about webhooks."""

from __future__ import annotations

from dataclasses import dataclass

from media_server.setting import check_ranges, setting
from media_server.webhooks.addresses import Addresses, Forbidden, network
from media_server.webhooks.endpoint import WebhookEndpoint, check_secrets

ENDPOINT_ID = "default"
"""Of the one endpoint that is set here."""


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Raises ValueError naming the setting that cannot be used."""

    url: str = setting(
        "",
        """Where events are posted, as Standard Webhooks 1.0.0. Empty: nowhere, unless a tenant has
        endpoints of its own. It must be https:// and have a public address, or one of
        `allow_networks`.""",
        example="https://example.org/webhooks/interviews",
        variable="MEDIA_SERVER_WEBHOOK_URL",
    )
    secrets: tuple[str, ...] = setting(
        (),
        """Sign every delivery to `url`, and to the URL that an interview brings with it: each is
        whsec_ and base64 of 24 to 64 random bytes. All of them sign, so that a receiver can change
        to a new one while both are here; the newest first.""",
        example="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        variable="MEDIA_SERVER_WEBHOOK_SECRETS",
        secret=True,
    )
    events: tuple[str, ...] = setting(
        (),
        """Which events go to `url`: names such as interview.completed, or all of a kind as
        result.*. Empty: every event.""",
        example="interview.completed,result.*",
        variable="MEDIA_SERVER_WEBHOOK_EVENTS",
    )
    allow_networks: tuple[str, ...] = setting(
        (),
        """Networks or addresses that webhooks may also reach although they are not public, and
        without TLS. Name those of your own receivers, as narrowly as possible: whoever may choose
        a URL reaches them from this server.""",
        example="10.20.0.0/16,127.0.0.1",
        variable="MEDIA_SERVER_WEBHOOK_ALLOW_NETWORKS",
    )
    timeout_s: float = setting(
        15.0,
        "How long a receiver may take to answer; after that the attempt has failed.",
        allowed=(1, 60),
        variable="MEDIA_SERVER_WEBHOOK_TIMEOUT_S",
    )
    kept_days: int = setting(
        30,
        """Days for which deliveries are kept, to be looked at and replayed. What could not be
        delivered by then (its endpoint is disabled) goes as well, and is counted.""",
        allowed=(4, 365),
        variable="MEDIA_SERVER_WEBHOOK_KEPT_DAYS",
    )

    def __post_init__(self) -> None:
        """Raises ValueError, naming the setting, never with a secret."""
        check_ranges(self)
        try:
            for text in self.allow_networks:
                network(text)
        except ValueError as error:
            raise ValueError(f"allow_networks: {error}") from None
        if not self.url and self.secrets:
            check_secrets(self.secrets)
        if self.url:
            if not self.secrets:
                raise ValueError("secrets: url needs one; openssl rand -base64 32, after whsec_")
            try:
                Addresses(self.allow_networks).check_url(self.url)
            except Forbidden as error:
                raise ValueError(f"url: {error}") from None
        _ = self.endpoint

    @property
    def endpoint(self) -> WebhookEndpoint | None:
        """The one that is set here, of the tenant `default`; None: none is."""
        if not self.url:
            return None
        return WebhookEndpoint(ENDPOINT_ID, self.url, self.secrets, self.events)
