"""Who has a place in this server: the one count that admission goes by. Pure: time comes in.

One interview has one place, however many calls it has. It is taken by an offer (`pending`), stays
while the candidate is connected, and for a moment after a call was lost, so that a candidate who
had not begun finds it again.
Interviews under way whose candidate is away keep their places, too: the caller names them in
`waiting`, because only their states know.

A pending call has not shown yet that anybody is there. One interview has one of them at most, the
newest; and where no place is free, one that has not connected within `FIRM_S` of its answer makes
room. Until the new call is answered, too, the old one is only set aside: it takes its place back
when it connects or when the new call comes to nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal

DEMO_PREFIX = "demo_"
"""Begins the id of an interview that anybody may have asked for."""
FIRM_S = 3.0
"""For so long after its answer a pending call's place is safe: a candidate connects within 1 s,
within 3 s at 20 % loss."""
SET_UP_S = 10.0
"""For so long an offer may wait for its answer: another server may need 5 s to let go."""
GRACE_S = 15.0
"""After the last call of an interview was lost: as long as it takes to notice (`gone_s`)."""

Why = Literal["full", "demos", "turn"]
"""turn: there is a place, and others have waited for it for longer."""


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
    """When its answer was given; before that, when it should have been."""
    connected: set[str] = field(default_factory=set)
    grace_until_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _SetAside:
    call_id: str
    interview_id: str
    pending_since_s: float


@dataclass(frozen=True, slots=True)
class Taken:
    """Interviews by what holds their place."""

    pending: int
    connected: int
    kept: int


def is_demo(interview_id: str) -> bool:
    return interview_id.startswith(DEMO_PREFIX)


class Capacity:
    """`max_demos`: how many of the places demo interviews may take together."""

    def __init__(self, capacity: int, *, max_demos: int) -> None:
        self._capacity = capacity
        self._max_demos = max_demos
        self._places: dict[str, _Place] = {}
        self._interview_of: dict[str, str] = {}
        self._set_aside: dict[str, list[_SetAside]] = {}
        """By the pending call that is to be answered: the calls before it, oldest first."""

    def reserve(
        self, interview_id: str, call_id: str, now_s: float, waiting: Collection[str]
    ) -> None:
        """A place for a pending call. Raises NoPlace. `waiting`: interviews under way, whose
        candidates may be away."""
        self._forget_grace(now_s)
        place = self._places.get(interview_id)
        before: list[_SetAside] = []
        if place is None:
            if interview_id not in waiting:
                before = self._make_room(interview_id, now_s, waiting)
            elif len(self._places) >= self._capacity:
                # More are under way than there are places: it was found late that they are, or
                # the capacity was lowered.
                before = self._give_way(now_s, waiting, "full")
            place = self._places[interview_id] = _Place()
        elif place.pending:
            before = self._drop_pending(interview_id, place)
            self._places[interview_id] = place
        self._set_aside[call_id] = before + self._other_calls(interview_id)
        place.pending, place.pending_since_s = call_id, now_s + SET_UP_S
        self._interview_of[call_id] = interview_id

    def answered(self, call_id: str, now_s: float) -> tuple[str, ...]:
        """The call's answer is given. The calls that have lost their places and are to be
        closed."""
        place = self._places.get(self._interview_of.get(call_id, ""))
        if place is not None and place.pending == call_id:
            place.pending_since_s = now_s
        return tuple(one.call_id for one in self._set_aside.pop(call_id, ()))

    def holds(self, call_id: str) -> bool:
        """False: a newer call of its interview, or somebody else, has the place."""
        return call_id in self._interview_of

    def connected(self, call_id: str) -> bool:
        """Somebody is there. False: the call has lost its place and is to be closed."""
        self._take_back(call_id)
        place = self._places.get(self._interview_of.get(call_id, ""))
        if place is None:
            return False
        if place.pending == call_id:
            place.pending = ""
        place.connected.add(call_id)
        return True

    def over(self, call_id: str, now_s: float, *, left: bool = False) -> None:
        """The call has ended, or never came about. `left`: by its candidate's own wish."""
        for before in self._set_aside.values():
            before[:] = [one for one in before if one.call_id != call_id]
        before_it = self._set_aside.pop(call_id, [])
        interview_id = self._interview_of.pop(call_id, "")
        place = self._places.get(interview_id)
        if place is None:
            return
        if place.pending == call_id:
            place.pending = ""
            self._forget_empty(interview_id, place, now_s)
            self._give_back(interview_id, before_it)
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

    def places(self, waiting: Collection[str]) -> frozenset[str]:
        """The interviews that have one."""
        return frozenset((*self._places, *waiting))

    def claims(self, waiting: Collection[str]) -> frozenset[str]:
        """The interviews that have a place, and those that have theirs again if the call comes to
        nothing that they were set aside for: to others theirs is not free."""
        before = (one for several in self._set_aside.values() for one in several)
        return frozenset((*self._places, *waiting, *(one.interview_id for one in before)))

    def instead_of(self, interview_id: str) -> frozenset[str]:
        """The interviews whose places this one's pending call has until it is answered."""
        place = self._places.get(interview_id)
        before = self._set_aside.get(place.pending, ()) if place is not None else ()
        return frozenset(one.interview_id for one in before)

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

    def has(self, interview_id: str, now_s: float) -> bool:
        """A place, or one is kept for a moment."""
        self._forget_grace(now_s)
        return interview_id in self._places

    def interview_of(self, call_id: str) -> str | None:
        return self._interview_of.get(call_id)

    def room(self, now_s: float, waiting: Collection[str], *, demos: bool = False) -> int:
        """How many newcomers would be let in now. `demos`: by the share that demos have."""
        self._forget_grace(now_s)
        stale = list(self._stale(now_s, waiting))
        if demos:
            ours = max(0, self._max_demos - self._demos(waiting))
            return ours + sum(is_demo(interview_id) for interview_id in stale)
        return max(0, self._capacity - self._count(waiting)) + len(stale)

    def there(self, waiting: Collection[str]) -> frozenset[str]:
        """Interviews whose candidates are in a call, or were and may come back."""
        begun = (i for i, p in self._places.items() if p.connected or not p.pending)
        return frozenset((*begun, *waiting))

    # --- within ---

    def _make_room(self, newcomer: str, now_s: float, waiting: Collection[str]) -> list[_SetAside]:
        if is_demo(newcomer) and self._demos(waiting) >= self._max_demos:
            return self._give_way(now_s, waiting, "demos")
        if self._count(waiting) >= self._capacity:
            return self._give_way(now_s, waiting, "full")
        return []

    def _give_way(self, now_s: float, waiting: Collection[str], why: Why) -> list[_SetAside]:
        """The pending call that has been so for longest loses its place."""
        stale = [
            (self._places[interview_id].pending_since_s, interview_id)
            for interview_id in self._stale(now_s, waiting)
            if why == "full" or is_demo(interview_id)
        ]
        if not stale:
            raise NoPlace(why)
        _, interview_id = min(stale)
        return self._drop_pending(interview_id, self._places[interview_id])

    def _drop_pending(self, interview_id: str, place: _Place) -> list[_SetAside]:
        """And what was set aside for it."""
        call_id, place.pending = place.pending, ""
        self._interview_of.pop(call_id, None)
        self._forget_empty(interview_id, place, place.grace_until_s)
        before = self._set_aside.pop(call_id, [])
        return [*before, _SetAside(call_id, interview_id, place.pending_since_s)]

    def _other_calls(self, interview_id: str) -> list[_SetAside]:
        """Set aside for somebody else; from now on for a newer call of their own interview."""
        found: list[_SetAside] = []
        for before in self._set_aside.values():
            found += [one for one in before if one.interview_id == interview_id]
            before[:] = [one for one in before if one.interview_id != interview_id]
        return found

    def _take_back(self, call_id: str) -> None:
        """A call that was set aside has connected before the new one was answered."""
        for newer, before in tuple(self._set_aside.items()):
            if not any(one.call_id == call_id for one in before):
                continue
            [back] = [one for one in before if one.call_id == call_id]
            mine = self._interview_of[newer]
            if back.interview_id != mine:  # there is one place for both: who is there has it
                if self._places[mine].pending != newer:
                    return  # the newer one connected first and has it
                before.remove(back)
                self._drop_pending(mine, self._places[mine])
                self._places.setdefault(back.interview_id, _Place())
            else:  # the place is taken for good; who was before it is closed if they ever come
                before.clear()
            self._interview_of[call_id] = back.interview_id

    def _give_back(self, interview_id: str, before: list[_SetAside]) -> None:
        """The newest call of the same interview has its place again, else whose place it was."""
        own = [one for one in before if one.interview_id == interview_id]
        back = own[-1:] or before[-1:]
        if not back:
            return
        [one] = back
        before.remove(one)
        place = self._places.setdefault(one.interview_id, _Place())
        place.pending, place.pending_since_s = one.call_id, one.pending_since_s
        self._interview_of[one.call_id] = one.interview_id
        if before:
            self._set_aside[one.call_id] = before

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
