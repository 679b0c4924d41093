"""Whether a data channel that was open is still of use. Pure.

A peer may abort its SCTP association (RFC 9260 §3.3.7) or close the channel (RFC 8831 §6.7) while
its audio goes on, and a broken stack may stop to acknowledge. Without the channel no question is
shown and nothing can be typed, so such a call has to end: the client then connects again.
"""

from __future__ import annotations

REOPEN_S = 2.0
"""How long a channel may be closed before the call is: time for the client to open another one, or
for its DTLS goodbye, which tells more."""
STALL_S = 20.0
"""How long nothing that was sent may be acknowledged, while other packets of the peer arrive: about
20 copies, where RFC 9260 §8.1 counts to 10."""


class ChannelLife:
    """Feed it a few times a second once the channel has been open."""

    def __init__(self, now_s: float) -> None:
        self._open_s = self._acked_s = now_s
        self._acked: int | None = None

    def is_lost(
        self, now_s: float, *, is_open: bool, owed: bool, acked: int, peer_heard: bool
    ) -> bool:
        """True: the call is to be closed with "channel_lost". Called by the sweep, times of its
        clock.

        `owed`: something is sent and not acknowledged. `acked`: the newest TSN that is.
        `peer_heard`: packets of the peer arrive; while none do, the whole path is in question.
        """
        if is_open:
            self._open_s = now_s
        if acked != self._acked or not owed or not peer_heard:
            self._acked, self._acked_s = acked, now_s
        return now_s - self._open_s >= REOPEN_S or now_s - self._acked_s >= STALL_S
