"""Whether anything authentic still comes from the client. Pure; times are the transport's clock."""

from __future__ import annotations

from collections.abc import Callable


class Liveness:
    """When something authentic came last (`heard_s`), and whether that is long ago (`suspect`).

    Both are to be read; the call sets `suspect`. Media, which is heard 50 times a second, also sets
    `heard_s` itself when nothing is suspected.
    """

    __slots__ = ("_marked", "_recovered", "heard_s", "suspect")

    def __init__(
        self, now_s: float, recovered: Callable[[], None], marked: Callable[[float], None]
    ) -> None:
        """`recovered` is called at the first sign of life while `suspect` is set; `marked` at each
        that is no media, or ends the suspicion."""
        self.heard_s = now_s
        self.suspect = False
        self._recovered = recovered
        self._marked = marked

    def mark(self, now_s: float) -> None:
        """An authentic packet or check."""
        self.heard_s = now_s
        if self.suspect:
            self.suspect = False
            self._recovered()
        self._marked(now_s)
