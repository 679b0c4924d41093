"""Who has a place in this server: the one count that admission goes by. Pure: time comes in.

One interview has one place, however many calls it has. It is taken by an offer (`pending`), stays
while the candidate is connected, and for a moment after a call was lost, so that a candidate who
had not begun finds it again.
Interviews under way whose candidate is away keep their places, too: the caller names them in
`waiting`, because only their states know.

A pending call has not shown yet that anybody is there. One interview has one of them at most, the
newest; and where no place is free, one that has not connected within `FIRM_S` makes room.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal

DEMO_PREFIX = "demo_"
"""Begins the id of an interview that anybody may have asked for."""
FIRM_S = 3.0
"""For so long a pending call's place is safe: a candidate connects within 1 s, within 3 s at 20 %
loss."""
GRACE_S = 15.0
"""After the last call of an interview was lost: as long as it takes to notice (`gone_s`)."""

Why = Literal["full", "demos"]


class NoPlace(Exception):
    """Every place is taken by somebody who may keep it."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class _Place:
    pending: str = ""
    """The newest call that is not connected yet."""
    pending_since_s: float = 0.0
    connected: set[str] = field(default_factory=set)
    grace_until_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Taken:
    """Interviews by what holds their place."""

    pending: int
    connected: int
    kept: int


def is_demo(interview_id: str) -> bool:
    return interview_id.startswith(DEMO_PREFIX)


class Places:
    """`max_demos`: how many of the places demo interviews may take together."""

    def __init__(self, capacity: int, *, max_demos: int) -> None:
        self._capacity = capacity
        self._max_demos = max_demos
        self._places: dict[str, _Place] = {}
        self._interview_of: dict[str, str] = {}

    def reserve(
        self, interview_id: str, call_id: str, now_s: float, waiting: Collection[str]
    ) -> tuple[str, ...]:
        """A place for a pending call. Answers the calls that have lost theirs and are to be
        closed. Raises NoPlace. `waiting`: interviews under way, whose candidates may be away."""
        self._forget_grace(now_s)
        place = self._places.get(interview_id)
        lost: list[str] = []
        if place is None:
            if interview_id not in waiting:
                lost = self._make_room(interview_id, now_s, waiting)
            place = self._places[interview_id] = _Place()
        elif place.pending:
            lost.append(self._drop_pending(interview_id, place))
            self._places[interview_id] = place
        place.pending, place.pending_since_s = call_id, now_s
        self._interview_of[call_id] = interview_id
        return tuple(lost)

    def holds(self, call_id: str) -> bool:
        """False: a newer call of its interview, or a newcomer, has the place."""
        return call_id in self._interview_of

    def connected(self, call_id: str) -> None:
        """Somebody is there."""
        place = self._places.get(self._interview_of.get(call_id, ""))
        if place is not None and place.pending == call_id:
            place.pending = ""
            place.connected.add(call_id)

    def over(self, call_id: str, now_s: float, *, left: bool = False) -> None:
        """The call has ended, or never came about. `left`: by its candidate's own wish."""
        interview_id = self._interview_of.pop(call_id, "")
        place = self._places.get(interview_id)
        if place is None:
            return
        if place.pending == call_id:
            place.pending = ""
        elif call_id in place.connected:
            place.connected.discard(call_id)
            place.grace_until_s = now_s if left else now_s + GRACE_S
        self._forget_grace(now_s)

    def release(self, interview_id: str) -> None:
        """The interview is over: nobody comes back to it."""
        place = self._places.get(interview_id)
        if place is not None:
            place.grace_until_s = 0.0
            self._forget_empty(interview_id, place, 0.0)

    # --- figures ---

    def taken(self, now_s: float, waiting: Collection[str]) -> Taken:
        self._forget_grace(now_s)
        kinds = [bool(place.connected) for place in self._places.values()]
        pending = sum(bool(p.pending) and not p.connected for p in self._places.values())
        away = sum(interview_id not in self._places for interview_id in waiting)
        return Taken(pending, sum(kinds), len(kinds) - sum(kinds) - pending + away)

    def in_call(self) -> int:
        """Interviews with a call, connected or about to be."""
        return sum(bool(place.connected or place.pending) for place in self._places.values())

    def room(self, now_s: float, waiting: Collection[str]) -> bool:
        """Whether a newcomer (no demo) would be let in now."""
        self._forget_grace(now_s)
        if self._count(waiting) < self._capacity:
            return True
        return next(self._stale(now_s, waiting), None) is not None

    # --- within ---

    def _make_room(self, newcomer: str, now_s: float, waiting: Collection[str]) -> list[str]:
        if is_demo(newcomer) and self._demos(waiting) >= self._max_demos:
            return [self._give_way(now_s, waiting, "demos")]
        if self._count(waiting) >= self._capacity:
            return [self._give_way(now_s, waiting, "full")]
        return []

    def _give_way(self, now_s: float, waiting: Collection[str], why: Why) -> str:
        """The pending call that has been so for longest; the call whose place this was."""
        stale = [
            (self._places[interview_id].pending_since_s, interview_id)
            for interview_id in self._stale(now_s, waiting)
            if why == "full" or is_demo(interview_id)
        ]
        if not stale:
            raise NoPlace(why)
        _, interview_id = min(stale)
        return self._drop_pending(interview_id, self._places[interview_id])

    def _drop_pending(self, interview_id: str, place: _Place) -> str:
        call_id, place.pending = place.pending, ""
        self._interview_of.pop(call_id, None)
        self._forget_empty(interview_id, place, place.grace_until_s)
        return call_id

    def _stale(self, now_s: float, waiting: Collection[str]) -> Iterator[str]:
        for interview_id, place in self._places.items():
            old = now_s - place.pending_since_s >= FIRM_S
            begun = place.connected or place.grace_until_s > now_s or interview_id in waiting
            if place.pending and old and not begun:
                yield interview_id

    def _count(self, waiting: Collection[str]) -> int:
        return len(self._places) + sum(away not in self._places for away in waiting)

    def _demos(self, waiting: Collection[str]) -> int:
        known = {*self._places, *waiting}
        return sum(is_demo(interview_id) for interview_id in known)

    def _forget_grace(self, now_s: float) -> None:
        for interview_id, place in tuple(self._places.items()):
            self._forget_empty(interview_id, place, now_s)

    def _forget_empty(self, interview_id: str, place: _Place, now_s: float) -> None:
        if not place.pending and not place.connected and place.grace_until_s <= now_s:
            self._places.pop(interview_id, None)
