"""What was received of one sender: sequence numbers, loss and jitter (RFC 3550 A.1, A.3, A.8).

Pure. A receiver report made of these tells the sender its true loss, so that its FEC adapts.
"""

from __future__ import annotations

from media_server.audio.types import RTP_CLOCK_RATE
from media_server.rtc.rtp import ReportBlock

_MAX_DROPOUT = 3000
_MAX_MISORDER = 100
"""Both as RFC 3550 A.1 has them: how many packets a number may be ahead, and how many behind."""
_SEQ_MOD = 1 << 16


class ReceptionStats:
    """One SSRC. `on_packet` for each packet that passed SRTP, once each."""

    def __init__(self, ssrc: int, first_sequence: int) -> None:
        self.ssrc = ssrc
        self.received = 0
        self.heard_s = float("-inf")
        """When its last packet came, for who counts it to set."""
        self.jitter_rtp = 0.0
        """Interarrival jitter in RTP clock units, smoothed by 1/16."""
        self._base = first_sequence
        self._highest = first_sequence
        self._cycles = 0
        self._bad_sequence = -1
        self._lost_before_restart = 0
        self._last_transit: float | None = None
        self._expected_prior = 0
        self._received_prior = 0
        self._received_since_base = 0
        self._sr_middle_ntp = 0
        self._sr_arrival_s = 0.0

    def on_packet(self, sequence_number: int, timestamp: int, arrival_s: float) -> None:
        """A packet that passed SRTP, as it arrived. One that is far out of line is not counted
        until the next one follows it: then its sender counts from a new beginning.

        `timestamp`: 48 kHz. `arrival_s`: of any one monotonic clock.
        """
        if sequence_number == self._highest + 1:  # nearly always
            self._highest = sequence_number
        elif not self._follow(sequence_number):
            return
        self.received += 1
        self._received_since_base += 1
        transit = arrival_s * RTP_CLOCK_RATE - timestamp
        if self._last_transit is not None:
            distance = abs(transit - self._last_transit)
            if distance > 1 << 31:  # the RTP clock went once around
                distance = abs(distance - (1 << 32))
            if distance < RTP_CLOCK_RATE:  # a jump of the clock is no jitter
                self.jitter_rtp += (distance - self.jitter_rtp) / 16
        self._last_transit = transit

    def _follow(self, sequence_number: int) -> bool:
        """RFC 3550 A.1 without probation: SRTP has vouched for the sender."""
        delta = (sequence_number - self._highest) % _SEQ_MOD
        if delta < _MAX_DROPOUT:
            if sequence_number < self._highest:
                self._cycles += _SEQ_MOD
            self._highest = sequence_number
        elif delta <= _SEQ_MOD - _MAX_MISORDER:
            if sequence_number != self._bad_sequence:
                self._bad_sequence = (sequence_number + 1) % _SEQ_MOD
                return False
            self._restart(sequence_number)
        return True

    def _restart(self, sequence_number: int) -> None:
        """Two packets in a row after a large jump: the sender starts counting again."""
        self._lost_before_restart = self.lost
        self._base = self._highest = sequence_number
        self._cycles = 0
        self._bad_sequence = -1
        self._received_since_base = 0
        self._expected_prior = self._received_prior = 0

    def on_sender_report(self, ntp_time: int, arrival_s: float) -> None:
        """Keep when it came, and the middle 32 bits of its `ntp_time`: LSR and DLSR of the next
        block."""
        self._sr_middle_ntp = ntp_time >> 16 & 0xFFFFFFFF
        self._sr_arrival_s = arrival_s

    @property
    def _extended_highest(self) -> int:
        return self._cycles + self._highest

    @property
    def _expected(self) -> int:
        return self._extended_highest - self._base + 1

    @property
    def lost(self) -> int:
        """Packets that were sent and have not arrived; never below 0."""
        return self._lost_before_restart + max(0, self._expected - self._received_since_base)

    @property
    def jitter_ms(self) -> float:
        """Interarrival jitter (RFC 3550 §6.4.1); 0.0 before the second packet."""
        return self.jitter_rtp / RTP_CLOCK_RATE * 1000

    def report(self, now_s: float) -> ReportBlock:
        """The block for the next report; fraction lost counts from the one before, so each call
        begins a new interval."""
        expected, received = self._expected, self._received_since_base
        expected_interval = expected - self._expected_prior
        lost_interval = expected_interval - (received - self._received_prior)
        self._expected_prior, self._received_prior = expected, received
        fraction = 0
        if expected_interval > 0 and lost_interval > 0:
            fraction = min(255, (lost_interval << 8) // expected_interval)
        delay = 0
        if self._sr_middle_ntp:
            delay = int((now_s - self._sr_arrival_s) * 65_536)
        return ReportBlock(
            ssrc=self.ssrc,
            fraction_lost=fraction,
            cumulative_lost=self._lost_before_restart + expected - received,
            highest_sequence=self._extended_highest,
            jitter=int(self.jitter_rtp),
            last_sr=self._sr_middle_ntp,
            delay_since_sr=delay,
        )
