"""Keeps one warm speech child, gives it one step of a text at a time, replaces it when it hangs.

A step is a sentence or a second of encoding. Between two of them a text that nobody waits for
yet gives way to those that somebody waits for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import media_server
from media_server.delivery import PLAIN, Delivery
from media_server.ports import Public, SpeechUnavailable
from media_server.tts import frames
from media_server.tts.engine import EngineInfo

logger = logging.getLogger(__name__)

QUEUE_LIMIT = 64
_BACKOFF_S = (0.0, 0.5, 2.0, 8.0, 30.0)
_CLOSE_S = 3.0
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    # onnxruntime would keep a database in the home directory and upload it, and some of
    # Piper's languages would fetch models: nothing is downloaded unless the operator asks.
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
}
_ROOT = Path(media_server.__file__).parents[1]


class VoiceFailed(SpeechUnavailable):
    """The engine's fault, not the text's: it raised, hung or took its process with it."""


class _ChildLost(Exception):
    pass


@dataclass(slots=True, eq=False)
class _Job:
    engine: str
    text: str
    locale: str
    delivery: Delivery
    future: asyncio.Future[bytes]
    number: int
    later: bool
    on_piece: Callable[[bytes], None] | None = None
    is_heard: bool = False
    """A piece of it was given away: another voice cannot go on with it."""
    losses: int = 0
    """Children lost with this text."""

    def is_of(self, engine: str, text: str, locale: str, delivery: Delivery) -> bool:
        mine = (self.engine, self.text, self.locale, self.delivery)
        return mine == (engine, text, locale, delivery)


class ChildHost:
    """`start` first, `close` last. `engines` is what the newest child can speak with."""

    def __init__(
        self,
        hello: dict[str, Any],
        *,
        start_timeout_s: float,
        job_timeout_s: float,
        attempts: int = 2,
    ) -> None:
        """`attempts`: of a text whose child was lost; 1 where another voice stands by."""
        self._hello = hello
        self._attempts = attempts
        self._start_timeout_s = start_timeout_s
        self._job_timeout_s = job_timeout_s
        self._jobs: deque[_Job] = deque()
        self._later: deque[_Job] = deque()
        """Those that nobody waits for yet: only while nothing else waits."""
        self._wake = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._started = False
        """The child has loaded what it can."""
        self._runner: asyncio.Task[None] | None = None
        self._first_try = asyncio.Event()
        self._next_id = 0
        self._current: _Job | None = None
        self.engines: tuple[EngineInfo, ...] = ()
        self.known: tuple[EngineInfo, ...] = ()
        """Those and the ones that an earlier child had: what they said may still be cached."""
        self.problems: dict[str, str] = {}
        self.problem = "the speech process has not been started"
        """Why no text can be spoken now; empty when one can."""
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def busy(self) -> bool:
        """With what somebody waits for."""
        return bool(self._jobs) or (self._current is not None and not self._current.later)

    def restart(self) -> None:
        """Replace the child by a new one, which loads the engines again; one starting does so."""
        if self._process is not None and self._started:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def give_up(self, engine: str, reason: str) -> None:
        """Texts that wait for this engine are refused: another may still speak them in time."""
        for queue in (self._jobs, self._later):
            for job in tuple(queue):
                if job.engine == engine:
                    queue.remove(job)
                    self._settle(job, reason)

    def hurry(self, engine: str, text: str, locale: str, delivery: Delivery = PLAIN) -> None:
        """Somebody waits for this text now that was asked for with `later`."""
        current = self._current
        if current is not None and current.is_of(engine, text, locale, delivery):
            current.later = False
        for job in tuple(self._later):
            if job.is_of(engine, text, locale, delivery):
                job.later = False
                self._later.remove(job)
                if job.is_heard:  # its beginning is heard from now on: the rest is urgent
                    self._jobs.appendleft(job)
                else:
                    self._jobs.append(job)
                self._wake.set()

    async def start(self) -> None:
        """Returns when the child is warm or its first start has failed (see `problem`)."""
        if self._runner is not None:
            raise RuntimeError("already started")
        self._runner = asyncio.create_task(self._run(), name="speech-child")
        await self._first_try.wait()

    async def close(self) -> None:
        runner, self._runner = self._runner, None
        self.problem = "the speech process is closed"
        if runner is not None:
            runner.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await runner
        self._refuse_waiting()

    async def synthesize(
        self,
        engine: str,
        text: str,
        locale: str,
        *,
        later: bool = False,
        delivery: Delivery = PLAIN,
        on_piece: Callable[[bytes], None] | None = None,
    ) -> bytes:
        """The encoded clip (see clip_codec). Raises SpeechUnavailable, of which VoiceFailed.
        `later`: after every text that was asked for without it, also after this one. It never
        raises VoiceFailed: a voice is judged by what somebody waits for. `on_piece` gets what is
        encoded before the end; from the beginning again where the child was lost."""
        if self._runner is None or self.problem:
            raise SpeechUnavailable(self.problem)
        queue = self._later if later else self._jobs
        if len(queue) >= QUEUE_LIMIT:
            raise SpeechUnavailable(f"{QUEUE_LIMIT} texts wait for the voice already")
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._next_id += 1
        job = _Job(engine, text, locale, delivery, future, self._next_id, later, on_piece)
        queue.append(job)
        self._wake.set()
        return await job.future

    # --- the runner ---

    async def _run(self) -> None:
        failures = 0
        try:
            while True:
                try:
                    process = await self._spawn()
                except (_ChildLost, OSError, frames.BadFrame, TimeoutError) as error:
                    self.problem = f"the speech process does not start: {error or 'no answer'}"
                    logger.warning("%s", Public(self.problem))
                    self._first_try.set()
                    self._refuse_waiting()
                    failures += 1
                    await asyncio.sleep(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
                    continue
                self.problem = ""
                self._first_try.set()
                began_s = time.monotonic()
                await self._use(process)
                await self._kill()
                self.restarts += 1
                failures = 0 if time.monotonic() - began_s > 10 else failures + 1
                await asyncio.sleep(_BACKOFF_S[min(failures - 1, 3)] if failures else 0)
        finally:
            self._first_try.set()
            await self._kill()

    async def _spawn(self) -> asyncio.subprocess.Process:
        await self._kill()
        # The child must find what the server finds, engines of others included.
        known = (str(_ROOT), os.environ.get("PYTHONPATH"), *sys.path)
        paths = os.pathsep.join(filter(None, known))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "media_server.tts.child", str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, **_ENVIRONMENT, "PYTHONPATH": paths},
            process_group=0,
        )  # fmt: skip
        self._process = process
        async with asyncio.timeout(self._start_timeout_s):
            message, _ = await self._exchange(process, frames.pack(self._hello))
        self.engines = tuple(
            EngineInfo(entry["name"], entry["voice"], entry["detail"], tuple(entry["languages"]))
            for entry in message["engines"]
        )
        now = {engine.name: engine for engine in self.engines}
        before = {engine.name: engine for engine in self.known}
        self.known = tuple((now if before.keys() <= now.keys() else before | now).values())
        self.problems = dict(message["problems"])
        self._started = True
        return process

    async def _use(self, process: asyncio.subprocess.Process) -> None:
        """Until the child is lost, hangs or lies."""
        ended = asyncio.create_task(process.wait(), name="speech-child-exit")
        try:
            while True:
                job = await self._next_job(ended)
                if job is None:
                    logger.warning("the speech process ended with %s", process.returncode)
                    return
                self._current = job
                try:
                    if not await self._do(process, job):
                        return
                finally:
                    self._current = None
        finally:
            await _end(ended)

    async def _next_job(self, ended: asyncio.Task[int]) -> _Job | None:
        """The next text that somebody still waits for; None when the child has ended."""
        while not ended.done():
            while queue := self._jobs or self._later:
                job = queue.popleft()
                if not job.future.done():
                    return job
            self._wake.clear()
            waiting = asyncio.create_task(self._wake.wait(), name="speech-job")
            try:
                await asyncio.wait((waiting, ended), return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _end(waiting)
        return None

    async def _do(self, process: asyncio.subprocess.Process, job: _Job) -> bool:
        """One step. False: the child must be replaced. A text that was in a crash may be tried
        again."""
        self._next_id += 1
        request = {
            "id": self._next_id, "text": job.number, "engine": job.engine, "locale": job.locale,
            "tempo": job.delivery.tempo, "gain_db": job.delivery.gain_db,
        }  # fmt: skip
        request_id = self._next_id
        try:
            async with asyncio.timeout(self._job_timeout_s):
                answer, body = await self._exchange(
                    process, frames.pack(request, job.text.encode("utf-8", "ignore"))
                )
            if answer.get("id") != request_id:
                raise _ChildLost("it answered another text")
        except TimeoutError:
            self._fail(job, f"no sound within {self._job_timeout_s:g} s")
            return False
        except (_ChildLost, OSError, frames.BadFrame) as error:
            job.losses += 1
            if job.losses < (max(self._attempts, 2) if job.is_heard else self._attempts):
                self._put_back(job)
            else:
                self._fail(job, f"the speech process was lost: {error}")
            return False
        except asyncio.CancelledError:
            self._settle(job, "the speech process is closed")
            raise
        if answer.get("fault"):
            self._fail(job, str(answer["error"]))
        elif "error" in answer:
            self._settle(job, str(answer["error"]))
        elif answer.get("more"):
            if body and job.on_piece is not None:
                job.is_heard = True
                job.on_piece(body)
            self._put_back(job)
        elif not job.future.done():
            job.future.set_result(body)
        return True

    async def _exchange(
        self, process: asyncio.subprocess.Process, frame: bytes
    ) -> tuple[dict[str, Any], bytes]:
        assert process.stdin is not None  # noqa: S101  # made with pipes, above
        assert process.stdout is not None  # noqa: S101
        try:
            process.stdin.write(frame)
            await process.stdin.drain()
            head = await process.stdout.readexactly(frames.HEAD.size)
            json_bytes, body_bytes = frames.lengths(head)
            message = frames.unpack(await process.stdout.readexactly(json_bytes))
            return message, await process.stdout.readexactly(body_bytes)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise _ChildLost("it ended") from None

    async def _kill(self) -> None:
        """The child and what it has started; reaped, with its pipes closed."""
        process, self._process, self._started = self._process, None, False
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        transport: Any = getattr(process, "_transport", None)
        try:
            async with asyncio.timeout(_CLOSE_S):
                await process.wait()
        except TimeoutError:
            logger.warning("the speech process %d does not end", process.pid)
        finally:
            if transport is not None:  # asyncio closes the pipes only with the transport
                transport.close()

    def _put_back(self, job: _Job) -> None:
        """To the head: it goes on where it was, unless somebody has come who waits, or hears one
        already, of which no more than some encoding is left."""
        queue = self._later if job.later else self._jobs
        is_behind = bool(queue) and queue[0].is_heard and not job.is_heard
        queue.insert(int(is_behind), job)
        self._wake.set()

    def _fail(self, job: _Job, reason: str) -> None:
        self._settle(job, reason, SpeechUnavailable if job.later else VoiceFailed)

    def _settle(
        self, job: _Job, reason: str, kind: type[SpeechUnavailable] = SpeechUnavailable
    ) -> None:
        if not job.future.done():
            job.future.set_exception(kind(reason))

    def _refuse_waiting(self) -> None:
        while queue := self._jobs or self._later:
            self._settle(queue.popleft(), self.problem)


async def _end(task: asyncio.Task[Any]) -> None:
    """Unlike `await` under `suppress` it lets through that the caller itself is cancelled."""
    task.cancel()
    await asyncio.wait((task,))
