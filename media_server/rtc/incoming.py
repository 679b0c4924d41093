"""The RTP streams that we receive: SSRC limit, payload type, statistics. Pure."""

from __future__ import annotations

from media_server.audio.types import RtpPacket
from media_server.rtc.reception import ReceptionStats
from media_server.rtc.rtp import ReportBlock

MAX_SSRCS = 4
_ACTIVE_S = 10.0


class TooManySsrcs(Exception):
    """A sender changes its SSRC now and then; one that does it more often is no browser."""


class IncomingStreams:
    def __init__(self, payload_type: int) -> None:
        self._payload_type = payload_type
        self._stats: dict[int, ReceptionStats] = {}
        self._heard_s: dict[int, float] = {}
        self._latest: ReceptionStats | None = None

    def accept(self, packet: RtpPacket, arrival_s: float) -> bool:
        """False: not Opus. Raises TooManySsrcs."""
        if packet.payload_type != self._payload_type:
            return False
        stats = self._stats.get(packet.ssrc)
        if stats is None:
            if len(self._stats) >= MAX_SSRCS:
                raise TooManySsrcs
            stats = ReceptionStats(packet.ssrc, packet.sequence_number)
            self._stats[packet.ssrc] = stats
        self._heard_s[packet.ssrc] = arrival_s
        self._latest = stats
        stats.on_packet(packet.sequence_number, packet.timestamp, arrival_s)
        return True

    def on_sender_report(self, ssrc: int, ntp_time: int, arrival_s: float) -> None:
        stats = self._stats.get(ssrc)
        if stats is not None:
            stats.on_sender_report(ntp_time, arrival_s)

    def reports(self, now_s: float) -> tuple[ReportBlock, ...]:
        """One block for each stream that was heard lately."""
        return tuple(
            stats.report(now_s)
            for ssrc, stats in self._stats.items()
            if now_s - self._heard_s[ssrc] < _ACTIVE_S
        )

    @property
    def received(self) -> int:
        return sum(stats.received for stats in self._stats.values())

    @property
    def lost(self) -> int:
        return sum(stats.lost for stats in self._stats.values())

    @property
    def jitter_ms(self) -> float:
        return self._latest.jitter_ms if self._latest is not None else 0.0
