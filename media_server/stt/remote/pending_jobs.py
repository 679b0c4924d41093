"""Every job that a server is owed an outcome for, and who hears what of it. Knows no Redis.

A final is owed one outcome. The sender of an interim learns once what became of it, without a
text where nobody computed it, since it sends the next one only then. What is dropped or forgotten
is dropped without a word.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from dataclasses import dataclass

from media_server.ports import SttJob, SttOutcome
from media_server.stt import frames
from media_server.stt.figures import Timings, count_transcription
from media_server.stt.pool.thinning import Thinning
from media_server.stt.remote import redis_protocol as protocol
from media_server.stt.settings import SttSettings
from media_server.stt.telling import OnOutcome, ToldLater, call_back, named

logger = logging.getLogger(__name__)

MAX_REMOVALS = 1024
"""Remembered while Redis is away; what is pushed out stays there and is done in vain."""
IN_REDIS_EACH = 4
"""Finals of one interview that are in Redis at a time; the rest of its backlog waits here, behind
nobody else's."""
INTERIM_ANSWER_S = 15.0
"""A worker that has begun with an interim has died, or Redis has lost it."""
LEFT_OUT = {
    "interims_dropped": "no worker was free in time",
    "interims_replaced": "a newer one came",
    "interims_superseded": "its segment is final",
}
"""Why an interim that was taken is not computed, by the counter of it."""


@dataclass(slots=True)
class PendingJob:
    """A job that an outcome is owed for. Times are seconds of the loop's clock."""

    token: int
    job: SttJob
    on_outcome: OnOutcome
    submitted_s: float
    entry_id: str = ""
    """"": Redis has not taken it."""
    missing: bool = False
    """Redis did not have it at the last look."""
    leaving: str = ""
    """The counter of why it is being removed from Redis; once only."""


class PendingJobs:
    """From `submit` until its outcome was called back, or nobody wants it any more. The shell sends
    what is in `outbox`, removes what is in `removals`, and hands results to `receive`."""

    def __init__(self, settings: SttSettings) -> None:
        self._settings = settings
        self._sent: dict[int, PendingJob] = {}
        """Every job without an outcome, by token: the only place that holds its callback."""
        self._untold = ToldLater()
        self._out: Counter[str] = Counter()
        """By interview: finals that are in Redis, or on their way."""
        self._held: dict[str, deque[int]] = {}
        """By interview: finals that are not, in order. Bounded by max_interview_finals."""
        self._last_token = 0
        self._thinning = Thinning(settings)
        self._timings = Timings()
        self.outbox: deque[int] = deque()
        """Tokens to be sent to Redis, in order."""
        self.removals: deque[PendingJob] = deque(maxlen=MAX_REMOVALS)
        """What Redis has and nobody needs."""
        self.wake = asyncio.Event()
        """There is something in the outbox or to be removed."""
        self.counters: Counter[str] = Counter()

    def get(self, token: int) -> PendingJob | None:
        """None: it has its outcome, or nobody wants one any more."""
        return self._sent.get(token)

    def finals(self) -> list[PendingJob]:
        """Those in Redis and those held back, in the order in which they came."""
        return [sent for sent in self._sent.values() if sent.job.final]

    @property
    def timings(self) -> Timings:
        """Of the outcomes that came back, refused jobs left out."""
        return self._timings

    # --- coming ---

    def submit(
        self, job: SttJob, on_outcome: OnOutcome, now_s: float, expected_wait_s: float
    ) -> None:
        """`expected_wait_s`: of a final submitted now; infinite while nobody would do it."""
        if not job.final:
            if refused := self._thinning.refuses(job.interview_id, now_s, expected_wait_s):
                self.counters[refused] += 1
                self._untold.leave_out(job, on_outcome, "left out under load")
                return
        elif len(self.finals()) >= self._settings.max_queued_finals:
            self._refuse(job, on_outcome, "the transcription queue is full")
            return
        elif self._waiting(job.interview_id) >= self._settings.max_interview_finals:
            self._refuse(job, on_outcome, "too much of this interview waits already")
            return
        elif 2 * job.pcm.size > protocol.MAX_PCM_BYTES:
            self._refuse(job, on_outcome, "the audio is longer than the queue takes")
            return
        self._replace(job)
        self._last_token += 1
        self._sent[self._last_token] = PendingJob(self._last_token, job, on_outcome, now_s)
        if not job.final:
            self.send(self._last_token)
        elif self._out[job.interview_id] < IN_REDIS_EACH:
            self._out[job.interview_id] += 1
            self.send(self._last_token)
        else:
            self._held.setdefault(job.interview_id, deque()).append(self._last_token)

    def capped(self) -> int:
        """Finals without an outcome, of one interview no more than are in Redis."""
        return self._out.total()

    def _waiting(self, interview_id: str) -> int:
        return self._out[interview_id] + len(self._held.get(interview_id, ()))

    def _next_of(self, interview_id: str) -> None:
        """One of its finals has its outcome: the next may go."""
        held = self._held.get(interview_id)
        if held:
            self.send(held.popleft())
            if not held:
                del self._held[interview_id]
            return
        self._out[interview_id] -= 1
        if self._out[interview_id] <= 0:
            del self._out[interview_id]

    def send(self, token: int) -> None:
        """To be sent, for the first time or again. What is dropped meanwhile is passed over."""
        self.outbox.append(token)
        self.wake.set()

    def _replace(self, job: SttJob) -> None:
        """Interims that `job` makes needless, unless a worker has begun with them."""
        for sent in list(self._sent.values()):
            older = sent.job
            if older.final or older.interview_id != job.interview_id:
                continue
            if not job.final:
                self._withdraw(sent, "interims_replaced")
            elif older.segment_id == job.segment_id:
                self._withdraw(sent, "interims_superseded")

    # --- leaving ---

    def drop_interims(self, interview_id: str) -> None:
        """Their callbacks are forgotten at once; `removals` takes them out of Redis."""
        self._thinning.forget(interview_id)
        self._drop(interview_id, finals=False)

    def forget(self, interview_id: str) -> None:
        """As `drop_interims`, every job of the interview."""
        self._drop(interview_id, finals=True)

    def too_old(self, sent: PendingJob, now_s: float) -> bool:
        """An interim that the next one has overtaken, by our own clock. A final never is."""
        age_ms = (now_s - sent.submitted_s) * 1000
        return not sent.job.final and age_ms > protocol.INTERIM_MAX_AGE_MS

    def leave_out_old(self, now_s: float) -> None:
        """By our own clock: interims that nobody began with in time, or nobody answered."""
        for sent in list(self._sent.values()):
            if not self.too_old(sent, now_s):
                continue
            if now_s - sent.submitted_s > INTERIM_ANSWER_S:
                self.left_out(sent.token, "interims_dropped")
            else:
                self._withdraw(sent, "interims_dropped")

    def left_out(self, token: int, counter: str) -> None:
        """An interim that certainly nobody has begun with. `counter`: a key of LEFT_OUT."""
        if sent := self._sent.pop(token, None):
            self.counters[counter] += 1
            self._untold.leave_out(sent.job, sent.on_outcome, LEFT_OUT[counter])

    def remove(self, sent: PendingJob, why: str = "dropped") -> None:
        """Take it out of Redis, once; nothing where Redis has not taken it. `why`: a key of
        LEFT_OUT for an interim that is still owed an answer, else "dropped"."""
        if not sent.entry_id or sent.leaving:
            return
        sent.leaving = why
        self.removals.append(sent)
        self.wake.set()

    def in_redis(self, *, final: bool) -> list[str]:
        """Entries that are there for us, or being removed."""
        held = [*self._sent.values(), *self.removals]
        return [sent.entry_id for sent in held if sent.entry_id and sent.job.final == final]

    def clear(self) -> None:
        """At the end: nobody is called back. What is in Redis stays there."""
        self._sent.clear()
        self._out.clear()
        self._held.clear()
        self._untold.clear()
        self.outbox.clear()
        self.removals.clear()

    def _withdraw(self, sent: PendingJob, counter: str) -> None:
        if sent.entry_id:  # a worker may have it: Redis knows
            self.remove(sent, counter)
        else:
            self.left_out(sent.token, counter)

    def _drop(self, interview_id: str, *, finals: bool) -> None:
        if finals:
            self._out.pop(interview_id, None)
            self._held.pop(interview_id, None)
        for token, sent in list(self._sent.items()):
            if sent.job.interview_id == interview_id and (finals or not sent.job.final):
                del self._sent[token]
                self.remove(sent)
        self._untold.drop(interview_id, finals=finals)

    # --- outcomes ---

    def receive(self, text: bytes, now_s: float) -> None:
        """One entry of our results in Redis: a job that is still owed is called back from here.

        Raises nothing: what is no outcome is counted.
        """
        try:
            sent = self._sent.get(protocol.token_of(text))
            if sent is None:
                self.counters["late_results"] += 1
                turn_id = protocol.turn_of(text) or "none"
                logger.info("turn=%s: words came late and are not applied", turn_id)
                return
            outcome = protocol.outcome_from(text, sent.job, now_s - sent.submitted_s)
        except frames.BadFrame:
            self.counters["bad_results"] += 1
            return
        del self._sent[sent.token]
        if sent.job.final:
            self._next_of(sent.job.interview_id)
        self._count(outcome, record=sent.job.record)
        call_back(sent.on_outcome, outcome)

    def _count(self, outcome: SttOutcome, *, record: bool) -> None:
        made = outcome.transcription
        if made is None and not outcome.final:
            begun = outcome.deliveries > 0
            self.counters["interims_failed" if begun else "interims_dropped"] += 1
            return
        self._timings.add(outcome, record=record)
        self.counters["deliveries"] += outcome.deliveries
        self.counters["redelivered"] += max(0, outcome.deliveries - 1)
        if outcome.deliveries > 1:
            turn_id, segment_id = named(outcome)
            line = "turn=%s: segment %s was given to workers %d times"
            logger.info(line, turn_id, segment_id, outcome.deliveries)
        if made is None:
            self.counters["dead_letters"] += not record
        else:
            count_transcription(self.counters, made)

    def refuse(self, token: int, reason: str) -> None:
        """A final that Redis was not sent."""
        if sent := self._sent.pop(token, None):
            self._next_of(sent.job.interview_id)
            self._refuse(sent.job, sent.on_outcome, reason)

    def _refuse(self, job: SttJob, on_outcome: OnOutcome, reason: str) -> None:
        self.counters["finals_refused"] += not job.record
        self.counters["dead_letters"] += not job.record
        self._untold.leave_out(job, on_outcome, reason)
