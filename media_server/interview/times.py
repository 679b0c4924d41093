"""Times of the clock as results have them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

LAST_S = 253_402_300_799.0
"""9999-12-31T23:59:59Z."""


def at_time(at_s: float) -> datetime:
    """Within the years 1970 to 9999, the ones that RFC 3339 and `datetime` share."""
    return datetime.fromtimestamp(min(max(at_s, 0.0), LAST_S), UTC)
