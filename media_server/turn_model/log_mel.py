"""The spectrum that smart-turn was trained on: Whisper's log-mel, of a stretch at unit variance.

Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2022), section 2.2;
the mel scale is Slaney's ("Auditory Toolbox", 1998). As WhisperFeatureExtractor computes it with
`do_normalize`.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from media_server.audio.types import SAMPLE_RATE, Pcm

WINDOW = 400
"""Samples: 25 ms."""
HOP = 160
"""Samples: 10 ms."""
BANDS = 80
_LINEAR_HZ = 1000.0
"""Up to here a mel is the same number of hertz everywhere."""
_HZ_PER_MEL = 200 / 3
_GROWTH_PER_MEL = 6.4 ** (1 / 27)
_LEAST_POWER = 1e-10
_LEAST_VARIANCE = 1e-7
_DEPTH = 8.0
"""Powers of ten below the loudest that count."""

Floats = NDArray[np.float32]


def log_mel(pcm: Pcm) -> Floats:
    """`pcm`: int16 at 16 kHz, shape (samples,), at least one window. Shape (80, samples // 160)."""
    sound = pcm.astype(np.float32)
    sound = (sound - sound.mean()) / np.sqrt(sound.var() + _LEAST_VARIANCE * 32768.0**2)
    around = np.pad(sound, WINDOW // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(around, WINDOW)[::HOP][:-1]
    power = np.abs(np.fft.rfft(windows * _hann(), axis=1)) ** 2
    levels = np.log10(np.maximum(_filters() @ power.T, _LEAST_POWER))
    levels = np.maximum(levels, levels.max() - _DEPTH)
    spectrum: Floats = ((levels + 4.0) / 4.0).astype(np.float32)
    return spectrum


@cache
def _hann() -> Floats:
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32)


@cache
def _filters() -> Floats:
    """Triangles of the same area, which overlap by half. Shape (80, 201)."""
    edges = _hertz(np.linspace(0.0, _mel(SAMPLE_RATE / 2), BANDS + 2))
    at = np.linspace(0.0, SAMPLE_RATE / 2, WINDOW // 2 + 1)
    rising = (at - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - at) / np.diff(edges)[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


def _mel(hertz: float) -> float:
    """For `hertz` of at least 1000."""
    return float(_LINEAR_HZ / _HZ_PER_MEL + np.log(hertz / _LINEAR_HZ) / np.log(_GROWTH_PER_MEL))


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = _LINEAR_HZ / _HZ_PER_MEL
    above = _LINEAR_HZ * _GROWTH_PER_MEL ** np.maximum(0.0, mels - linear)
    return np.where(mels < linear, mels * _HZ_PER_MEL, above)
