"""Places at the model: so many requests at a time, those of a candidate first.

A candidate's request that finds no place takes that of the background, which begins again later.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
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
        self._may_give_way: list[Callable[[], None]] = []
        """Of the background's requests that run and were not asked yet, the newest last."""
        self._giving_way = 0

    @property
    def waiting(self) -> int:
        return len(self._foreground) + len(self._background)

    @asynccontextmanager
    async def place(self, give_way: Callable[[], None] | None = None) -> AsyncIterator[None]:
        """Waits for one and gives it back. Raises NoPlace; the deadline is the caller's.

        `give_way`: this request is of the background, and this is called when its place is wanted.
        It is given back soon after.
        """
        await self._take(background=give_way is not None)
        if give_way is not None:
            self._may_give_way.append(give_way)
            if len(self._foreground) > self._giving_way:
                self._ask_for_a_place()  # one came in the moment since this place was given
        try:
            yield
        finally:
            if give_way in self._may_give_way:
                self._may_give_way.remove(give_way)
            elif give_way is not None:
                self._giving_way -= 1
            self._give_back(background=give_way is not None)

    def _ask_for_a_place(self) -> None:
        if self._may_give_way:
            self._giving_way += 1
            self._may_give_way.pop()()

    async def _take(self, *, background: bool) -> None:
        if self._is_free(background):
            self._count(background, 1)
            return
        if self.waiting >= self._waiting_limit:
            raise NoPlace
        mine = asyncio.get_running_loop().create_future()
        line = self._background if background else self._foreground
        line.append(mine)
        if not background:
            self._ask_for_a_place()
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._give_back(background=background)  # it was given at the same moment
            elif mine in line:
                line.remove(mine)
            raise

    def _is_free(self, background: bool) -> bool:
        if self.taken >= self._limit:
            return False
        if not background:
            return not self._foreground
        return not self.waiting and self._taken_by_background < self._background_limit

    def _give_back(self, *, background: bool) -> None:
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
