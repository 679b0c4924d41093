"""What is stored of an interview is changed while nobody writes to it: under its lease."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from media_server.ports import EventLog
from media_server.store.owner import process_owner


@asynccontextmanager
async def at_rest(log: EventLog, interview_id: str, *, ttl_s: float) -> AsyncIterator[bool]:
    """False: somebody has it, this process perhaps; ask again soon.

    Its owner is not that of a session of this process. Raises StoreUnavailable, UnknownInterview.
    """
    lease = await log.acquire(interview_id, f"retention of {process_owner()}", ttl_s=ttl_s)
    try:
        yield lease is not None
    finally:
        if lease is not None:
            await log.release(lease)
