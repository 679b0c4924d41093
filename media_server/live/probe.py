"""Whether a candidate's network lets sound through: calls that carry nothing, for a few seconds.

The same port, ICE and DTLS as an interview's call, so what connects here connects there. Before the
start, with no place taken and nothing kept.
"""

from __future__ import annotations

import asyncio
from typing import Literal

from media_server.audio.types import RtpPacket
from media_server.ports import AcceptedCall, CloseReason, OfferRejected, Refused, Transport

PROBE_S = 10.0
"""Longest life of one."""
MAX_PROBES = 64
"""At the same time, of everybody together."""


class _Sink:
    """Implements `ports.CallSink`: nothing that is sent is listened to."""

    def __init__(self, probes: Probes, call_id: str) -> None:
        self._probes = probes
        self._call_id = call_id

    def on_connected(self) -> None:
        self._probes.connected += 1

    def on_closed(self, reason: CloseReason) -> None:  # noqa: ARG002  # whatever the reason
        self._probes.ended(self._call_id)

    def on_rtp(self, packet: RtpPacket, arrival_s: float, /) -> None: ...
    def on_channel_open(self, label: str, protocol: str) -> None: ...
    def on_text(self, data: str | bytes) -> None: ...
    def on_playout(
        self,
        utterance_id: str,
        what: Literal["started", "moved", "finished", "stopped"],
        position_s: float,
    ) -> None: ...
    def on_quality(self, what: Literal["suspect", "recovered"]) -> None: ...
    def on_alive(self, at_s: float) -> None: ...
    def on_limit(self, what: str) -> None: ...


class Probes:
    """All of this process. They end by themselves, and with the transport."""

    def __init__(self, transport: Transport) -> None:
        self.begun = 0
        self.connected = 0
        self._transport = transport
        self._timers: dict[str, asyncio.TimerHandle | None] = {}

    async def begin(self, offer_sdp: str, *, call_id: str) -> AcceptedCall:
        """Raises Refused: 503 where too many are under way, 4xx for the offer."""
        if len(self._timers) >= MAX_PROBES:
            raise Refused(503, "busy", "Too many checks at once; try again", retry_after_s=3)
        self._timers[call_id] = None
        self.begun += 1
        try:
            accepted = await self._transport.accept(
                offer_sdp, call_id=call_id, sink=_Sink(self, call_id)
            )
        except BaseException as error:
            self.ended(call_id)
            if isinstance(error, OfferRejected):
                raise Refused(error.status, "offer_rejected", error.detail) from error
            raise
        if call_id in self._timers:
            timer = asyncio.get_running_loop().call_later(PROBE_S, accepted.call.close, "ended")
            self._timers[call_id] = timer
        return accepted

    def ended(self, call_id: str) -> None:
        timer = self._timers.pop(call_id, None)
        if timer is not None:
            timer.cancel()

    def counters(self) -> dict[str, float]:
        """For metrics."""
        return {"probes_begun": self.begun, "probes_connected": self.connected}
