"""Whether anything authentic still comes from the client. Pure; times are the transport's clock."""

from __future__ import annotations

from collections.abc import Callable


class Liveness:
    """`heard_s` and `suspect` are to be read; media, which is heard 50 times a second, also sets
    `heard_s` itself when nothing is suspected."""

    __slots__ = ("_recovered", "heard_s", "suspect")

    def __init__(self, now_s: float, recovered: Callable[[], None]) -> None:
        """`recovered` is called at the first sign of life after `suspected`."""
        self.heard_s = now_s
        self.suspect = False
        self._recovered = recovered

    def mark(self, now_s: float) -> None:
        """An authentic packet or check."""
        self.heard_s = now_s
        if self.suspect:
            self.suspect = False
            self._recovered()
