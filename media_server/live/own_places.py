"""How many places each tenant has here, against the limit of its own. Pure.

Counted by the interviews that have a place; whose they are is noted when their row is read. Only
that they may come in is asked here: who has begun is not kept out by a limit that was lowered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

MAX_NOTED = 20_000
"""Interviews whose owner is remembered: twice as many as there can be places. Those that nothing
was read of for longest are forgotten first, and none that has a place (`keep`)."""


class OwnPlaces:
    def __init__(self) -> None:
        self._owner: OrderedDict[str, str] = OrderedDict()

    def note(self, interview_id: str, tenant: str) -> None:
        """Its row was read."""
        self._owner[interview_id] = tenant
        self._owner.move_to_end(interview_id)
        while len(self._owner) > MAX_NOTED:
            self._owner.popitem(last=False)

    def keep(self, places: Collection[str]) -> None:
        """Once a second: these have a place. Of a call that lasts no row is read."""
        for interview_id in places:
            if interview_id in self._owner:
                self._owner.move_to_end(interview_id)

    def forget(self, interview_id: str) -> None:
        self._owner.pop(interview_id, None)

    def owners(self, places: Collection[str]) -> dict[str, str]:
        """Their tenants, of those that are known."""
        return {one: self._owner[one] for one in places if one in self._owner}

    def others(self, tenant: str, interview_id: str, places: Collection[str]) -> int:
        """Of this tenant, other interviews among those that have a place."""
        return sum(self._owner.get(one) == tenant and one != interview_id for one in places)
