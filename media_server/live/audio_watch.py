"""Tells the interview that no audio comes any more although the call lives, and that it is back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from media_server.audio.arrivals import Arrivals
from media_server.interview import inputs as inp
from media_server.ports import Clock

OUTAGE_S = 1.0
"""Shorter is no outage: a sender in DTX is silent for up to 0.4 s."""
LOOK_AGAIN_S = 1.0
"""While the whole connection is suspect: what it says of that is no matter of the microphone. Also
while it is no matter that nothing comes, because this sender sends no silence."""


class AudioWatch:
    """One timer. `start` when the connection is taken in, `stop` when it is over."""

    def __init__(
        self,
        clock: Clock,
        post: Callable[[inp.Input], None],
        may_be_silent: Callable[[], bool] = lambda: False,
    ) -> None:
        """`may_be_silent`: that no packet comes need not mean that no sound does."""
        self._clock = clock
        self._post = post
        self._may_be_silent = may_be_silent
        self._arrivals = Arrivals(clock.now_s())
        self._timer: asyncio.TimerHandle | None = None
        self._running = False
        self._wanted = True
        self.suspect = False
        """Nothing at all is heard of the other side."""

    def start(self) -> None:
        self._running = True
        self.want(self._wanted)

    def stop(self) -> None:
        """Nothing is posted any more; `outage_ms` goes on to tell."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def outage_ms(self, since_s: float) -> int:
        """How long nothing has come although it should, `since_s` at the earliest.

        Media time stands still meanwhile, and no packet after it tells of the loss yet.
        """
        gap_s = self._clock.now_s() - max(since_s, self._arrivals.last_s)
        return round(gap_s * 1000) if self._wanted and gap_s >= OUTAGE_S else 0

    @property
    def last_s(self) -> float:
        """When the last packet came."""
        return self._arrivals.last_s

    def packet(self, arrival_s: float) -> None:
        arrivals = self._arrivals
        if arrivals.told:
            arrivals.packet(arrival_s)
            self._post(inp.AudioReturned())
            self._arm()
        else:  # nearly always, 50 times a second
            arrivals.last_s = arrival_s

    def want(self, wanted: bool) -> None:
        """True: audio should come from now on. False: paused or muted, and nothing is missed."""
        self._wanted = wanted
        if wanted:
            self._arrivals.expect(self._clock.now_s())
            self._arm()

    def _arm(self) -> None:
        due_s = self._arrivals.due_s()
        if not (self._running and self._wanted) or self._timer is not None or due_s is None:
            return
        left_s = due_s - self._clock.now_s()
        delay_s = max(left_s, LOOK_AGAIN_S if self.suspect or left_s <= 0 else 0.01)
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._wanted and not self.suspect and not self._may_be_silent():
            quiet_s = self._arrivals.look(self._clock.now_s())
            if quiet_s is not None:
                self._post(inp.AudioStopped(quiet_s))
        self._arm()
