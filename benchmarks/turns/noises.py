"""What else a microphone hears: noise of four kinds, and the sounds of a room. All from a seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.turns.sounds import Sound, above, at_level, below, decibels, recording, rms
from media_server.audio.types import SAMPLE_RATE

BABBLE = (
    "ls_1998-15444-0002.wav",
    "ls_2414-128291-0004.wav",
    "ls_367-130732-0002.wav",
    "ls_3080-5032-0000.wav",
    "ls_2609-156975-0003.wav",
    "lj_LJ001-0002.wav",
)
"""Six talkers at once. No turn is made of these recordings."""
NOISES = ("white", "pink", "brown", "babble")
Rng = np.random.Generator
_QUICK_LENGTH = 4096
"""Multiples of it are quick to transform."""


def noise(kind: str, seconds: float, rng: Rng, folder: Path) -> Sound:
    """Steady noise of one kind, at 0 dBFS RMS."""
    count = round(seconds * SAMPLE_RATE)
    if kind == "babble":
        made = babble(count, rng, folder)
    elif kind == "brown":
        made = _brown(count, rng)
    elif kind == "pink":
        made = _pink(count, rng)
    elif kind == "white":
        made = rng.standard_normal(count)
    else:
        raise ValueError(f"no noise is called {kind}")
    return np.asarray(made / rms(made))


def babble(count: int, rng: Rng, folder: Path) -> Sound:
    total: Sound = np.zeros(count)
    for name in BABBLE:
        voice = recording(folder / name)
        total += np.resize(np.roll(voice, int(rng.integers(len(voice)))), count)
    return total


def _brown(count: int, rng: Rng) -> Sound:
    walk = np.cumsum(rng.standard_normal(count))
    width = SAMPLE_RATE // 20
    total = np.cumsum(np.insert(walk, 0, 0))
    mean = (total[width:] - total[:-width]) / width
    return np.asarray(walk - np.pad(mean, (width // 2, count - len(mean) - width // 2), "edge"))


def _pink(count: int, rng: Rng) -> Sound:
    length = -(-count // _QUICK_LENGTH) * _QUICK_LENGTH
    spectrum = np.fft.rfft(rng.standard_normal(length))
    hertz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE)
    spectrum /= np.sqrt(np.maximum(hertz, 20.0))
    made: Sound = np.fft.irfft(spectrum, length)
    return made[:count]


def _place(total: Sound, sound: Sound, at_s: float) -> None:
    start = round(at_s * SAMPLE_RATE)
    if start < len(total):
        total[start : start + len(sound)] += sound[: len(total) - start]


def _burst(seconds: float, rise_s: float, fall_s: float, rng: Rng) -> Sound:
    """Noise that rises to its peak and decays."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    shape: Sound = np.minimum(time / rise_s, 1.0) * np.exp(-np.maximum(time - rise_s, 0) / fall_s)
    return rng.standard_normal(len(time)) * shape


def _band(sound: Sound, low_hz: float, high_hz: float) -> Sound:
    return below(above(sound, low_hz), high_hz)


def typing(seconds: float, rng: Rng, peak_dbfs: float = -12.0) -> Sound:
    """A mechanical keyboard: press and release of a key, words of 3 to 9, a breath between them."""
    total = np.zeros(round(seconds * SAMPLE_RATE))
    at_s = float(rng.uniform(0, 0.3))
    while at_s < seconds:
        for _ in range(int(rng.integers(3, 10))):
            loud = float(rng.uniform(0.5, 1.0))
            _place(total, loud * _key(rng), at_s)
            _place(total, loud * 0.4 * _key(rng), at_s + float(rng.uniform(0.06, 0.1)))
            at_s += float(rng.uniform(0.09, 0.2))
        at_s += float(rng.uniform(0.1, 0.7))
    return total * (decibels(peak_dbfs) / max(float(np.abs(total).max()), 1e-9))


def _key(rng: Rng) -> Sound:
    click = _band(_burst(0.03, 0.001, 0.005, rng), 1200, 7000)
    time = np.arange(round(0.05 * SAMPLE_RATE)) / SAMPLE_RATE
    thud = 0.5 * np.sin(2 * np.pi * float(rng.uniform(150, 260)) * time) * np.exp(-time / 0.012)
    thud[: len(click)] += click
    return np.asarray(thud)


def breath(seconds: float, rng: Rng, level_dbfs: float = -40.0) -> Sound:
    """In and out every 4 s, near the microphone: noise in the shape of an h."""
    total = np.zeros(round(seconds * SAMPLE_RATE))
    at_s = float(rng.uniform(0, 1))
    while at_s < seconds:
        for length_s, gap_s in ((0.8, 0.4), (1.1, 1.7)):
            count = round(length_s * SAMPLE_RATE)
            shape = np.sin(np.pi * np.arange(count) / count) ** 2
            sound = _band(rng.standard_normal(count), 350, 3500) * shape
            _place(total, at_level(sound, level_dbfs), at_s)
            at_s += length_s + gap_s * float(rng.uniform(0.8, 1.2))
    return total


def knocks(seconds: float, rng: Rng, peak_dbfs: float = -14.0) -> Sound:
    """Two to four knocks on the desk, every 3 to 8 s."""
    total = np.zeros(round(seconds * SAMPLE_RATE))
    at_s = float(rng.uniform(0, 2))
    time = np.arange(round(0.15 * SAMPLE_RATE)) / SAMPLE_RATE
    while at_s < seconds:
        for _ in range(int(rng.integers(2, 5))):
            hertz = float(rng.uniform(90, 180))
            ring = np.sin(2 * np.pi * hertz * time) + 0.5 * np.sin(2 * np.pi * 2.7 * hertz * time)
            ring *= np.exp(-time / 0.03)
            click = 0.3 * _burst(0.15, 0.001, 0.004, rng)
            _place(total, ring + click, at_s)
            at_s += float(rng.uniform(0.18, 0.3))
        at_s += float(rng.uniform(3, 8))
    return total * (decibels(peak_dbfs) / max(float(np.abs(total).max()), 1e-9))


def music(seconds: float, rng: Rng, level_dbfs: float = -38.0) -> Sound:
    """Chords, a melody with vibrato and a drum, as from the next room."""
    total = np.zeros(round(seconds * SAMPLE_RATE))
    scale = (0, 2, 4, 5, 7, 9, 11, 12)
    beat_s, at_s = 0.5, 0.0
    while at_s < seconds:
        root = 130.8 * 2 ** (float(rng.choice((0, 5, 7, 9))) / 12)
        for step in (0, 4, 7):
            _place(total, _tone(root * 2 ** (step / 12), 4 * beat_s, 0.25), at_s)
        for beat in range(4):
            note = 2 * root * 2 ** (int(rng.choice(scale)) / 12)
            _place(total, _tone(note, beat_s, 0.6), at_s + beat * beat_s)
            _place(total, 0.5 * _burst(0.1, 0.001, 0.02, rng), at_s + beat * beat_s)
        at_s += 4 * beat_s
    return at_level(total, level_dbfs)


def _tone(hertz: float, seconds: float, loud: float) -> Sound:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * hertz * time + 0.05 * hertz / 6 * np.sin(2 * np.pi * 6 * time)
    sound = sum((np.sin(part * phase) / part for part in range(1, 7)), np.zeros(len(time)))
    shape = np.minimum(time / 0.02, 1.0) * np.exp(-time / (0.8 * seconds))
    return np.asarray(loud * sound * shape)


def coughs(seconds: float, rng: Rng, level_dbfs: float = -20.0) -> Sound:
    """Two or three bursts together, every 5 to 10 s."""
    total = np.zeros(round(seconds * SAMPLE_RATE))
    at_s = float(rng.uniform(0.5, 2))
    while at_s < seconds:
        for _ in range(int(rng.integers(2, 4))):
            _place(total, at_level(cough(rng), level_dbfs), at_s)
            at_s += float(rng.uniform(0.35, 0.5))
        at_s += float(rng.uniform(5, 10))
    return total


def cough(rng: Rng) -> Sound:
    """The air that bursts out, then a short voiced rest."""
    count = round(0.3 * SAMPLE_RATE)
    time = np.arange(count) / SAMPLE_RATE
    burst = _band(_burst(0.3, 0.004, 0.05, rng), 400, 5000)
    phase = 2 * np.pi * 170 * time
    rest = sum((np.sin(part * phase) / part for part in range(1, 10)), np.zeros(count))
    rest = rest * 0.15 * np.exp(-(((time - 0.14) / 0.06) ** 2))
    return np.asarray(burst + rest)


ROOM_SOUNDS: dict[str, Callable[[float, Rng], Sound]] = {
    "breath": breath,
    "keys": typing,
    "knocks": knocks,
    "music": music,
    "coughs": coughs,
}
"""Sounds that are no speech, by name: `ROOM_SOUNDS[name](seconds, rng)`."""


def echo(clip: Sound, rng: Rng, *, loss_db: float, delay_s: float) -> Sound:
    """The bot's clip as the microphone hears it: a small loudspeaker, a small room, later, softer.

    `loss_db`: how far below the clip itself. Longer than `clip` by the delay and the room's tail.
    """
    count = round(0.15 * SAMPLE_RATE)
    room = rng.standard_normal(count) * np.exp(-np.arange(count) / (0.03 * SAMPLE_RATE))
    room[0] = 3.0
    length = -(-(len(clip) + count) // _QUICK_LENGTH) * _QUICK_LENGTH
    heard = np.fft.irfft(np.fft.rfft(clip, length) * np.fft.rfft(room, length), length)
    heard = above(heard, 250)[: len(clip) + count]
    heard *= rms(clip) * decibels(-loss_db) / max(rms(heard[: len(clip)]), 1e-9)
    return np.concatenate((np.zeros(round(delay_s * SAMPLE_RATE)), heard))
