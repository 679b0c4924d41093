"""One lock per interview, and none for interviews that nobody is at: links are opened by strangers,
and what is kept for each of them would grow with every link."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class KeyedLocks:
    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}
        """And how many hold it or wait for it."""

    def __len__(self) -> int:
        return len(self._locks)

    def busy(self, key: str) -> bool:
        """Somebody is at it; otherwise `hold` does not wait."""
        return key in self._locks

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        lock, users = self._locks.get(key) or (asyncio.Lock(), 0)
        self._locks[key] = lock, users + 1
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[key]
            if users > 1:
                self._locks[key] = lock, users - 1
            else:
                del self._locks[key]
