"""What an operator may set about the process itself and the small parent that watches it."""

from __future__ import annotations

from dataclasses import dataclass

from media_server.setting import check_ranges, setting

MOST_WORKERS = 64


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """Immutable; raises ValueError naming the setting that cannot be used."""

    workers: int = setting(
        0,
        """How many processes serve calls, each with an event loop, a core and a UDP port of its
        own (docs/workers.md). 0: as many as there are cores beside those of the recognisers and one
        for the rest; 1 on two cores, and 1 where `MEDIA_SERVER_RTC_PORT` is set, since several need
        the ports after it, too. `media-server serve --workers N` is the same.""",
        allowed=(0, MOST_WORKERS),
        example="4",
    )
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
    worker_watchdog_s: float = setting(
        5.0,
        """The same with several workers, where others go on meanwhile; `watchdog_s` where that is
        less.""",
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
        if self.workers > 1 and not self.supervise:
            raise ValueError("workers above 1 need a supervisor: supervise must be on")
        if self.watchdog_start_s < self.watchdog_s:
            raise ValueError("watchdog_start_s must be at least watchdog_s")
