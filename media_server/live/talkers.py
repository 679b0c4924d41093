"""How loud candidates were at their rehearsals: what the gate of their interview begins with."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

MAX_TALKERS = 2_000
KEPT_S = 1800.0
"""After that a candidate may sit elsewhere, or use another microphone."""


class Talkers:
    """In memory only, of so many interviews at most; what is older than `KEPT_S` is not known."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By interview: (level in dBFS, when it was learnt)."""

    def learn(self, interview_id: str, level_dbfs: float) -> None:
        self._known.pop(interview_id, None)
        self._known[interview_id] = level_dbfs, self._now_s()
        while len(self._known) > MAX_TALKERS:
            self._known.popitem(last=False)

    def level_dbfs(self, interview_id: str) -> float | None:
        """None: not known, or not any more."""
        found = self._known.get(interview_id)
        if found is None:
            return None
        level_dbfs, at_s = found
        if self._now_s() - at_s > KEPT_S:
            del self._known[interview_id]
            return None
        return level_dbfs

    def forget(self, interview_id: str) -> None:
        self._known.pop(interview_id, None)
