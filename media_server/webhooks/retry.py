"""When a delivery is tried again, and when it is given up. Pure.

The table is that of Standard Webhooks 1.0.0 ("Deliverability and reliability"): at once, then
5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h after the attempt before, 3 days in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal

DELAYS_S = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""Before the second attempt, the third, …"""
MAX_ATTEMPTS = len(DELAYS_S) + 1
JITTER = 0.2
"""A delay is longer by up to this share, so that what failed together is not tried together."""
MAX_RETRY_AFTER_S = 86_400.0

Outcome = Literal["delivered", "retry", "failed", "gone"]
"""gone: the receiver answered 410, so its endpoint is disabled and the delivery waits."""


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of a delivery after an attempt."""

    outcome: Outcome
    after_s: float = 0.0
    """Of `retry`: in how many seconds."""


def after(
    attempts: int, status: int | None, *, chance: float, retry_after_s: float | None = None
) -> Next:
    """`attempts`: how many were made, this one included. `status`: of the answer; None: none came
    in time, or the connection failed. `chance`: 0 to 1, at random. `retry_after_s`: what the
    receiver asked for."""
    if status is not None and 200 <= status < 300:
        return Next("delivered")
    if status == 410:
        return Next("gone")
    if attempts >= MAX_ATTEMPTS:
        return Next("failed")
    wait_s = DELAYS_S[max(0, attempts - 1)] * (1.0 + JITTER * chance)
    if retry_after_s is not None and status in {429, 503}:
        wait_s = max(wait_s, min(retry_after_s, MAX_RETRY_AFTER_S))
    return Next("retry", wait_s)


def retry_after_s(header: str, now_s: float) -> float | None:
    """Of a Retry-After header (RFC 9110 §10.2.3), seconds or a date; None: it is neither."""
    text = header.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now_s)
    except (ValueError, TypeError, OverflowError):
        return None
