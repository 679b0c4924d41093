"""Where the audio of the open turn lies, and how well it came."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class OpenTurn:
    """The open turn, or the last one; times are media time of the connection."""

    from_s: float = 0.0
    first_speech_s: float | None = None
    last_speech_s: float | None = None
    opened_s: float = 0.0
    """On the clock."""
    jitter_ms: float = 0.0
    """The highest so far."""
