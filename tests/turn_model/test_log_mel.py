"""The spectrum is that of Whisper's own extractor, on which smart-turn was trained."""

from __future__ import annotations

import numpy as np
import pytest

from media_server.audio.types import SAMPLE_RATE, Pcm
from media_server.turn_model.log_mel import BANDS, log_mel
from media_server.turn_model.smart_turn import HEARD_S, stretch


def sweep(seconds: float) -> Pcm:
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    noise = np.random.default_rng(7).normal(0, 200, len(at))
    return (9_000 * np.sin(2 * np.pi * (200 + 400 * at) * at) + noise).astype(np.int16)


@pytest.mark.parametrize("seconds", [0.7, 8.0, 11.0])
def test_the_same_as_the_extractor_of_faster_whisper(seconds: float) -> None:
    extractor = pytest.importorskip("faster_whisper.feature_extractor").FeatureExtractor()
    pcm = stretch(sweep(seconds))
    sound = pcm / np.float32(32768)
    sound = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
    wanted = extractor(sound.astype(np.float32), padding=0)[:, : HEARD_S * 100]
    made = log_mel(pcm)
    assert made.shape == (BANDS, HEARD_S * 100)
    assert np.abs(made - wanted).max() < 2e-3


def test_silence_has_one_level() -> None:
    assert np.ptp(log_mel(stretch(np.zeros(0, np.int16)))) == 0


def test_the_end_is_at_the_end() -> None:
    pcm = sweep(9.0)
    assert np.array_equal(stretch(pcm), pcm[-HEARD_S * SAMPLE_RATE :])
    short = stretch(pcm[:1000])
    assert len(short) == HEARD_S * SAMPLE_RATE
    assert not short[:-1000].any()
    assert np.array_equal(short[-1000:], pcm[:1000])
