"""Which interviews have recordings, for a pass of retention: object storage is asked once, not once
for each of them, and is left alone for a while when it hangs."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator

from media_server.ports import StoreUnavailable
from media_server.store.factory import Stores

logger = logging.getLogger(__name__)

HANGS_AFTER_S = 3.0
"""A failure that took so long is that of a storage that hangs, and would meet each interview."""
LEFT_ALONE_S = 60.0
"""Then nothing is asked of it for so long: what does not need it goes on."""


class StoredFiles:
    """Of one `Retention`. `look` begins each pass."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._there: frozenset[str] | None = None
        """Interviews that have something in object storage, as of this pass; None: not known."""
        self._hangs_until_s = 0.0
        """Monotonic."""

    async def look(self) -> bool:
        """A pass begins. False: what is there cannot be listed now."""
        self._there = None
        try:
            with self.timed():
                self._there = frozenset(await self._stores.stored_interviews())
        except StoreUnavailable as error:
            logger.warning("retention cannot list what is stored: %s", error)
        return self._there is not None

    async def any_of(self, interview_id: str) -> bool:
        """True also where that cannot be known now: erasing them is then tried, and again."""
        try:
            if self._there is not None:
                return await self._stores.has_blobs(interview_id, self._there)
            if self.hangs():
                return True
            with self.timed():
                return bool(await self._stores.blobs.list(interview_id))
        except StoreUnavailable:
            return True

    def hangs(self) -> bool:
        """Whether it is left alone at the moment."""
        return time.monotonic() < self._hangs_until_s

    @contextlib.contextmanager
    def timed(self) -> Iterator[None]:
        """Around what asks for recordings, or deletes them: notices that it hangs."""
        began_s = time.monotonic()
        try:
            yield
        except StoreUnavailable:
            if time.monotonic() - began_s >= HANGS_AFTER_S:
                self._hangs_until_s = time.monotonic() + LEFT_ALONE_S
            raise
