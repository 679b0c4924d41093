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


class SpeechBand:
    """Power of frames of a fixed length, whole and in the speech band, into buffers of its own.

    The band, about 0.3 to 3.7 kHz at 16 kHz, comes from the comb x[n] - x[n-4], zero at 0, 4 and
    8 kHz: rumble and hiss leave it, the formants stay. At its peak (2 kHz) it gives 6 dB, which
    only a comparison with itself makes good. Not for two threads at once.
    """

    __slots__ = (
        "_bytes", "_comb", "_comb_dot", "_head", "_pcm", "_samples", "_samples_dot", "_size",
        "_tail",
    )  # fmt: skip

    def __init__(self, frame_samples: int) -> None:
        self._size = frame_samples
        raw = bytearray(2 * frame_samples)
        self._bytes, self._pcm = memoryview(raw), np.frombuffer(raw, np.int16)
        """The same memory: to write bytes to, to read numbers from."""
        self._samples = np.zeros(frame_samples, np.float32)
        self._head, self._tail = self._samples[:-4], self._samples[4:]
        self._comb = np.zeros(frame_samples - 4, np.float32)
        self._samples_dot, self._comb_dot = self._samples.dot, self._comb.dot

    def power(self, frame: bytes) -> tuple[float, float]:
        """(mean square of all, mean square of the speech band) of one int16 frame."""
        samples, comb, size = self._samples, self._comb, self._size
        self._bytes[:] = frame
        samples[...] = self._pcm
        np.subtract(self._tail, self._head, comb)
        return float(self._samples_dot(samples)) / size, float(self._comb_dot(comb)) / (size - 4)


def power_dbfs(power: float) -> float:
    """A mean square (int16 steps squared) in dBFS; never below -100."""
    if power < 0.11:
        return SILENCE_DBFS
    return 10 * math.log10(power / _FULL_SCALE_POWER)


def dbfs_power(level_dbfs: float) -> float:
    """The mean square (int16 steps squared) that has this level in dBFS."""
    return float(_FULL_SCALE_POWER * 10 ** (level_dbfs / 10))


def dbfs(pcm: Pcm) -> float:
    """Root mean square level in dBFS of int16 samples, shape (samples,)."""
    return power_dbfs(frame_power(pcm.astype(np.int16, copy=False).tobytes()))
