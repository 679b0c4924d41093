from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.audio.jitter import (
    MAX_GAP_SAMPLES,
    MAX_SOURCES,
    MAX_WINDOW,
    MIN_WINDOW,
    JitterBuffer,
    Slot,
)
from media_server.audio.types import RtpPacket
from tests.audio.streams import SSRC, rtp
from tests.support.examples import examples

TOC_MS = {10: 0 << 3, 20: 1 << 3, 40: 2 << 3, 60: 3 << 3}


def payloads(count: int, ms: int = 20) -> list[bytes]:
    """Well-formed packets (SILK, narrowband) that carry their own number."""
    return [bytes([TOC_MS[ms]]) + index.to_bytes(4, "big") for index in range(count)]


def numbers(slots: list[Slot]) -> list[int]:
    return [int.from_bytes(slot.payload[1:], "big") for slot in slots]


def feed(
    buffer: JitterBuffer, packets: list[RtpPacket], step_s: float = 0.02, start_s: float = 0.0
) -> list[Slot]:
    slots: list[Slot] = []
    for index, packet in enumerate(packets):
        slots += buffer.receive(packet, start_s + index * step_s)
    return slots


def test_packets_in_order_leave_at_once() -> None:
    buffer = JitterBuffer()
    for index, packet in enumerate(rtp(payloads(50))):
        slots = buffer.receive(packet, index * 0.02)
        assert numbers(slots) == [index]
        assert slots[0].gap_samples == slots[0].lost_packets == 0
        assert buffer.deadline() is None


def test_a_gap_waits_for_five_later_packets() -> None:
    buffer = JitterBuffer()
    packets = rtp(payloads(20))
    feed(buffer, packets[:3])
    for later in range(4):
        assert buffer.receive(packets[4 + later], 0.08 + later * 0.02) == []
    slots = buffer.receive(packets[8], 0.16)
    assert numbers(slots) == [4, 5, 6, 7, 8]
    assert (slots[0].gap_samples, slots[0].lost_packets) == (960, 1)
    assert buffer.lost == 1


def test_a_gap_that_is_filled_costs_nothing() -> None:
    buffer = JitterBuffer()
    packets = rtp(payloads(6))
    slots = feed(buffer, [packets[0], packets[2], packets[3], packets[1], packets[4], packets[5]])
    assert numbers(slots) == list(range(6))
    assert all(slot.gap_samples == 0 for slot in slots)
    assert (buffer.lost, buffer.duplicates, buffer.late) == (0, 0, 0)
    assert buffer.reordered > 0


def test_a_gap_gives_up_when_nothing_follows() -> None:
    buffer = JitterBuffer()
    packets = rtp(payloads(3))
    buffer.receive(packets[0], 0.0)
    assert buffer.receive(packets[2], 0.04) == []
    deadline = buffer.deadline()
    assert deadline is not None
    assert deadline == pytest.approx(0.16)
    assert buffer.handle_timer(0.15) == []
    slots = buffer.handle_timer(deadline)
    assert numbers(slots) == [2]
    assert slots[0].lost_packets == 1
    assert buffer.deadline() is None


def test_late_and_duplicate_packets_are_told_apart() -> None:
    buffer = JitterBuffer()
    packets = rtp(payloads(12))
    feed(buffer, packets[:3] + packets[4:12])
    assert buffer.lost == 1
    assert buffer.receive(packets[3], 0.3) == []
    assert (buffer.late, buffer.duplicates) == (1, 0)
    assert buffer.receive(packets[3], 0.3) == []
    assert buffer.receive(packets[6], 0.3) == []
    assert (buffer.late, buffer.duplicates) == (1, 2)


def test_packets_before_the_first_are_late() -> None:
    buffer = JitterBuffer()
    packets = rtp(payloads(4), sequence=0xFFFE)
    feed(buffer, [packets[2], packets[1], packets[3]])
    assert (buffer.late, buffer.duplicates) == (1, 0)


def test_window_widens_under_reordering_and_narrows_in_calm() -> None:
    rng = random.Random(5)
    buffer = JitterBuffer()
    packets = rtp(payloads(6000))
    arrivals = sorted(
        (index * 0.02 + (rng.uniform(0, 0.2) if index < 600 else 0), packet)
        for index, packet in enumerate(packets)
        for packet in [replace_marker(packet)]
    )
    slots: list[Slot] = []
    widest = 0
    lost_when_wide = 0
    for index, (now_s, packet) in enumerate(arrivals):
        slots += buffer.receive(packet, now_s)
        widest = max(widest, buffer.window)
        if index == 300:
            lost_when_wide = buffer.lost
    assert widest == MAX_WINDOW
    assert buffer.lost - lost_when_wide < 10
    assert buffer.window == MIN_WINDOW
    assert numbers(slots) == sorted(numbers(slots))


class Ordered(RtpPacket):
    """Sortable by sequence number, for arrival lists."""

    def __lt__(self, other: RtpPacket) -> bool:
        return self.sequence_number < other.sequence_number


def replace_marker(packet: RtpPacket) -> Ordered:
    return Ordered(
        packet.ssrc, packet.sequence_number, packet.timestamp, False, 111, packet.payload
    )


@pytest.mark.parametrize("ms", [10, 20, 40, 60])
def test_loss_of_any_packet_length_leaves_its_true_gap(ms: int) -> None:
    buffer = JitterBuffer()
    packets = rtp(payloads(30, ms), step=ms * 48)
    slots = feed(buffer, packets[:10] + packets[12:], step_s=ms / 1000)
    assert sum(slot.gap_samples for slot in slots) == 2 * ms * 48
    assert buffer.lost == 2


def test_one_packet_lost_in_dtx_is_twenty_milliseconds_of_loss() -> None:
    """A DTX sender speaks up each 400 ms: what it did not send cannot have been lost."""
    buffer = JitterBuffer()
    packets = rtp(payloads(12))
    sparse = packets[:3] + [
        replace(p, timestamp=2 * 960 + (p.sequence_number - 2) * 19_200) for p in packets[3:]
    ]
    slots = feed(buffer, sparse[:4] + sparse[5:])
    assert [slot.lost_packets for slot in slots] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert (slots[4].gap_samples, slots[4].lost_samples) == (2 * 19_200 - 960, 960)


def test_timestamp_step_without_a_missing_number_is_silence() -> None:
    buffer = JitterBuffer()
    packets = rtp(payloads(3))
    packets[2] = replace(packets[2], timestamp=2 * 960 + 400 * 48)
    slots = feed(buffer, packets)
    assert (slots[2].gap_samples, slots[2].lost_packets) == (400 * 48, 0)
    assert buffer.lost == 0


@pytest.mark.parametrize("jump", [-1, -960, -480_000, 48_001, 1 << 31, (1 << 31) - 1, -(1 << 31)])
def test_jumps_of_the_timestamp_are_not_believed(jump: int) -> None:
    buffer = JitterBuffer()
    packets = rtp(payloads(10))
    moved = [replace(p, timestamp=(p.timestamp + jump) & 0xFFFFFFFF) for p in packets[5:]]
    slots = feed(buffer, packets[:5] + moved)
    assert numbers(slots) == list(range(10))
    assert sum(slot.gap_samples for slot in slots) == 0
    assert buffer.rebases == 1


@pytest.mark.parametrize("jump", [0, -480_000, 48_001, 1 << 31])
def test_a_gap_is_never_longer_than_a_second(jump: int) -> None:
    buffer = JitterBuffer()
    packets = rtp(payloads(1000))
    moved = [replace(p, timestamp=(p.timestamp + jump) & 0xFFFFFFFF) for p in packets[700:]]
    slots = feed(buffer, packets[:5] + moved)
    assert numbers(slots) == [*range(5), *range(700, 1000)]
    assert sum(slot.gap_samples for slot in slots) == MAX_GAP_SAMPLES
    assert buffer.lost == 695


def test_an_outage_is_as_long_as_the_packets_that_were_lost_in_it() -> None:
    packets = rtp(payloads(600))
    slots = feed(JitterBuffer(), packets[:5] + packets[505:])
    (gap,) = [slot for slot in slots if slot.gap_samples]
    assert gap.gap_samples == gap.lost_samples == MAX_GAP_SAMPLES
    assert gap.lost_samples + gap.outage_samples == 500 * 960


def test_an_outage_in_silence_is_only_what_was_sent_in_it() -> None:
    """DTX: 25 packets in ten seconds."""
    packets = rtp(payloads(5)) + rtp(payloads(10), sequence=30, timestamp=480_000)
    (gap,) = [slot for slot in feed(JitterBuffer(), packets) if slot.gap_samples]
    assert gap.gap_samples == MAX_GAP_SAMPLES
    assert gap.lost_samples + gap.outage_samples == 25 * 960


def test_an_outage_in_which_the_clock_jumped_back_is_known_by_its_packets() -> None:
    packets = rtp(payloads(5), timestamp=1 << 30) + rtp(payloads(10), sequence=505)
    (gap,) = [slot for slot in feed(JitterBuffer(), packets) if slot.gap_samples]
    assert gap.gap_samples == MAX_GAP_SAMPLES
    assert gap.lost_samples + gap.outage_samples == 500 * 960


@pytest.mark.parametrize("sequence", [30_000, 50_000])
def test_a_sender_that_counts_anew_has_not_lost_what_it_skipped(sequence: int) -> None:
    buffer = JitterBuffer()
    slots = feed(buffer, rtp(payloads(50)))
    slots += feed(buffer, rtp(payloads(50), sequence=sequence, timestamp=48_000), start_s=1.0)
    assert numbers(slots) == [*range(50), *range(50)]
    assert buffer.lost in (0, 50)
    assert buffer.rebases == 1
    assert sum(slot.gap_samples + slot.outage_samples for slot in slots) <= MAX_GAP_SAMPLES


def test_sequence_numbers_that_jump_need_a_second_witness() -> None:
    buffer = JitterBuffer()
    packets = rtp(payloads(10))
    stray = replace(packets[0], sequence_number=20_000)
    slots = feed(buffer, [*packets[:5], stray, *packets[5:]])
    assert numbers(slots) == list(range(10))
    restarted = rtp(payloads(5), sequence=30_000, timestamp=77)
    slots = feed(buffer, restarted, start_s=1.0)
    assert numbers(slots) == list(range(5))
    assert slots[0].reset
    assert slots[0].gap_samples in (0, MAX_GAP_SAMPLES)


def test_another_source_takes_over_without_losing_a_packet() -> None:
    buffer = JitterBuffer()
    slots = feed(buffer, rtp(payloads(5)))
    slots += feed(buffer, rtp(payloads(5), ssrc=99, sequence=4321, timestamp=5), start_s=0.1)
    assert numbers(slots) == [*range(5), *range(5)]
    assert [slot.reset for slot in slots] == [False] * 5 + [True] + [False] * 4
    assert buffer.sources == 2


def test_two_sources_at_once_do_not_mix() -> None:
    buffer = JitterBuffer()
    ours, theirs = rtp(payloads(50)), rtp(payloads(50), ssrc=99)
    mixed = [packet for pair in zip(ours, theirs, strict=True) for packet in pair]
    assert numbers(feed(buffer, mixed, step_s=0.01)) == list(range(50))


def test_three_hundred_sources_are_a_signal_and_no_more() -> None:
    buffer = JitterBuffer()
    ours = rtp(payloads(310))
    slots: list[Slot] = []
    for index, packet in enumerate(ours):
        slots += buffer.receive(packet, index * 0.02)
        slots += buffer.receive(replace(packet, ssrc=1000 + index), index * 0.02)
    assert numbers(slots) == list(range(310))
    assert buffer.over_limit
    assert buffer.sources == MAX_SOURCES


def test_malformed_payloads_are_counted_and_empty_ones_hold_their_place() -> None:
    buffer = JitterBuffer()
    packets = rtp(payloads(10))
    packets[3] = replace(packets[3], payload=b"\x03")
    packets[5] = replace(packets[5], payload=b"")
    packets[6:] = [replace(p, timestamp=p.timestamp - 960) for p in packets[6:]]
    slots = feed(buffer, packets) + buffer.flush()
    assert buffer.malformed == 1
    assert buffer.lost == 1
    assert sum(slot.gap_samples for slot in slots) == 960


def test_interarrival_jitter_follows_rfc_3550() -> None:
    rng = random.Random(1)
    buffer, expected, last = JitterBuffer(), 0.0, None
    for index, packet in enumerate(rtp(payloads(500))):
        now_s = index * 0.02 + rng.uniform(0, 0.01)
        transit = now_s * 48_000 - index * 960
        if last is not None:
            expected += (abs(transit - last) - expected) / 16
        last = transit
        buffer.receive(packet, now_s)
    assert buffer.jitter_ms == pytest.approx(expected / 48, rel=1e-6)


@st.composite
def journeys(draw: st.DrawFn) -> list[int]:
    """Which packets arrive, in which order, some of them twice."""
    count = draw(st.integers(10, 120))
    seed = draw(st.integers(0, 2**32))
    loss = draw(st.sampled_from([0.0, 0.05, 0.3]))
    spread = draw(st.sampled_from([0, 1, 3, 8, 30]))
    doubles = draw(st.sampled_from([0.0, 0.1, 0.5]))
    rng = random.Random(seed)
    order = []
    for index in range(count):
        if index and rng.random() < loss:
            continue
        copies = 2 if rng.random() < doubles else 1
        order += [(index + (rng.uniform(0, spread) if index else 0), index) for _ in range(copies)]
    return [index for _, index in sorted(order)]


@given(
    journeys(),
    st.sampled_from([0, 0xFFF0, 0x7FF8]),
    st.sampled_from([0, 0xFFFFFFFF - 10_000, 0x7FFFFFFF]),
    st.sampled_from([10, 20, 40, 60]),
)
@settings(max_examples=examples(150), deadline=None)
def test_every_packet_leaves_once_and_in_order_or_is_counted(
    order: list[int], sequence: int, timestamp: int, ms: int
) -> None:
    buffer = JitterBuffer()
    packets = rtp(
        payloads(max(order) + 1, ms), sequence=sequence, timestamp=timestamp, step=ms * 48
    )
    slots: list[Slot] = []
    for position, index in enumerate(order):
        slots += buffer.receive(packets[index], position * ms / 1000)
        assert buffer.waiting <= MAX_WINDOW
    slots += buffer.flush()
    left = numbers(slots)
    assert left == sorted(set(left))
    arrived = set(order)
    assert set(left) <= arrived
    assert len(arrived - set(left)) == buffer.late
    assert buffer.duplicates == len(order) - len(arrived)
    assert buffer.received == len(left)
    assert buffer.lost == left[-1] + 1 - len(left)
    timeline = 0
    for number, slot in zip(left, slots, strict=True):
        timeline += slot.gap_samples
        if not any(s.gap_samples == MAX_GAP_SAMPLES for s in slots):
            assert timeline == number * ms * 48
        timeline += slot.samples


@given(
    st.lists(
        st.builds(
            RtpPacket,
            ssrc=st.sampled_from([SSRC, 7, 8, 9, 10, 11]),
            sequence_number=st.integers(0, 0xFFFF),
            timestamp=st.integers(0, 0xFFFFFFFF),
            marker=st.booleans(),
            payload_type=st.just(111),
            payload=st.binary(max_size=6),
        ),
        max_size=200,
    )
)
@settings(max_examples=examples(150), deadline=None)
def test_no_packets_whatever_upset_it(packets: list[RtpPacket]) -> None:
    buffer = JitterBuffer()
    left = 0
    for index, packet in enumerate(packets):
        for slot in buffer.receive(packet, index * 0.005):
            left += 1
            assert 0 <= slot.gap_samples <= MAX_GAP_SAMPLES
        assert buffer.waiting <= MAX_WINDOW
    left += len(buffer.flush())
    assert left == buffer.received <= len(packets)
