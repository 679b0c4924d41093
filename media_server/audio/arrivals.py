"""Does any audio come at all? Silence is audio; a dead microphone sends nothing. Pure.

Turns and the silence ladder run on media time, which stands still without packets: this watch is
the one that runs on the clock.
"""

from __future__ import annotations

STEPS_S: tuple[float, ...] = (7.0, 30.0)
"""Seconds without a packet after which that is reported, and reported again. Above the time after
which a connection without any sign of life counts as suspect, below the 8 s after which the bot
first speaks into a candidate's silence."""


class Arrivals:
    """Whether packets come while audio is wanted. Times are seconds of the process clock.

    Call `packet` for every packet and `look` at `due_s()`.
    """

    def __init__(self, now_s: float) -> None:
        self.last_s = now_s
        """When the last packet came, or since when one has been expected."""
        self.told = 0
        """How often it has been told that none come, since the last one."""

    def packet(self, now_s: float) -> bool:
        """A packet has come. True: that none come had been reported, so report that they do."""
        self.last_s = now_s
        told, self.told = self.told, 0
        return told > 0

    def expect(self, now_s: float) -> None:
        """Audio is wanted from now on: nothing that did not come before counts."""
        self.last_s = now_s
        self.told = 0

    def due_s(self) -> float | None:
        """When to call `look`; None: all there is to report has been reported."""
        return self.last_s + STEPS_S[self.told] if self.told < len(STEPS_S) else None

    def look(self, now_s: float) -> float | None:
        """How many seconds there was no packet, where that is to be reported now; else None."""
        due_s = self.due_s()
        if due_s is None or now_s < due_s:
            return None
        self.told += 1
        return now_s - self.last_s
