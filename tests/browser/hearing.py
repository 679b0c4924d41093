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
WINDOW = RATE // 100
"""10 ms: as exact as a beginning is found, and long enough to tell 100 Hz apart."""
Sound = np.ndarray[Any, np.dtype[np.float64]]


async def listen(page: Page, seconds: float, act: str) -> Sound:
    """What is heard for so long, from when the script `act` runs."""
    data = await page.evaluate(f"(seconds) => window.listen(seconds, () => {{ {act} }})", seconds)
    return np.frombuffer(base64.b64decode(data), np.int16) / 32_767


def begins_s(sound: Sound, least: float) -> float:
    """Seconds until the sound first exceeds `least`."""
    loud = np.flatnonzero(np.abs(sound) > least)
    assert loud.size, "nothing is heard"
    return float(loud[0]) / RATE


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
