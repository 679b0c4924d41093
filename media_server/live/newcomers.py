"""Those who came when there was no place: their turn, and what they learn of it."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence

from media_server.live.capacity import is_demo
from media_server.ports import Refused
from media_server.ports.service import Waiting, WaitsFor
from media_server.waiting_room import MANY_FREED, WaitingRoom, expected_s, retry_after_s


class Newcomers:
    """Candidates who were invited, and behind all of them demos, which anybody may start.

    `base_s`: when those who are next ask again. `ends_s`: in how many seconds each of those who are
    in will be done, as far as can be told.
    """

    def __init__(
        self,
        base_s: float,
        ends_s: Callable[[], Sequence[float]],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._base_s = base_s
        self._ends_s = ends_s
        self._chance = chance
        self._invited, self._demos = WaitingRoom(), WaitingRoom()
        self._freed_s: deque[float] = deque(maxlen=MANY_FREED)

    def count(self, now_s: float) -> int:
        return self._invited.count(now_s) + self._demos.count(now_s)

    def ahead(self, interview_id: str, now_s: float, *, late: bool = True) -> int:
        """How many have their turn before this one; `late` as in `WaitingRoom`."""
        before = 0
        if is_demo(interview_id):
            before = self._invited.ahead("", now_s, late=late)
        return before + self._room(interview_id).ahead(interview_id, now_s, late=late)

    def let_in(self, interview_id: str) -> float | None:
        """They have a place. Answers since when they had waited, for `refusal`; None: never."""
        return self._room(interview_id).leave(interview_id)

    def freed(self, places: int, now_s: float) -> None:
        """So many places have become free."""
        self._freed_s.extend([now_s] * min(places, MANY_FREED))

    def retry_after_s(self, now_s: float, *, least_s: float | None = None) -> int:
        """When somebody who comes now should ask again."""
        ahead, wait_s = self.count(now_s), None
        if least_s is None:
            wait_s = self._expected_s(ahead, now_s)
        at_least_s = self._base_s if least_s is None else least_s
        return retry_after_s(ahead, at_least_s=at_least_s, wait_s=wait_s, chance=0.0)

    def refusal(
        self,
        interview_id: str,
        detail: str,
        now_s: float,
        *,
        waits_for: WaitsFor = "place",
        least_s: float | None = None,
        since_s: float | None = None,
    ) -> Refused:
        """They wait from now on, or go on to, and ask again not before `least_s`. `since_s`: as
        `let_in` has answered it."""
        at_least_s = self._base_s if least_s is None else least_s
        room = self._room(interview_id)
        # Before it is known when they ask again: the turn is what that depends on.
        room.ask(interview_id, now_s, retry_after_s=at_least_s, since_s=since_s)
        ahead = self.ahead(interview_id, now_s)
        wait_s = self._expected_s(ahead, now_s) if waits_for == "place" else None
        again_s = retry_after_s(ahead, at_least_s=at_least_s, wait_s=wait_s, chance=self._chance())
        room.ask(interview_id, now_s, retry_after_s=again_s)
        waiting = Waiting(waits_for, ahead, None if wait_s is None else round(wait_s))
        return Refused(503, "full", detail, retry_after_s=again_s, waiting=waiting)

    def _room(self, interview_id: str) -> WaitingRoom:
        return self._demos if is_demo(interview_id) else self._invited

    def _expected_s(self, ahead: int, now_s: float) -> float | None:
        return expected_s(ahead, now_s, freed_s=self._freed_s, ends_s=self._ends_s())
