"""Transcription on this machine: worker processes driven from the event loop.

The thin shell around `schedule.Schedule`: it carries out its actions (start and kill processes,
send jobs, call back) and tells it what happened. No threads, no tasks while running.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from media_server.ports import EngineUnavailable, Public, SttJob, SttOutcome, SttStatus
from media_server.stt import frames
from media_server.stt.figures import Timings, count_transcription
from media_server.stt.pool import cpu_time, remarks
from media_server.stt.pool.actions import (
    Action,
    Deliver,
    Discard,
    Kill,
    Skip,
    Spawn,
    Start,
)
from media_server.stt.pool.link import WorkerLink
from media_server.stt.pool.prefork import PreforkProcess
from media_server.stt.pool.schedule import Schedule
from media_server.stt.settings import SttSettings
from media_server.stt.telling import OnOutcome, call_back, named

logger = logging.getLogger(__name__)

STARTED_EARLY_S = 5.0
"""Added to start_timeout_s before `start` gives up, so that the schedule's reason comes first."""
DIED_LOADING = (
    "a worker process died while it loaded the engine: see whether this machine has memory for the "
    "model, and whether the engine works in a plain Python process"
)

LOADS_TRIED = 3
"""Times that a worker may die while it loads before `start` gives up at once: what kills each one
will kill the next, and nobody should wait `start_timeout_s` to hear it."""
NOT_FORKED = "a worker process could not be started: see whether this machine has memory left"


class LocalSpeechToText:
    """Implements `ports.SpeechToText`. `close` must be awaited after `start`, even a failed one.

    Finals that are waiting at `close` get no outcome: their audio is in the spool, and whoever
    takes the interview over submits them again.
    """

    def __init__(self, settings: SttSettings) -> None:
        self._settings = settings
        self._schedule = Schedule(settings)
        self._prefork = PreforkProcess(
            settings, on_ready=self._prefork_ready, on_gone=self._prefork_gone
        )
        self._links: dict[int, WorkerLink] = {}
        self._pids: dict[int, int] = {}
        """Of the workers that are ready."""
        self._unforked: list[int] = []
        """Workers wanted while the prefork process is still loading."""
        self._waiting: dict[int, OnOutcome] = {}
        self._last_token = 0
        self._timer: asyncio.TimerHandle | None = None
        self._started: asyncio.Future[None] | None = None
        self._running = False
        self._description: Mapping[str, str] = {
            "engine": settings.engine,
            "model": "",
            "notice": "",
        }
        self._trouble = ""
        self._told: set[str] = set()
        self._died_loading = 0
        self._timings = Timings()
        self._gains_from_context = False
        self._languages: tuple[str, ...] = ()
        self.batch = 1
        """Jobs that the engine takes at once."""

    # --- ports.SpeechToText ---

    async def start(self) -> None:
        """Raises EngineUnavailable when no worker can be warmed up."""
        loop = asyncio.get_running_loop()
        self._running = True
        self._started = loop.create_future()
        self._apply(self._schedule.tick(loop.time()))
        try:
            async with asyncio.timeout(self._settings.start_timeout_s + STARTED_EARLY_S):
                await self._started
        except TimeoutError as error:
            raise EngineUnavailable(
                f"no transcription worker was ready within {self._settings.start_timeout_s:.0f} s: "
                + (self._trouble or "use a smaller model or raise stt start_timeout_s")
            ) from error
        finally:
            self._started = None

    async def close(self) -> None:
        """Kill the workers. Returns within 2 s. Harmless twice. The pool cannot be started
        again."""
        self._running = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for link in self._links.values():
            link.close()
        self._links.clear()
        self._unforked.clear()
        self._waiting.clear()
        await self._prefork.close()

    def submit(self, job: SttJob, on_outcome: OnOutcome) -> None:
        """`on_outcome` is called before this returns for a job that is refused or left out at once.

        Raises RuntimeError before `start` and after `close`.
        """
        if not self._running:
            raise RuntimeError("submit() needs a pool that was started and is not closed")
        self.submit_all([(job, on_outcome)])

    def submit_all(self, jobs: Sequence[tuple[SttJob, OnOutcome]]) -> None:
        """Jobs that arrive together: an engine that takes batches may do them as one."""
        named = []
        for job, on_outcome in jobs:
            self._last_token += 1
            self._waiting[self._last_token] = on_outcome
            named.append((self._last_token, job))
        self._apply(self._schedule.submit_all(named, self._now_s()))

    def drop_interims(self, interview_id: str) -> None:
        """A worker that has begun one goes on, unheard. Harmless before `start`, after `close`."""
        if self._running:
            self._apply(self._schedule.drop_interims(interview_id, self._now_s()))

    def forget(self, interview_id: str) -> None:
        """As `drop_interims`, and the finals: whoever waits for one is not called back."""
        if self._running:
            self._apply(self._schedule.forget(interview_id, self._now_s()))

    def status(self) -> SttStatus:
        """Also before `start` and after `close`: saturated, and nobody is ready."""
        schedule = self._schedule
        now_s = self._now_s() if self._running else 0.0
        return SttStatus(
            workers_ready=schedule.workers_ready if self._running else 0,
            workers_wanted=self._settings.workers,
            queued=schedule.queued,
            oldest_queued_s=schedule.oldest_queued_s(now_s) if self._running else 0.0,
            engine=self._description["engine"],
            model=self._description["model"],
            notice=self._description["notice"],
            saturated=not self._running or schedule.saturated(now_s),
            trouble=self._trouble,
            counters=dict(schedule.counters),
            queued_interims=schedule.queued_interims,
            running=schedule.running,
            expected_wait_s=schedule.expected_wait_s(),
            newcomer_wait_s=schedule.newcomer_wait_s(now_s),
            timings=self._timings.distributions(),
            gains_from_context=self._gains_from_context,
            languages=self._languages,
        )

    @property
    def work_per_audio(self) -> float:
        """Seconds of one worker for a second of audio, as it was lately."""
        return self._schedule.work_per_audio

    @property
    def room_finals(self) -> int:
        """Finals that would begin at once, if submitted together."""
        return self._schedule.room_finals if self._running else 0

    @property
    def room_idle(self) -> int:
        """Of these, those for which no interim is given up."""
        return self._schedule.room_idle if self._running else 0

    @property
    def room_interims(self) -> int:
        """Interims that would begin at once: fewer, a worker is kept for the next final."""
        return self._schedule.room_interims if self._running else 0

    # --- carrying out ---

    def _apply(self, actions: list[Action]) -> None:
        batches: dict[int, list[Start]] = {}
        while self._schedule.remarks:
            remarks.log(self._schedule.remarks.popleft())
        for action in actions:
            match action:
                case Start(worker):
                    batches.setdefault(worker, []).append(action)
                case Spawn(worker):
                    self._spawn(worker)
                case Kill(worker):
                    self._kill(worker)
                case Discard(token):
                    self._waiting.pop(token, None)
                case Skip():
                    self._skip(action)
                case Deliver():
                    self._deliver(action)
        for worker, batch in batches.items():
            if worker in self._links:  # not closed by a callback above
                self._schedule.began(worker, self._cpu_s(worker))
                self._links[worker].send_jobs(batch)
        self._arm()

    def _deliver(self, delivered: Deliver) -> None:
        outcome = delivered.outcome
        self._timings.add(outcome, record=delivered.record)
        self._schedule.counters["deliveries"] += outcome.deliveries
        if outcome.transcription is not None:
            count_transcription(self._schedule.counters, outcome.transcription)
        else:
            turn_id, segment_id = named(outcome)
            logger.warning(
                "turn=%s: segment %s not transcribed after %d deliveries: %s",
                turn_id, segment_id, outcome.deliveries, Public(outcome.reason),
            )  # fmt: skip
        self._call(delivered.token, outcome)

    def _skip(self, skipped: Skip) -> None:
        outcome = skipped.outcome
        turn_id, segment_id = named(outcome)
        line = "turn=%s: an interim of segment %s is left out: %s"
        logger.debug(line, turn_id, segment_id, Public(outcome.reason))
        self._call(skipped.token, outcome)

    def _call(self, token: int, outcome: SttOutcome) -> None:
        on_outcome = self._waiting.pop(token, None)
        if on_outcome is not None:
            call_back(on_outcome, outcome)

    def _spawn(self, worker: int) -> None:
        self._unforked.append(worker)
        if not self._prefork.running:
            try:
                self._prefork.launch()
            except OSError as error:
                self._trouble = f"no worker process could be started: {error.strerror}"
                asyncio.get_running_loop().call_soon(self._prefork_gone, self._trouble)
        elif self._prefork.ready:
            self._fork_waiting()

    def _fork_waiting(self) -> None:
        waiting, self._unforked = self._unforked, []
        for worker in waiting:
            ours = self._prefork.fork(worker)
            if ours is None:
                asyncio.get_running_loop().call_soon(self._worker_lost, worker, NOT_FORKED)
                continue
            self._links[worker] = WorkerLink(
                ours,
                on_frame=partial(self._frame, worker),
                on_lost=partial(self._worker_lost, worker),
            )

    def _kill(self, worker: int) -> None:
        if worker in self._unforked:
            self._unforked.remove(worker)
            if not self._prefork.ready:
                self._prefork.abandon()
        self._pids.pop(worker, None)
        link = self._links.pop(worker, None)
        if link is not None:
            link.close()
        self._prefork.kill(worker)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline_s = self._schedule.deadline()
        if deadline_s is not None and self._running:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(deadline_s, loop.time()), self._tick)

    # --- what happened ---

    def _tick(self) -> None:
        self._timer = None
        now_s = self._now_s()
        cpu_s = {worker: self._cpu_s(worker) for worker in self._schedule.looked_at(now_s)}
        self._apply(self._schedule.tick(now_s, cpu_s))

    def _cpu_s(self, worker: int) -> float | None:
        pid = self._pids.get(worker)
        return cpu_time.cpu_s(pid) if pid is not None else None

    def _prefork_ready(self) -> None:
        self._fork_waiting()

    def _prefork_gone(self, reason: str) -> None:
        """Loading failed, or the process was killed; workers notice by their own sockets."""
        if not self._running:
            return
        self._fail(reason or "the worker processes ended unexpectedly")
        waiting, self._unforked = self._unforked, []
        for worker in waiting:
            self._apply(self._schedule.worker_down(worker, self._now_s()))

    def _worker_lost(self, worker: int, why: str = DIED_LOADING) -> None:
        self._links.pop(worker, None)
        self._pids.pop(worker, None)
        if self._schedule.loading(worker):
            self._died_loading += 1
            if self._died_loading >= LOADS_TRIED * self._settings.workers:
                self._fail(why)
            elif not self._trouble:
                self._trouble = why
                logger.error("transcription: %s", Public(self._trouble))
        if self._running:
            self._apply(self._schedule.worker_down(worker, self._now_s()))

    def _frame(self, worker: int, header: dict[str, Any]) -> None:
        try:
            self._obey(worker, header)
        except (frames.BadFrame, KeyError, TypeError, ValueError, OverflowError):
            logger.warning("a transcription worker sent nonsense and is replaced")
            self._kill(worker)
            self._worker_lost(worker)

    def _obey(self, worker: int, header: dict[str, Any]) -> None:
        if header["type"] == "ready":
            self._description = {k: str(header[k]) for k in ("engine", "model", "notice")}
            self._trouble = ""
            self._tell(header.get("remarks", ()))
            self.batch = int(header["batch"])
            self._gains_from_context = header["gains_from_context"] is True
            self._languages = tuple(map(str, header["languages"]))
            self._pids[worker] = int(header["pid"])
            actions = self._schedule.worker_up(
                worker, self._now_s(), self.batch, replaced_quickly=bool(header["forked"])
            )
            self._apply(actions)
            if self._started is not None and not self._started.done():
                self._started.set_result(None)
        elif header["type"] == "unavailable":
            self._unavailable(worker, str(header["reason"]))
        elif header["type"] == "result":
            made = header["result"]
            actions = self._schedule.finished(
                worker,
                int(header["token"]),
                int(header["delivery"]),
                None if made is None else frames.transcription_from(made),
                self._now_s(),
                reason=str(header.get("reason", "")),
                permanent=bool(header.get("permanent")),
            )
            self._apply(actions)

    def _tell(self, remarks: Sequence[str]) -> None:
        """What a worker found while it warmed up, once however many find it."""
        for remark in map(str, remarks):
            if remark not in self._told:
                self._told.add(remark)
                logger.warning("transcription: %s", Public(remark))

    def _unavailable(self, worker: int, reason: str) -> None:
        """It ends by itself; the next one is used when its engine has warmed up."""
        self._fail(reason)
        self._kill(worker)
        actions = self._schedule.worker_down(worker, self._now_s(), reason, unavailable=True)
        self._apply(actions)

    def _fail(self, reason: str) -> None:
        if reason != self._trouble:
            logger.error("transcription: %s", Public(reason))
        self._trouble = reason
        if self._started is not None and not self._started.done():
            self._started.set_exception(EngineUnavailable(reason))

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()
