"""A microphone's clock that runs two parts in ten thousand faster or slower than the server's."""

from __future__ import annotations

import random

import pytest

from media_server.audio.decode import DecodeChain
from media_server.audio.jitter import JitterBuffer
from media_server.audio.ring import FRAME_SAMPLES, Origin, PcmRing
from media_server.rtc.reception import ReceptionStats
from tests.audio.streams import rtp, spoken

MINUTES = 10
PACKETS = MINUTES * 60 * 50


@pytest.mark.parametrize("ppm", [-200, 200])
def test_media_time_is_the_senders_whatever_its_clock_does(ppm: int) -> None:
    """Ten minutes, 120 ms apart at their end: no gap, no wait, no sample too many or too few."""
    payloads = spoken()
    packets = rtp(
        (payloads[index % len(payloads)] for index in range(PACKETS)),
        sequence=60_000,
        timestamp=0xFFF0_0000,  # both wrap on the way
    )
    rng = random.Random(ppm)
    buffer, ring = JitterBuffer(), PcmRing(1.0)
    chain = DecodeChain(ring)
    stats = ReceptionStats(packets[0].ssrc, packets[0].sequence_number)
    for index, packet in enumerate(packets):
        arrival_s = index * 0.02 * (1 + ppm / 1e6) + rng.uniform(0, 0.015)
        stats.on_packet(packet.sequence_number, packet.timestamp, arrival_s)
        (slot,) = buffer.receive(packet, arrival_s)
        assert (slot.gap_samples, slot.reset, buffer.deadline()) == (0, False, None)
        chain.feed(slot)
        assert chain.packet_start == index * FRAME_SAMPLES
    chain.close()
    assert ring.position == PACKETS * FRAME_SAMPLES
    assert ring.origins(0, ring.position) == []
    assert ring.totals[Origin.RECEIVED] == ring.position
    assert (buffer.lost, buffer.late, buffer.rebases, buffer.reordered) == (0, 0, 0, 0)
    assert stats.lost == 0
    assert stats.jitter_ms == pytest.approx(5, abs=2)  # the drift adds nothing to it


@pytest.mark.parametrize("ppm", [-200, 200])
def test_what_is_lost_is_as_long_as_in_the_senders_time(ppm: int) -> None:
    payloads = spoken()
    packets = rtp(payloads[index % len(payloads)] for index in range(PACKETS))
    rng = random.Random(ppm)
    buffer, ring = JitterBuffer(), PcmRing(1.0)
    chain = DecodeChain(ring)
    for index, packet in enumerate(packets):
        arrival_s = index * 0.02 * (1 + ppm / 1e6)
        if 10 < index < PACKETS - 10 and rng.random() < 0.05:
            slots = buffer.handle_timer(arrival_s)
        else:
            slots = buffer.handle_timer(arrival_s) + buffer.receive(packet, arrival_s)
        for slot in slots:
            chain.feed(slot)
    chain.close()
    assert buffer.waiting == 0
    assert ring.position == PACKETS * FRAME_SAMPLES
    assert buffer.rebases == 0
    missing = sum(ring.totals) - ring.totals[Origin.RECEIVED]
    assert missing == buffer.lost * FRAME_SAMPLES
