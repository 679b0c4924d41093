"""Shades of a colour that can be read on the candidate's page, light and dark.

WCAG 2.2, 1.4.3: text needs a contrast of 4.5:1 to what it stands on. One colour cannot have that on
a white and on a black page, so each theme gets the shade nearest to the wanted one that has it: hue
and saturation stay, the lightness moves. Nothing is refused but what is no colour.
"""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass
from functools import lru_cache

LEAST_CONTRAST = 4.5
LIGHT_SURFACES = ("#f5f3ee", "#ffffff", "#eeebe4")
DARK_SURFACES = ("#11161c", "#1a212a", "#242d38")
"""`--paper`, `--surface` and `--surface-2` of client/styles/tokens.css."""
_WHITE = "#ffffff"
_NIGHT = "#06121a"
_STEPS = 200
_COLOUR = re.compile(r"#[0-9a-f]{6}")

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Shades:
    """One theme's colours, as `#rrggbb`: of the buttons, under the pointer, on them, behind."""

    accent: str
    strong: str
    on: str
    soft: str


@dataclass(frozen=True, slots=True)
class ThemeShades:
    light: Shades
    dark: Shades


def colour(text: str) -> str:
    """`#rrggbb` in lower case. Raises ValueError for anything else."""
    found = text.strip().lower()
    if not _COLOUR.fullmatch(found):
        raise ValueError(f"{text[:40]!r} is no colour: write it as #rrggbb, such as #14576b")
    return found


def contrast(one: str, other: str) -> float:
    """Ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@lru_cache(maxsize=256)
def shades(accent: str) -> ThemeShades:
    """For both themes, from `#rrggbb`."""
    wanted = _rgb(accent)
    return ThemeShades(_light(wanted), _dark(wanted))


def _light(wanted: Rgb) -> Shades:
    for step in range(_STEPS + 1):
        accent = _lighter(wanted, -step / _STEPS)
        soft = _mixed(accent, _rgb(_WHITE), 0.12)
        if _readable(accent, (*LIGHT_SURFACES, _hex(soft))):
            break
    return Shades(_hex(accent), _hex(_lighter(accent, -0.08)), _WHITE, _hex(soft))


def _dark(wanted: Rgb) -> Shades:
    for step in range(_STEPS + 1):
        accent = _lighter(wanted, step / _STEPS)
        soft = _mixed(accent, _rgb(DARK_SURFACES[0]), 0.2)
        if _readable(accent, (*DARK_SURFACES, _hex(soft), _NIGHT)):
            break
    return Shades(_hex(accent), _hex(_lighter(accent, 0.08)), _NIGHT, _hex(soft))


def _readable(accent: Rgb, surfaces: tuple[str, ...]) -> bool:
    return all(contrast(_hex(accent), one) >= LEAST_CONTRAST for one in surfaces)


def _luminance(text: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(text)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(text: str) -> Rgb:
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(rgb: Rgb) -> str:
    return "#" + "".join(f"{round(min(1.0, max(0.0, part)) * 255):02x}" for part in rgb)


def _lighter(rgb: Rgb, by: float) -> Rgb:
    """By a part of the whole range of lightness; negative: darker."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*rgb)
    return colorsys.hls_to_rgb(hue, min(1.0, max(0.0, lightness + by)), saturation)


def _mixed(rgb: Rgb, ground: Rgb, share: float) -> Rgb:
    red, green, blue = (a * share + b * (1 - share) for a, b in zip(rgb, ground, strict=True))
    return red, green, blue
