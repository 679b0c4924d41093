"""The RTP stream that we send: numbering, timestamps, history for NACK, sender reports."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict

from media_server.audio.types import RTP_CLOCK_RATE, RtpPacket
from media_server.rtc.playout import PACKET_S
from media_server.rtc.rtp import ReceiverReport, ReportBlock, SenderReport, build_rtp

_HISTORY = 64
"""Packets kept for NACK: 1.3 s of speech."""
_RESEND_SPACING_S = 0.04
"""A client repeats a NACK until the packet is there: one copy for each round trip is enough."""
_MAX_RESENDS = 3
"""After as many the packet would be too late to be heard."""
_STEP = int(PACKET_S * RTP_CLOCK_RATE)
"""RTP ticks of a packet: 960."""
_NTP_EPOCH_S = 2_208_988_800
"""1970-01-01 as NTP counts, from 1900 (RFC 5905 §6)."""
_REPORTS_REMEMBERED = 8
"""Sender reports that a client may still answer: those of the last seconds."""
_MAX_ROUND_TRIP_S = 30.0
"""Longer is a report that has been held back, or a lie."""


class OutgoingStream:
    """One SSRC. Timestamps follow the clock across silences (RFC 3550 §5.1), in whole packets."""

    def __init__(self, payload_type: int, now_s: float) -> None:
        self.ssrc = secrets.randbits(32) | 1
        self.packets = 0
        self.octets = 0
        """Payload bytes, without headers (RFC 3550 §6.4.1)."""
        self.resent = 0
        """Packets that left again because of a NACK."""
        self.round_trip_s: float | None = None
        """From the client's last report; None until one answers a sender report of ours."""
        self.remote_loss = 0.0
        """Share of our packets that the client missed, as it last said."""
        self._reports_s: OrderedDict[int, float] = OrderedDict()
        self._payload_type = payload_type
        self._sequence = secrets.randbits(15)
        self._epoch_s = now_s
        self._epoch_timestamp = secrets.randbits(32)
        self._ticks = -1
        self._history: OrderedDict[int, tuple[bytes, int, float]] = OrderedDict()
        self._last_sent_s = float("-inf")

    def packet(self, opus: bytes, *, talk_spurt: bool, now_s: float) -> tuple[int, bytes]:
        """(sequence number, RTP packet) for the next 20 ms; `talk_spurt`: first after silence."""
        self._ticks += 1
        if talk_spurt:
            self._ticks = max(self._ticks, round((now_s - self._epoch_s) / PACKET_S))
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.packets += 1
        self.octets += len(opus)
        self._last_sent_s = now_s
        packet = RtpPacket(
            ssrc=self.ssrc,
            sequence_number=self._sequence,
            timestamp=(self._epoch_timestamp + self._ticks * _STEP) & 0xFFFFFFFF,
            marker=talk_spurt,
            payload_type=self._payload_type,
            payload=opus,
        )
        return self._sequence, build_rtp(packet)

    def remember(self, sequence_number: int, protected: bytes) -> None:
        """Keep what went out, encrypted as it was: a resend is the same datagram again."""
        self._history[sequence_number] = (protected, 0, float("-inf"))
        if len(self._history) > _HISTORY:
            self._history.popitem(last=False)

    def resend(self, sequence_number: int, now_s: float) -> bytes | None:
        """The datagram, or None: unknown, just sent again, or sent again often enough."""
        kept = self._history.get(sequence_number)
        if kept is None:
            return None
        protected, count, last_s = kept
        if count >= _MAX_RESENDS or now_s - last_s < _RESEND_SPACING_S:
            return None
        self._history[sequence_number] = (protected, count + 1, now_s)
        self.resent += 1
        return protected

    def report(
        self, blocks: tuple[ReportBlock, ...], now_s: float, lately_s: float
    ) -> SenderReport | ReceiverReport:
        """A sender's report when something was sent since `lately_s` (RFC 3550 §6.4); its NTP and
        RTP time are of one instant."""
        if self._last_sent_s < lately_s:
            return ReceiverReport(self.ssrc, blocks)
        elapsed = round((now_s - self._epoch_s) * RTP_CLOCK_RATE)
        ntp_time = int((time.time() + _NTP_EPOCH_S) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
        self._reports_s[ntp_time >> 16 & 0xFFFFFFFF] = now_s
        if len(self._reports_s) > _REPORTS_REMEMBERED:
            self._reports_s.popitem(last=False)
        return SenderReport(
            ssrc=self.ssrc,
            ntp_time=ntp_time,
            rtp_time=(self._epoch_timestamp + elapsed) & 0xFFFFFFFF,
            packets=self.packets,
            octets=self.octets,
            blocks=blocks,
        )

    def on_reports(self, blocks: tuple[ReportBlock, ...], now_s: float) -> None:
        """What the client says of this stream; the round trip is that of RFC 3550 §6.4.1, on our
        own clock, so that a wall clock that jumps does not enter it."""
        block = next((block for block in blocks if block.ssrc == self.ssrc), None)
        if block is None:
            return
        self.remote_loss = block.fraction_lost / 256
        sent_s = self._reports_s.get(block.last_sr)
        if sent_s is None:
            return
        round_trip_s = now_s - sent_s - block.delay_since_sr / 65_536
        if 0 <= round_trip_s <= _MAX_ROUND_TRIP_S:
            self.round_trip_s = round_trip_s
