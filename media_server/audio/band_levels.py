"""Levels of a voice in eight bands, 20 ms at a time: what its echo is recognised by.

0.2 to 4 kHz: a loudspeaker of a laptop gives nothing below, and a narrow microphone has nothing
above.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.fft import rfft, rfftfreq  # by name: loaded now, not while somebody speaks
from numpy.typing import NDArray

from media_server.audio.types import PACKET_MS, SAMPLE_RATE, Pcm

BANDS = 8
LOWEST_DBFS = -100.0
_EDGES_HZ = (200, 350, 500, 700, 1000, 1400, 2000, 2800, 4000)
_STEPS_PER_DB = 2
"""A byte holds -100 to +27.5 dBFS in steps of half a decibel."""
_FULL_SCALE = 32768.0

Levels: TypeAlias = "NDArray[np.float32]"
"""dBFS, shape (frames of 20 ms, BANDS)."""


def band_levels(pcm: Pcm, sample_rate: int = SAMPLE_RATE) -> Levels:
    """Of each whole 20 ms of `pcm`, shape (samples,); what is left at its end is not judged."""
    window, bank = _tables(sample_rate)
    frames = pcm[: len(pcm) // len(window) * len(window)].reshape(-1, len(window))
    spectrum = rfft(frames * window)
    power = (np.square(spectrum.real) + np.square(spectrum.imag)).astype(np.float32) @ bank
    levels = np.float32(10) * np.log10(power + np.float32(1e-10))
    return np.asarray(levels, np.float32)


def pack_levels(levels: Levels) -> bytes:
    """BANDS bytes for each 20 ms."""
    steps = np.rint((levels - LOWEST_DBFS) * _STEPS_PER_DB)
    return bytes(np.clip(steps, 0, 255).astype(np.uint8))


def unpack_levels(packed: bytes) -> Levels:
    """The inverse of `pack_levels`; bytes of a frame that is not whole are left out."""
    steps = np.frombuffer(packed, np.uint8, len(packed) // BANDS * BANDS).reshape(-1, BANDS)
    levels = steps / np.float32(_STEPS_PER_DB) + np.float32(LOWEST_DBFS)
    return np.asarray(levels, np.float32)


@lru_cache(maxsize=4)
def _tables(sample_rate: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(window of 20 ms, weight of each bin in each band), so that a band's sum is its power."""
    size = sample_rate * PACKET_MS // 1000
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    hertz = rfftfreq(size, 1 / sample_rate)
    rows = [(hertz >= low) & (hertz < high) for low, high in pairwise(_EDGES_HZ)]
    scale = 2 / (size * float(np.sum(window**2)) * _FULL_SCALE**2)
    return window, (np.stack(rows, 1) * scale).astype(np.float32)
