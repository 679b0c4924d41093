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
"""Bytes that may be sent for each one received (RFC 9000 §8.1)."""
FIRST_BYTES = 1200
"""For the first path of a call, where the handshake itself may not fit three small checks."""
MAX_QUESTIONS = 8
"""In a row; each further check allows as many again."""
_SPACING_S = 0.05
"""Between two questions at least, when one check follows another closely."""
_FIRST_WAIT_S = 0.2
"""For an answer, then twice as long each time."""
_LONGEST_WAIT_S = 1.6


@dataclass(frozen=True, slots=True)
class Path:
    """A remote address as one of our sockets sees it."""

    endpoint: UdpEndpoint
    address: Address
    """As the socket gave it: sends go to exactly this."""


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
        """When the client last checked from here; -inf: it has not."""
        self.heard_s = float("-inf")
        """When something authentic came from it."""
        self.received_bytes = 0
        self.sent_bytes = 0
        """Both since the path was last unproven; later nothing is counted."""
        self.secret = secrets.token_bytes(12)
        """Transaction number of our questions (RFC 8489 §5): whoever names it has received one."""
        self._asked = 0
        self._asked_s = float("-inf")

    def heard(self, size_bytes: int, now_s: float) -> None:
        """Something authentic came from it."""
        self.heard_s = now_s
        if not self.proven:
            self.received_bytes += size_bytes

    def may_send(self, size_bytes: int, free_bytes: int = 0) -> bool:
        """Whether so many bytes may go there now. Always once proven; before that within three
        times what came from there, and `free_bytes`. Counts nothing."""
        if self.proven:
            return True
        allowed = AMPLIFICATION * self.received_bytes + free_bytes
        return self.sent_bytes + size_bytes <= allowed

    def checked(self, size_bytes: int, now_s: float) -> None:
        """An authenticated check of `size_bytes` came from it: questions may be asked again."""
        self.checked_s = now_s
        self._asked = 0
        self.heard(size_bytes, now_s)

    @property
    def was_checked(self) -> bool:
        """False: only media has come from it. That earns it questions, and no voice."""
        return self.checked_s > float("-inf")

    def to_ask(self, size_bytes: int, now_s: float) -> bool:
        """A question of this size is due now; counted as sent."""
        if self.proven or self._asked >= MAX_QUESTIONS:
            return False
        wait_s = _SPACING_S
        if self._asked:
            wait_s = min(_FIRST_WAIT_S * 2 ** (self._asked - 1), _LONGEST_WAIT_S)
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
