"""How words are said. Who hears them the same way hears the same bytes. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivery:
    """Of one utterance of the bot."""

    tempo: float = 1.0
    """Of 1.0 as the voice speaks by itself; the pitch stays."""
    gain_db: float = 0.0
    """On top of the loudness that every clip has."""


PLAIN = Delivery()
