"""The headers of one attempt, by Standard Webhooks 1.0.0. Pure.

The `standardwebhooks` package makes each signature: it is the one that receivers verify with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

USER_AGENT = "media-server-webhooks/1"


def headers(
    delivery_id: str, body: str, secrets: Sequence[str], *, at_s: float
) -> Mapping[str, str]:
    """`at_s`: Unix seconds of this attempt, which receivers compare with their clock. Every secret
    signs; the signatures are separated by a space."""
    at = datetime.fromtimestamp(int(at_s), UTC)
    signatures = [Webhook(secret).sign(delivery_id, at, body) for secret in secrets]
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(at_s)),
        "webhook-signature": " ".join(signatures),
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
    }
