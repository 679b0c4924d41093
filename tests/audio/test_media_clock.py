"""Media time on our clock: by the packets that came fastest."""

from __future__ import annotations

import numpy as np
import pytest

from media_server.audio.media_clock import MediaClock


def test_jitter_is_taken_out() -> None:
    clock, rng = MediaClock(), np.random.default_rng(1)
    for packet in range(500):
        media_s = packet * 0.02
        clock.note(media_s, 100.0 + media_s + 0.03 + float(rng.exponential(0.02)))
    assert clock.at(5.0) == pytest.approx(105.03, abs=0.001)


def test_a_path_that_became_slower_is_believed_within_ten_seconds() -> None:
    clock = MediaClock()
    for packet in range(1000):
        media_s = packet * 0.02
        clock.note(media_s, media_s + (0.03 if packet < 400 else 0.23))
    assert clock.at(20.0) == pytest.approx(20.23)


def test_a_faster_path_is_believed_at_once() -> None:
    clock = MediaClock()
    clock.note(1.0, 1.5)
    clock.note(1.02, 1.12)
    assert clock.at(2.0) == pytest.approx(2.1)


def test_an_outage_of_which_media_time_counts_a_second_is_taken_in() -> None:
    clock = MediaClock()
    for n in range(100):
        clock.note(n * 0.02, 10.03 + n * 0.02)
    clock.note(3.0, 20.03)
    assert clock.at(3.0) == pytest.approx(20.03)


def test_a_late_burst_leaves_the_offset_as_it_was() -> None:
    clock = MediaClock()
    for n in range(100):
        clock.note(n * 0.02, 10.0 + n * 0.02)
    for n in range(100, 130):
        clock.note(n * 0.02, 12.7 + (n - 100) * 0.001)
    for n in range(130, 150):
        clock.note(n * 0.02, 10.0 + n * 0.02)
    assert clock.at(0.0) == pytest.approx(10.0, abs=0.15)
