"""What an operator may set about the process itself and the small parent that watches it."""

from __future__ import annotations

from dataclasses import dataclass

from media_server.setting import check_ranges, setting


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """Immutable; raises ValueError naming the setting that cannot be used."""

    supervise: bool = setting(
        True,
        """Whether a small parent process watches the serving one, and replaces it when it hangs or
        dies. `media-server serve --no-supervisor` is the same as off.""",
    )
    watchdog_s: float = setting(
        10.0,
        "A serving process whose event loop gave no sign of life for this long is killed.",
        allowed=(0.5, 3600),
    )
    watchdog_start_s: float = setting(
        120.0,
        """The same while it starts: what it loads may hold the loop for longer. At least
        `watchdog_s`.""",
        allowed=(0.5, 86_400),
    )

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.watchdog_start_s < self.watchdog_s:
            raise ValueError("watchdog_start_s must be at least watchdog_s")
