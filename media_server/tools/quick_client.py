"""aiortc as a client with a browser's timers, for `headless`.

Chromium repeats an unanswered connectivity check after 50 ms, a DTLS flight after 50 ms, SCTP's
INIT and data after half a second; aiortc waits 0.5, 1 and 3 s. On a bad network that is most of the
time until a call comes about, and none of it the server's.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aioice.stun
from aioice.ice import StunProtocol
from aiortc import RTCPeerConnection

from media_server.rtc.dtls import QuickDtls
from media_server.rtc.sctp_timers import QuickSctp

CHECK_WAIT_S = 0.1
"""Of the first repetition; the next ones wait twice as long, up to `LONGEST_CHECK_WAIT_S`."""
LONGEST_CHECK_WAIT_S = 0.4
CHECK_TRIES = 40


class _ClientDtls(QuickDtls):
    _sending: set[asyncio.Future[None]]

    def _send_now(self, data: bytes) -> None:
        sending = asyncio.ensure_future(self.transport._send(data))
        self._sending.add(sending)
        sending.add_done_callback(self._sent)

    def _sent(self, sending: asyncio.Future[None]) -> None:
        self._sending.discard(sending)
        if not sending.cancelled():
            sending.exception()  # the connection may be gone meanwhile

    async def start(self, remoteParameters: Any) -> None:  # noqa: N803  # aiortc's name
        await super().start(remoteParameters)
        self.settle()  # connected, or failed


def hurry(pc: RTCPeerConnection) -> None:
    """Before the offer is made; `pc` has its transceivers and its data channel."""
    for transceiver in pc.getTransceivers():
        dtls: Any = transceiver.sender.transport
        dtls.__class__ = _ClientDtls
        dtls._sending = set()
        dtls.watch_flights()
        _hurry_checks(dtls.transport.iceGatherer._connection)
    if pc.sctp is not None:
        sctp: Any = pc.sctp
        sctp.__class__ = QuickSctp
        sctp.use_quick_timers()


def _hurry_checks(connection: Any) -> None:
    gather = connection.gather_candidates

    async def then_hurry() -> None:
        await gather()
        for protocol in connection._protocols:
            _hurry_protocol(protocol)

    connection.gather_candidates = then_hurry


def _hurry_protocol(protocol: StunProtocol) -> None:
    send = protocol.send_stun

    def send_again_soon(message: aioice.stun.Message, addr: tuple[str, int]) -> None:
        send(message, addr)
        transaction: Any = protocol.transactions.get(message.transaction_id)
        if transaction is None:  # an answer
            return
        first = transaction._Transaction__tries == 0
        wait_s = CHECK_WAIT_S if first else transaction._Transaction__timeout_delay
        transaction._Transaction__timeout_delay = min(wait_s, LONGEST_CHECK_WAIT_S)
        transaction._Transaction__tries_max = CHECK_TRIES

    protocol.send_stun = send_again_soon  # type: ignore[method-assign]  # of this one connection
