"""Whose page it is: what the interview says of that, or else the server's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from media_server.http_settings import HttpSettings
from media_server.shades import colour, shades


def brand(settings: HttpSettings, given: Mapping[str, Any]) -> dict[str, Any]:
    """The interview's branding where it has some, else the server's; colours for both themes."""
    accent = given.get("accent") or settings.brand_accent
    # A logo is read out as the name beside it: never one's picture with another's name.
    own = bool(given.get("name") or given.get("logo"))
    return {
        "name": (given.get("name") if own else settings.brand_name) or None,
        "logo": (given.get("logo") if own else settings.brand_logo) or None,
        "accent": asdict(shades(colour(accent))) if accent else None,
    }
