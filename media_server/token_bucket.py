"""One token bucket: full at first, refilled evenly. Pure."""

from __future__ import annotations


def taken(level: float, since_s: float, *, per_s: float, burst: float) -> tuple[float, float]:
    """(its level now, wait) after somebody asks for a token. Wait 0.0: granted; otherwise the
    seconds until the next will be. `since_s`: since it had this level; `burst`: how many it holds.
    """
    level = min(burst, level + max(0.0, since_s) * per_s)
    if level >= 1.0:
        return level - 1.0, 0.0
    return level, (1.0 - level) / per_s
