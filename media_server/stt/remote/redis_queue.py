"""Transcription on any number of machines: the server's side of the queue in Redis.

The PCM is kept here until its outcome is there, so that nothing depends on Redis surviving: what
disappeared from it is submitted again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import secrets

from media_server.endings import end
from media_server.ports import EngineUnavailable, SttJob, SttStatus
from media_server.redis_link.failures import RedisFailure
from media_server.stt.remote import redis_protocol as protocol
from media_server.stt.remote.pending_jobs import PendingJobs
from media_server.stt.remote.record_turns import RecordTurns
from media_server.stt.remote.redis_load import LOAD, Load, load_from
from media_server.stt.remote.redis_streams import JobStreams, connect
from media_server.stt.remote.redis_worker import RedisWorker
from media_server.stt.settings import SttSettings
from media_server.stt.telling import OnOutcome, named

logger = logging.getLogger(__name__)

PAUSE_S = 0.25
"""After Redis failed, before it is asked again."""
WATCH_S = 1.0
NOBODY_S = 0.2
"""As WATCH_S, while nobody works: `start` waits for the first machine."""
CHECK_AFTER_S = 2.0
"""A final unanswered for this long is looked for in Redis."""
CHECKED_AT_ONCE = 64
"""Entries in one question: Redis reads the audio of each to see that it is there."""
FIRST_WORKER_S = 5.0
"""That `start` waits for one. Without it the server starts, lets nobody in and says why."""
NOBODY = "no transcription worker has joined: start `media-server stt-worker`"
OF_WORKERS = (
    "worker_deaths", "job_timeouts", "start_timeouts", "batches", "interims_preempted",
    "records_preempted",
)  # fmt: skip
"""Counted by a machine's own pool; jobs are counted here, by whoever is owed their outcome."""


class RedisSpeechToText:
    """Implements `ports.SpeechToText`; passes the same suite as the pool on one machine."""

    def __init__(self, settings: SttSettings) -> None:
        self._settings = settings
        self._keys = protocol.Keys(settings.redis_prefix)
        # Where there are workers here, their own link logs.
        self._link = connect(settings.redis_url, logs=not settings.workers)
        self._streams = JobStreams(self._link, self._keys)
        self._server = secrets.token_hex(8)
        self._worker = RedisWorker(settings) if settings.workers else None
        self._pending = PendingJobs(settings)
        self._first_worker = asyncio.Event()
        self._load = Load()
        self._turns = RecordTurns(self._link, self._keys, self._server)
        self._gains_from_context = True
        """As the last worker that was there has said. Until one has, audio of the record is kept:
        after a restart a machine may take a while to load, and what is thrown away stays so."""
        self._trouble = "Redis was not asked yet"
        self._tasks: list[asyncio.Task[None]] = []

    # --- ports.SpeechToText ---

    async def start(self) -> None:
        """Raises EngineUnavailable when Redis is away or the local engine cannot be used.

        Without local workers it returns after a few seconds even if no machine has joined yet:
        `status` says so, and jobs wait.
        """
        try:
            await self._streams.make_groups()
        except RedisFailure as failure:
            await self._link.close()
            raise EngineUnavailable(
                f"the transcription queue has no Redis: {failure.named}"
            ) from failure
        if self._worker is not None:
            try:
                await self._worker.start()
            except EngineUnavailable:
                self._worker = None
                await self._link.close()
                raise
        for work in (self._send_all, self._receive_all, self._watch_all):
            self._tasks.append(asyncio.create_task(work(), name=f"stt {work.__name__}"))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_WORKER_S):
                await self._first_worker.wait()

    async def close(self) -> None:
        """Take back what is in Redis, so that nobody does it, and end this machine's workers.

        Raises nothing for a Redis that is away. Finals that wait have no outcome.
        """
        await end(self._tasks)
        started = bool(self._tasks)
        self._tasks.clear()
        if started:
            await self._take_back()
        self._pending.clear()
        if self._worker is not None:
            await self._worker.close()
        if started:  # after our own worker, which answers to the end
            with contextlib.suppress(RedisFailure):
                await self._link.do("UNLINK", self._keys.results(self._server))
        await self._link.close()

    def submit(self, job: SttJob, on_outcome: OnOutcome) -> None:
        """`on_outcome` is never called before this returns, not even for a job that is refused.

        Raises RuntimeError before `start` and after `close`.
        """
        if not self._tasks:
            raise RuntimeError("submit() needs a queue that was started and is not closed")
        wait_s = math.inf if self._trouble else self._load.expected_wait_s
        self._pending.submit(job, on_outcome, self._now_s(), wait_s)

    def drop_interims(self, interview_id: str) -> None:
        """A machine that has begun one goes on, unheard."""
        self._pending.drop_interims(interview_id)

    def forget(self, interview_id: str) -> None:
        """As `drop_interims`, and the finals. Their audio leaves Redis as soon as Redis answers."""
        self._pending.forget(interview_id)

    def status(self) -> SttStatus:
        """Of every server and machine on this queue, about a second old. `counters`: our own."""
        load = self._load
        wait_s, limit_s = load.expected_wait_s, self._settings.saturated_wait_s
        return SttStatus(
            workers_ready=load.ready if self._tasks else 0,
            workers_wanted=max(1, load.wanted),
            queued=load.waiting,
            oldest_queued_s=load.oldest_s,
            engine=load.engine or self._settings.engine,
            model=load.model,
            notice=" ".join(sorted(load.notices)),
            saturated=(
                not self._tasks
                or bool(self._trouble)
                or wait_s > limit_s
                or load.oldest_s > limit_s
                or 2 * self._pending.capped() >= self._settings.max_queued_finals
                or 2 * load.waiting >= protocol.MAX_WAITING
            ),
            trouble=self._trouble,
            counters=self._all_counters(),
            queued_interims=load.waiting_interims,
            running=load.taken,
            expected_wait_s=wait_s,
            newcomer_wait_s=max(wait_s, load.oldest_s),
            timings=self._pending.timings.distributions(),
            gains_from_context=self._gains_from_context,
        )

    # --- inside ---

    async def _take_back(self) -> None:
        """Whoever goes on with our interviews submits again: nothing is to be done twice."""
        with contextlib.suppress(RedisFailure):
            for final in (True, False):
                if entries := self._pending.in_redis(final=final):
                    queue = self._keys.queue(final=final)
                    await self._link.run(protocol.REMOVE, [queue], [protocol.GROUP, *entries])
            await self._turns.settle(lambda _token: False, 0)

    def _all_counters(self) -> dict[str, int]:
        """Ours, and of the workers on this machine what only they know."""
        local = self._worker.counters() if self._worker is not None and self._tasks else {}
        return {name: local[name] for name in OF_WORKERS if name in local} | self._pending.counters

    def _is_wanted(self, token: int) -> bool:
        return self._pending.get(token) is not None

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()

    # --- sending ---

    async def _send_all(self) -> None:
        pending = self._pending
        while True:
            await pending.wake.wait()
            pending.wake.clear()
            while pending.outbox or pending.removals:
                try:
                    await (self._remove_one() if pending.removals else self._send_one())
                except RedisFailure as failure:
                    self._trouble = str(failure)
                    await asyncio.sleep(PAUSE_S)
                except Exception as error:  # nobody else would begin again
                    logger.exception("sending work: %s", type(error).__name__)
                    await asyncio.sleep(PAUSE_S)

    async def _remove_one(self) -> None:
        gone = self._pending.removals.popleft()
        queue = self._keys.queue(final=gone.job.final)
        try:
            removed = await self._link.run(
                protocol.REMOVE, [queue], [protocol.GROUP, gone.entry_id]
            )
        except RedisFailure:
            self._pending.removals.appendleft(gone)
            raise
        if removed:  # otherwise a worker has it, and its outcome is welcome
            self._pending.left_out(gone.token, gone.leaving)

    async def _send_one(self) -> None:
        pending = self._pending
        sent = pending.get(pending.outbox[0])
        if sent is None:
            pending.outbox.popleft()
            return
        if pending.too_old(sent, self._now_s()):
            pending.left_out(pending.outbox.popleft(), "interims_dropped")
            return
        if sent.job.final and self._load.waiting >= protocol.MAX_WAITING:
            await asyncio.sleep(PAUSE_S)  # it is kept here; status() says that we are saturated
            return
        if sent.job.record and not await self._turns.take(sent.token, self._load.ready):
            pending.refuse(pending.outbox.popleft(), "another stretch is decoded for the record")
            return
        fields = protocol.entry_fields(self._server, sent.token, sent.job)
        flat = [part for pair in fields.items() for part in pair]
        queue = self._keys.queue(final=sent.job.final)
        bound = [] if sent.job.final else ["MAXLEN", "~", protocol.MAX_INTERIMS]
        added: bytes = await self._link.do("XADD", queue, *bound, "*", *flat)
        # An answer that was lost sends the job twice: the second outcome finds no token.
        pending.outbox.popleft()
        sent.entry_id = added.decode()
        if pending.get(sent.token) is None:  # dropped or left out while it was on its way
            pending.remove(sent)

    # --- receiving ---

    async def _receive_all(self) -> None:
        while True:
            try:
                arrived = await self._streams.read_results(self._server, block_ms=protocol.BLOCK_MS)
                for _, text in arrived:
                    self._pending.receive(text, self._now_s())
                    await asyncio.sleep(0)  # after a standstill there are many
                if arrived:
                    ids = [entry_id for entry_id, _ in arrived]
                    await self._link.do("XDEL", self._keys.results(self._server), *ids)
                    await self._turns.settle(self._is_wanted, self._load.ready)
            except RedisFailure:
                await asyncio.sleep(PAUSE_S)
            except Exception as error:  # nobody else would begin again
                logger.exception("receiving results: %s", type(error).__name__)
                await asyncio.sleep(PAUSE_S)

    # --- watching ---

    async def _watch_all(self) -> None:
        while True:
            self._pending.leave_out_old(self._now_s())
            try:
                await self._watch_machines()
                await self._find_lost()
                await self._turns.settle(self._is_wanted, self._load.ready)
            except RedisFailure as failure:
                self._trouble = str(failure)
            except Exception as error:  # nobody else would begin again
                logger.exception("watching the machines: %s", type(error).__name__)
            await asyncio.sleep(WATCH_S if self._load.ready else NOBODY_S)

    async def _watch_machines(self) -> None:
        keys = self._keys
        queues = [keys.queue(final=True), keys.queue(final=False)]
        answer = await self._link.run(
            LOAD,
            [keys.seen, keys.described, *queues, keys.dead],
            [protocol.WORKER_GONE_S, protocol.GROUP],
        )
        self._load = load_from(answer)
        self._trouble = "" if self._load.ready else NOBODY
        if self._load.ready:
            self._gains_from_context = self._load.gains_from_context
            self._first_worker.set()

    async def _find_lost(self) -> None:
        """Redis restarted empty, or lost its last second: what is gone is submitted again."""
        now_s = self._now_s()
        overdue = [
            sent
            for sent in self._pending.finals()
            if sent.entry_id and now_s - sent.submitted_s > CHECK_AFTER_S
        ]
        overdue = overdue[:CHECKED_AT_ONCE]
        if not overdue:
            return
        missing = await self._link.run(
            protocol.MISSING, [self._keys.queue(final=True)], [sent.entry_id for sent in overdue]
        )
        for sent in overdue:
            if sent.entry_id.encode() not in missing or not self._pending.get(sent.token):
                sent.missing = False
            elif not sent.missing:
                sent.missing = True  # its outcome may be on the way: look once more
            else:
                turn_id, segment_id = named(sent.job)
                line = "turn=%s: Redis has lost segment %s: it is sent again"
                logger.info(line, turn_id, segment_id)
                self._pending.counters["resubmitted"] += 1
                sent.missing, sent.entry_id = False, ""
                self._pending.send(sent.token)
