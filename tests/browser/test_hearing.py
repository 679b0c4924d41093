"""A piece of sound is found where it is, and only there."""

from __future__ import annotations

import numpy as np
import pytest

from tests.browser.hearing import PART, RATE, Sound, place_of

AT = 2 * RATE
SIZE = 8 * PART
STEP = RATE * 8 // 1000
"""What a player leaves out or repeats while it catches up."""


def speech(seconds: float, seed: int) -> Sound:
    """Noise without high frequencies, louder and quieter like syllables."""
    rng = np.random.default_rng(seed)
    size = int(seconds * RATE)
    spectrum = np.fft.rfft(rng.standard_normal(size))
    spectrum[int(3_000 * seconds) :] = 0
    made: Sound = np.fft.irfft(spectrum, size)
    return 0.3 * made * (0.4 + 0.3 * np.sin(2 * np.pi * 4 * np.arange(size) / RATE))


PIECE = speech(SIZE / RATE, 1)


def heard_with(played: Sound) -> Sound:
    """A little noise, other words before and after, and what was played at AT."""
    sound = 0.002 * np.random.default_rng(3).standard_normal(6 * RATE)
    sound[: RATE // 2] += speech(0.5, 4)
    sound[-2 * RATE :] += speech(2.0, 5)
    sound[AT : AT + played.size] += played
    return sound


def test_what_is_played_is_found() -> None:
    assert place_of(PIECE, heard_with(PIECE)) == (AT / RATE, 1.0)


@pytest.mark.parametrize("cut", [STEP, -STEP])
def test_a_step_spoils_one_part(cut: int) -> None:
    middle = SIZE // 2 - PART // 2
    played = np.concatenate([PIECE[:middle], PIECE[middle + cut :]])
    at_s, share = place_of(PIECE, heard_with(played))
    assert abs(at_s - AT / RATE) < 0.01
    assert share >= 7 / 8


def test_half_of_it_is_half() -> None:
    at_s, share = place_of(PIECE, heard_with(PIECE[: SIZE // 2]))
    assert (at_s, share) == (AT / RATE, 0.5)


def test_what_is_not_played_is_not_found() -> None:
    for seed in range(10, 15):
        _, share = place_of(speech(SIZE / RATE, seed), heard_with(PIECE))
        assert share <= 1 / 8


def test_its_parts_in_another_order_are_not_it() -> None:
    parts = [PIECE[at : at + PART] for at in range(0, SIZE, PART)]
    _, share = place_of(PIECE, heard_with(np.concatenate(parts[::-1])))
    assert share <= 1 / 4
