"""Legal holds in memory, for tests of HTTP."""

from __future__ import annotations

from collections.abc import Collection

from media_server.ports import Documents, Refused
from media_server.ports.holds import Artifact, Hold
from media_server.store.holds import StoredHolds


class MemoryHolds:
    """Implements `ports.Holds`."""

    def __init__(self, documents: Documents) -> None:
        self.stored = StoredHolds(documents)

    async def find(self, interview_id: str) -> Hold | None:
        return await self.stored.find(interview_id)

    async def place(self, interview_id: str, reason: str, artifacts: Collection[Artifact]) -> Hold:
        return await self.stored.place(interview_id, reason, artifacts, 1_800_000_000.0)

    async def release(self, interview_id: str) -> Hold:
        hold = await self.stored.release(interview_id, 1_800_000_060.0)
        if hold is None:
            raise Refused(404, "no_hold", "Nothing of this interview is held")
        return hold
