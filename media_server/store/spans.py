"""Which packets a trim leaves: those of stretches that are still owed their words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

Span = tuple[float, float]
"""From, to (not included), in media time of one connection."""


def stays(media_s: float, until_s: float, keep: Sequence[Span]) -> bool:
    """Whether a packet that begins at `media_s` is left by a trim until `until_s`."""
    return media_s >= until_s or any(start_s <= media_s < end_s for start_s, end_s in keep)


def touching(keep: Sequence[Span], first_s: float, last_s: float) -> tuple[Span, ...]:
    """Those that may hold a packet which begins between `first_s` and `last_s`."""
    return tuple(span for span in keep if span[0] <= last_s and first_s < span[1])
