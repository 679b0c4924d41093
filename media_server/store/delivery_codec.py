"""Deliveries as both stores keep them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from media_server.ports.deliveries import TRIES_KEPT, Delivery, DeliveryStatus, Settled, Try

CLOCK_BACK_S = 5.0
"""Something that was set later than this in the future: the clock was set back since, and what
waits by it is due now. Trying early costs nothing; waiting for a day that was is a lost event."""


def tries_text(tries: Sequence[Try]) -> str:
    """The newest as JSON: [[at_s, status, error, duration_ms], …]."""
    kept = tries[-TRIES_KEPT:]
    return json.dumps([[t.at_s, t.status, t.error, t.duration_ms] for t in kept])


def tries_of(text: str | bytes) -> tuple[Try, ...]:
    """What cannot be read is left out: it is for people only."""
    try:
        return tuple(Try(float(a), s, str(e), int(d)) for a, s, e, d in json.loads(text))
    except (ValueError, TypeError):
        return ()


def after(delivery: Delivery, made: Settled) -> tuple[str, int, str]:
    """Status, attempts and tries (JSON) as they are after an attempt."""
    return made.status, delivery.attempts + 1, tries_text((*delivery.tries, made.made))


def delivery(found: Sequence[Any]) -> Delivery:
    """From id, tenant, endpoint, interview_id, type, body, created_s, status, attempts, tries,
    next_s; of text, of bytes or of numbers."""
    texts = [part.decode() if isinstance(part, bytes) else part for part in found]
    status = cast("DeliveryStatus", texts[7])
    next_s = float(texts[10] or 0.0) if status == "pending" else None
    return Delivery(
        id=texts[0], tenant=texts[1], endpoint=texts[2], interview_id=texts[3], type=texts[4],
        body=texts[5], created_s=float(texts[6]), status=status, attempts=int(texts[8]),
        tries=tries_of(texts[9]), next_s=next_s,
    )  # fmt: skip
