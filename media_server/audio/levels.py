"""Levels in dBFS: 0 is a full-scale square wave of int16 samples."""

from __future__ import annotations

import math

import numpy as np

from media_server.audio.types import Pcm

SILENCE_DBFS = -100.0
_FULL_SCALE_POWER = 32768.0**2


def frame_power(pcm: bytes) -> float:
    """Mean square of int16 samples, in units of one sample step squared."""
    samples = np.frombuffer(pcm, np.int16).astype(np.float32)
    return float(samples @ samples) / len(samples) if len(samples) else 0.0


def speech_band_power(pcm: bytes) -> tuple[float, float]:
    """(mean square of all, mean square of about 0.3 to 3.7 kHz) at 16 kHz.

    The band comes from the comb x[n] - x[n-4], zero at 0, 4 and 8 kHz: rumble and hiss leave it,
    the formants stay. At its peak (2 kHz) it gives 6 dB, which only a comparison with itself
    makes good.
    """
    samples = np.frombuffer(pcm, np.int16).astype(np.float32)
    comb = samples[4:] - samples[:-4]
    return float(samples @ samples) / len(samples), float(comb @ comb) / len(comb)


def power_dbfs(power: float) -> float:
    """dBFS of a mean square; never below -100."""
    if power < 0.11:
        return SILENCE_DBFS
    return 10 * math.log10(power / _FULL_SCALE_POWER)


def dbfs(pcm: Pcm) -> float:
    """Root mean square level of a stretch of audio."""
    return power_dbfs(frame_power(pcm.astype(np.int16, copy=False).tobytes()))
