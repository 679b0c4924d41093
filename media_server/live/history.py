"""The log of an interview, read in pages and folded: a long one is no reason not to open it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from media_server.interview import events as ev
from media_server.interview import snapshot
from media_server.interview.model import InterviewSpec
from media_server.interview.state import State, evolve, initial
from media_server.ports import EventLog, InterviewRow, LogEntry

logger = logging.getLogger(__name__)

PAGE = 2_000


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


async def fold(log: EventLog, row: InterviewRow) -> Folded:
    """The state that the log tells. Raises StoreUnavailable, UnknownInterview."""
    spec = InterviewSpec.model_validate(row.spec)
    interview_id = row.interview_id
    state, version, alive_s = initial(spec), 0, row.created_s
    kept = await log.snapshot(interview_id)
    if kept is not None and (loaded := snapshot.load(spec, kept[1])) is not None:
        # With its last entry, which tells its time.
        state, version = loaded, kept[0]
    async for entry in entries(log, interview_id, after_seq=max(0, version - 1)):
        alive_s = entry.at_s
        if entry.seq <= version:
            continue
        version = entry.seq
        if (event := event_of(interview_id, entry)) is not None:
            state = evolve(state, event, entry.at_s)
    return Folded(state, version, alive_s)
