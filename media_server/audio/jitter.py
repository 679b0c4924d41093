"""RTP jitter buffer for Opus: in order at once, a gap waits a little, nothing that came is lost.

A packet in order leaves in the call that brought it. Behind a gap, packets wait until
`window` of them have come (5; up to 10 while reordering is seen) or a time bound has passed;
then the missing ones are given up and the rest leaves. Timestamps are judged when a packet
leaves: a step with no sequence number missing is silence that was not sent (DTX), a step with some
missing is loss, and a jump nobody can believe re-bases the clock (RFC 3550 §5.1, A.1, A.8).
"""

from __future__ import annotations

from typing import NamedTuple

from media_server.audio.opus_packet import SAMPLES_BY_TOC, packet_samples
from media_server.audio.types import RTP_CLOCK_RATE, RtpPacket

MIN_WINDOW = 5
MAX_WINDOW = 10
MAX_SOURCES = 4
MAX_DROPOUT = 3000
"""A sequence number further ahead belongs to another stream until its successor confirms it."""
MAX_MISORDER = 1000
MAX_GAP_SAMPLES = RTP_CLOCK_RATE
"""No gap is longer than 1 s on the timeline, whatever the timestamps say."""
MIN_GAP_SAMPLES = 120
_CALM_PACKETS = 500
_REMEMBERED = 512


class Slot(NamedTuple):
    """The next packet of the stream, and what of the timeline is missing before it."""

    payload: bytes
    """Opus; empty for a packet that carried nothing."""
    samples: int
    """Its duration at 48 kHz."""
    gap_samples: int
    """At 48 kHz: all that is missing, lost or never sent."""
    lost_samples: int
    """The later part of the gap, which was sent and did not come; before it is DTX silence."""
    lost_packets: int
    reset: bool
    """Another stream begins here: the decoder's past does not belong to it."""
    outage_samples: int = 0
    """By how much the loss was longer than `lost_samples`, because gaps are capped."""


class JitterBuffer:
    """Call `receive` for every packet, `handle_timer` at `deadline()`. Holds at most 10 packets.

    Over 20 attributes on purpose: ten of them are counters.
    """

    def __init__(self) -> None:
        self.received = 0
        self.lost = 0
        self.duplicates = 0
        self.late = 0
        self.reordered = 0
        self.malformed = 0
        self.rebases = 0
        self.over_limit = False
        """True once a fifth source has been seen; its packets are ignored."""
        self.window = MIN_WINDOW
        self._sources: set[int] = set()
        self._ssrc: int | None = None
        self._next = 0
        self._first = 0
        self._expected_ts = 0
        self._last_samples = 960
        self._waiting: dict[int, tuple[RtpPacket, int, float]] = {}
        self._waiting_since = 0.0
        self._given_up: set[int] = set()
        self._probe: RtpPacket | None = None
        self._calm = 0
        self._jitter = 0.0
        self._last_arrival_s = 0.0
        self._arrival_gap_s = 0.0
        self._unsent = 0
        self._last_ts: int | None = None

    @property
    def sources(self) -> int:
        """How many synchronisation sources (SSRC, RFC 3550 §3) have been heard."""
        return len(self._sources)

    @property
    def jitter_ms(self) -> float:
        """Interarrival jitter in milliseconds (RFC 3550 §6.4.1 and A.8)."""
        return self._jitter / (RTP_CLOCK_RATE / 1000)

    @property
    def waiting(self) -> int:
        """How many packets wait behind a gap; at most 10."""
        return len(self._waiting)

    def deadline(self) -> float | None:
        """When the oldest gap is given up if nothing comes before; None: nothing waits."""
        return self._waiting_since + self._patience_s() if self._waiting else None

    def pass_on(self, packet: RtpPacket, now_s: float) -> int:
        """Samples at 48 kHz of the very next packet, where nothing is missing before it and nothing
        waits: then it has left. 0: it is another one, and nothing was done; give it to `receive`.

        Nearly every packet of a call goes this way, so it calls nothing.
        """
        timestamp, payload = packet.timestamp, packet.payload
        if (
            timestamp != self._expected_ts
            or packet.sequence_number != self._next & 0xFFFF
            or packet.ssrc != self._ssrc
            or self._waiting
            or not payload
            or not (samples := SAMPLES_BY_TOC[payload[0]])
        ):
            return 0
        gap_s = now_s - self._last_arrival_s
        last_ts = self._last_ts
        if last_ts is not None:
            step = (timestamp - last_ts + 0x80000000 & 0xFFFFFFFF) - 0x80000000
            change = abs(gap_s * RTP_CLOCK_RATE - step)
            if change < RTP_CLOCK_RATE:
                self._jitter += (change - self._jitter) / 16
        self._last_ts = timestamp
        self._arrival_gap_s = gap_s
        self._last_arrival_s = now_s
        self.received += 1
        self._probe = None
        self._calm += 1
        if self._calm >= _CALM_PACKETS:
            self._relax()
        self._next += 1
        self._expected_ts = timestamp + samples & 0xFFFFFFFF
        self._unsent = 0
        self._last_samples = samples
        return samples

    def receive(self, packet: RtpPacket, now_s: float) -> list[Slot]:
        """The packets that may leave now, in order; often exactly this one.

        `now_s`: of the process clock. A copy (by RFC 3550 sequence number), and a packet that comes
        too late, is counted and never leaves.
        """
        passed = self.pass_on(packet, now_s)
        if passed:
            return [Slot(packet.payload, passed, 0, 0, 0, False)]
        samples = packet_samples(packet.payload)
        if samples is None:
            if packet.payload:
                self.malformed += 1
                return []
            samples = 0
        if packet.ssrc != self._ssrc:
            return self._other_source(packet, now_s)
        ahead = (packet.sequence_number - self._next) & 0xFFFF
        if ahead == 0:
            self._accept(packet, now_s)
            if not self._waiting:
                self._calm += 1
                if self._calm >= _CALM_PACKETS:
                    self._relax()
                return [self._leave(packet, samples, 0)]
            self._reorder(len(self._waiting))
            slots = [self._leave(packet, samples, 0)]
            self._drain(slots)
            return slots
        if ahead < 0x8000:
            if ahead > MAX_DROPOUT:
                return self._jumped(packet, now_s, ahead)
            return self._wait(packet, samples, self._next + ahead, now_s)
        behind = 0x10000 - ahead
        if behind > MAX_MISORDER:
            return self._jumped(packet, now_s, 0)
        self._missed(self._next - behind)
        return []

    def handle_timer(self, now_s: float) -> list[Slot]:
        """The packets that leave because their gap has waited long enough; [] before `deadline`."""
        slots: list[Slot] = []
        while self._waiting and now_s >= self._waiting_since + self._patience_s():
            self._give_up(slots)
        return slots

    def advance(self, samples: int) -> None:
        """So much (at 48 kHz) after the last packet was silence that is not sent at all: the next
        packet is expected so much later. Not while packets wait behind a gap."""
        self._unsent += samples
        self._expected_ts = self._expected_ts + samples & 0xFFFFFFFF

    def flush(self) -> list[Slot]:
        """Everything that waits, with its losses: the stream is over."""
        slots: list[Slot] = []
        while self._waiting:
            self._give_up(slots)
        return slots

    def _patience_s(self) -> float:
        """120 ms, and 20 ms for each place by which reordering has widened the window."""
        return 0.12 + 0.02 * (self.window - MIN_WINDOW)

    # --- arrival ----------------------------------------------------------------------------------

    def _accept(self, packet: RtpPacket, now_s: float) -> None:
        self.received += 1
        self._probe = None
        timestamp = packet.timestamp
        if self._last_ts is not None:
            step = (timestamp - self._last_ts + 0x80000000 & 0xFFFFFFFF) - 0x80000000
            change = abs((now_s - self._last_arrival_s) * RTP_CLOCK_RATE - step)
            if change < RTP_CLOCK_RATE:  # beyond a second it is a stall or a jump, not jitter
                self._jitter += (change - self._jitter) / 16
        self._last_ts = timestamp
        self._arrival_gap_s = now_s - self._last_arrival_s
        self._last_arrival_s = now_s

    def _wait(self, packet: RtpPacket, samples: int, place: int, now_s: float) -> list[Slot]:
        if place in self._waiting:
            self.duplicates += 1
            return []
        self._accept(packet, now_s)
        if not self._waiting:
            self._waiting_since = now_s
        elif place < max(self._waiting):
            self._reorder(1)
        self._waiting[place] = (packet, samples, now_s)
        slots: list[Slot] = []
        while len(self._waiting) >= self.window:
            self._give_up(slots)
        return slots + self.handle_timer(now_s)

    def _missed(self, place: int) -> None:
        """Behind the point of delivery: too late, or here before."""
        if place in self._given_up or place < self._first:
            self._given_up.discard(place)
            self.late += 1
            self._reorder(self.window)
        else:
            self.duplicates += 1

    def _reorder(self, overtaken_by: int) -> None:
        """Widen the window while packets come nearly too late."""
        self.reordered += 1
        self._calm = 0
        if overtaken_by >= self.window - 1 and self.window < MAX_WINDOW:
            self.window += 1

    def _relax(self) -> None:
        self._calm = 0
        if self.window > MIN_WINDOW:
            self.window -= 1

    # --- departure --------------------------------------------------------------------------------

    def _give_up(self, slots: list[Slot]) -> None:
        """The head of the line has waited long enough: what is missing before it is lost."""
        first = min(self._waiting)
        lost = first - self._next
        self.lost += lost
        self._given_up.update(range(max(self._next, first - _REMEMBERED), first))
        if len(self._given_up) > _REMEMBERED:
            self._given_up = {n for n in self._given_up if n > first - _REMEMBERED}
        self._next = first
        packet, samples, _ = self._waiting.pop(first)
        slots.append(self._leave(packet, samples, lost))
        self._drain(slots)

    def _drain(self, slots: list[Slot]) -> None:
        while (entry := self._waiting.pop(self._next, None)) is not None:
            slots.append(self._leave(entry[0], entry[1], 0))
        if self._waiting:
            self._waiting_since = min(arrival for _, _, arrival in self._waiting.values())

    def _leave(self, packet: RtpPacket, samples: int, lost: int) -> Slot:
        timestamp = packet.timestamp
        step = (timestamp - self._expected_ts + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        self._next += 1
        self._expected_ts = timestamp + samples & 0xFFFFFFFF
        outage = 0
        if step == 0:
            gap = missing = 0
        elif lost:
            gap = missing = self._lost_gap(step, lost)
            # Each lost packet took away its own duration; what is more was never sent (DTX).
            taken = lost * self._last_samples
            if gap >= taken + self._last_samples:
                missing = taken
            outage = max(0, (min(taken, step) if step > 0 else taken) - missing)
        else:
            gap, missing = self._silent_gap(step), 0
        self._unsent = 0
        if samples:
            self._last_samples = samples
        return Slot(packet.payload, samples, gap, missing, lost, False, outage)

    def _lost_gap(self, step: int, lost: int) -> int:
        if step < 0:
            self.rebases += 1
            return min(lost * self._last_samples, MAX_GAP_SAMPLES)
        if step > MAX_GAP_SAMPLES:
            return MAX_GAP_SAMPLES
        return step

    def _silent_gap(self, step: int) -> int:
        if 0 < step <= MAX_GAP_SAMPLES:
            return step if step >= MIN_GAP_SAMPLES else 0
        if -self._unsent <= step < 0:
            return 0  # a little more was taken for silence than there was
        quiet = self._arrival_gap_s * RTP_CLOCK_RATE - self._unsent
        if step > 0 and abs(quiet - step) < RTP_CLOCK_RATE / 2:
            return MAX_GAP_SAMPLES  # as long as the clock on the wall says: it was not sent
        self.rebases += 1
        return 0

    # --- streams ----------------------------------------------------------------------------------

    def _other_source(self, packet: RtpPacket, now_s: float) -> list[Slot]:
        if packet.ssrc not in self._sources:
            if len(self._sources) >= MAX_SOURCES:
                self.over_limit = True
                return []
            self._sources.add(packet.ssrc)
        if self._ssrc is None:
            return self._begin([packet], now_s, 0)
        return self._jumped(packet, now_s, 0)

    def _jumped(self, packet: RtpPacket, now_s: float, skipped: int) -> list[Slot]:
        """Believe another stream only when two of its packets follow one another.

        RFC 3550 A.1 asks the same of new sources: one stray packet must not cost the stream.
        """
        probe = self._probe
        if probe is not None and probe.ssrc == packet.ssrc:
            if probe.sequence_number == packet.sequence_number:
                self.duplicates += 1
                return []
            if (probe.sequence_number + 1) & 0xFFFF == packet.sequence_number:
                return self._begin([probe, packet], now_s, max(0, skipped - 1))
        self._probe = packet
        return []

    def _begin(self, packets: list[RtpPacket], now_s: float, skipped: int) -> list[Slot]:
        """Start over at `packets`, `skipped` numbers further on if the source is the same.

        A jump that far is a sender that starts counting again: a call would not have outlived such
        a loss. So no more is taken for lost than the gap that stands for it.
        """
        skipped = min(skipped, MAX_GAP_SAMPLES // self._last_samples)
        slots = self.flush()
        known = self._ssrc is not None
        first = packets[0]
        self._ssrc = first.ssrc
        self._next = self._first = first.sequence_number
        self._expected_ts = first.timestamp
        self._given_up.clear()
        self._last_ts = None
        self.rebases += known
        self.lost += skipped
        for packet in packets:
            self._accept(packet, now_s)
            slots.append(self._leave(packet, packet_samples(packet.payload) or 0, 0))
        if known:
            at = len(slots) - len(packets)
            gap = MAX_GAP_SAMPLES if skipped else 0
            slots[at] = slots[at]._replace(
                reset=True, gap_samples=gap, lost_samples=gap, lost_packets=skipped
            )
        return slots
