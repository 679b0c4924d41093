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
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from media_server.ports import EngineUnavailable, SttJob, SttOutcome, SttStatus
from media_server.stt import frames
from media_server.stt import redis_protocol as protocol
from media_server.stt.figures import Timings
from media_server.stt.redis_link import TROUBLE, RedisLink, end
from media_server.stt.redis_load import LOAD, Load, load_from
from media_server.stt.redis_worker import RedisWorker
from media_server.stt.settings import SttSettings
from media_server.stt.thinning import Thinning

logger = logging.getLogger(__name__)

OnOutcome = Callable[[SttOutcome], None]
PAUSE_S = 0.25
WATCH_S = 1.0
CHECK_AFTER_S = 2.0
"""A final unanswered for this long is looked for in Redis."""
CHECKED_AT_ONCE = 64
FIRST_WORKER_S = 5.0
MAX_REMOVALS = 1024
INTERIM_ANSWER_S = 15.0
NOBODY = "no transcription worker has joined: start `media-server stt-worker`"
OF_WORKERS = ("worker_deaths", "job_timeouts", "start_timeouts", "batches")
"""Counted by a machine's own pool; jobs are counted here, by whoever is owed their outcome."""


@dataclass(slots=True)
class _Sent:
    token: int
    job: SttJob
    on_outcome: OnOutcome
    submitted_s: float
    entry_id: str = ""
    missing: bool = False


class RedisSpeechToText:
    """Implements `ports.SpeechToText`; passes the same suite as the pool on one machine."""

    def __init__(self, settings: SttSettings) -> None:
        self._settings = settings
        self._keys = protocol.Keys(settings.redis_prefix)
        self._link = RedisLink(settings.redis_url, self._keys)
        self._server = secrets.token_hex(8)
        self._worker = RedisWorker(settings) if settings.workers else None
        self._sent: dict[int, _Sent] = {}
        """Every job without an outcome, by token: the only place that holds its callback."""
        self._outbox: deque[int] = deque()
        self._removals: deque[_Sent] = deque(maxlen=MAX_REMOVALS)
        self._wake = asyncio.Event()
        self._first_worker = asyncio.Event()
        self._last_token = 0
        self._load = Load()
        self._trouble = "Redis was not asked yet"
        self._counters: Counter[str] = Counter()
        self._thinning = Thinning(settings)
        self._timings = Timings()
        self._tasks: list[asyncio.Task[None]] = []

    # --- ports.SpeechToText ---

    async def start(self) -> None:
        """Raises EngineUnavailable when Redis is away or the local engine cannot be used.

        Without local workers it returns after a few seconds even if no machine has joined yet:
        `status` says so, and jobs wait.
        """
        try:
            await self._link.make_groups()
        except TROUBLE as error:
            await self._link.close()
            raise EngineUnavailable(
                f"the transcription queue cannot reach Redis ({type(error).__name__}): "
                "start it or correct stt redis_url"
            ) from error
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
        await end(self._tasks)
        if self._tasks:
            with contextlib.suppress(*TROUBLE):
                await self._link.do("UNLINK", self._keys.results(self._server))
        self._tasks.clear()
        self._sent.clear()
        self._outbox.clear()
        if self._worker is not None:
            await self._worker.close()
        await self._link.close()

    def submit(self, job: SttJob, on_outcome: OnOutcome) -> None:
        if not self._tasks:
            raise RuntimeError("submit() needs a queue that was started and is not closed")
        now_s = asyncio.get_running_loop().time()
        if not job.final:
            wait_s = math.inf if self._trouble else self._expected_wait_s()
            if refused := self._thinning.refuses(job.interview_id, now_s, wait_s):
                self._counters[refused] += 1
                return
        elif self._finals() >= self._settings.max_queued_finals:
            self._refuse(job, on_outcome, "the transcription queue is full")
            return
        elif 2 * job.pcm.size > protocol.MAX_PCM_BYTES:
            self._refuse(job, on_outcome, "the audio is longer than the queue takes")
            return
        self._replace(job)
        self._last_token += 1
        self._sent[self._last_token] = _Sent(self._last_token, job, on_outcome, now_s)
        self._outbox.append(self._last_token)
        self._wake.set()

    def drop_interims(self, interview_id: str) -> None:
        self._thinning.forget(interview_id)
        self._drop(interview_id, finals=False)

    def forget(self, interview_id: str) -> None:
        self._drop(interview_id, finals=True)

    def status(self) -> SttStatus:
        load = self._load
        own = [sent for sent in self._sent.values() if sent.job.final]
        wait_s, limit_s = self._expected_wait_s(), self._settings.saturated_wait_s
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
                or 2 * len(own) >= self._settings.max_queued_finals
                or 2 * load.waiting >= protocol.MAX_WAITING
            ),
            trouble=self._trouble,
            counters=self._all_counters(),
            queued_interims=load.waiting_interims,
            running=load.taken,
            expected_wait_s=wait_s,
            timings=self._timings.distributions(),
        )

    # --- inside ---

    def _all_counters(self) -> dict[str, int]:
        """Ours, and of the workers on this machine what only they know."""
        local = self._worker.counters() if self._worker is not None and self._tasks else {}
        return {name: local[name] for name in OF_WORKERS if name in local} | self._counters

    def _finals(self) -> int:
        return sum(sent.job.final for sent in self._sent.values())

    def _expected_wait_s(self) -> float:
        return self._load.expected_wait_s

    def _refuse(self, job: SttJob, on_outcome: OnOutcome, reason: str) -> None:
        self._counters["finals_refused"] += 1
        self._counters["dead_letters"] += 1
        outcome = SttOutcome(job.interview_id, job.segment_id, job.attempt, True, None, reason)
        asyncio.get_running_loop().call_soon(self._call, on_outcome, outcome)

    def _drop(self, interview_id: str, *, finals: bool) -> None:
        for token, sent in list(self._sent.items()):
            if sent.job.interview_id == interview_id and (finals or not sent.job.final):
                del self._sent[token]
                self._remove(sent)

    def _replace(self, job: SttJob) -> None:
        """Interims that `job` makes needless, unless a worker has begun with them."""
        for token, sent in list(self._sent.items()):
            older = sent.job
            if older.final or older.interview_id != job.interview_id:
                continue
            if job.final and older.segment_id != job.segment_id:
                continue
            self._counters["interims_replaced"] += 1
            if sent.entry_id:
                self._remove(sent)
            else:
                del self._sent[token]

    def _remove(self, sent: _Sent) -> None:
        if sent.entry_id:
            self._removals.append(sent)
            self._wake.set()

    def _call(self, on_outcome: OnOutcome, outcome: SttOutcome) -> None:
        try:
            on_outcome(outcome)
        except Exception:
            logger.exception("the handler of a transcription failed")

    # --- sending ---

    async def _send_all(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._outbox or self._removals:
                try:
                    await self._send_one()
                except TROUBLE as error:
                    self._trouble = f"Redis does not answer ({type(error).__name__})"
                    await asyncio.sleep(PAUSE_S)

    async def _send_one(self) -> None:
        if self._removals:
            gone = self._removals[0]
            queue = self._keys.queue(final=gone.job.final)
            removed = await self._link.run(
                protocol.REMOVE, [queue], [protocol.GROUP, gone.entry_id]
            )
            self._removals.popleft()
            if removed:  # otherwise a worker has it, and its outcome is welcome
                self._sent.pop(gone.token, None)
            return
        sent = self._sent.get(self._outbox[0])
        if sent is None or self._too_old(sent):
            self._sent.pop(self._outbox.popleft(), None)
            return
        if sent.job.final and self._load.waiting >= protocol.MAX_WAITING:
            await asyncio.sleep(PAUSE_S)  # it is kept here; status() says that we are saturated
            return
        fields = protocol.entry_fields(self._server, sent.token, sent.job)
        flat = [part for pair in fields.items() for part in pair]
        queue = self._keys.queue(final=sent.job.final)
        bound = [] if sent.job.final else ["MAXLEN", "~", protocol.MAX_INTERIMS]
        added: bytes = await self._link.do("XADD", queue, *bound, "*", *flat)
        # An answer that was lost sends the job twice: the second outcome finds no token.
        self._outbox.popleft()
        sent.entry_id = added.decode()
        if sent.token not in self._sent:  # dropped while it was on its way
            self._remove(sent)

    def _too_old(self, sent: _Sent) -> bool:
        age_s = asyncio.get_running_loop().time() - sent.submitted_s
        return not sent.job.final and age_s * 1000 > protocol.INTERIM_MAX_AGE_MS

    # --- receiving ---

    async def _receive_all(self) -> None:
        while True:
            try:
                arrived = await self._link.read_results(self._server, block_ms=protocol.BLOCK_MS)
                for _, text in arrived:
                    self._receive(text)
                if arrived:
                    ids = [entry_id for entry_id, _ in arrived]
                    await self._link.do("XDEL", self._keys.results(self._server), *ids)
            except TROUBLE:
                await asyncio.sleep(PAUSE_S)

    def _receive(self, text: bytes) -> None:
        try:
            sent = self._sent.get(protocol.token_of(text))
            if sent is None:
                self._counters["late_results"] += 1
                return
            elapsed_s = asyncio.get_running_loop().time() - sent.submitted_s
            outcome = protocol.outcome_from(text, sent.job, elapsed_s)
        except frames.BadFrame:
            self._counters["bad_results"] += 1
            return
        del self._sent[sent.token]
        self._timings.add(outcome)
        self._count(outcome)
        if outcome.transcription is not None or sent.job.final:
            self._call(sent.on_outcome, outcome)

    def _count(self, outcome: SttOutcome) -> None:
        made = outcome.transcription
        self._counters["deliveries"] += outcome.deliveries
        self._counters["redelivered"] += outcome.deliveries - 1
        if made is None:
            self._counters["dead_letters" if outcome.final else "interims_failed"] += 1
        elif made.rejected:
            self._counters["rejected_texts"] += 1

    # --- watching ---

    async def _watch_all(self) -> None:
        while True:
            self._forget_old_interims()
            try:
                await self._watch_machines()
                await self._find_lost()
            except TROUBLE as error:
                self._trouble = f"Redis does not answer ({type(error).__name__})"
            await asyncio.sleep(WATCH_S if self._load.ready else 0.2)

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
            self._first_worker.set()

    async def _find_lost(self) -> None:
        """Redis restarted empty, or lost its last second: what is gone is submitted again."""
        now_s = asyncio.get_running_loop().time()
        overdue = [
            sent
            for sent in self._sent.values()
            if sent.job.final and sent.entry_id and now_s - sent.submitted_s > CHECK_AFTER_S
        ]
        overdue = overdue[:CHECKED_AT_ONCE]
        if not overdue:
            return
        missing = await self._link.run(
            protocol.MISSING, [self._keys.queue(final=True)], [sent.entry_id for sent in overdue]
        )
        for sent in overdue:
            if sent.entry_id.encode() not in missing or sent.token not in self._sent:
                sent.missing = False
            elif not sent.missing:
                sent.missing = True  # its outcome may be on the way: look once more
            else:
                self._counters["resubmitted"] += 1
                sent.missing, sent.entry_id = False, ""
                self._outbox.append(sent.token)
                self._wake.set()

    def _forget_old_interims(self) -> None:
        """Dropped by a worker without a word."""
        now_s = asyncio.get_running_loop().time()
        for token, sent in list(self._sent.items()):
            if not sent.job.final and now_s - sent.submitted_s > INTERIM_ANSWER_S:
                del self._sent[token]
