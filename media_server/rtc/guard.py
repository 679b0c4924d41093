"""What is refused before any parser sees it, and how seldom the log hears of it. No I/O.

One empty datagram from anywhere ends a session of aiortc's own transport, and one forged alert
its handshake; so a datagram must have a known kind (RFC 7983 §7), come from an address that
passed an authenticated check, and, for DTLS, be something that a client may say.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable

from media_server.ports import Public

logger = logging.getLogger(__name__)

MAX_DATAGRAM_BYTES = 1500
"""The payload of an Ethernet frame: no client sends longer ones, for they would be cut into
fragments."""
_RECORD_HEADER_BYTES = 13
_CLIENT_HANDSHAKE = frozenset({1, 11, 15, 16, 20})
"""ClientHello, Certificate, CertificateVerify, ClientKeyExchange, Finished."""


def is_client_dtls(data: bytes) -> bool:
    """False for what a forger could use to end a handshake (RFC 6347 §4.1.2.7).

    `data`: a datagram of at least one byte. In the clear (epoch 0) a client sends only its
    handshake messages and ChangeCipherSpec. An alert in the clear proves nothing and is dropped; a
    client that truly failed is noticed by the connect deadline.
    """
    if data[0] & 0xE0 == 0x20:  # DTLS 1.3 ciphertext (RFC 9147 §4)
        return True
    position = 0
    while position < len(data):
        body = position + _RECORD_HEADER_BYTES
        if body > len(data) or data[position + 1] != 0xFE:
            return False
        kind = data[position]
        end = body + int.from_bytes(data[position + 11 : body], "big")
        if end > len(data) or end == body:
            return False
        if data[position + 3 : position + 5] == b"\x00\x00":
            if kind == 22:
                if data[body] not in _CLIENT_HANDSHAKE:
                    return False
            elif kind != 20:
                return False
        elif kind not in {20, 21, 22, 23}:
            return False
        position = end
    return True


def dtls_records(data: bytes) -> list[bytes]:
    """The records of a datagram that `is_client_dtls` holds for good, each by itself."""
    if data[0] & 0xE0 == 0x20:  # DTLS 1.3: its records need not say how long they are
        return [data]
    records, position = [], 0
    while position < len(data):
        body = position + _RECORD_HEADER_BYTES
        end = body + int.from_bytes(data[position + 11 : body], "big")
        records.append(data[position:end])
        position = end
    return records


def describe_error(error: BaseException) -> Public:
    """Type and place, without its text: that may quote a candidate."""
    trace = traceback.extract_tb(error.__traceback__)
    place = f" at {trace[-1].filename}:{trace[-1].lineno}" if trace else ""
    return Public(f"{type(error).__name__}{place}")


class Allowance:
    """A token bucket: `per_s` a second, saved up to `burst`. Begins full. Time comes by
    `refill`."""

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s, self._burst = per_s, burst
        self._left = burst

    def take(self) -> bool:
        """Use one up. False: there was none left."""
        self._left -= 1
        return self._left >= 0

    def refill(self, elapsed_s: float) -> None:
        """Give back what `elapsed_s` seconds are worth, up to the burst."""
        self._left = min(self._burst, max(0.0, self._left) + elapsed_s * self._per_s)


class NoiseLog:
    """At most one line a minute about dropped datagrams, however many there are."""

    def __init__(self, interval_s: float = 60.0) -> None:
        self.totals: Counter[str] = Counter()
        """Datagrams by reason, since the start; for /metrics."""
        self._interval_s = interval_s
        self._fresh: Counter[str] = Counter()
        self._next_s = float("-inf")

    def count(self, reason: str) -> None:
        """One datagram. `reason`: one of `drop_reasons`, never anything that the sender chose."""
        self.totals[reason] += 1
        self._fresh[reason] += 1

    def due(self, now_s: float) -> str | None:
        """A line to write now, or None."""
        if not self._fresh or now_s < self._next_s:
            return None
        self._next_s = now_s + self._interval_s
        line = ", ".join(f"{reason} {count}" for reason, count in sorted(self._fresh.items()))
        self._fresh.clear()
        return line


class FaultLog:
    """Errors of ours that may cost one datagram, call or clip, and never what others share.

    Counted by what failed; the log gets one line a minute at most, of type and place only.
    """

    def __init__(
        self, interval_s: float = 60.0, *, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.totals: Counter[str] = Counter()
        """Errors by `what` of `note`, since the start; for /metrics."""
        self._interval_s = interval_s
        self._now_s = now_s
        self._next_s = float("-inf")
        self._untold = 0

    def note(self, what: str, error: Exception) -> None:
        """Call from the `except` that keeps `error` from the others."""
        self.totals[what] += 1
        self._untold += 1
        now_s = self._now_s()
        if now_s < self._next_s:
            return
        self._next_s = now_s + self._interval_s
        logger.error(
            "%s, the others go on: %s (%d such errors since the last line)",
            Public(what), describe_error(error), self._untold,
        )  # fmt: skip
        self._untold = 0
