"""Snapshots of a live interview, so that whoever takes it over folds a short rest of its log.

What is kept is the fold of what the log has, as the log tells it: not the live state, which knows
times and audio that a crash forgets. Writing one is nobody's turn to wait for, and one that fails
is no harm: the next one comes.
"""

from __future__ import annotations

from collections.abc import Sequence

from media_server.interview import snapshot
from media_server.interview.events import Event
from media_server.interview.fold import evolve
from media_server.interview.state import State
from media_server.ports import EventLog, StoreUnavailable, UnknownInterview

EVERY = 200
"""Entries between two; folding so many takes a few milliseconds."""
AT_THE_END_FROM = 100
"""Entries from which a session that ends leaves one: a shorter log folds in no time."""


class SnapshotKeeper:
    """Owned by one session. `state` is what the first `version` entries fold to."""

    def __init__(self, log: EventLog, interview_id: str, state: State, version: int) -> None:
        self._log = log
        self._interview_id = interview_id
        self._state = state
        self._version = version
        self._kept = version
        self._saving = False

    def written(self, events: Sequence[tuple[Event, float]]) -> None:
        """They are in the log now, with these times."""
        for event, at_s in events:
            self._state = evolve(self._state, event, at_s)
        self._version += len(events)

    @property
    def due(self) -> bool:
        return not self._saving and self._version - self._kept >= EVERY

    async def save(self) -> None:
        """Never raises for the store."""
        if self._version == self._kept:
            return
        before, version = self._kept, self._version
        self._kept, self._saving = version, True
        try:
            await self._log.save_snapshot(self._interview_id, version, snapshot.dump(self._state))
        except (StoreUnavailable, UnknownInterview):
            pass
        except BaseException:  # cancelled on the way: the one at the end is still to be written
            self._kept = before
            raise
        finally:
            self._saving = False
