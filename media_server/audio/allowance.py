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
KEPT_BYTES_PER_S = 8_000
"""64 kbit/s: more than twice what our SDP asks for."""
KEPT_BURST_BYTES = KEPT_BYTES_PER_S * int(MAX_CREDIT_S)


class MediaPace:
    """Media time against time. `refused` counts packets that came too early."""

    def __init__(self) -> None:
        self.refused = 0
        self._ahead_s = 0.0
        self._at: tuple[float, float] | None = None

    def admits(self, media_s: float, now_s: float) -> bool:
        """Whether a packet may be heard now. `media_s`: media time of all that was heard before;
        what the jitter buffer holds (ten packets) comes on top."""
        if self._at is None:
            self._at = media_s, now_s
        heard_s, at_s = self._at
        passed_s = max(0.0, now_s - at_s) * (1 + CLOCK_TOLERANCE)
        self._ahead_s = max(-MAX_CREDIT_S, self._ahead_s + (media_s - heard_s) - passed_s)
        self._at = media_s, max(now_s, at_s)
        if self._ahead_s > MAX_AHEAD_S:
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

    def admits(self, opus: bytes, now_s: float) -> bool:
        passed_s = max(0.0, now_s - self._at_s)
        self._at_s = max(now_s, self._at_s)
        self._left = min(KEPT_BURST_BYTES, self._left + passed_s * KEPT_BYTES_PER_S)
        if len(opus) > self._left:
            self.refused += 1
            self.refused_ms += (packet_samples(opus) or 0) * 1000 // RTP_CLOCK_RATE
            return False
        self._left -= len(opus)
        return True
