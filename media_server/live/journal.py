"""The pen of one interview: what is appended, when, and what happens while the store is away.

LAZY events wait for the next NOW event, or 10 s. While the store cannot write, events are kept in
memory in their order and the interview goes on; a batch that may or may not have arrived is sent
again under the same operation id, so it can never be written twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from media_server.interview.events import Durability, Event, durability_of
from media_server.ports import (
    Appended,
    Conflict,
    EventLog,
    Fenced,
    InterviewRow,
    LogEntry,
    NewEntry,
    Restorable,
    StoreUnavailable,
    UnknownInterview,
)

logger = logging.getLogger(__name__)

LAZY_S = 10.0
RETRY_S = 1.0
MAX_UNSAVED = 5_000


class LostOwnership(Exception):
    """Somebody else writes this interview's log: stop at once."""


class TooMuchUnsaved(Exception):
    """The store has been away for so long that memory is no longer a safe place."""


_Decided = tuple[Event, float]
"""An event and when it was decided: the log tells that time, not the one of its write."""


class Placed(NamedTuple):
    seq: int | None
    """None: only memory knows it."""
    event: Event


@dataclass(slots=True)
class _Batch:
    operation_id: str
    first_seq: int
    events: list[_Decided]


class Journal:
    """Owned by one session; every method runs in its task."""

    def __init__(
        self,
        log: EventLog,
        interview_id: str,
        *,
        version: int,
        lease_epoch: int,
        owner: str,
        row: InterviewRow | None = None,
        written: Sequence[LogEntry] = (),
    ) -> None:
        """`row` and `written`, the whole log so far: for a store that may lose what it had."""
        self._log = log
        self._row = row
        self._written = list(written)
        self._interview_id = interview_id
        self._lease_epoch = lease_epoch
        self._owner = owner
        self._operations = 0
        self.found = version
        """How long the log was when this pen took over."""
        self._version = version
        self._seq = version
        self._waiting: list[_Decided] = []
        self._batches: list[_Batch] = []
        self._lazy_since_s: float | None = None
        self._retry_at_s: float | None = None
        self.on_written: Callable[[Sequence[tuple[Event, float]]], None] | None = None
        """Called with what has just come to be in the log, and the times there."""
        self.on_trouble: Callable[[], None] = lambda: None
        """Called when the store has stopped to take what is written; not again until it does."""
        self.restored = 0
        """Entries the store had lost and was given again."""

    @property
    def version(self) -> int:
        """How many entries the store has said to have."""
        return self._version

    @property
    def last_seq(self) -> int:
        """Place of the newest durable event, written or not."""
        return self._seq

    @property
    def unsaved(self) -> int:
        """Events that only memory holds now."""
        return len(self._waiting) + sum(len(batch.events) for batch in self._batches)

    @property
    def trouble(self) -> bool:
        """The store refused the last write."""
        return self._retry_at_s is not None

    def deadline(self) -> float | None:
        """When `flush` is due by itself."""
        lazy = None if self._lazy_since_s is None else self._lazy_since_s + LAZY_S
        return min((at for at in (lazy, self._retry_at_s) if at is not None), default=None)

    def add(self, events: Sequence[Event], now_s: float, *, bounded: bool = True) -> list[Placed]:
        """Take in events in their order; answers each with its place in the log.

        Raises TooMuchUnsaved, and has taken in none of them.
        """
        if bounded and self.unsaved + len(events) > MAX_UNSAVED:
            raise TooMuchUnsaved(f"{self.unsaved} events could not be written")
        placed: list[Placed] = []
        for event in events:
            if durability_of(event) is Durability.NEVER:
                placed.append(Placed(None, event))
                continue
            self._seq += 1
            self._waiting.append((event, now_s))
            placed.append(Placed(self._seq, event))
            if self._lazy_since_s is None:
                self._lazy_since_s = now_s
        return placed

    async def flush(
        self, status: str, now_s: float, summary: Mapping[str, Any] | None = None
    ) -> None:
        """Append what waits. Raises LostOwnership; a store that is away is remembered instead."""
        if self._waiting:
            self._operations += 1
            first = self._version + sum(len(batch.events) for batch in self._batches) + 1
            operation_id = f"{self._owner}:{self._lease_epoch}:{self._operations}"
            self._batches.append(_Batch(operation_id, first, self._waiting))
            self._waiting, self._lazy_since_s = [], None
        while self._batches:
            if not await self._append(self._batches[0], status, now_s, summary):
                return
            self._batches.pop(0)
        self._retry_at_s = None

    async def _append(
        self, batch: _Batch, status: str, now_s: float, summary: Mapping[str, Any] | None
    ) -> bool:
        entries = [
            NewEntry(event.type, event.model_dump(mode="json", exclude={"type"}), at_s)
            for event, at_s in batch.events
        ]
        try:
            outcome = await self._log.append(
                self._interview_id,
                expected_version=self._version,
                lease_epoch=self._lease_epoch,
                operation_id=batch.operation_id,
                entries=entries,
                status=status,
                now_s=now_s,
                summary=summary,
            )
        except StoreUnavailable as error:
            self._away(error, now_s)
            return False
        except UnknownInterview:
            outcome = Conflict(0)
        if isinstance(outcome, Appended):
            self._version += len(entries)
            if self.on_written is not None:
                self.on_written(batch.events)
            if self._row is not None:
                self._written += outcome.entries
            return True
        if isinstance(outcome, Fenced):
            raise LostOwnership(f"fenced by lease epoch {outcome.lease_epoch}")
        if outcome.version < self._version and self._row is not None:
            if await self.restore(status, now_s):
                self._retry_at_s = now_s  # the batch goes again, behind what was written back
            return False
        raise LostOwnership(f"the log is at version {outcome.version}, not {self._version}")

    def _away(self, error: StoreUnavailable, now_s: float) -> None:
        if self._retry_at_s is None:
            logger.error("store unavailable, the interview goes on unsaved: %s", error)
            self.on_trouble()
        self._retry_at_s = now_s + RETRY_S

    async def restore(self, status: str, now_s: float) -> bool:
        """Write back what the store has lost (restarted from an older copy, or empty).

        False: the store is away, and it is tried again. Raises LostOwnership when the log there
        has gone another way, somebody newer owns it, or it was erased.
        """
        if self._row is None or not isinstance(self._log, Restorable):
            return True  # this store cannot lose what it has confirmed
        row = replace(self._row, version=len(self._written), status=status)
        try:
            outcome = await self._log.restore(
                row, self._written, lease_epoch=self._lease_epoch, now_s=now_s
            )
        except StoreUnavailable as error:
            self._away(error, now_s)
            return False
        except UnknownInterview:
            raise LostOwnership("it was erased") from None
        if isinstance(outcome, Fenced):
            raise LostOwnership(f"fenced by lease epoch {outcome.lease_epoch}")
        if isinstance(outcome, Conflict):
            raise LostOwnership(f"the log has gone another way, to version {outcome.version}")
        if outcome:
            self.restored += outcome
            logger.warning(
                "interview %s: the store had lost %d of %d entries, written back",
                self._interview_id,
                outcome,
                len(self._written),
            )
        return True
