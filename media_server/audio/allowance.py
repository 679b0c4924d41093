"""What one connection's audio may be: no faster than time passes, no bigger than speech needs.

Pure. Whoever speaks sends a second of audio in a second. A client that sends more is not heard
further: a minute of audio in a second would keep the recogniser from everybody else, and fill the
disk. Delays are no reason: what a network held back for half a minute is let through at once.
"""

from __future__ import annotations

from media_server.audio.opus_packet import packet_samples
from media_server.audio.types import RTP_CLOCK_RATE

MAX_AHEAD_S = 5.0
"""Audio beyond the time since the connection began, for a client with buffers of its own."""
MAX_CREDIT_S = 30.0
"""Time in which less audio came is made good for so long: a network that stood still delivers
late. More would let somebody be silent for minutes and then send them all at once."""
CLOCK_TOLERANCE = 0.005
"""A sound card may run so much faster than our clock; a real one is off by 0.0003 at most."""
_FASTEST_CLOCK = 1 + CLOCK_TOLERANCE
KEPT_BYTES_PER_S = 8_000
"""64 kbit/s: more than twice what our SDP asks for."""
KEPT_BURST_BYTES = KEPT_BYTES_PER_S * int(MAX_CREDIT_S)


Packets = list[tuple[float, bytes]]


class MediaPace:
    """How much faster than time audio may come. `refused` counts packets that came too early.

    Of one connection. Media time and process clock in seconds.
    """

    def __init__(self) -> None:
        self.refused = 0
        self._ahead_s = 0.0
        self._heard_s = 0.0
        self._at_s: float | None = None

    def admits(self, media_s: float, now_s: float) -> bool:
        """Whether a packet may be heard now. `media_s`: media time of all that was heard before;
        what the jitter buffer holds (ten packets) comes on top."""
        at_s = self._at_s
        if at_s is None:
            self._heard_s, self._at_s, at_s = media_s, now_s, now_s
        ahead_s = self._ahead_s + (media_s - self._heard_s)
        if now_s > at_s:
            ahead_s -= (now_s - at_s) * _FASTEST_CLOCK
            self._at_s = now_s
        self._heard_s = media_s
        if ahead_s < -MAX_CREDIT_S:
            ahead_s = -MAX_CREDIT_S
        self._ahead_s = ahead_s
        if ahead_s > MAX_AHEAD_S:
            self.refused += 1
            return False
        return True


class KeptBytes:
    """Bytes of Opus that are kept, in spool and recording, against time."""

    def __init__(self, now_s: float) -> None:
        self.refused = 0
        """Packets."""
        self.refused_ms = 0
        self._left = float(KEPT_BURST_BYTES)
        self._at_s = now_s

    def admitted(self, packets: Packets, now_s: float) -> Packets:
        """Those that may be kept, of (media time, Opus) in order."""
        passed_s = max(0.0, now_s - self._at_s)
        self._at_s = max(now_s, self._at_s)
        self._left = min(KEPT_BURST_BYTES, self._left + passed_s * KEPT_BYTES_PER_S)
        size = sum([len(opus) for _, opus in packets])
        if size <= self._left:  # nearly always
            self._left -= size
            return packets
        return [packet for packet in packets if self._takes(packet[1])]

    def _takes(self, opus: bytes) -> bool:
        if len(opus) > self._left:
            self.refused += 1
            self.refused_ms += (packet_samples(opus) or 0) * 1000 // RTP_CLOCK_RATE
            return False
        self._left -= len(opus)
        return True
