"""The log of an interview, read in pages and folded: a long one is no reason not to open it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from pydantic import ValidationError

from media_server.interview import events as ev
from media_server.interview import snapshot
from media_server.interview.fold import evolve
from media_server.interview.spec import stored_spec
from media_server.interview.state import State, initial
from media_server.ports import (
    DamagedInterview,
    EventLog,
    InterviewRow,
    LogEntry,
    UnknownInterview,
)

logger = logging.getLogger(__name__)

PAGE = 2_000
HELD_S = 0.002


class Pause:
    """Of work on the loop that takes longer than others should wait."""

    def __init__(self) -> None:
        self._since_s = time.monotonic()

    async def now_and_then(self) -> None:
        """Lets others have the loop, when it was held for `HELD_S`."""
        if time.monotonic() - self._since_s >= HELD_S:
            await asyncio.sleep(0)
            self._since_s = time.monotonic()


@dataclass(frozen=True, slots=True)
class Folded:
    state: State
    version: int
    alive_s: float
    """Time of the newest entry: whoever wrote it was alive then."""


async def entries(
    log: EventLog, interview_id: str, *, after_seq: int = 0
) -> AsyncIterator[LogEntry]:
    """All of them, a page at a time. Raises what `read` raises."""
    while page := await log.read(interview_id, after_seq=after_seq, limit=PAGE):
        for entry in page:
            yield entry
        after_seq = page[-1].seq
        if len(page) < PAGE:
            return


def event_of(interview_id: str, entry: LogEntry) -> ev.Event | None:
    """None: of a newer version, or damaged. It changes nothing and is no reason to stop."""
    try:
        return ev.EVENT.validate_python({"type": entry.type, **entry.data})
    except ValueError:
        logger.warning("interview %s: entry %d is unknown", interview_id, entry.seq)
        return None


async def fold_now(log: EventLog, interview_id: str) -> Folded:
    """As `fold`, of the row as it is now."""
    row = await log.row(interview_id)
    if row is None:
        raise UnknownInterview(interview_id)
    return await fold(log, row)


async def fold(log: EventLog, row: InterviewRow) -> Folded:
    """The state that the log tells. Raises StoreUnavailable, UnknownInterview, DamagedInterview."""
    try:
        return await _fold(log, row)
    except DamagedInterview:
        if await log.row(row.interview_id) is None:  # erased while it was read
            raise UnknownInterview(row.interview_id) from None
        raise


async def _fold(log: EventLog, row: InterviewRow) -> Folded:
    interview_id = row.interview_id
    if row.damage:
        raise DamagedInterview(row.damage)
    try:
        spec = stored_spec(row.spec)
    except ValueError as error:
        raise DamagedInterview(f"its specification cannot be used{_where(error)}") from None
    kept = await log.snapshot(interview_id)
    if kept is not None and (loaded := snapshot.load(spec, kept[1])) is not None:
        folded = await _fold_from(log, row, loaded, kept[0])
        if folded is not None:
            return folded
    folded = await _fold_from(log, row, initial(spec), 0)
    if folded is None:
        raise DamagedInterview("the log does not begin with its first entry")
    return folded


async def _fold_from(log: EventLog, row: InterviewRow, state: State, version: int) -> Folded | None:
    """None: the log does not have the entry that the snapshot ends with. With that last entry,
    which tells its time."""
    interview_id, alive_s, seq = row.interview_id, row.created_s, max(0, version - 1)
    pause = Pause()
    async for entry in entries(log, interview_id, after_seq=seq):
        if entry.seq != seq + 1:
            if seq == max(0, version - 1):
                return None
            raise DamagedInterview(f"entries {seq + 1} to {entry.seq - 1} are missing")
        seq, alive_s = entry.seq, entry.at_s
        if seq <= version:
            continue
        event = event_of(interview_id, entry)
        if seq == 1 and not isinstance(event, ev.Created):
            raise DamagedInterview("entry 1 does not tell of its creation")
        if event is not None:
            state = _evolved(state, event, entry)
        await pause.now_and_then()
    if seq < version:
        return None
    if seq < row.version:
        raise DamagedInterview(f"entries {seq + 1} to {row.version} are missing")
    return Folded(state, seq, alive_s)


def _evolved(state: State, event: ev.Event, entry: LogEntry) -> State:
    """Folding is total; values that no release wrote may break it all the same."""
    try:
        return evolve(state, event, entry.at_s)
    except Exception as error:
        what = f"entry {entry.seq} cannot be folded ({type(error).__name__})"
        raise DamagedInterview(what) from error


def _where(error: ValueError) -> str:
    """Names of fields, no values."""
    if not isinstance(error, ValidationError):
        return ""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return ": " + ", ".join(".".join(map(str, fault["loc"])) or "it" for fault in found[:3])
