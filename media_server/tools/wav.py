"""Reads what a candidate is to say: any mono or stereo WAV of 8 to 48 kHz, as 48 kHz mono."""

from __future__ import annotations

import csv
import wave
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from media_server.audio.types import Pcm

PLAYBACK_RATE = 48_000
MIN_RATE, MAX_RATE = 8_000, 48_000


class BadWav(Exception):
    """The file cannot be spoken; the text names the file, the fault and how to fix it."""


@dataclass(frozen=True, slots=True)
class Utterance:
    path: Path
    pcm: Pcm
    """48 kHz mono."""
    reference: str
    """What is said in it, where a manifest or a text file beside it tells; else empty."""

    @property
    def duration_s(self) -> float:
        return len(self.pcm) / PLAYBACK_RATE


def read(path: Path) -> Utterance:
    """Raises BadWav."""
    if not path.is_file():
        raise BadWav(f"{path}: no such file")
    try:
        with wave.open(str(path), "rb") as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise BadWav(f"{path}: not a PCM WAV file ({error}); convert it with ffmpeg") from None
    if width != 2:
        raise BadWav(f"{path}: {8 * width}-bit samples; 16-bit PCM is needed")
    if channels not in (1, 2) or not MIN_RATE <= rate <= MAX_RATE:
        raise BadWav(f"{path}: {channels} channels at {rate} Hz; mono or stereo, 8 to 48 kHz")
    samples = np.frombuffer(data, dtype=np.int16).reshape(-1, channels)
    if not len(samples):
        raise BadWav(f"{path}: holds no audio")
    mono = samples.mean(axis=1).astype(np.int16) if channels == 2 else samples[:, 0]
    return Utterance(path, _resample(mono, rate), reference_of(path))


def _resample(samples: Pcm, rate: int) -> Pcm:
    if rate == PLAYBACK_RATE:
        return samples.copy()
    resampler = av.AudioResampler(format="s16", layout="mono", rate=PLAYBACK_RATE)
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = rate
    out = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([piece.to_ndarray().reshape(-1) for piece in out]).astype(np.int16)


def reference_of(path: Path) -> str:
    """The words of a recording: `<name>.txt` beside it, or `manifest.tsv` in its folder."""
    text = path.with_suffix(".txt")
    if text.is_file():
        return text.read_text(encoding="utf-8").strip()
    manifest = path.parent / "manifest.tsv"
    if not manifest.is_file():
        return ""
    with manifest.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row.get("file") == path.name:
                return (row.get("transcript") or "").strip()
    return ""
