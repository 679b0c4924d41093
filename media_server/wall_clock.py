"""Unix time in two forms: one that never jumps, and one that follows the machine's clock.

A machine may start with a wrong clock (a container before NTP, a virtual machine that slept) and be
corrected days later. What measures (timeouts, leases, pings, limits) must not notice; what is
written for people and other machines (creation, expiry, tokens) must follow. So a clock is anchored
once and goes on with the monotonic clock, and how far it is from the wall clock is kept beside it.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from typing import Protocol, runtime_checkable

logger = logging.getLogger(__name__)

STEP_S = 2.0
"""Differences up to this are left alone: nothing is to be seen of them."""
CONFIRM_S = 10.0
"""A correction must last this long: one that is taken back at once ended no interview."""
LOOK_EVERY_S = 5.0


class Now(Protocol):
    """`ports.Clock`."""

    def now_s(self) -> float: ...


@runtime_checkable
class Wall(Protocol):
    """A clock that knows of the wall clock, too."""

    def wall_s(self) -> float: ...


class AnchoredClock:
    """Wall time read once, then advanced by the monotonic clock (see `ports.Clock`)."""

    def __init__(
        self,
        *,
        wall: Callable[[], float] | None = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self._wall = wall or time.time
        self._monotonic = monotonic or time.monotonic
        self._anchor_s = self._wall() - self._monotonic()
        self._ahead_s = 0.0
        """How far the wall clock is ahead of ours, as far as it was believed."""
        self._claim: tuple[float, float] | None = None
        """(another difference, since when it is seen)."""

    def now_s(self) -> float:
        return self._monotonic() + self._anchor_s

    def wall_s(self) -> float:
        """Unix seconds as the machine has them; a correction is followed after CONFIRM_S.

        It may step, forward and back. Call it, or `look`, every few seconds.
        """
        self.look()
        return self.now_s() + self._ahead_s

    def look(self) -> None:
        now_s = self.now_s()
        ahead_s = self._wall() - now_s
        if abs(ahead_s - self._ahead_s) <= STEP_S:
            self._claim = None
        elif self._claim is None or abs(ahead_s - self._claim[0]) > STEP_S:
            self._claim = (ahead_s, now_s)
        elif now_s - self._claim[1] >= CONFIRM_S:
            logger.warning(
                "the wall clock was set by %+.0f s: expiry and the times of the API follow, "
                "timeouts do not",
                ahead_s - self._ahead_s,
            )
            self._ahead_s, self._claim = ahead_s, None


class InterviewClock:
    """One interview's time while it is open here: no step ever, and never before its log's end.

    So every deadline that counts from something in the log fires neither early nor late, whatever
    is done to the wall clock, and the log's times ascend. `ahead_s` translates what is absolute.
    """

    def __init__(self, clock: Now, *, not_before_s: float = 0.0) -> None:
        """`not_before_s`: when the log was last written, by whatever clock that was."""
        self._clock = clock
        shift_s = max(wall_s(clock), not_before_s) - clock.now_s()
        self._shift_s = shift_s if abs(shift_s) > STEP_S else 0.0

    def now_s(self) -> float:
        return self._clock.now_s() + self._shift_s

    def ahead_s(self) -> float:
        """How far this time is ahead of Unix time; 0 where the difference is not worth a word."""
        ahead_s = self.now_s() - wall_s(self._clock)
        return ahead_s if abs(ahead_s) > STEP_S else 0.0


def wall_s(clock: Now) -> float:
    """Unix seconds of this clock; one that knows no other time than its own is believed."""
    return clock.wall_s() if isinstance(clock, Wall) else clock.now_s()


@functools.cache
def process_clock() -> AnchoredClock:
    """The one of this process: its rooms and its HTTP side agree about the time."""
    return AnchoredClock()
