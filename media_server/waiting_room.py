"""Who came when there was no place, in their order, and how long they will wait. Pure: time and
chance come in.

Nobody holds a ticket: who waits is known by the id of the interview, which the client token
proves. Whoever keeps asking keeps their turn, also over a reload or in another window. Who is late
by more than some seconds holds up nobody, and still has their turn when they ask within a minute:
browsers let a tab in the background ask no more often. After that they have left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

MAX_WAITING = 2_000
"""Who comes when so many wait has no turn, and gets in when nobody waits before them."""
PAGE_LATE = 1.25
"""By how much a client may be later than it was asked to be: `retryDelayMs` of the browser SDK."""
GRACE_S = 5.0
"""For a request on a bad line."""
KEPT_S = 60.0
"""Since they should have asked."""
MOST_S = 60
"""The longest that anybody is asked to wait before they ask again: a place may be free sooner than
is expected, and one that is held for somebody who does not come is nobody's."""
NEXT = 3
"""So many who are next ask as often as anybody may."""
JITTER = 0.25
"""A crowd that came at one moment does not come back at one moment."""
MANY_FREED = 20
FREED_WITHIN_S = 1800.0
"""What was longer ago says nothing of now."""


@dataclass(slots=True)
class _Waiter:
    since_s: float
    due_s: float
    """When they should have asked again."""


class WaitingRoom:
    """One queue."""

    def __init__(self) -> None:
        self._waiters: dict[str, _Waiter] = {}

    def __len__(self) -> int:
        return len(self._waiters)

    def ahead(self, who: str, now_s: float, *, late: bool = True) -> int:
        """How many have come before; of somebody who does not wait: all. `late`: also those who
        should have asked by now, and may still come."""
        self._forget(now_s)
        own = self._waiters.get(who)
        before = 0
        for other in self._waiters.values():  # in the order in which they came
            if other is own:
                break
            before += late or other.due_s + GRACE_S >= now_s
        return before

    def ask(
        self, who: str, now_s: float, *, retry_after_s: float, since_s: float | None = None
    ) -> None:
        """They wait, or go on to. `since_s`: when they came, of somebody who was let in for a
        moment (`leave`) and has to go on waiting; None: now, or when they first asked."""
        self._forget(now_s)
        due_s = now_s + PAGE_LATE * retry_after_s
        own = self._waiters.get(who)
        if own is not None:
            own.due_s = due_s
        elif len(self._waiters) < MAX_WAITING:
            self._waiters[who] = _Waiter(now_s if since_s is None else since_s, due_s)
            if since_s is not None and since_s < now_s:
                ordered = sorted(self._waiters.items(), key=lambda item: item[1].since_s)
                self._waiters = dict(ordered)

    def leave(self, who: str) -> float | None:
        """They are let in, or gone. Answers since when they have waited; None: they have not."""
        own = self._waiters.pop(who, None)
        return None if own is None else own.since_s

    def count(self, now_s: float) -> int:
        self._forget(now_s)
        return len(self._waiters)

    def _forget(self, now_s: float) -> None:
        gone = [who for who, waiter in self._waiters.items() if waiter.due_s + KEPT_S < now_s]
        for who in gone:
            del self._waiters[who]


def expected_s(
    ahead: int, now_s: float, *, freed_s: Sequence[float], ends_s: Sequence[float]
) -> float | None:
    """How long somebody waits for a place with `ahead` before them; None: nothing is known.

    `freed_s`: when places became free lately, oldest first. `ends_s`: in how many seconds those who
    are in will be done, as far as can be told. The sooner of what the two say: by how often places
    become free (from three on), and by who is done first.
    """
    guesses = []
    lately = [at_s for at_s in freed_s if now_s - at_s <= FREED_WITHIN_S]
    if len(lately) >= 3:
        gap_s = (now_s - lately[0]) / len(lately)
        guesses.append((ahead + 1) * gap_s)
    if ahead < len(ends_s):
        guesses.append(sorted(ends_s)[ahead])
    return min(guesses, default=None)


def retry_after_s(ahead: int, *, at_least_s: float, wait_s: float | None, chance: float) -> int:
    """When somebody with `ahead` before them should ask again. `wait_s`: how long they will wait;
    None: not known. `chance`: 0 to 1, at random. `at_least_s`: for those who are next."""
    asked_s = at_least_s
    if ahead >= NEXT:
        # A quarter of the wait: who moves up asks more often.
        known_s = at_least_s * (1 + ahead / 10) if wait_s is None else wait_s / 4
        asked_s = max(at_least_s, min(known_s, MOST_S))
    return math.ceil(asked_s * (1 + JITTER * chance))
