"""Media time against time, and bytes against time, at their limits."""

from __future__ import annotations

import random

import pytest

from media_server.audio.allowance import (
    KEPT_BURST_BYTES,
    KEPT_BYTES_PER_S,
    MAX_AHEAD_S,
    MAX_CREDIT_S,
    KeptBytes,
    MediaPace,
)
from media_server.audio.events import ReceiverSettings, SegmentClosed
from media_server.audio.receiver import AudioReceiver
from media_server.audio.types import RtpPacket
from tests.audio.streams import spoken

PACKET_S = 0.02


def heard_s(pace: MediaPace, arrivals_s: list[float], *, media_each_s: float = PACKET_S) -> float:
    """How much of a stream is heard whose packets arrive so."""
    media_s = 0.0
    for at_s in arrivals_s:
        if pace.admits(media_s, at_s):
            media_s += media_each_s
    return media_s


def test_45_times_real_time_is_believed_for_five_seconds() -> None:
    pace = MediaPace()
    arrivals_s = [n * PACKET_S for n in range(500)]  # ten seconds, 0.9 s of media each
    got_s = heard_s(pace, arrivals_s, media_each_s=0.9)
    assert 10.0 + MAX_AHEAD_S - 1.0 < got_s < 10.0 + MAX_AHEAD_S + 1.0
    assert pace.refused > 480


def test_a_flood_at_once_is_believed_for_five_seconds() -> None:
    assert heard_s(MediaPace(), [0.0] * 30_000) == pytest.approx(MAX_AHEAD_S, abs=0.05)


def test_silence_for_minutes_is_no_credit_for_a_flood() -> None:
    pace = MediaPace()
    assert pace.admits(0.0, 0.0)
    got_s = heard_s(pace, [600.0] * 30_000)
    assert got_s == pytest.approx(MAX_CREDIT_S + MAX_AHEAD_S, abs=0.05)


@pytest.mark.parametrize("stall_s", [0.5, 3.0, 10.0, 25.0])
def test_what_a_network_held_back_is_all_heard(stall_s: float) -> None:
    pace = MediaPace()
    sent_s = [n * PACKET_S for n in range(4000)]
    arrivals_s = [max(at_s, 20.0 + stall_s) if at_s >= 20.0 else at_s for at_s in sent_s]
    heard_s(pace, arrivals_s)
    assert pace.refused == 0


def test_jitter_bursts_trip_nothing() -> None:
    pace, rng = MediaPace(), random.Random(4)
    arrivals_s = sorted(n * PACKET_S + rng.choice([0.0, 0.0, 0.05, 0.4]) for n in range(20_000))
    heard_s(pace, arrivals_s)
    assert pace.refused == 0


def test_a_fast_sound_card_trips_nothing_in_two_hours() -> None:
    pace = MediaPace()
    heard_s(pace, [n * PACKET_S / 1.003 for n in range(360_000)])
    assert pace.refused == 0


def test_with_a_real_ear_a_flood_gives_no_more_segments_than_time() -> None:
    """Timestamps that jump by 0.9 s with each packet: 45 times real time."""
    settings = ReceiverSettings(silence_ms=600, min_turn_ms=500)
    receiver, pace = AudioReceiver(settings, connection_epoch=1), MediaPace()
    voice = spoken()
    receiver.listen(1)
    audio_s = 0.0
    for n in range(1000):
        now_s = n * PACKET_S
        packet = RtpPacket(1, n, (n * 43_200) & 0xFFFFFFFF, False, 111, voice[n % len(voice)])
        if pace.admits(receiver.position_s, now_s):
            events = receiver.receive(packet, now_s)
            audio_s += sum(
                e.segment.info.end_s - e.segment.info.start_s
                for e in events
                if isinstance(e, SegmentClosed)
            )
    assert receiver.position_s < 20.0 + MAX_AHEAD_S + 10.0
    assert audio_s < 20.0 + MAX_AHEAD_S + 10.0
    assert pace.refused > 900
    receiver.close()


def test_kept_bytes_follow_time() -> None:
    kept = KeptBytes(0.0)
    packet = b"\x78" + bytes(1199)  # 20 ms, 480 kbit/s
    got = sum(len(packet) for n in range(15_000) if kept.admitted([(0.0, packet)], n * PACKET_S))
    assert got == pytest.approx(KEPT_BURST_BYTES + 300 * KEPT_BYTES_PER_S, rel=0.01)
    assert kept.refused_ms == kept.refused * 20
    assert kept.refused > 12_000


def test_64_kbit_s_are_kept_for_ever_and_a_burst_after_a_stall_too() -> None:
    kept = KeptBytes(0.0)
    packet = b"\x78" + bytes(159)
    assert all(kept.admitted([(0.0, packet)], n * PACKET_S) for n in range(20_000))
    assert all(kept.admitted([(0.0, packet)], 400.0 + 25.0) for _ in range(25 * 50))
    assert kept.refused == 0


def test_packets_together_are_kept_as_they_are_one_by_one() -> None:
    """Also where some of them fit and others do not."""
    rng = random.Random(7)
    together, one_by_one = KeptBytes(0.0), KeptBytes(0.0)
    for n in range(400):
        packets = [(0.02 * i, b"\x78" + bytes(rng.randrange(2000))) for i in range(10)]
        kept = [p for p in packets if one_by_one.admitted([p], 0.2 * n)]
        assert together.admitted(packets, 0.2 * n) == kept
    assert together.refused == one_by_one.refused > 1000
    assert together.refused_ms == one_by_one.refused_ms
