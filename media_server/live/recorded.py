"""Which recordings an interview has: as their storage says, else as its log does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from media_server.interview.result import recording_name
from media_server.interview.state import State
from media_server.live.services import Services
from media_server.ports import Blob, StoreUnavailable
from media_server.store.recordings import recordings_among

ASK_S = 3.0
"""A storage that takes longer is done without: words do not wait for sound."""
NOTICE = (
    "The storage of recordings does not answer at this moment. The recordings that are named here "
    "are those that were made, as the log says; ask again to see what is there."
)


async def files_of(services: Services, interview_id: str) -> tuple[Blob, ...] | None:
    """All blobs of it. None: their storage does not answer, or not soon."""
    try:
        async with asyncio.timeout(ASK_S):
            return await services.blobs.list(interview_id)
    except (StoreUnavailable, TimeoutError):
        return None


def names_of(files: Sequence[Blob] | None, state: State) -> tuple[frozenset[str], tuple[str, ...]]:
    """Names of recordings, and notices for whoever reads the result.

    By the log a connection with a microphone that sent sound was recorded. It knows nothing of a
    disk that was full, nor of what retention has erased since: hence the notice.
    """
    if files is not None:
        return frozenset(recordings_among(blob.name for blob in files)), ()
    if not state.spec.retention.record_audio or not state.connections:
        return frozenset(), ()
    made = {
        recording_name(c.connection_epoch)
        for c in state.connections
        if c.microphone and (c.media_s > 0 or (state.connected and c is state.connections[-1]))
    }
    return frozenset(made), (NOTICE,)
