"""What an operator may set about the process itself and the small parent that watches it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """Immutable; raises ValueError naming the setting that cannot be used."""

    supervise: bool = True
    """Whether a small parent process watches the serving one, and replaces it when it hangs or
    dies. `media-server serve --no-supervisor` is the same as off."""
    watchdog_s: float = 10.0
    """A serving process whose event loop gave no sign of life for this long is killed."""
    watchdog_start_s: float = 120.0
    """The same while it starts: what it loads may hold the loop for longer."""

    def __post_init__(self) -> None:
        if not 0.5 <= self.watchdog_s <= 3600:
            raise ValueError("watchdog_s must be between 0.5 and 3600")
        if not self.watchdog_s <= self.watchdog_start_s <= 86_400:
            raise ValueError("watchdog_start_s must be between watchdog_s and 86400")
