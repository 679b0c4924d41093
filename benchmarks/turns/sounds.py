"""Recorded speech, cut to its words and brought to one level; words by flite where it is there.

Sound here is float64 at 16 kHz, 1.0 being full scale. Every voice lies at -23 dBFS (RMS over the
whole sentence), so that "20 dB" means the same in every condition.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from media_server.audio.types import SAMPLE_RATE

Sound = NDArray[np.float64]
VOICE_DBFS = -23.0
_THUMP_HZ = 150.0
_BLOCK = SAMPLE_RATE // 100
_SILENT = 1e-7
_SHORTEST_GAP_S = 0.3
FLITE_VOICES = ("rms", "slt", "awb", "kal16")
"""Those that speak at 16 kHz."""


def decibels(db: float) -> float:
    """The factor on the amplitude."""
    return float(10 ** (db / 20))


def rms(sound: Sound) -> float:
    return float(np.sqrt(np.mean(sound**2)))


def at_level(sound: Sound, dbfs: float) -> Sound:
    return sound * (decibels(dbfs) / max(rms(sound), _SILENT))


def above(sound: Sound, hertz: float) -> Sound:
    """What lies above `hertz` alone."""
    spectrum = np.fft.rfft(sound)
    spectrum[np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE) < hertz] = 0
    return np.fft.irfft(spectrum, len(sound))


def below(sound: Sound, hertz: float) -> Sound:
    return sound - above(sound, hertz)


def _blocks_db(sound: Sound) -> Sound:
    whole = sound[: len(sound) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    return np.asarray(20 * np.log10(np.sqrt(np.mean(whole**2, axis=1)) + _SILENT))


def _voiced(sound: Sound, least_db: float = 0.0) -> NDArray[np.bool_]:
    """Which blocks of 10 ms are words. Thumps and hum below 150 Hz are none: some recordings have
    them 20 dB under the voice, and they must not move a label."""
    level = _blocks_db(above(sound, _THUMP_HZ))
    loud = np.percentile(level, 95)
    threshold = min(max(loud - 25, np.percentile(level, 5) + 10), loud - least_db)
    return np.asarray(np.convolve((level > threshold).astype(float), np.ones(9), "same") >= 6)


def trim(sound: Sound, pad_s: float = 0.02) -> Sound:
    """From the first word to the last."""
    found = np.flatnonzero(_voiced(sound))
    if not len(found):
        raise ValueError("no speech in this sound")
    pad = round(pad_s * SAMPLE_RATE)
    start = max(0, int(found[0]) * _BLOCK - pad)
    return sound[start : min(len(sound), (int(found[-1]) + 1) * _BLOCK + pad)]


def words(sound: Sound) -> list[tuple[float, float]]:
    """Where in a trimmed phrase somebody speaks, in seconds; a gap below 0.3 s is part of it."""
    seconds = len(sound) / SAMPLE_RATE
    found = np.flatnonzero(_voiced(sound, 12.0)) * _BLOCK / SAMPLE_RATE
    if not len(found):
        return [(0.0, seconds)]
    breaks = np.flatnonzero(np.diff(found) >= _SHORTEST_GAP_S)
    starts = [0.0, *(float(found[at + 1]) for at in breaks)]
    ends = [*(float(found[at]) + _BLOCK / SAMPLE_RATE for at in breaks), seconds]
    return list(zip(starts, ends, strict=True))


def dip(sound: Sound, low: float = 0.35, high: float = 0.65) -> int:
    """The sample where the middle of a sentence is quietest: a good place for a pause."""
    whole = sound[: len(sound) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    level = np.convolve(np.sqrt(np.mean(whole**2, axis=1)), np.ones(7) / 7, "same")
    start, end = int(len(level) * low), int(len(level) * high)
    return (start + int(np.argmin(level[start:end]))) * _BLOCK


def fade(sound: Sound, fade_s: float = 0.008) -> Sound:
    """Both ends from and to nothing, so that a cut makes no click."""
    sound = sound.copy()
    count = min(round(fade_s * SAMPLE_RATE), len(sound))
    ramp = np.linspace(0, 1, count)
    sound[:count] *= ramp
    sound[len(sound) - count :] *= ramp[::-1]
    return sound


@cache
def recording(path: Path) -> Sound:
    """The words of one file, at the level of all voices."""
    with wave.open(str(path)) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (SAMPLE_RATE, 1, 2):
            raise ValueError(f"{path.name} is not 16 kHz mono of 16 bits")
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return at_level(trim(pcm / 32768), VOICE_DBFS)


def halves(sentence: Sound) -> tuple[Sound, Sound]:
    """One sentence as two parts: the first ends in the middle of it, as people pause."""
    at = dip(sentence)
    return trim(sentence[:at], 0.01), trim(sentence[at:], 0.01)


def flite() -> str | None:
    """The synthesiser's path; None: not on this machine."""
    return shutil.which("flite")


@cache
def spoken(words: str, voice: str) -> Sound:
    """A few words by flite, which says the same samples every time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "words.wav"
        command = [flite() or "flite", "-voice", voice, "-t", words, "-o", str(path)]
        subprocess.run(command, check=True, timeout=20)
        return recording(path)
