"""Runs jobs on the sound of interviews in child processes: few at a time, none for ever.

A job gets its files as they are read, so that no more than a chunk of them is in this process. What
it makes is passed on as it comes. A slow reader does not slow it down (`spool`), so that its turn
is free when it is done; one that has gone ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from typing import Any

import media_server
from media_server.ports import Blob, StoreUnavailable
from media_server.sound.child import UNREADABLE
from media_server.sound.spool import Full, Spool, TooSlow

logger = logging.getLogger(__name__)

AT_ONCE = 2
WAIT_S = 20.0
"""For a turn."""
STEP_S = 60.0
"""Until the next bytes, whoever is slow: a disk, or the job."""
MAX_BYTES = 256 * 1024 * 1024
"""Of all files together: some nine hours at what clients send."""
CHUNK_BYTES = 64 * 1024
MOST_READERS = 16
"""Of what is being made or was made: each may keep a file."""
_ROOT = Path(media_server.__file__).parents[1]


class SoundBusy(Exception):
    """Too many jobs at this moment."""


class SoundFailed(Exception):
    """The text says why, in words that may be shown."""


class SoundJobs:
    """One per process."""

    def __init__(self, *, at_once: int = AT_ONCE) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._readers = 0

    async def run(
        self, job: Mapping[str, Any], files: Sequence[Blob]
    ) -> AsyncGenerator[bytes, None]:
        """What the job makes. Raises SoundBusy, SoundFailed, StoreUnavailable; FileNotFoundError
        for a file that was erased meanwhile."""
        sizes = [blob.size for blob in files]
        if sum(sizes) > MAX_BYTES:
            raise SoundFailed("it is too long to be made here; take the recordings one by one")
        if self._readers >= MOST_READERS:
            raise SoundBusy
        self._readers += 1
        try:
            async with contextlib.aclosing(self._spooled({**job, "sizes": sizes}, files)) as parts:
                async for part in parts:
                    yield part
        except TooSlow:
            raise SoundFailed("it was read too slowly") from None
        except Full as error:
            raise SoundFailed(f"it could not be kept until it is read: {error}") from None
        finally:
            self._readers -= 1

    async def _spooled(
        self, job: Mapping[str, Any], files: Sequence[Blob]
    ) -> AsyncGenerator[bytes, None]:
        try:
            async with asyncio.timeout(WAIT_S):
                await self._turns.acquire()
        except TimeoutError:
            raise SoundBusy from None
        spool = Spool()
        making = asyncio.get_running_loop().create_task(
            _spool(spool, job, files), name="sound:make"
        )

        def made(_task: asyncio.Task[None]) -> None:
            self._turns.release()  # for the next, whoever still reads
            spool.end()

        making.add_done_callback(made)
        try:
            async with contextlib.aclosing(spool.read()) as parts:
                async for part in parts:
                    yield part
            await making
        finally:
            making.cancel()
            try:
                await asyncio.wait((making,), timeout=10.0)
            finally:
                await spool.close()


async def _spool(spool: Spool, job: Mapping[str, Any], files: Sequence[Blob]) -> None:
    async with contextlib.aclosing(_made(job, files)) as parts:
        async for part in parts:
            await spool.write(part)


async def _made(job: Mapping[str, Any], files: Sequence[Blob]) -> AsyncGenerator[bytes, None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "media_server.sound.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(_ROOT), "OPENBLAS_NUM_THREADS": "1"},
        start_new_session=True,
    )
    assert process.stdin is not None  # noqa: S101  # asked for above
    assert process.stdout is not None  # noqa: S101
    feeding = asyncio.get_running_loop().create_task(_feed(process.stdin, job, files))
    try:
        while part := await _step(process.stdout.read(CHUNK_BYTES)):
            yield part
        code = await _step(process.wait())
        await _fed(feeding)
        if code:
            raise SoundFailed(
                "a recording is damaged" if code == UNREADABLE else f"the sound child ended: {code}"
            )
    finally:
        feeding.cancel()
        if process.returncode is None:  # at once: who is cancelled here again waits for nothing
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await asyncio.wait((feeding,), timeout=5.0)
        # With output that nobody has read, `wait` would not end: the pipe is paused before its end.
        while await process.stdout.read(CHUNK_BYTES):
            pass
        await process.wait()


async def _step(work: Any) -> Any:
    try:
        async with asyncio.timeout(STEP_S):
            return await work
    except TimeoutError:
        raise SoundFailed(f"nothing came of it for {STEP_S:g} s") from None


async def _feed(
    target: asyncio.StreamWriter, job: Mapping[str, Any], files: Sequence[Blob]
) -> None:
    target.write(json.dumps(job).encode() + b"\n")
    try:
        for blob in files:
            async with contextlib.aclosing(blob.read()) as chunks:
                async for chunk in chunks:
                    target.write(chunk)
                    async with asyncio.timeout(STEP_S):
                        await target.drain()
    finally:
        target.close()


async def _fed(feeding: asyncio.Task[None]) -> None:
    """Raises what reading the files raised: it is why the job could not do it."""
    await asyncio.wait((feeding,), timeout=5.0)
    if not feeding.done() or feeding.cancelled():
        return
    error = feeding.exception()
    if isinstance(error, StoreUnavailable | FileNotFoundError):
        raise error
