"""Places at the model: so many requests at a time, those of a candidate first."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class NoPlace(Exception):
    """As many wait as may wait."""


class Places:
    """First come, first served, except that the background waits for everybody else."""

    def __init__(self, limit: int, *, background_limit: int, waiting_limit: int) -> None:
        self._limit = limit
        self._background_limit = min(background_limit, max(1, limit - 1))
        self._waiting_limit = waiting_limit
        self._foreground: deque[asyncio.Future[None]] = deque()
        self._background: deque[asyncio.Future[None]] = deque()
        self.taken = 0
        self._taken_by_background = 0

    @property
    def waiting(self) -> int:
        return len(self._foreground) + len(self._background)

    @asynccontextmanager
    async def place(self, *, background: bool) -> AsyncIterator[None]:
        """Waits for one and gives it back. Raises NoPlace; the deadline is the caller's."""
        await self._take(background)
        try:
            yield
        finally:
            self._give_back(background)

    async def _take(self, background: bool) -> None:
        if self._is_free(background):
            self._count(background, 1)
            return
        if self.waiting >= self._waiting_limit:
            raise NoPlace
        mine = asyncio.get_running_loop().create_future()
        line = self._background if background else self._foreground
        line.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._give_back(background)  # it was given at the same moment
            elif mine in line:
                line.remove(mine)
            raise

    def _is_free(self, background: bool) -> bool:
        if self.taken >= self._limit:
            return False
        if not background:
            return not self._foreground
        return not self.waiting and self._taken_by_background < self._background_limit

    def _give_back(self, background: bool) -> None:
        self._count(background, -1)
        while self.taken < self._limit and (line := self._next()) is not None:
            given = line.popleft()
            if given.done():
                continue  # its task was cancelled and has not run yet
            self._count(line is self._background, 1)
            given.set_result(None)

    def _next(self) -> deque[asyncio.Future[None]] | None:
        if self._foreground:
            return self._foreground
        if self._background and self._taken_by_background < self._background_limit:
            return self._background
        return None

    def _count(self, background: bool, change: int) -> None:
        self.taken += change
        if background:
            self._taken_by_background += change
