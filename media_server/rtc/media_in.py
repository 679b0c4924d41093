"""Media of one call on its way in: SRTP and SRTCP, what is forged or too much, reports on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pylibsrtp

from media_server.rtc.dtls import LiteDtls
from media_server.rtc.guard import Allowance
from media_server.rtc.guarded_sink import GuardedSink
from media_server.rtc.incoming import IncomingStreams, TooManySsrcs
from media_server.rtc.liveness import Liveness
from media_server.rtc.media_out import MediaOut
from media_server.rtc.meter import CallMeter
from media_server.rtc.path import IcePath
from media_server.rtc.rtp import Nack, ReceiverReport, SenderReport, parse_rtcp, parse_rtp

PACKETS_PER_S = 400
PACKETS_BURST = 2000
"""Datagrams beyond this are dropped: one client must not starve the others. Media counts once it is
authentic, so that nobody who forges an address uses up what its owner may send."""
_FORGED_STRAYS_PER_SWEEP = 50
"""For a call whose SSRC somebody has guessed or seen."""
_FORGED_PER_SWEEP = 1000
"""From its own addresses. What is not authentic costs little to refuse, but not nothing."""


class MediaOwner(Protocol):
    """The call, as its media sees it."""

    meter: CallMeter
    liveness: Liveness
    path: IcePath

    def drop(self, reason: str) -> None:
        """Count a packet that goes no further. `reason`: one of `drop_reasons`."""

    def over_limit(self, what: str) -> None:
        """End the call with "limit", because of `what` (for people)."""


class MediaIn:
    """`on_media` and `on_stray_media` are what a path calls; `open` once DTLS is connected."""

    def __init__(
        self,
        payload_type: int,
        call: MediaOwner,
        out: MediaOut,
        sink: GuardedSink,
        now_s: Callable[[], float],
    ) -> None:
        self.streams = IncomingStreams(payload_type)
        self._call = call
        self._out = out
        self._sink = sink
        self._now_s = now_s
        self._meter, self._liveness = call.meter, call.liveness
        self._session: pylibsrtp.Session | None = None
        self._dtls: LiteDtls | None = None
        self._allowance = Allowance(PACKETS_PER_S, PACKETS_BURST)
        self._forged = self._forged_strays = 0
        self._claimed: set[int] = set()

    def open(self, session: pylibsrtp.Session, dtls: LiteDtls) -> None:
        """`session`: libsrtp's, to decrypt. `dtls`: whose last flight is settled by the first
        authentic packet."""
        self._session, self._dtls = session, dtls

    def refill(self, elapsed_s: float) -> None:
        """Call a few times a second."""
        self._allowance.refill(elapsed_s)
        self._forged = self._forged_strays = 0

    def on_media(self, data: bytes) -> bool:
        """See `path.PathUser`. An authentic RTP packet goes to the sink before this returns.

        False also when the call is over its budget: the packet is not looked at.
        """
        meter = self._meter
        if meter.over:
            self._call.drop("over_budget")
            return False
        began_s = meter.clock()
        if not self._take(data):
            return False
        meter.charge(began_s, len(data))
        return True

    def on_stray_media(self, data: bytes) -> bool:
        """The same from an address that no check has come from: True when it is authentic.

        Whoever moves without knowing it (NAT rebinding) sends on for seconds before the next check,
        and what SRTP has authenticated may be heard from anywhere: a copy is refused as a replay.
        Forgeries have an allowance of their own, so that they cost the true path nothing.
        """
        meter = self._meter
        if meter.over or self._forged_strays > _FORGED_STRAYS_PER_SWEEP:
            return False
        began_s, forged = meter.clock(), self._forged
        if self._take(data):
            meter.charge(began_s, len(data))
            return True
        self._forged = forged
        self._forged_strays += 1
        return False

    def _take(self, data: bytes) -> bool:
        """False: not authentic, so it must not count against who owns the address."""
        session = self._session
        if session is None or len(data) < 12 or self._forged > _FORGED_PER_SWEEP:
            self._call.drop("media_early" if session is None else "media_rate")
            return False
        try:
            if 192 <= data[1] <= 223:  # RTCP, as `rtp.is_rtcp` has it
                self._take_rtcp(session.unprotect_rtcp(data))
                return True
            plain = session.unprotect(data)
        except (pylibsrtp.Error, ValueError) as error:  # forged, truncated, or here before
            self._forged += 1
            self._call.drop("srtp_replayed" if "replay" in str(error) else "srtp_rejected")
            return False
        if self._allowance.take():
            self._on_rtp(plain)
        else:
            self._call.drop("media_rate")
        return True

    def _on_rtp(self, plain: bytes) -> None:
        arrival_s, liveness = self._now_s(), self._liveness
        if liveness.suspect:
            liveness.mark(arrival_s)
        else:
            liveness.heard_s = arrival_s
        dtls = self._dtls
        if dtls is not None and dtls.unsettled:
            dtls.settle()
        packet = parse_rtp(plain)
        if packet is None or self._sink.closed:
            self._call.drop("rtp_malformed")
            return
        try:
            if not self.streams.accept(packet, arrival_s):
                self._call.drop("rtp_payload_type")
                return
        except TooManySsrcs:
            self._call.over_limit("too many SSRCs")
            return
        if packet.ssrc not in self._claimed:
            self._claimed.add(packet.ssrc)
            self._call.path.claim(packet.ssrc)
        try:
            self._sink.sink.on_rtp(packet, arrival_s)
        except Exception as error:
            self._sink.failed("on_rtp", error)

    def _take_rtcp(self, plain: bytes) -> None:
        now_s = self._now_s()
        if self._dtls is not None:
            self._dtls.settle()
        self._liveness.mark(now_s)
        if not self._allowance.take():
            return
        for part in parse_rtcp(plain):
            if isinstance(part, SenderReport | ReceiverReport):
                self._out.on_reports(part.blocks, now_s)
            if isinstance(part, SenderReport):
                self.streams.on_sender_report(part.ssrc, part.ntp_time, now_s)
            elif isinstance(part, Nack):
                self._out.resend(part, now_s)
