"""Whether the store can be written and the disk has room, for /readyz: looked at about each second.

Asking costs nothing and never waits: `troubles` is what was last seen. A look writes one small
value where nothing was written lately, for a store that is out of memory or of disk answers reads
as if all were well.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from media_server.endings import end
from media_server.ports import Public, StoreUnavailable
from media_server.store.disk import DiskThread

logger = logging.getLogger(__name__)

INTERVAL_S = 0.8
LOOK_TIMEOUT_S = 1.1
"""With the interval: what `troubles` says is at most 2 s old."""
MB = 1_000_000


class Probed(Protocol):
    """The one thing that is asked of a log here."""

    async def probe(self) -> None:
        """Raises StoreUnavailable when an append would."""


class StoreHealth:
    """`open` after the log and the disk thread, `close` before them.

    `places`: directories by the name an operator knows them by.
    """

    def __init__(
        self, log: Probed, disk: DiskThread, places: Mapping[str, Path], *, min_free_mb: int
    ) -> None:
        self._log = log
        self._disk = disk
        self._places = dict(places)
        self._min_free_mb = min_free_mb
        self._task: asyncio.Task[None] | None = None
        self._store = ""
        self._room: tuple[str, ...] = ()
        self.failures = 0
        """Looks at which the store could not be written."""
        self.free_bytes: dict[str, int] = {}
        """By name of the place, one for each disk: what this user may still write."""

    def troubles(self) -> tuple[str, ...]:
        """Why no new candidate should come, each with what to do; () when all is well."""
        return (*((self._store,) if self._store else ()), *self._room)

    async def open(self) -> None:
        """Look once (at most 1.1 s), so that `troubles` is true at once; then about each second."""
        await self._look()
        self._task = asyncio.create_task(self._run(), name="store-health")

    async def close(self) -> None:
        """End the task. `troubles` keeps what was seen last."""
        task, self._task = self._task, None
        if task is not None:
            await end([task])

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_S)
            await self._look()

    async def _look(self) -> None:
        """Whatever goes wrong is what it sees."""
        before = self.troubles()
        self._store, self._room = await asyncio.gather(self._look_at_store(), self._look_at_disk())
        if self._store:
            self.failures += 1
        now = self.troubles()
        if bool(now) != bool(before):
            level = logging.ERROR if now else logging.WARNING
            logger.log(level, "%s", Public("; ".join(now) or "the store and its disk are well"))

    async def _look_at_store(self) -> str:
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_S):
                await self._log.probe()
        except TimeoutError:
            return f"the store did not answer within {LOOK_TIMEOUT_S:g} s: is its disk too slow?"
        except StoreUnavailable as error:
            return f"the store cannot be written: {error}"
        except Exception as error:
            logger.exception("looking at the store: %s", type(error).__name__)
            return f"the store cannot be written: {type(error).__name__}"
        return ""

    async def _look_at_disk(self) -> tuple[str, ...]:
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_S):
                self.free_bytes = await self._disk.call(self._free)
        except (TimeoutError, StoreUnavailable):
            return ("the disk of DATA_DIR does not answer: is it mounted, is it too slow?",)
        return tuple(
            f"the disk of {name} is nearly full: {free // MB} MB are left, new candidates are let "
            f"in from {self._min_free_mb} MB on; free some space, shorten retention, or set "
            "MEDIA_SERVER_MIN_FREE_MB"
            for name, free in self.free_bytes.items()
            if free < self._min_free_mb * MB
        )

    def _free(self) -> dict[str, int]:
        """What this user may still write, once per disk. In the thread: a dead mount hangs."""
        found: dict[str, int] = {}
        seen: set[int] = set()
        for name, path in self._places.items():
            with contextlib.suppress(FileNotFoundError):  # not made yet
                device = path.stat().st_dev
                if device not in seen:
                    seen.add(device)
                    disk = os.statvfs(path)
                    found[name] = disk.f_bavail * disk.f_frsize
        return found
