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
