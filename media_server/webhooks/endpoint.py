"""Where webhooks go: the address, the secrets that sign, and which events. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from media_server.webhooks.names import EVENT_TYPES

SECRET_PREFIX = "whsec_"  # noqa: S105  # what a secret begins with
MIN_SECRET_BYTES, MAX_SECRET_BYTES = 24, 64
"""Standard Webhooks 1.0.0, "Symmetric signatures"."""
MAX_SECRETS = 5
MAX_URL_CHARS = 2_048
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """One receiver of a tenant. Checked when it is made: raises ValueError, never with a secret."""

    id: str
    """Unique within its tenant, and chosen by the operator: it is part of every `webhook-id`."""
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    """`whsec_` and base64 of 24 to 64 bytes. Every one signs each delivery, so that a receiver
    with an old one and a receiver with a new one both accept it."""
    events: tuple[str, ...] = ()
    """Types that are wanted, as `interview.completed` or `result.*`; (): all."""
    enabled: bool = True
    """False: nothing is sent to it. What happens meanwhile waits for it."""
    tenant: str = "default"

    def __post_init__(self) -> None:
        """Raises ValueError: what is wrong and what is expected."""
        if not _ID.fullmatch(self.id):
            raise ValueError("id: 1 to 64 letters, digits, '_', '.' and '-'")
        if not self.url.startswith(("https://", "http://")) or len(self.url) > MAX_URL_CHARS:
            raise ValueError(f"url: an https:// address of at most {MAX_URL_CHARS} characters")
        check_secrets(self.secrets)
        for pattern in self.events:
            if not knows(pattern):
                raise ValueError(f"events: no event is called {pattern}; see docs/webhooks.md")

    def wants(self, type_: str) -> bool:
        """Whether events of this type go to it. A test event always does."""
        return not self.events or type_ == "webhook.test" or any(
            _matches(pattern, type_) for pattern in self.events
        )  # fmt: skip


def knows(pattern: str) -> bool:
    """Whether any event is called so."""
    return any(_matches(pattern, known) for known in EVENT_TYPES)


def check_secrets(secrets: Sequence[str]) -> None:
    """Raises ValueError without them."""
    if not 1 <= len(secrets) <= MAX_SECRETS:
        raise ValueError(f"secrets: 1 to {MAX_SECRETS}, the newest first")
    for secret in secrets:
        secret_bytes(secret)


def secret_bytes(secret: str) -> bytes:
    """The key of an HMAC. Raises ValueError without the secret."""
    try:
        if not secret.startswith(SECRET_PREFIX):
            raise ValueError
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("secrets: each is whsec_ and base64 (openssl rand -base64 32)") from None
    if not MIN_SECRET_BYTES <= len(key) <= MAX_SECRET_BYTES:
        raise ValueError(f"secrets: each holds {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES} bytes")
    return key


def _matches(pattern: str, type_: str) -> bool:
    if pattern == "*":
        return True
    return type_.startswith(pattern[:-1]) if pattern.endswith(".*") else type_ == pattern
