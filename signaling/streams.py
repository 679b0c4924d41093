"""How many streams are open at the same time, in all and per tenant. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class TooManyStreams(Exception):
    """`of`: whose limit it is, such as "this server"."""

    def __init__(self, of: str, limit: int) -> None:
        super().__init__(f"{of} has {limit} streams of events open already")


class StreamSlots:
    """Both limits are counts of this process."""

    def __init__(self, limit: int, per_tenant: int) -> None:
        self._limit = limit
        self._per_tenant = per_tenant
        self._open: Counter[str] = Counter()

    @property
    def open(self) -> int:
        """How many there are now."""
        return self._open.total()

    @contextmanager
    def taken(self, tenant: str) -> Iterator[None]:
        """One slot for as long as this lasts. Raises TooManyStreams."""
        if self._open.total() >= self._limit:
            raise TooManyStreams("This server", self._limit)
        if self._open[tenant] >= self._per_tenant:
            raise TooManyStreams("The owner of this API key", self._per_tenant)
        self._open[tenant] += 1
        try:
            yield
        finally:
            self._open[tenant] -= 1
            if not self._open[tenant]:
                del self._open[tenant]
