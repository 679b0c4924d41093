"""The clock that every deadline goes by."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Unix seconds, anchored once at process start and advanced by the monotonic clock.

    A wall clock that jumps moves no lease, timeout or ping, yet times in the log still mean
    something after a restart.
    """

    def now_s(self) -> float:
        """Seconds since 1970-01-01 UTC as anchored; never less than at the call before."""
