"""Token buckets: how often a client address or a key may ask. Pure: time comes in."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict

from media_server.shared_counts.buckets import SharedBuckets
from media_server.token_bucket import taken


class RateLimiter:
    """One bucket per key, full at first, refilled evenly.

    At most `max_keys` buckets are kept; the one that was used longest ago goes first, which can
    only forgive, never punish. `count_with` has all workers of a machine count together.
    """

    def __init__(self, per_minute: float, *, burst: int | None = None, max_keys: int = 10_000):
        if per_minute <= 0:
            raise ValueError("per_minute must be above 0")
        self._rate_per_s = per_minute / 60.0
        self._burst = float(burst if burst is not None else max(1.0, per_minute))
        self._max_keys = max_keys
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._shared: SharedBuckets | None = None
        self._name = ""

    def count_with(self, shared: SharedBuckets | None, name: str) -> None:
        """`name`: by which the same limit is known to every worker. None: alone, as at first."""
        self._shared, self._name = shared, name

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str, now_s: float) -> float:
        """0.0: granted. Otherwise the seconds until the next request will be granted."""
        per_s, burst = self._rate_per_s, self._burst
        if self._shared is not None:
            known_s = self._shared.take(self._name, key, per_s=per_s, burst=burst)
            if known_s is not None:
                return known_s
        level, at_s = self._buckets.pop(key, (burst, now_s))
        level, wait_s = taken(level, now_s - at_s, per_s=per_s, burst=burst)
        self._buckets[key] = (level, max(now_s, at_s))
        while len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)
        return wait_s


class TenantLimits:
    """One bucket per tenant, for all of its keys together; its rate may change at any time."""

    def __init__(self) -> None:
        self._limiters: dict[str, tuple[int, RateLimiter]] = {}
        self._shared: SharedBuckets | None = None

    def count_with(self, shared: SharedBuckets) -> None:
        """As `RateLimiter.count_with`; before the first request."""
        self._shared = shared

    def take(self, tenant: str, per_minute: int | None, now_s: float) -> float:
        """As `RateLimiter.take`. `per_minute` None: granted."""
        if per_minute is None:
            self._limiters.pop(tenant, None)
            return 0.0
        known = self._limiters.get(tenant)
        if known is None or known[0] != per_minute:
            known = self._limiters[tenant] = per_minute, RateLimiter(per_minute)
            known[1].count_with(self._shared, f"tenant {tenant} {per_minute}")
        return known[1].take("", now_s)


def address_key(address: str) -> str:
    """What limits count by: an IPv4 address, the /64 of an IPv6 one (RFC 6177 §2: a site has at
    least that, and its hosts choose the rest as they like), the text itself of anything else."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((parsed, 64), strict=False))
    return str(parsed)


def retry_after(wait_s: float) -> int:
    """Whole seconds for a Retry-After header, never 0."""
    return max(1, math.ceil(wait_s))
