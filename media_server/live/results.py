"""What can be had of an interview: its result, its sound, its log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from media_server.interview import result as results
from media_server.interview.state import State
from media_server.live import export, recorded
from media_server.live.evidence import EvidenceMaker
from media_server.live.refusals import store_refusal
from media_server.live.registry import Registry
from media_server.live.services import Services
from media_server.ports import (
    Blob,
    EvidenceBundle,
    Refused,
    Signer,
    StoreUnavailable,
    Transcriber,
)


class Results:
    """The methods are those of `ports.InterviewService`."""

    def __init__(self, services: Services, registry: Registry) -> None:
        self._services = services
        self._registry = registry
        self._evidence = EvidenceMaker(services, registry)

    async def result(self, interview_id: str) -> Mapping[str, Any]:
        await self._registry.row(interview_id)
        state = await self._registry.state(interview_id)
        files = await recorded.files_of(self._services, interview_id)
        built = await self.of(interview_id, state, files)
        return await asyncio.to_thread(built.model_dump, mode="json")

    async def of(
        self, interview_id: str, state: State, files: Sequence[Blob] | None
    ) -> results.Result:
        """The result that the state gives. `files`: see `recorded.files_of`."""
        recordings, notices = recorded.names_of(files, state)
        if notice := self._services.stt.status().notice:
            notices = (notice, *notices)
        # Of an hour it takes tens of ms, which nobody's call should wait for.
        return await asyncio.to_thread(
            results.build,
            interview_id,
            state,
            now_s=self._registry.now_s(interview_id),
            recordings=recordings,
            notices=notices,
            record_within_s=self._services.record_within_s(),
        )

    async def export(self, interview_id: str) -> AsyncIterator[str]:
        return export.lines(self._services.log, await self._registry.sound_row(interview_id))

    async def evidence(
        self, interview_id: str, signer: Signer, transcripts: Mapping[str, Transcriber]
    ) -> EvidenceBundle:
        return await self._evidence.make(interview_id, signer, transcripts)

    async def recording(self, interview_id: str, name: str) -> Blob:
        await self._registry.row(interview_id)
        try:
            blob = await self._services.blobs.find(interview_id, name)
        except StoreUnavailable as error:
            raise store_refusal(error) from error
        except ValueError:  # no name of ours
            blob = None
        if blob is None:
            raise Refused(404, "unknown_recording", "The result names the recordings there are")
        return blob
