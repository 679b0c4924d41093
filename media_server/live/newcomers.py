"""Those who came when there was no place: their turn, and what they learn of it.

Who is let in keeps their turn until they are in a call (`arrived`): where setting it up comes to
nothing, or a slow line loses the place again, they are not sent to the end. After `MAX_TRIES` of
that they are: the places would be for those who cannot connect.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from media_server.live.capacity import is_demo
from media_server.ports import Refused
from media_server.ports.service import Waiting, WaitsFor
from media_server.waiting_room import (
    KEPT_S,
    MANY_FREED,
    PAGE_LATE,
    WaitingRoom,
    expected_s,
    retry_after_s,
)

MAX_TRIES = 5


@dataclass(slots=True)
class _LetIn:
    """Somebody who is let in, and in no call yet."""

    since_s: float
    """When they came."""
    until_s: float
    """So long it counts."""
    tries: int = 1


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
        self._let_in: dict[str, _LetIn] = {}

    def count(self, now_s: float) -> int:
        return self._invited.count(now_s) + self._demos.count(now_s)

    def ahead(
        self, interview_id: str, now_s: float, *, late: bool = True, alike: bool = False
    ) -> int:
        """How many have their turn before this one; `late` as in `WaitingRoom`. `alike`: of demos
        or of the others alone."""
        before = 0
        if is_demo(interview_id) and not alike:
            before = self._invited.ahead("", now_s, late=late)
        return before + self._room(interview_id).ahead(interview_id, now_s, late=late)

    def let_in(self, interview_id: str, now_s: float) -> None:
        """They have a place."""
        self._forget(now_s)
        since_s = self._room(interview_id).leave(interview_id)
        before = self._let_in.pop(interview_id, None)
        if before is None and since_s is not None:
            self._let_in[interview_id] = _LetIn(since_s, now_s + KEPT_S)
        elif before is not None and before.tries < MAX_TRIES:
            again = _LetIn(before.since_s, now_s + KEPT_S, before.tries + 1)
            self._let_in[interview_id] = again

    def arrived(self, interview_id: str) -> None:
        """They are in a call, or wait no more."""
        self._let_in.pop(interview_id, None)
        self._room(interview_id).leave(interview_id)

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
        first: bool = False,
    ) -> Refused:
        """They wait from now on, or go on to, and ask again not before `least_s`. `first`: before
        everybody, because they have begun."""
        self._forget(now_s)
        at_least_s = self._base_s if least_s is None else least_s
        room = self._room(interview_id)
        let_in = self._let_in.get(interview_id)
        since_s = let_in.since_s if let_in is not None else -math.inf if first else None
        # Before it is known when they ask again: the turn is what that depends on.
        room.ask(interview_id, now_s, retry_after_s=at_least_s, since_s=since_s)
        ahead = self.ahead(interview_id, now_s)
        wait_s = self._expected_s(ahead, now_s) if waits_for == "place" else None
        again_s = retry_after_s(ahead, at_least_s=at_least_s, wait_s=wait_s, chance=self._chance())
        room.ask(interview_id, now_s, retry_after_s=again_s)
        if let_in is not None:
            let_in.until_s = now_s + PAGE_LATE * again_s + KEPT_S
        waiting = Waiting(waits_for, ahead, None if wait_s is None else round(wait_s))
        return Refused(503, "full", detail, retry_after_s=again_s, waiting=waiting)

    def _forget(self, now_s: float) -> None:
        gone = [who for who, one in self._let_in.items() if one.until_s < now_s]
        for interview_id in gone:
            del self._let_in[interview_id]

    def _room(self, interview_id: str) -> WaitingRoom:
        return self._demos if is_demo(interview_id) else self._invited

    def _expected_s(self, ahead: int, now_s: float) -> float | None:
        return expected_s(ahead, now_s, freed_s=self._freed_s, ends_s=self._ends_s())
