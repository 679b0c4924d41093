"""A transcription machine: takes jobs from Redis, does them in its own pool, answers in Redis.

`media-server stt-worker --redis URL` on any machine joins. The pool watches and replaces the
worker processes; Redis sees to it that another machine takes over when this one goes silent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from media_server.audio.types import SAMPLE_RATE
from media_server.endings import end
from media_server.ports import EngineUnavailable, Public, SttJob, SttOutcome
from media_server.redis_link.failures import UNREACHABLE, Cause, RedisFailure
from media_server.stt.frames import BadFrame
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.remote import redis_protocol as protocol
from media_server.stt.remote.redis_streams import JobStreams, connect
from media_server.stt.settings import SttSettings
from media_server.stt.telling import named, not_taken

logger = logging.getLogger(__name__)

PAUSE_S = 0.25
"""After Redis failed, before it is asked again."""
FULL_POLL_S = 0.25
"""A worker process that has come up takes work without a word."""
FINALS_BLOCK_MS = 100
"""While only finals are read: an interim may begin as soon as another is done."""
YIELD_S = 0.05
"""A machine where an interim would be given up asks for a final this much later."""
UNREADY_S = 3.0
"""Without a single worker process for longer, a machine lets others have the finals it holds."""
DRAIN_S = 1.5
"""At the end of a server, which has little time."""
LONGEST_JOB_S = 26.0
"""Audio of a stretch for the record, at most; a segment has 20 s."""
SAID_BY_LINK = {*UNREACHABLE, Cause.REFUSED, Cause.LOADING}
SIGNALS = (signal.SIGTERM, signal.SIGINT)
TOO_LONG = "the audio is longer than the queue takes"
FIRST_JOB_S = 1.0
JOB_SMOOTHING = 0.1


class RedisWorker:
    """`start`, then it works by itself until `close`."""

    def __init__(self, settings: SttSettings) -> None:
        self._pool = LocalSpeechToText(settings)
        self._settings = settings
        self._keys = protocol.Keys(settings.redis_prefix)
        self._link = connect(settings.redis_url)
        self._streams = JobStreams(self._link, self._keys)
        self._consumer = secrets.token_hex(8)
        self._working: dict[str, protocol.Entry] = {}
        """Finals taken and not yet answered in Redis, by entry id."""
        self._answers: asyncio.Queue[tuple[protocol.Entry, SttOutcome]] = asyncio.Queue()
        """Bounded by what was taken: at most one for each worker process, and interims."""
        self._freed = asyncio.Event()
        self._idle = asyncio.Event()
        """Nothing taken is unanswered."""
        self._idle.set()
        self._tasks: list[asyncio.Task[None]] = []
        self._claimed_s = 0.0
        self._ready_s = time.monotonic()
        """When a worker process was last known to be ready."""
        self._counters: Counter[str] = Counter()
        self._job_s = FIRST_JOB_S
        self._leaving = False

    async def start(self) -> None:
        """Returns when a worker is warm. Redis may be away; it is asked again and again.

        Raises EngineUnavailable: the engine cannot be used, or Redis refuses this URL for good.
        """
        try:
            await self._greet()
            await self._pool.start()
        except BaseException:
            await self._pool.close()
            await self._link.close()
            raise
        for work in (self._take_all, self._answer_all, self._stay_known):
            self._tasks.append(asyncio.create_task(work(), name=f"stt {work.__name__}"))

    async def _greet(self) -> None:
        """Raises EngineUnavailable when Redis lets nobody in with this URL.

        One that is away is not refused: it may come back.
        """
        try:
            await self._link.do("PING")
        except RedisFailure as failure:
            if failure.cause is Cause.REFUSED:
                raise EngineUnavailable(failure.named) from failure

    async def close(self, *, drain_s: float = DRAIN_S) -> None:
        """Finishes what was taken, for at most `drain_s`; the rest is claimed by others."""
        self._leaving = True
        takers, others = self._tasks[:1], self._tasks[1:]
        await end(takers)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(drain_s):
                await self._idle.wait()
        await end(others)
        if self._tasks:
            self._tasks.clear()
            with contextlib.suppress(RedisFailure):
                await self._link.do("HDEL", self._keys.described, self._consumer)
                await self._link.do("ZREM", self._keys.seen, self._consumer)
        await self._pool.close()
        await self._link.close()

    def counters(self) -> Mapping[str, int]:
        """Those of its pool, and the answers that came too late."""
        return Counter(self._pool.status().counters) + self._counters

    # --- taking ---

    async def _take_all(self) -> None:
        refused = ""
        while True:
            try:
                await self._take()
                refused = ""
            except RedisFailure as failure:
                if failure.code == "NOGROUP":
                    await self._make_groups()
                    continue
                if failure.cause not in SAID_BY_LINK and refused != failure.named:
                    refused = failure.named
                    logger.warning("no work from Redis: %s", Public(refused))
                await asyncio.sleep(PAUSE_S)
            except Exception as error:  # nobody else would begin again
                logger.exception("taking work: %s", type(error).__name__)
                await asyncio.sleep(PAUSE_S)

    async def _make_groups(self) -> None:
        try:
            await self._streams.make_groups()
        except RedisFailure:
            await asyncio.sleep(PAUSE_S)

    async def _take(self) -> None:
        room = self._pool.room_finals
        if room == 0:
            self._freed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FULL_POLL_S):
                    await self._freed.wait()
            return
        finals, interims = (self._keys.queue(final=final) for final in (True, False))
        if await self._take_abandoned(finals):
            return
        if self._pool.room_idle == 0:
            # An interim would be given up here: a machine with a free worker is asked first.
            await asyncio.sleep(YIELD_S)
        # More than one only where they begin together: what is taken early is lost to others.
        batch = self._pool.batch
        count = min(room, batch)
        found = await self._streams.read_new(self._consumer, [finals], count=count, block_ms=None)
        if not found and (room := self._pool.room_interims):
            # The count is for each stream: should jobs of both come at this very moment, the
            # pool takes the finals first.
            count = min(room, batch)
            found = await self._streams.read_new(
                self._consumer, [finals, interims], count=count, block_ms=protocol.BLOCK_MS
            )
        elif not found and self._pool.room_idle:  # there are workers for finals only
            found = await self._streams.read_new(
                self._consumer, [finals], count=count, block_ms=FINALS_BLOCK_MS
            )
        await self._begin([(*entry, 1) for entry in found])

    async def _take_abandoned(self, finals: str) -> bool:
        now_s = time.monotonic()
        if now_s - self._claimed_s < protocol.CLAIM_EVERY_S:
            return False
        self._claimed_s = now_s
        claimed = await self._streams.claim(self._consumer, finals, list(self._working))
        if claimed is None:
            return False
        self._claimed_s = 0.0  # there may be more
        await self._begin([(finals, *claimed)])
        return True

    async def _begin(self, taken: Sequence[tuple[str, bytes, dict[bytes, bytes], int]]) -> None:
        """`taken`: queue, entry id, fields and deliveries of each."""
        jobs: list[tuple[SttJob, Callable[[SttOutcome], None]]] = []
        try:
            for queue, entry_id, fields, deliveries in taken:
                oversize = len(fields.get(b"pcm", b"")) > protocol.MAX_PCM_BYTES
                if oversize:
                    fields = {**fields, b"pcm": b""}
                entry = await self._accept(queue, entry_id, fields)
                if entry is None:
                    continue
                if deliveries > 1:
                    turn_id, segment_id = named(entry.job)
                    line = "turn=%s: segment %s is taken over from a machine that went silent"
                    logger.info(line, turn_id, segment_id)
                if oversize:  # no server of ours sends it
                    self._answers.put_nowait((entry, not_taken(entry.job, TOO_LONG)))
                elif deliveries > self._settings.max_deliveries:
                    self._answers.put_nowait((entry, _given_up(entry, deliveries)))
                else:
                    jobs.append((entry.job, partial(self._done, entry, deliveries)))
        finally:  # cancelled in between or not: what counts as in work is begun
            self._pool.submit_all(jobs)

    async def _accept(
        self, queue: str, entry_id: bytes, fields: dict[bytes, bytes]
    ) -> protocol.Entry | None:
        """None: there is nothing to do with it."""
        try:
            entry = protocol.entry_from(entry_id, fields)
        except BadFrame:
            logger.warning("an entry of the transcription queue is not a job and is removed")
            await self._remove(queue, entry_id)
            return None
        if not entry.job.final:
            return entry if await self._still_wanted(queue, entry) else None
        if entry.entry_id in self._working:
            return None
        self._working[entry.entry_id] = entry
        self._idle.clear()
        return entry

    async def _still_wanted(self, queue: str, entry: protocol.Entry) -> bool:
        """Of an interim, which is gone from Redis with the question. Raises nothing."""
        try:
            there, age_ms = await self._link.run(
                protocol.TAKE, [queue], [protocol.GROUP, entry.entry_id]
            )
        except RedisFailure:
            return False
        if there and age_ms > protocol.INTERIM_MAX_AGE_MS:
            self._answers.put_nowait((entry, not_taken(entry.job, "no worker was free in time")))
            return False
        return bool(there)  # otherwise its server has taken it back

    async def _remove(self, queue: str, entry_id: bytes) -> None:
        """Raises nothing: entries taken with it must not be forgotten."""
        with contextlib.suppress(RedisFailure):
            await self._link.run(protocol.REMOVE, [queue], [protocol.GROUP, entry_id])

    def _done(self, entry: protocol.Entry, deliveries: int, outcome: SttOutcome) -> None:
        self._freed.set()
        if outcome.final and outcome.transcription is not None and not entry.job.record:
            # Nobody waits for a stretch of the record, and it is long. Not the time it took: of a
            # batch, every job has the time of all.
            job_s = self._pool.work_per_audio * entry.job.pcm.size / SAMPLE_RATE
            self._job_s += JOB_SMOOTHING * (job_s - self._job_s)
        in_all = outcome.deliveries + deliveries - 1
        if deliveries > 1 and outcome.transcription is None:  # machines before failed with it
            outcome = replace(outcome, cause="worker_lost")
        self._answers.put_nowait((entry, replace(outcome, deliveries=in_all)))

    # --- answering ---

    async def _answer_all(self) -> None:
        while True:
            entry, outcome = await self._answers.get()
            # Redis tells nobody that it is back.
            while not await self._answer(entry, outcome):  # noqa: ASYNC110
                await asyncio.sleep(PAUSE_S)
            self._working.pop(entry.entry_id, None)
            if not self._working:
                self._idle.set()

    async def _answer(self, entry: protocol.Entry, outcome: SttOutcome) -> bool:
        """True: done with it. A lost answer to the script is repaired by sending it again."""
        text = protocol.outcome_text(entry.token, outcome)
        results = self._keys.results(entry.server)
        try:
            if not entry.job.final:
                kept = [text, protocol.RESULTS_KEPT_S, protocol.MAX_RESULTS]
                await self._link.run(protocol.ANSWER, [results], kept)
                return True
            failed = outcome.transcription is None
            finished = await self._link.run(
                protocol.FINISH,
                [self._keys.queue(final=True), results, self._keys.dead],
                [
                    protocol.GROUP,
                    entry.entry_id,
                    text,
                    protocol.RESULTS_KEPT_S,
                    protocol.MAX_RESULTS,
                    protocol.dead_letter(entry, outcome.reason) if failed else "",
                ],
            )
            if not finished:  # another machine was given it and was faster, or it was forgotten
                self._counters["late_results"] += 1
                turn_id, segment_id = named(entry.job)
                logger.info("turn=%s: our words for segment %s came late", turn_id, segment_id)
        except RedisFailure as failure:
            # Restarted empty: the owner of the job submits it again.
            return failure.code == "NOGROUP" or not entry.job.final
        return True

    # --- staying known ---

    async def _stay_known(self) -> None:
        while True:
            with contextlib.suppress(RedisFailure):
                await self._say_here()
            with contextlib.suppress(RedisFailure):
                if self._working and self._able():
                    await self._link.run(
                        protocol.KEEP,
                        [self._keys.queue(final=True)],
                        [protocol.GROUP, self._consumer, *self._working],
                    )
            await asyncio.sleep(protocol.HEARTBEAT_S)

    def _able(self) -> bool:
        """False: the jobs held here wait for an engine, and another machine may have one."""
        now_s = time.monotonic()
        if self._pool.status().workers_ready:
            self._ready_s = now_s
        return now_s - self._ready_s <= UNREADY_S

    async def _say_here(self) -> None:
        status = self._pool.status()
        values = {
            "ready": 0 if self._leaving else status.workers_ready,
            "wanted": status.workers_wanted,
            "engine": status.engine,
            "model": status.model,
            "notice": status.notice,
            "job_s": self._job_s,
            "gains_from_context": status.gains_from_context,
        }
        await self._link.run(
            protocol.HERE,
            [self._keys.seen, self._keys.described],
            [self._consumer, protocol.description(values)],
        )


def _given_up(entry: protocol.Entry, deliveries: int) -> SttOutcome:
    reason = f"given up after {deliveries - 1} machines failed with it"
    return replace(not_taken(entry.job, reason), deliveries=deliveries, cause="worker_lost")


async def run_worker(settings: SttSettings) -> None:
    """The body of `media-server stt-worker`: until SIGTERM or SIGINT.

    Raises EngineUnavailable when the engine cannot be used here.
    """
    stop, now = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        (now if stop.is_set() else stop).set()

    for number in SIGNALS:
        loop.add_signal_handler(number, on_signal)
    worker = RedisWorker(settings)
    tasks = [asyncio.create_task(worker.start())]
    try:
        await _either(tasks[0], stop)
        if not tasks[0].done():
            return
        await tasks[0]
        logger.info("%d transcription workers are ready", settings.workers)
        await stop.wait()
        logger.info("stopping after what is in work; a second signal stops at once")
        longest_s = settings.deadline_base_s + settings.deadline_factor * LONGEST_JOB_S
        tasks.append(asyncio.create_task(worker.close(drain_s=longest_s)))
        await _either(tasks[1], now)
    finally:
        await end(tasks)
        await worker.close(drain_s=0)
        for number in SIGNALS:
            loop.remove_signal_handler(number)


async def _either(work: asyncio.Task[None], event: asyncio.Event) -> None:
    waiting = asyncio.create_task(event.wait())
    try:
        await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
