"""What a page plays, measured: when a tone begins and ends, to a few milliseconds."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from playwright.async_api import Page

TAP = Path(__file__).parent / "pages" / "tap.js"
RATE = 48_000
PART = RATE // 10
"""100 ms: long enough to be found again, short enough that a step of the player spoils little."""
STEP = RATE // 20
"""50 ms: as far as parts of one piece may have moved against each other."""
ALIKE = 0.8
WINDOW = RATE // 100
"""10 ms: as exact as a beginning is found, and long enough to tell 100 Hz apart."""
Sound = np.ndarray[Any, np.dtype[np.float64]]


async def listen(page: Page, seconds: float, act: str) -> Sound:
    """What is heard for so long, from when the script `act` runs."""
    data = await page.evaluate(f"(seconds) => window.listen(seconds, () => {{ {act} }})", seconds)
    return np.frombuffer(base64.b64decode(data), np.int16) / 32_767


async def recording_took_s(page: Page, from_s: float, to_s: float) -> float:
    """How long the recording took to play from one place in its file to another while `listen`
    heard it, by the clock of its element (the page's first). On a busy machine it waits for its
    data, and then takes longer than its speed alone would make it."""
    clock = np.array(await page.evaluate("window.clock"))
    sought = np.flatnonzero(np.diff(clock[:, 1]) < -1)
    begins = sought[-1] + 1 if sought.size else 0
    time_s, at_s = clock[begins:, 0], np.maximum.accumulate(clock[begins:, 1])
    assert at_s[0] < from_s + 0.1
    assert at_s[-1] >= to_s
    began_s, ended_s = np.interp((from_s, to_s), at_s, time_s)
    return float(ended_s - began_s)


def begins_s(sound: Sound, least: float) -> float:
    """Seconds until the sound first exceeds `least`."""
    loud = np.flatnonzero(np.abs(sound) > least)
    assert loud.size, "nothing is heard"
    return float(loud[0]) / RATE


def place_of(piece: Sound, within: Sound) -> tuple[float, float]:
    """Where a piece begins in a sound (s), and the share of it that is there (0 to 1).

    Looked for in parts of 100 ms: a page that catches up with its clock leaves out or repeats a few
    milliseconds, which nobody hears, and as a whole the piece would be like nothing any more.
    """
    begins = np.arange(0, piece.size - PART + 1, PART)
    places = [_most_alike(piece[begin : begin + PART], within) for begin in begins]
    offsets = np.array([at for at, _ in places]) - begins
    there = np.array([alike for _, alike in places]) > ALIKE
    if not there.any():
        return 0.0, 0.0
    at = float(np.median(offsets[there]))
    there &= np.abs(offsets - at) < STEP
    return at / RATE, float(np.mean(there))


def _most_alike(part: Sound, within: Sound) -> tuple[int, float]:
    """The sample at which the normalised cross-correlation is highest, and how high (to 1)."""
    size = 1 << (within.size + part.size - 1).bit_length()
    overlap = np.fft.irfft(np.fft.rfft(within, size) * np.conj(np.fft.rfft(part, size)), size)
    energy = np.concatenate([[0], np.cumsum(within**2)])
    until = np.minimum(np.arange(within.size) + part.size, within.size)
    # Nothing is like silence: what is quieter than 1/1000 counts as that loud.
    norms = np.sqrt(np.maximum(energy[until] - energy[:-1], part.size * 1e-6))
    alike = overlap[: within.size] / (norms * max(float(np.linalg.norm(part)), 1e-9))
    at = int(np.argmax(alike))
    return at, float(alike[at])


def level(sound: Sound, hertz: float) -> Sound:
    """Amplitude of a tone over time, one value a sample."""
    at = np.arange(sound.size) / RATE
    turned = sound * np.exp(-2j * np.pi * hertz * at)
    summed = np.concatenate([[0], np.cumsum(turned)])
    found: Sound = 2 * np.abs(summed[WINDOW:] - summed[:-WINDOW]) / WINDOW
    return found


def spans(sound: Sound, hertz: float, least: float) -> list[tuple[float, float]]:
    """(begin_s, end_s) of each stretch in which the tone is louder than half of what it is made
    with; gaps of less than 30 ms do not count."""
    loud = level(sound, hertz) > least
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(np.int8), [0]])))
    found: list[tuple[float, float]] = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        # The window is centred on what it measures.
        pair = ((begin + WINDOW / 2) / RATE, (end + WINDOW / 2) / RATE)
        if found and pair[0] - found[-1][1] < 0.03:
            found[-1] = (found[-1][0], pair[1])
        elif pair[1] - pair[0] > 0.02 or not found:
            found.append(pair)
    return [pair for pair in found if pair[1] - pair[0] > 0.02]
