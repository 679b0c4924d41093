"""The one interview that a queue of later work is busy with, as a task that others may end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Protocol

from media_server.live.second_try import Stopped
from media_server.ports import StoreUnavailable

GIVE_WAY_S = 5.0
"""How long somebody who opens an interview waits until its lease is given back."""


class Stoppable(Protocol):
    def stop(self) -> None:
        """What waits for words, or will, raises Stopped."""


@dataclass(frozen=True, slots=True)
class _Current:
    interview_id: str
    task: asyncio.Task[None]
    tries: Stoppable


class OneAtATime:
    """`run` from one task; `forget` and `give_way` from any."""

    def __init__(self) -> None:
        self._current: _Current | None = None

    async def run(
        self, interview_id: str, work: Coroutine[object, object, None], tries: Stoppable
    ) -> BaseException | None:
        """Why the work failed; None where it is done, was forgotten or gave way.

        `tries`: what the work asks the recogniser by. Cancelled, it cancels the work and waits
        for it. Raises StoreUnavailable: the whole queue has to wait."""
        task = asyncio.create_task(work, name=f"later work of {interview_id}")
        self._current = _Current(interview_id, task, tries)
        try:
            await asyncio.wait({task})
        finally:
            self._current = None
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if task.cancelled():
            return None
        error = task.exception()
        if isinstance(error, StoreUnavailable):
            raise error
        return None if isinstance(error, Stopped) else error

    def forget(self, interview_id: str) -> None:
        """It is erased: nothing of it may be decoded or written any more."""
        if self._current is not None and self._current.interview_id == interview_id:
            self._current.task.cancel()

    async def give_way(self, interview_id: str) -> None:
        """It is about to be opened here: its lease is given back first."""
        current = self._current
        if current is None or current.interview_id != interview_id:
            return
        current.tries.stop()
        _, late = await asyncio.wait({current.task}, timeout=GIVE_WAY_S)
        for task in late:
            task.cancel()
