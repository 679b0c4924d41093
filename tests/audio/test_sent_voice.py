"""What was sent and when: the reference for an echo."""

from __future__ import annotations

import numpy as np
import pytest

from media_server.audio.band_levels import BANDS, LOWEST_DBFS, band_levels, pack_levels
from media_server.audio.sent_voice import SentVoice


def ramp(frames: int) -> bytes:
    """Frame n at -100 + n / 2 dBFS in each band."""
    return bytes(np.repeat(np.arange(frames, dtype=np.uint8), BANDS))


def steps(voice: SentVoice, from_s: float, frames: int) -> list[float]:
    return [float((level - LOWEST_DBFS) * 2) for level in voice.levels(from_s, frames)[:, 0]]


def test_a_clip_lies_where_it_was_sent() -> None:
    voice = SentVoice()
    voice.begin(ramp(10), 0.0, 50.0)
    assert steps(voice, 49.96, 5) == [0, 0, 0, 1, 2]
    assert steps(voice, 50.16, 4) == [8, 9, 0, 0]


def test_from_the_middle_and_stopped() -> None:
    voice = SentVoice()
    voice.begin(ramp(100), 1.0, 50.0)
    voice.end(50.1)
    assert steps(voice, 49.98, 8) == [0, 50, 51, 52, 53, 54, 0, 0]
    assert voice.last_s == 50.1


def test_a_clip_in_place_of_another_ends_it() -> None:
    voice = SentVoice()
    voice.begin(ramp(100), 0.0, 50.0)
    voice.begin(ramp(100), 1.5, 50.04)
    assert steps(voice, 50.0, 4) == [0, 1, 75, 76]


def test_nothing_is_known_of_a_clip_without_levels() -> None:
    voice = SentVoice()
    voice.begin(b"", 0.0, 50.0)
    assert voice.last_s == float("-inf")
    assert voice.power_around(50.0) == 0.0


def test_a_room_falls_silent_slowly() -> None:
    voice = SentVoice()
    voice.begin(bytes([160] * BANDS * 10), 0.0, 50.0)
    loud = voice.power_around(50.1)
    assert loud == pytest.approx(BANDS * 10 ** (-20 / 10), rel=0.01)
    assert voice.power_around(49.9) == 0.0
    assert loud / 30 < voice.power_around(50.3) < loud / 3
    assert voice.power_around(51.0) == 0.0


def test_levels_are_decibels_of_full_scale_at_any_rate() -> None:
    for rate in (16_000, 24_000):
        time_s = np.arange(rate) / rate
        tone = (3276.8 * np.sin(2 * np.pi * 850 * time_s)).astype(np.int16)
        levels = band_levels(tone, rate)
        assert levels.shape == (50, BANDS)
        assert levels[:, 3] == pytest.approx(-23.0, abs=0.3)  # a sine at a tenth of full scale
        assert levels[:, 6].max() < -60
        packed = np.frombuffer(pack_levels(levels), np.uint8)
        assert packed.reshape(-1, BANDS)[:, 3] == pytest.approx(154, abs=1)
