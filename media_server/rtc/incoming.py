"""The RTP streams that we receive: SSRC limit, payload type, statistics. Pure."""

from __future__ import annotations

from media_server.audio.types import RtpPacket
from media_server.rtc.reception import ReceptionStats
from media_server.rtc.rtp import ReportBlock

MAX_SSRCS = 4
"""A new one after a change of microphone, or a restart of the encoder, is usual; more than that is
not."""
_ACTIVE_S = 10.0
"""A stream silent for longer is not reported on: its sender has left it for another SSRC."""


class TooManySsrcs(Exception):
    """A sender changes its SSRC now and then; one that does it more often is no browser. Ends the
    call."""


class IncomingStreams:
    """The client's streams since the call began, by SSRC. Figures are of all of them together, but
    for `jitter_ms`."""

    def __init__(self, payload_type: int) -> None:
        self._payload_type = payload_type
        self._stats: dict[int, ReceptionStats] = {}
        self._latest: ReceptionStats | None = None

    def accept(self, packet: RtpPacket, arrival_s: float) -> bool:
        """Count a packet that SRTP has vouched for. False: not Opus, and not counted.

        `arrival_s`: of the transport's clock. Raises TooManySsrcs at the fifth SSRC.
        """
        if packet.payload_type != self._payload_type:
            return False
        stats = self._latest
        if stats is None or stats.ssrc != packet.ssrc:
            self._latest = stats = self._stream_of(packet)
        stats.heard_s = arrival_s
        stats.on_packet(packet.sequence_number, packet.timestamp, arrival_s)
        return True

    def _stream_of(self, packet: RtpPacket) -> ReceptionStats:
        stats = self._stats.get(packet.ssrc)
        if stats is None:
            if len(self._stats) >= MAX_SSRCS:
                raise TooManySsrcs
            stats = ReceptionStats(packet.ssrc, packet.sequence_number)
            self._stats[packet.ssrc] = stats
        return stats

    def on_sender_report(self, ssrc: int, ntp_time: int, arrival_s: float) -> None:
        """Keep its time for LSR and DLSR of our next report (RFC 3550 §6.4.1). One of an SSRC
        without media is ignored: it must not take up memory.

        `ntp_time`: all 64 bits. `arrival_s`: of the transport's clock.
        """
        stats = self._stats.get(ssrc)
        if stats is not None:
            stats.on_sender_report(ntp_time, arrival_s)

    def reports(self, now_s: float) -> tuple[ReportBlock, ...]:
        """One block for each stream that was heard in the last 10 s. Asking begins the next
        interval of `fraction_lost`, so ask only for a report that is sent."""
        return tuple(
            stats.report(now_s)
            for stats in self._stats.values()
            if now_s - stats.heard_s < _ACTIVE_S
        )

    @property
    def received(self) -> int:
        """Packets, late ones and those of earlier SSRCs included."""
        return sum(stats.received for stats in self._stats.values())

    @property
    def lost(self) -> int:
        """Packets that are missing, of every SSRC; never below 0. One that comes late is taken off
        again."""
        return sum(stats.lost for stats in self._stats.values())

    @property
    def jitter_ms(self) -> float:
        """Of the stream heard last (RFC 3550 §6.4.1); 0.0 before the second packet."""
        return self._latest.jitter_ms if self._latest is not None else 0.0
