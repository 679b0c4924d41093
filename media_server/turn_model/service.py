"""The model in a thread of its own: asked by every interview, one question after another."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from media_server.audio.types import Pcm
from media_server.ports import Public
from media_server.turn_model.smart_turn import SmartTurn, TurnModelUnavailable

logger = logging.getLogger(__name__)

WAITING = 8
"""Questions at once. One takes some 50 ms of CPU; who would be told later than a pause lasts is
not told at all."""
WITHIN_S = 1.0
"""From the question to the answer. A turn of the shortest setting is still open by then."""
LOAD_S = 30.0
CLOSE_S = 5.0
"""For what it is computing."""


class Judge(Protocol):
    """A loaded model."""

    def goes_on(self, pcm: Pcm) -> float: ...


class TurnModelService:
    """Implements `ports.TurnModel`. `open` before the first question, `close` after the last."""

    def __init__(self, folder: str) -> None:
        """`folder`: of the pulled model; "": none is wanted, and every answer is None."""
        self._folder = folder
        self._judge: Judge | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._asked: list[Future[float]] = []

    @property
    def ready(self) -> bool:
        return self._judge is not None

    async def open(self) -> None:
        """Where it cannot be had, the log says why and interviews go on without."""
        if not self._folder:
            return
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="turn-model")
        loading = asyncio.get_running_loop().run_in_executor(self._thread, SmartTurn, self._folder)
        try:
            async with asyncio.timeout(LOAD_S):
                self._judge = await loading
        except TurnModelUnavailable as error:
            logger.warning("no model of ends of turn: %s", Public(str(error)))
        except TimeoutError:
            logger.warning("no model of ends of turn: its loading took too long")

    async def goes_on(self, pcm: Pcm) -> float | None:
        """None: there is no model, it has too much to do, or it failed."""
        judge, thread = self._judge, self._thread
        self._asked = [earlier for earlier in self._asked if not earlier.done()]
        if judge is None or thread is None or len(self._asked) >= WAITING:
            return None
        asked = thread.submit(judge.goes_on, pcm)
        self._asked.append(asked)
        try:
            async with asyncio.timeout(WITHIN_S):
                return await asyncio.wrap_future(asked)
        except TimeoutError:
            return None
        except Exception as error:  # a model that fails must not end a turn, or an interview
            logger.warning("the model of ends of turn failed: %s", Public(type(error).__name__))
            return None

    async def close(self) -> None:
        """What runs ends within the time of one question."""
        self._judge = None
        thread, self._thread = self._thread, None
        if thread is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await asyncio.to_thread(thread.shutdown, wait=True, cancel_futures=True)
