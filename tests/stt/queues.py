"""What the suites of all queues share: jobs in, outcomes gathered, processes found."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from media_server.entrance import listen_at
from media_server.ports import EngineUnavailable, SpeechToText, SttJob, SttOutcome
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.settings import SttSettings
from media_server.stt.shared.client import SharedSpeechToText
from media_server.stt.shared.server import SpeechServer
from tests.stt.processes import children
from tests.support.waiting import PATIENCE_S, until


class Started(Protocol):
    """`async with started(workers=2) as queue`, of either kind."""

    def __call__(self, **settings: object) -> AbstractAsyncContextManager[SpeechToText]: ...


class Outcomes:
    """Collects what is called back, to see that nothing comes twice."""

    def __init__(self, queue: SpeechToText) -> None:
        self._queue = queue
        self.all: list[SttOutcome] = []
        self._changed = asyncio.Event()

    def submit(self, *jobs: SttJob) -> None:
        for one in jobs:
            self._queue.submit(one, self._add)

    def _add(self, outcome: SttOutcome) -> None:
        self.all.append(outcome)
        self._changed.set()

    async def count(self, wanted: int) -> list[SttOutcome]:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while len(self.all) < wanted:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{len(self.all)} of {wanted} outcomes came") from None
        return self.all

    def texts(self) -> Counter[str]:
        return Counter(o.transcription.text if o.transcription else "" for o in self.all)


@asynccontextmanager
async def shared(settings: SttSettings) -> AsyncIterator[SpeechToText]:
    """What worker 1 of a server with several has, and the recognisers on the other end of its
    socket, in this process."""
    with tempfile.TemporaryDirectory(prefix="speech-") as directory:
        path = Path(directory) / "speech.sock"
        listening = listen_at(path)
        pool = LocalSpeechToText(settings)
        server = SpeechServer(pool, listening)
        queue = SharedSpeechToText(settings, path, worker=1)
        try:
            await server.start()
            starting = asyncio.ensure_future(queue.start())
            try:
                await pool.start()
                server.pool_started()
            except EngineUnavailable as error:
                server.unavailable(str(error))
            await starting
            yield queue
        finally:
            await queue.close()
            await server.close()
            await pool.close()
            listening.close()


def prefork() -> int:
    """The one prefork process that this process has started."""
    (pid,) = (
        pid
        for pid in children(os.getpid())
        if b"media_server.stt.pool.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    return pid


@dataclass(frozen=True, order=True)
class Attempt:
    at_s: float
    pid: int


async def attempts(notes: Path, number: int, count: int) -> list[Attempt]:
    """The notes that the engine made when it began with a job, as soon as there are so many."""
    await until(lambda: len(list(notes.glob(f"{number}-*"))) >= count)
    names = [path.name.split("-") for path in notes.glob(f"{number}-*")]
    return sorted(Attempt(int(at_ns) / 1e9, int(pid)) for _, pid, at_ns in names)
