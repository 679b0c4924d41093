"""An owner for tasks: none is forgotten, none fails in silence, all are gone after `close`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from media_server.endings import end
from media_server.ports import Public

logger = logging.getLogger(__name__)


class TaskOwner:
    """Holds at most `limit` running tasks; one more is refused, which the caller must handle."""

    def __init__(self, name: str, limit: int = 64) -> None:
        self._name = name
        self._limit = limit
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any], what: str) -> bool:
        """Run `work` as a task of this owner. False: too many are running; it was not started."""
        if len(self._tasks) >= self._limit:
            work.close()
            logger.warning(
                "%s: too many tasks, %s was not started", Public(self._name), Public(what)
            )
            return False
        task = asyncio.get_running_loop().create_task(work, name=f"{self._name}:{what}")
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return True

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The type alone: the text of an error may quote what a candidate said.
            name = Public(task.get_name())
            logger.error("%s failed: %s", name, type(error).__name__, exc_info=error)

    async def close(self, timeout_s: float = 5.0) -> None:
        """Cancel what runs and wait for it."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in await end(tasks, within_s=timeout_s, again_s=1.0):
            logger.error("%s did not end within %.0f s", Public(task.get_name()), timeout_s)
