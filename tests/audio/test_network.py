"""What networks do to real speech, and what reaches the ring all the same."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from media_server.audio.receiver import (
    AudioReceiver,
    ReceiverEvent,
    ReceiverSettings,
    SegmentClosed,
    SourceLimit,
)
from media_server.audio.types import RtpPacket
from tests.audio.streams import drive, encode, join, on_time, room, rtp, spoken
from tests.audio.test_receiver import ended, finals, impair
from tests.support.speak import read_wav

Arrivals = list[tuple[float, RtpPacket]]


def listen(arrivals: Arrivals) -> tuple[AudioReceiver, list[ReceiverEvent]]:
    receiver = AudioReceiver(ReceiverSettings(), connection_epoch=1)
    receiver.listen(1)
    events = drive(receiver, arrivals)
    return receiver, events


@pytest.fixture(scope="module")
def speech(speech_dir: Path) -> list[RtpPacket]:
    """About 40 s of three people, as a browser sends it."""
    names = ["ls_1998-15444-0000.wav", "ls_3005-163389-0003.wav", "ls_2609-156975-0002.wav"]
    parts = []
    for name in names:
        pcm, rate = read_wav(speech_dir / name)
        assert rate == 16_000
        parts += [pcm, room(1.0)]
    return rtp(encode(join(*parts)), sequence=65_000, timestamp=0xFFFF0000)


@pytest.mark.corpus
@pytest.mark.parametrize("loss", [0.05, 0.1, 0.3])
def test_what_arrived_reaches_the_ring(speech: list[RtpPacket], loss: float) -> None:
    arrivals = impair(speech, seed=11, loss=loss, jitter_s=0.015, doubles=0.0)
    receiver, _ = listen(arrivals)
    quality = receiver.quality()
    assert len(receiver.take_packets()) / len(arrivals) >= 0.995
    assert quality.lost == len(speech) - len(arrivals)
    heard_s = 0.02 * (quality.received + quality.fec_recovered)
    missing_s = (quality.concealed_ms + quality.lost_ms) / 1000
    assert heard_s + missing_s == pytest.approx(len(speech) * 0.02, abs=0.05)
    receiver.close()


@pytest.mark.corpus
def test_added_delay_at_ten_per_cent_loss(speech: list[RtpPacket]) -> None:
    """No packet waits longer than the window: five packets, 100 ms."""
    arrivals = impair(speech, seed=3, loss=0.1, jitter_s=0.0, doubles=0.0)
    receiver = AudioReceiver(ReceiverSettings(), connection_epoch=1)
    sent = {packet.payload: at for at, packet in arrivals}
    waits = []
    for at, packet in arrivals:
        deadline = receiver.deadline()
        if deadline is not None and deadline <= at:
            receiver.handle_timer(deadline)
        receiver.receive(packet, at)
        waits += [at - sent[payload] for _, payload in receiver.take_packets()]
    assert np.median(waits) == 0
    assert np.quantile(waits, 0.95) <= 0.11
    assert max(waits) <= 0.15
    receiver.close()


@pytest.mark.corpus
def test_fec_recovers_most_single_losses_within_speech(speech: list[RtpPacket]) -> None:
    """Losses where the packet lost and the one after it are speech: elsewhere nobody misses it."""
    rng = random.Random(4)
    receiver = AudioReceiver(ReceiverSettings(), connection_epoch=1)
    drive(receiver, on_time(speech))
    levels = [len(packet.payload) for packet in speech]
    receiver.close()
    loud = [i for i in range(2, len(speech) - 1) if min(levels[i], levels[i + 1]) > 50]
    lost = sorted(rng.sample(loud, 80))
    lost = [i for n, i in enumerate(lost) if n == 0 or i - lost[n - 1] > 1]
    receiver, _ = listen([a for index, a in enumerate(on_time(speech)) if index not in set(lost)])
    quality = receiver.quality()
    assert quality.lost == len(lost)
    assert quality.fec_recovered / len(lost) >= 0.7
    receiver.close()


@pytest.mark.corpus
def test_loss_moves_no_segment(speech: list[RtpPacket]) -> None:
    """The same words lie at the same media time, whatever was lost between."""
    whole, clean = listen(on_time(speech))
    holed, events = listen(impair(speech, seed=8, loss=0.05, jitter_s=0.0, doubles=0.0))
    assert holed.position_s == pytest.approx(whole.position_s, abs=0.03)
    covered = np.zeros(round(whole.position_s * 50) + 50, bool)
    for segment in finals(events):
        covered[round(segment.info.start_s * 50) : round(segment.info.end_s * 50)] = True
    for segment in finals(clean):
        inside = covered[round(segment.info.start_s * 50) : round(segment.info.end_s * 50)]
        assert inside.mean() > 0.9
    whole.close()
    holed.close()


def test_ten_per_cent_loss_without_recordings() -> None:
    arrivals = impair(rtp(spoken()), seed=2, loss=0.1, jitter_s=0.0, doubles=0.0)
    receiver, events = listen(arrivals)
    assert len(receiver.take_packets()) == len(arrivals)
    assert ended(events) is not None
    receiver.close()


def test_thirty_per_cent_loss_still_ends_the_turn() -> None:
    packets = rtp(spoken(2.0, 1.0, 12.0))
    receiver, events = listen(impair(packets, seed=2, loss=0.3, jitter_s=0.0, doubles=0.0))
    assert ended(events) is not None
    assert finals(events)[0].info.lost_ms + finals(events)[0].info.concealed_ms > 0
    receiver.close()


def test_jitter_reordering_and_duplicates_leave_clean_audio() -> None:
    """200 ms of jitter without regard to order, 10 % duplicates: in order, no sample twice."""
    packets = rtp(spoken())
    arrivals = impair(packets, seed=6, loss=0.0, jitter_s=0.2, doubles=0.1)
    receiver, events = listen(arrivals)
    quality = receiver.quality()
    assert quality.duplicates == len(arrivals) - len(packets)
    taken = [payload for _, payload in receiver.take_packets()]
    order = iter(packet.payload for packet in packets)
    assert all(payload in order for payload in taken), "a subsequence, in order"
    assert len(taken) >= 0.97 * len(packets), "lost only while the window was widening"
    assert receiver.position_s == pytest.approx(7.0)
    assert ended(events) is not None
    receiver.close()


def test_mild_reordering_and_duplicates_change_no_sample() -> None:
    packets = rtp(spoken())
    clean, calm = listen(on_time(packets))
    rng = random.Random(9)
    late = [
        (at + (rng.uniform(0, 0.05) if index and rng.random() < 0.05 else 0), packet)
        for index, (at, packet) in enumerate(on_time(packets))
    ]
    doubled = late + [(at + 0.03, packet) for at, packet in late if rng.random() < 0.1]
    shuffled, events = listen(sorted(doubled, key=lambda item: item[0]))
    assert shuffled.quality().lost == 0
    for ours, theirs in zip(finals(events), finals(calm), strict=True):
        assert np.array_equal(ours.pcm, theirs.pcm)
        assert ours.info == theirs.info
    clean.close()
    shuffled.close()


@pytest.mark.parametrize("jump", [-480_000, 1 << 31, 48_000 * 60])
def test_a_timestamp_that_jumps_costs_at_most_a_second(jump: int) -> None:
    packets = rtp(spoken())
    moved = packets[:200] + [
        replace(p, timestamp=(p.timestamp + jump) & 0xFFFFFFFF) for p in packets[200:]
    ]
    receiver, events = listen(on_time(moved))
    assert 7.0 <= receiver.position_s <= 8.0
    assert ended(events) is not None
    receiver.close()


def test_a_source_that_changes_goes_on_in_the_same_answer() -> None:
    packets = rtp(spoken())
    moved = packets[:100] + [
        replace(
            p,
            ssrc=77,
            sequence_number=(p.sequence_number + 9000) & 0xFFFF,
            timestamp=p.timestamp + 5,
        )
        for p in packets[100:]
    ]
    receiver, events = listen(on_time(moved))
    assert receiver.position_s == pytest.approx(7.0)
    assert len(receiver.take_packets()) == 350
    assert sum(isinstance(event, SegmentClosed) for event in events) == 1
    receiver.close()


def test_three_hundred_sources_give_one_signal() -> None:
    packets = spoken()
    arrivals = [
        (index * 0.02, packet)
        for index in range(300)
        for packet in rtp([packets[index]], ssrc=index, sequence=index)
    ]
    receiver, events = listen(arrivals)
    assert sum(isinstance(event, SourceLimit) for event in events) == 1
    assert receiver.quality().sources == 4
    receiver.close()


def test_a_hostile_sender_costs_bounded_time_and_memory() -> None:
    """Every packet claims a gap of a second: media time runs, nothing grows."""
    packet = spoken()[60]
    receiver, events = listen(
        [
            (index * 0.02, p)
            for index in range(600)
            for p in rtp([packet], sequence=index, timestamp=index * 48_000 + index * 900)
        ]
    )
    assert receiver.position_s <= 600 * 1.02
    assert len(events) < 600 * 12
    receiver.close()
