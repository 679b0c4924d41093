"""How late a frame of speech comes, as a receiver's jitter buffer has to see it."""

from __future__ import annotations

from collections import deque

RTP_RATE = 48_000
FRAME = 960
"""Of RTP time: 20 ms."""
WINDOW_S = 2.0


class Lateness:
    """Against the frame of the last WINDOW_S that came earliest for its RTP timestamp.

    A sender that was held for a moment does not hurry afterwards: all that follows comes later by
    the same. That is late for as long as a jitter buffer needs to follow, and not for ever.
    """

    def __init__(self) -> None:
        self._offsets: deque[tuple[float, float]] = deque()
        """(arrival, offset): each offset is less than those after it, so the first is the least."""
        self._last = (0, 0)

    def note(self, now_s: float, packet: bytes) -> float:
        """Seconds by which this RTP packet, which arrived at `now_s`, is late."""
        sequence, at = int.from_bytes(packet[2:4], "big"), int.from_bytes(packet[4:8], "big")
        if at - self._last[1] != FRAME * ((sequence - self._last[0]) & 0xFFFF):
            self._offsets.clear()  # it had stopped speaking
        self._last = (sequence, at)
        offset_s = now_s - at / RTP_RATE
        while self._offsets and self._offsets[-1][1] >= offset_s:
            self._offsets.pop()
        self._offsets.append((now_s, offset_s))
        while self._offsets[0][0] < now_s - WINDOW_S:
            self._offsets.popleft()
        return offset_s - self._offsets[0][1]
