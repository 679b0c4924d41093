"""Plots without a library: a few shapes on white, as text that a diff can show."""

from __future__ import annotations

import math
from collections.abc import Sequence

GRID, LABEL = "#ddd", "#555"
OURS, THEIRS = "#1f5fa8", "#b3541e"


class Drawing:
    def __init__(self, width: int, height: int, description: str) -> None:
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            ' font-family="sans-serif" font-size="13" role="img"'
            f' aria-label="{_escape(description)}">'
        )
        self._parts = [head, f'<rect width="{width}" height="{height}" fill="#fff"/>']

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        anchor: str = "",
        colour: str = "",
        bold: bool = False,
    ) -> None:
        more = f' text-anchor="{anchor}"' if anchor else ""
        more += ' font-weight="bold"' if bold else ""
        more += f' fill="{colour}"' if colour else ""
        self._parts.append(f'<text x="{x:.1f}" y="{y:.1f}"{more}>{_escape(words)}</text>')

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float = 1) -> None:
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self._parts.append(
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{width:g}"/>'
        )

    def dot(self, x: float, y: float, colour: str, radius: float = 5) -> None:
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{colour}"/>')

    def bar(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
            f' fill="{colour}"/>'
        )

    def finish(self) -> str:
        return "\n".join([*self._parts, "</svg>", ""])


def tick_step(top: float, wanted: int = 5) -> float:
    """1, 2 or 5 of a power of ten, so that about as many ticks as wanted fit below `top`."""
    power = 10.0 ** math.floor(math.log10(top / wanted))
    return next(step for step in (power, 2 * power, 5 * power, 10 * power) if top / step <= wanted)


def ticks(top: float, step: float) -> list[float]:
    return [step * count for count in range(int(top / step) + 1)]


def _escape(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
