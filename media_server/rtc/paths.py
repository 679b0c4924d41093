"""What is known of one remote address of a call, and how much may be sent to it. Pure.

The source of a datagram can be forged by whoever holds the call's password. So a check only makes
an address a candidate: until it has answered a question of ours (a STUN request whose transaction
number nobody else sees) it gets at most three times the bytes that came from it, as QUIC does it
(RFC 9000 §8.1, §8.2).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from media_server.rtc.udp import Address, UdpEndpoint

AMPLIFICATION = 3
FIRST_BYTES = 1200
"""For the first path of a call, where the handshake itself may not fit three small checks."""
MAX_QUESTIONS = 8
"""On end; each further check allows as many again."""
_FIRST_WAIT_S = 0.1
_LONGEST_WAIT_S = 1.6


@dataclass(frozen=True, slots=True)
class Path:
    """A remote address as one of our sockets sees it."""

    endpoint: UdpEndpoint
    address: Address


class PathLife:
    """One path of a call; times are those of the transport's clock."""

    __slots__ = (
        "_asked",
        "_asked_s",
        "alone",
        "checked_s",
        "heard_s",
        "local_ufrag",
        "path",
        "proven",
        "received_bytes",
        "secret",
        "sent_bytes",
    )

    def __init__(self, path: Path, local_ufrag: str) -> None:
        self.path = path
        self.alone = (path,)
        """For who sends here and nowhere else: made once, not for each packet."""
        self.local_ufrag = local_ufrag
        """Which credentials the client used here last."""
        self.proven = False
        self.checked_s = float("-inf")
        self.heard_s = float("-inf")
        """When something authentic came from it."""
        self.received_bytes = 0
        self.sent_bytes = 0
        """Both since the path was last unproven; later nothing is counted."""
        self.secret = secrets.token_bytes(12)
        self._asked = 0
        self._asked_s = float("-inf")

    def heard(self, size_bytes: int, now_s: float) -> None:
        """Something authentic came from it."""
        self.heard_s = now_s
        if not self.proven:
            self.received_bytes += size_bytes

    def may_send(self, size_bytes: int, free_bytes: int = 0) -> bool:
        if self.proven:
            return True
        allowed = AMPLIFICATION * self.received_bytes + free_bytes
        return self.sent_bytes + size_bytes <= allowed

    def checked(self, size_bytes: int, now_s: float) -> None:
        self.checked_s = now_s
        self._asked = 0
        self.heard(size_bytes, now_s)

    @property
    def was_checked(self) -> bool:
        return self.checked_s > float("-inf")

    def to_ask(self, size_bytes: int, now_s: float) -> bool:
        """A question of this size is due now; counted as sent."""
        if self.proven or self._asked >= MAX_QUESTIONS:
            return False
        wait_s = min(_FIRST_WAIT_S * 2**self._asked, _LONGEST_WAIT_S) if self._asked else 0.05
        if now_s - self._asked_s < wait_s:
            return False
        if not self.may_send(size_bytes):
            return False
        self._asked += 1
        self._asked_s = now_s
        self.sent_bytes += size_bytes
        return True

    def doubt(self) -> None:
        """Silent for too long: what it proved then holds no more."""
        self.proven = False
        self.received_bytes = self.sent_bytes = 0
        self.secret = secrets.token_bytes(12)
        self._asked = 0
