"""How loud the files of an interview are: measured once, kept in memory and beside them."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from media_server.audio.loudness import Loudness
from media_server.live.report_sound import measured, restored, stored
from media_server.ports import Blob, Blobs, StoreUnavailable
from media_server.sound.host import SoundJobs

logger = logging.getLogger(__name__)

BLOB = "levels.json"
MAX_BLOB_BYTES = 16 * 1024 * 1024
KEPT = 64
"""Interviews in memory: an hour takes about 100 KB."""
OLDEST_S = 60.0
"""Of a recording that grows: measured whole each time, so not each time that somebody looks."""


class Levels:
    """One per process."""

    def __init__(self, blobs: Blobs, jobs: SoundJobs) -> None:
        self._blobs = blobs
        self._jobs = jobs
        self._kept: OrderedDict[str, dict[tuple[str, int], Loudness]] = OrderedDict()
        self._measured_s: dict[str, float] = {}

    def known(
        self, interview_id: str, files: Sequence[Blob], *, over: bool
    ) -> dict[str, Loudness] | None:
        """Of all of `files`, from memory; None: they have to be measured. Until it is `over` also
        of files that have grown, or come, within OLDEST_S since."""
        kept = self._kept.get(interview_id, {})
        found = {f.name: kept[f.name, f.size] for f in files if (f.name, f.size) in kept}
        if len(found) < len(files):
            age_s = time.monotonic() - self._measured_s.get(interview_id, -OLDEST_S)
            if over or not kept or age_s >= OLDEST_S:
                return None
            found = {name: one for (name, _), one in kept.items()}
        if interview_id in self._kept:
            self._kept.move_to_end(interview_id)
        return found

    async def measure(
        self, interview_id: str, files: Sequence[Blob], *, over: bool
    ) -> dict[str, Loudness]:
        """Of all of `files`. `over`: they do not grow any more, so it is worth keeping. Raises
        SoundBusy, SoundFailed, StoreUnavailable, FileNotFoundError."""
        sizes = {blob.name: blob.size for blob in files}
        found = await self._stored(interview_id, sizes) if over else {}
        memory = self._kept.get(interview_id, {})
        found |= {f.name: memory[f.name, f.size] for f in files if (f.name, f.size) in memory}
        missing = [blob for blob in files if blob.name not in found]
        if missing:
            text = b"".join([part async for part in self._jobs.run({"job": "loudness"}, missing)])
            made = await asyncio.to_thread(json.loads, text)
            found |= {blob.name: measured(one) for blob, one in zip(missing, made, strict=True)}
            if over:
                await self._store(interview_id, found, sizes)
        self._kept[interview_id] = {(name, sizes[name]): one for name, one in found.items()}
        self._kept.move_to_end(interview_id)
        self._measured_s[interview_id] = time.monotonic()
        while len(self._kept) > KEPT:
            oldest, _ = self._kept.popitem(last=False)
            self._measured_s.pop(oldest, None)
        return found

    def forget(self, interview_id: str) -> None:
        self._kept.pop(interview_id, None)
        self._measured_s.pop(interview_id, None)

    async def _stored(self, interview_id: str, sizes: Mapping[str, int]) -> dict[str, Loudness]:
        blob = await self._blobs.find(interview_id, BLOB)
        if blob is None:
            return {}
        try:
            data = await blob.whole(limit=MAX_BLOB_BYTES)
            return await asyncio.to_thread(lambda: restored(json.loads(data), sizes))
        except (ValueError, KeyError, TypeError, AttributeError, FileNotFoundError):
            return {}  # measured again, and written again

    async def _store(
        self, interview_id: str, found: Mapping[str, Loudness], sizes: Mapping[str, int]
    ) -> None:
        text = await asyncio.to_thread(lambda: json.dumps(stored(found, sizes)))
        try:
            await self._blobs.put(interview_id, BLOB, text.encode())
        except StoreUnavailable:
            logger.warning("interview %s: its levels could not be kept", interview_id)
