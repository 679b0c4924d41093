"""SCTP's timers for a call that is being set up: aiortc waits 3 s for whatever is lost.

RFC 9260 §16 suggests an RTO of 1 s at first and at least, for bulk data on the open network. Here
one peer that has authenticated itself gets a few hundred bytes a second beside 50 packets of audio,
so the timers are short: 0.15 s for INIT and COOKIE ECHO, 0.3 s and up to a second for data (dcSCTP
in Chromium: 0.4 to 0.8 s). The data channel's deadline ends what never succeeds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiortc import RTCSctpTransport
from aiortc import rtcsctptransport as sctp

FIRST_WAIT_S = 0.15
LONGEST_WAIT_S = 1.0
MAX_COPIES = 20
"""Of INIT or COOKIE ECHO, about 18 s."""
MAX_ACK_COPIES = 6
"""Of COOKIE ACK, about 4 s: a peer that has it says so with its next packet, which ends them."""
RTO_INITIAL_S = 0.3
RTO_MIN_S = 0.3
"""Above the 0.2 s by which browsers delay an acknowledgement."""
RTO_MAX_S = 2.0
"""What the measured round trip may make of it: more is a network on which nobody can talk."""
RTO_BACKED_OFF_S = 1.0
"""How far losses alone stretch the timer."""


class QuickSctp(RTCSctpTransport):
    """`RTCSctpTransport` with other timers; `stop` ends those that it adds."""

    _copies: Copies | None = None
    _ack_copies: Copies | None = None

    def use_quick_timers(self) -> None:
        """Once, before `start`."""
        self._rto = RTO_INITIAL_S
        self._sending: set[asyncio.Future[None]] = set()

    async def stop(self) -> None:
        """End the association with ABORT if need be, and wait for the copies that are being
        sent."""
        for copies in (self._copies, self._ack_copies):
            if copies is not None:
                copies.stop()
        self._copies = self._ack_copies = None
        await super().stop()
        await asyncio.gather(*self._sending, return_exceptions=True)

    # --- what aiortc calls: INIT and COOKIE ECHO ----------------------------------------------

    def _t1_start(self, chunk: sctp.Chunk) -> None:
        super()._t1_start(chunk)
        if self._copies is not None:
            self._copies.stop()
        self._hold_t1()
        self._copies = Copies(lambda: self._send_again(chunk), MAX_COPIES, self._give_up)

    def _hold_t1(self) -> None:
        """aiortc's own timer is replaced by ours; the handle stays as the sign that one runs."""
        if self._t1_handle is not None:
            self._t1_handle.cancel()

    def _t1_cancel(self) -> None:
        super()._t1_cancel()
        if self._copies is not None:
            self._copies.stop()
            self._copies = None

    def _give_up(self) -> None:
        self._t1_cancel()
        self._set_state(self.State.CLOSED)

    def _send_again(self, chunk: sctp.Chunk) -> None:
        sending = asyncio.ensure_future(self._send_chunk(chunk))
        self._sending.add(sending)
        sending.add_done_callback(self._sent_again)

    def _sent_again(self, sending: asyncio.Future[None]) -> None:
        self._sending.discard(sending)
        if not sending.cancelled():
            sending.exception()  # the call may have ended meanwhile: nothing to tell

    async def _send_chunk(self, chunk: sctp.Chunk) -> None:
        if isinstance(chunk, sctp.InitChunk):
            # Always with tag 0 (§8.5.1). aiortc puts the peer's tag on a copy once it has seen the
            # peer's INIT; the peer drops that, and where both INIT ACKs were lost nothing helps.
            remote_port = self._remote_port or 0
            packet = sctp.serialize_packet(self._local_port, remote_port, 0, chunk)
            await self.transport._send_data(packet)
            return
        await super()._send_chunk(chunk)

    async def _receive_chunk(self, chunk: sctp.Chunk) -> None:
        if isinstance(chunk, sctp.InitChunk):
            await self._receive_init(chunk)
            return
        if self._ack_copies is not None and not isinstance(chunk, sctp.CookieEchoChunk):
            self._ack_copies.stop()  # the peer is past its handshake
            self._ack_copies = None
        await super()._receive_chunk(chunk)
        established = self._association_state == self.State.ESTABLISHED
        if isinstance(chunk, sctp.CookieEchoChunk) and established and self._ack_copies is None:
            # one COOKIE ACK may be lost, and aiortc's peers wait 3 s before they ask again
            self._ack_copies = Copies(
                lambda: self._send_again(sctp.CookieAckChunk()), MAX_ACK_COPIES, lambda: None
            )

    async def _receive_init(self, chunk: sctp.InitChunk) -> None:
        """A copy of the peer's INIT that comes late must not set the association back (§5.2.2)."""
        known = (
            self._association_state == self.State.ESTABLISHED
            and chunk.initiate_tag == self._remote_verification_tag
        )
        if not known:
            await super()._receive_chunk(chunk)
            return
        kept = (self._last_received_tsn, self._reconfig_response_seq, self._ssthresh)
        await super()._receive_chunk(chunk)
        self._last_received_tsn, self._reconfig_response_seq, self._ssthresh = kept

    # --- what aiortc calls: data --------------------------------------------------------------

    def _update_rto(self, R: float) -> None:  # noqa: N803  # aiortc's name
        super()._update_rto(R)
        if self._srtt is not None and self._rttvar is not None:
            self._rto = max(RTO_MIN_S, min(self._srtt + 4 * self._rttvar, RTO_MAX_S))

    def _t3_start(self) -> None:
        """Not for an association that is over. aiortc's sending, which was under way meanwhile,
        starts the timer again, and then nothing ever ends it: the call would stay in memory."""
        if self._association_state != self.State.CLOSED:
            super()._t3_start()

    def _t3_restart(self) -> None:
        if self._association_state != self.State.CLOSED:
            super()._t3_restart()

    def _t3_expired(self) -> None:
        # §6.3.3 E2, which aiortc leaves out
        self._rto = max(self._rto, min(2 * self._rto, RTO_BACKED_OFF_S))
        super()._t3_expired()


class Copies:
    """Calls `send` after 0.15 s, then after waits twice as long, 1 s at most; after `limit` times
    `give_up`."""

    def __init__(self, send: Callable[[], None], limit: int, give_up: Callable[[], None]) -> None:
        self._send, self._left, self._give_up = send, limit, give_up
        self._wait_s = FIRST_WAIT_S
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(self._wait_s, self._due)

    def stop(self) -> None:
        """No more calls, not even of `give_up`. Whoever makes one stops it."""
        self._timer.cancel()

    def _due(self) -> None:
        if self._left <= 0:
            self._give_up()
            return
        self._left -= 1
        self._send()
        self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
        self._timer = self._loop.call_later(self._wait_s, self._due)
