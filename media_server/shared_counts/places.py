"""Which tenants' interviews have a place on this machine, whichever worker they are at.

Each worker writes down its own: when one is let in (`may_have`), and once a second those it has
(`refresh`). An entry that nobody writes down any more is that of a worker that died. It counts for
long enough that its candidate can come back, or that a new process in the worker's place has found
it in the store; one of a candidate who had not begun counts for less.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from media_server.shared_counts.file import BUCKETS_END, SIZE, CountsFile

LEFT_S = 60.0
"""An interview under way whose worker has died counts for so long."""
LEFT_NEW_S = 15.0
"""The same of one that had not begun. Longer than an event loop stands still and lives on."""
FRESH_S = 3.0
"""A worker that lives has refreshed an entry within this."""
_ENTRY = np.dtype(
    [("interview", "<u8"), ("tenant", "<u8"), ("worker", "<u8"), ("begun", "<u8"), ("at_s", "<f8")]
)
MOST = (SIZE - BUCKETS_END) // _ENTRY.itemsize


class SharedPlaces:
    """`worker`: a number of this process, not of its place: another may follow it there."""

    def __init__(self, file: CountsFile) -> None:
        self._file = file
        self._worker = secrets.randbits(63) | 1
        self._known: dict[str, int] = {}
        """Numbers of the interviews that had a place at the last look."""
        self._entries: NDArray[np.void] = np.frombuffer(
            file.memory, dtype=_ENTRY, count=MOST, offset=BUCKETS_END
        )

    def may_have(
        self,
        tenant: str,
        interview_id: str,
        most: int,
        *,
        takes: bool,
        instead: Collection[str] = (),
    ) -> bool | None:
        """Whether this interview may have a place where its tenant has `most`: one that is under
        way may, whatever `most` says. `takes`: from now on it has one here. `instead`: those whose
        places it gets. None: not known now."""
        entries = self._entries
        with self._file.held(again=True) as alone:
            if not alone:
                return None
            now_s = self._file.now_s()
            counts = self._counting(now_s)
            whose, which = self._tenant(tenant), self._interview(interview_id)
            mine = counts & (entries["interview"] == which)
            begun = bool(entries["begun"][mine].any())
            others = counts & ~mine & (entries["tenant"] == whose)
            for one in instead:
                others &= entries["interview"] != self._interview(one)
            if not begun and np.count_nonzero(others) >= most:
                return False
            found = np.flatnonzero(mine if mine.any() else ~counts)
            if not found.size:
                return None
            if takes:
                entries[found[0]] = (which, whose, self._worker, begun, now_s)
            return True

    def drop(self, interview_id: str) -> None:
        """It has no place here any more. Where the lock is not had `refresh` notices."""
        entries = self._entries
        with self._file.held() as alone:
            if alone:
                which = self._interview(interview_id)
                ours = (entries["interview"] == which) & (entries["worker"] == self._worker)
                entries["at_s"][ours] = 0.0

    def refresh(self, held: Mapping[str, str], begun: Collection[str]) -> None:
        """Once a second. `held`: tenants of the interviews that have a place here, as far as they
        are known; `begun`: of those among them that are under way. They are written down if they
        are not: this worker may have found them in the store."""
        tenants = {whose: self._tenant(whose) for whose in {*held.values()}}
        known, self._known = self._known, {}
        for one in held:
            self._known[one] = known.get(one) or self._interview(one)
        names = {self._known[one]: tenants[whose] for one, whose in held.items()}
        under_way = {self._known[one] for one in begun}
        entries = self._entries
        with self._file.held() as alone:
            if not alone:
                return
            now_s = self._file.now_s()
            counts = self._counting(now_s)
            there = np.flatnonzero(counts)
            ids, at_s = entries["interview"][there], entries["at_s"][there]
            here, going_on = np.isin(ids, _numbers(names)), np.isin(ids, _numbers(under_way))
            mine = entries["worker"][there] == self._worker
            left = ~mine & going_on & (now_s - at_s > FRESH_S)
            entries["at_s"][there] = np.where(mine, here * now_s, np.where(left, now_s, at_s))
            entries["worker"][there[left]] = self._worker
            entries["begun"][there[going_on]] = True
            new = under_way.difference(ids.tolist())
            for place, which in zip(np.flatnonzero(~counts).tolist(), new, strict=False):
                entries[place] = (which, names[which], self._worker, True, now_s)

    def _counting(self, now_s: float) -> NDArray[np.bool_]:
        at_s = self._entries["at_s"]
        left_s = np.where(self._entries["begun"] != 0, LEFT_S, LEFT_NEW_S)
        return (at_s > 0.0) & (now_s - at_s < left_s)

    def _interview(self, interview_id: str) -> int:
        return self._file.number_of("interview", interview_id)

    def _tenant(self, tenant: str) -> int:
        return self._file.number_of("tenant", tenant)


def _numbers(some: Collection[int]) -> NDArray[np.uint64]:
    return np.fromiter(some, dtype=np.uint64, count=len(some))
