"""When on our clock did the sender's media time pass? By the packets that came fastest."""

from __future__ import annotations

_SPAN_S = 5.0
"""What is older than two of them is forgotten: clocks drift apart, and paths change."""
_JUMP_S = 0.3
"""Later than that all at once: an outage, of which media time counts a second at most. A packet
that was only late is followed by the others that waited with it, and the least is found again."""


class MediaClock:
    """`note` the newest media time at each arrival; `at` maps a media time to our clock.

    A packet is late by the network's jitter, never early: the least of (arrival - media time)
    over the last 5 to 10 s is the path without jitter. What `at` gives is the earliest time at
    which that moment could have been heard here.
    """

    def __init__(self) -> None:
        self.offset_s = float("inf")
        """Our clock less media time, on the path without jitter. After the first `note`."""
        self._least_s = self._before_s = float("inf")
        self._since_s = float("-inf")

    def note(self, media_s: float, now_s: float) -> None:
        """`media_s`: the end of what has been received; `now_s`: of our clock."""
        offset_s = now_s - media_s
        if offset_s - self.offset_s > _JUMP_S:
            self._least_s = self._before_s = self.offset_s = offset_s
            self._since_s = now_s
        elif now_s - self._since_s >= _SPAN_S:
            self._before_s, self._least_s, self._since_s = self._least_s, offset_s, now_s
            self.offset_s = min(offset_s, self._before_s)
        elif offset_s < self._least_s:
            self._least_s = offset_s
            self.offset_s = min(offset_s, self._before_s)

    def at(self, media_s: float) -> float:
        """On our clock. After the first `note`."""
        return media_s + self.offset_s
