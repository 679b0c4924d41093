"""Audio on this machine whose interview is gone: erased through another server or process.

Recordings and the spool of SQLite are files of the server that took the call. Whoever erases an
interview elsewhere cannot reach them, and the owner that was live then may go on writing until its
next renewal. The audit line of the erasing is what these files are found by: an id that has one is
never used again, so there is no race with an interview that is just being created.

A directory with neither row nor audit line is another matter. The log may have come back with less
than it had, or `store_url` may point to another one: it stays as long as audio stays by default,
counted from when it was written last.
"""

from __future__ import annotations

import logging

from media_server.ports import KeptSpeech, Public
from media_server.store.factory import Stores

logger = logging.getLogger(__name__)

ASKED_AT_ONCE = 500
"""Ids in one question to the log: it holds up no append for long."""
DAY_S = 86_400.0


class Orphans:
    """Safe to run in several processes at once. Raises StoreUnavailable: try again later."""

    def __init__(self, stores: Stores, speech: KeptSpeech | None = None) -> None:
        self._stores = stores
        self._speech = speech
        self.erased = 0
        """Interviews whose files went."""

    async def erase_erased(self, now_s: float) -> int:
        """Cheap enough for every minute: one listing, one question for 500 of them."""
        return await self._erase_among(sorted(await self._directories()), now_s)

    async def erase_stored(self, now_s: float) -> int:
        """The same for what is in object storage: a list that was late, or a server that died
        between sending a file and seeing that its interview was erased. For a whole pass.

        What the log has never heard of stays there: another installation may have come by the same
        prefix, and whoever owns a bucket has rules for its age.
        """
        return await self._erase_among(sorted(await self._stores.stored_interviews()), now_s)

    async def _erase_among(self, found: list[str], now_s: float) -> int:
        done = 0
        for start in range(0, len(found), ASKED_AT_ONCE):
            gone = await self._stores.upkeep.erased_among(found[start : start + ASKED_AT_ONCE])
            for interview_id in sorted(gone):
                await self._erase(interview_id, now_s, "its interview was erased")
            done += len(gone)
        return done

    async def erase_unknown(self, now_s: float) -> int:
        """Erase files whose interview the log does not know, as old as audio gets (at least a day).

        `now_s`: Unix time, as that of files. How many interviews; 0 where audio is kept for ever.
        It asks the log once for each old directory, so it is for a whole pass of retention.
        """
        days = self._stores.settings.audio_days
        if days is None:
            return 0
        # A day at least: an owner writes a log back that its server has lost.
        before_s = now_s - max(days, 1) * DAY_S
        done = 0
        for interview_id, written_s in (await self._directories()).items():
            # Rows exist before files, so whoever is listed and has none has lost it.
            if written_s < before_s and await self._stores.log.row(interview_id) is None:
                await self._erase(interview_id, now_s, "the log knows no such interview")
                done += 1
        return done

    async def _directories(self) -> dict[str, float]:
        found = await self._stores.audio_directories()
        said = {} if self._speech is None else await self._speech.interviews()
        for interview_id, written_s in said.items():
            found[interview_id] = max(written_s, found.get(interview_id, 0.0))
        return found

    async def _erase(self, interview_id: str, now_s: float, why: str) -> None:
        files = await self._stores.recordings.erase(interview_id)
        await self._stores.spool.erase(interview_id)
        if self._speech is not None:
            await self._speech.erase(interview_id)
        self.erased += 1
        logger.info(
            "audio of %s erased at %.0f: %d recordings, %s", interview_id, now_s, files, Public(why)
        )
