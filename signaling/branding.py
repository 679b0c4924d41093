"""Whose page it is: what the interview says of that, or else its tenant, or the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from media_server.http_settings import HttpSettings
from media_server.interview.branding import Branding
from media_server.shades import colour, shades


def brand(
    settings: HttpSettings, given: Mapping[str, Any], tenant: Branding | None = None
) -> dict[str, Any]:
    """The interview's branding where it has some, else its tenant's, else the server's; colours
    for both themes."""
    own = tenant or Branding()
    accent = given.get("accent") or own.accent or settings.brand_accent
    # A logo is read out as the name beside it: never one's picture with another's name.
    named = (
        (given.get("name"), given.get("logo")),
        (own.name, own.logo),
        (settings.brand_name, settings.brand_logo),
    )
    name, logo = next((pair for pair in named if any(pair)), ("", ""))
    return {
        "name": name or None,
        "logo": logo or None,
        "accent": asdict(shades(colour(accent))) if accent else None,
    }
