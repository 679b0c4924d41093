"""Which worker does which job, and what happens when a worker dies: sans-IO.

Everything that changes the pool's state stands here. The shell reports what happened (`submit`,
`finished`, `worker_up`, `worker_down`, `tick`) and carries out the actions that come back; it
arms one timer from `deadline()`. Times are seconds of any clock that never jumps.

Kept for every order of events: a final ends in exactly one `Deliver`, unless it was forgotten; an
interim in one `Deliver` or `Skip`, unless it was dropped or forgotten. Finals go before interims,
and both before the record: `SttJob.record`, whose words nobody waits for.
A final that failed with its worker or its engine is delivered again at the head of the queue, by
the rules of `retries`, so that poison audio harms only itself and an outage harms no audio.

Over 400 lines on purpose: every rule that changes the state is read in one place.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from media_server.ports import SttJob, Transcription
from media_server.stt.pool import capacity
from media_server.stt.pool.actions import (
    Action,
    Discard,
    Kill,
    Remark,
    Spawn,
    Start,
    Ticket,
    Worker,
    deliver,
    skip,
)
from media_server.stt.pool.fair_queue import FairQueue
from media_server.stt.pool.patience import Patience
from media_server.stt.pool.retries import Backoff, after_death, after_raise, after_return
from media_server.stt.pool.thinning import Thinning
from media_server.stt.settings import SttSettings

INTERIM_MAX_AGE_S = 3.0
"""Nobody reads an older interim: the next one has overtaken it."""
SPEED_SMOOTHING = 0.1
"""Weight of the newest batch: the speed is about that of the last ten."""
FAIR_SHARE = 4
"""Finals of one interview that count when the queue is looked at for somebody new."""
FORK_S = 10.0
"""For a worker that is only forked: it has nothing to load."""
MAX_BATCH_AUDIO_S = 600.0
"""A batch travels in one frame, whose size is limited."""
MAX_REMARKS = 256
"""Until the shell takes them, which it does after each call."""
MAX_RECORDS = 64
"""Jobs of the record that may wait: a server has one at a time, and this is of several servers."""
_NOBODYS: Mapping[int, float | None] = {}


@dataclass(slots=True)
class Schedule:
    """One pool's jobs and workers. `counters`: totals since the start, by what happened.

    No call may have a lower `now_s` than the one before.
    """

    settings: SttSettings
    counters: Counter[str] = field(default_factory=Counter)
    remarks: deque[Remark] = field(default_factory=lambda: deque(maxlen=MAX_REMARKS))
    """For the log: the shell takes them out."""
    _finals: FairQueue = field(default_factory=FairQueue)
    _delayed: list[Ticket] = field(default_factory=list)
    """Finals whose delivery failed, until their next one."""
    _interims: dict[str, Ticket] = field(default_factory=dict)
    """Waiting, by interview: one each, in order of arrival of the first."""
    _records: list[Ticket] = field(default_factory=list)
    """Jobs of the record that wait, in order."""
    _workers: dict[int, Worker] = field(default_factory=dict)
    _last_worker: int = 0
    _backoff: Backoff = field(default_factory=Backoff)
    _work_per_audio: float = 0.25
    """A guess until the first batch is done."""
    _thinning: Thinning = field(init=False)

    def __post_init__(self) -> None:
        self._thinning = Thinning(self.settings)

    # --- what happened ---

    def submit(self, token: int, job: SttJob, now_s: float) -> list[Action]:
        """`token`: any number never used before; it names the job in the actions."""
        return self.submit_all([(token, job)], now_s)

    def submit_all(self, jobs: Sequence[tuple[int, SttJob]], now_s: float) -> list[Action]:
        """Jobs that arrive together may begin together, as one batch."""
        actions: list[Action] = []
        for token, job in jobs:
            ticket = Ticket(token, job, now_s)
            if job.record:
                self._submit_record(ticket, now_s, actions)
            elif job.final:
                self._submit_final(ticket, now_s, actions)
            else:
                self._submit_interim(ticket, now_s, actions)
        return self._settle(now_s, actions)

    def finished(
        self,
        worker: int,
        token: int,
        delivery: int,
        result: Transcription | None,
        now_s: float,
        *,
        reason: str = "",
        permanent: bool = False,
    ) -> list[Action]:
        """`result` None: the engine raised; `permanent`: trying again would not help."""
        state = self._workers.get(worker)
        ticket = state.tickets.get(token) if state else None
        if not state or not ticket or ticket.deliveries != delivery:
            self.counters["late_results"] += 1
            if owed := self._find(token):
                self.remarks.append(Remark("late", owed.job))
            return []
        del state.tickets[token]
        if not state.tickets:
            state.patience = None
        actions: list[Action] = []
        if result is not None:
            self._backoff.succeeded()
            if not ticket.job.final:
                self._thinning.made()
            elif not ticket.job.record:  # a long stretch goes faster, and nobody waits for it
                self._learn_speed(state, now_s)
            self._close(ticket, result, "", now_s, actions)
        else:
            again_s = None if permanent else after_raise(ticket, now_s)
            self._failed(ticket, again_s, reason or "the engine failed", now_s, actions)
        return self._settle(now_s, actions)

    def worker_up(
        self, worker: int, now_s: float, batch: int = 1, *, replaced_quickly: bool = False
    ) -> list[Action]:
        """It has warmed up. `batch`: how many jobs it takes at once; `replaced_quickly`: the next
        one is forked from the loaded engine. One that is lost, or up already, is ignored."""
        state = self._workers.get(worker)
        if state is None or state.ready:
            return []
        state.ready, state.ready_s = True, now_s
        state.batch, state.replaced_quickly = max(1, batch), replaced_quickly
        state.deadline_s = math.inf
        return self._settle(now_s, [])

    def worker_down(
        self, worker: int, now_s: float, reason: str = "", *, unavailable: bool = False
    ) -> list[Action]:
        """`unavailable`: it ended because its engine cannot be used, whatever the job."""
        actions: list[Action] = []
        if worker in self._workers:
            self.counters["worker_deaths"] += 1
            why = reason or "the worker died"
            self._lose(worker, why, now_s, actions, unavailable=unavailable)
        return self._settle(now_s, actions)

    def began(self, worker: int, cpu_s: float | None) -> None:
        """What a worker had computed in its life when it was sent what it now has. Without it, its
        jobs' deadlines count on the wall clock."""
        state = self._workers.get(worker)
        if state is not None and state.patience is not None and cpu_s is not None:
            state.patience.began(cpu_s)

    def looked_at(self, now_s: float) -> list[int]:
        """Workers whose CPU time `tick` wants to know now."""
        return [n for n, state in self._workers.items() if state.patience and now_s >= state.look_s]

    def tick(self, now_s: float, cpu_s: Mapping[int, float | None] = _NOBODYS) -> list[Action]:
        """A deadline passed, or nothing in particular. `cpu_s`: of the workers `looked_at`."""
        actions: list[Action] = []
        for number, state in list(self._workers.items()):
            if state.patience is not None:
                over = state.patience.is_over(now_s, cpu_s.get(number))
            else:
                over = now_s >= state.deadline_s
            if over:
                what = "job_timeouts" if state.ready else "start_timeouts"
                self.counters[what] += 1
                actions.append(Kill(number))
                self._lose(number, "the job ran past its deadline", now_s, actions)
        return self._settle(now_s, actions)

    def drop_interims(self, interview_id: str, now_s: float) -> list[Action]:
        """Those that wait and those in work end in a `Discard`; no worker is interrupted for it."""
        actions: list[Action] = []
        waiting = self._interims.pop(interview_id, None)
        if waiting is not None:
            actions.append(Discard(waiting.token))
        self._thinning.forget(interview_id)
        self._disown(interview_id, actions, finals=False)
        return self._settle(now_s, actions)

    def forget(self, interview_id: str, now_s: float) -> list[Action]:
        """As `drop_interims`, of every job of the interview."""
        waiting = [*self._waiting(), *self._records]
        gone = [t for t in waiting if t.job.interview_id == interview_id]
        actions: list[Action] = [Discard(ticket.token) for ticket in gone]
        self._finals.forget(interview_id)
        self._delayed = [t for t in self._delayed if t.job.interview_id != interview_id]
        self._records = [t for t in self._records if t.job.interview_id != interview_id]
        self._disown(interview_id, actions, finals=True)
        return actions + self.drop_interims(interview_id, now_s)

    # --- what the shell and status() ask ---

    def deadline(self) -> float | None:
        """When `tick` must be called next; None: not before something else happens."""
        times = [state.look_s for state in self._workers.values()]
        times += [ticket.not_before_s for ticket in self._delayed]
        if len(self._workers) < self.settings.workers:
            times.append(self._backoff.not_before_s)
        first = min(times, default=math.inf)
        return first if first < math.inf else None

    @property
    def workers_ready(self) -> int:
        """With those that are being forked in place of one that gave its interim up."""
        return sum(state.ready or state.replaces for state in self._workers.values())

    def loading(self, worker: int) -> bool:
        """It was spawned and has not warmed up. False also for one that is lost."""
        state = self._workers.get(worker)
        return state is not None and not state.ready

    @property
    def queued(self) -> int:
        """Finals waiting for a worker."""
        return len(self._finals) + len(self._delayed)

    @property
    def queued_interims(self) -> int:
        """At most one for each interview."""
        return len(self._interims)

    @property
    def queued_records(self) -> int:
        """Jobs of the record that wait for a quiet moment."""
        return len(self._records)

    @property
    def running(self) -> int:
        """Jobs in work."""
        return sum(len(state.tickets) for state in self._workers.values())

    @property
    def room_finals(self) -> int:
        """Finals that would begin at once, if submitted together."""
        yielding = 0 if self._backoff.delays else capacity.yielding(self._workers.values())
        return max(0, capacity.idle_slots(self._workers.values()) + yielding - self.queued)

    @property
    def room_idle(self) -> int:
        """Of these, those for which no interim is given up."""
        return max(0, capacity.idle_slots(self._workers.values()) - self.queued)

    @property
    def room_interims(self) -> int:
        """Interims that would begin at once, if submitted together and no final with them."""
        free = min(capacity.interim_slots(self._workers.values()), self.room_idle)
        return max(0, free - len(self._interims))

    @property
    def work_per_audio(self) -> float:
        """Seconds of one worker for a second of a final's audio, learnt."""
        return self._work_per_audio

    def oldest_queued_s(self, now_s: float) -> float:
        """Age of the oldest final that waits, from its `submit` on, retries included; 0.0: none."""
        return max((now_s - ticket.submitted_s for ticket in self._waiting()), default=0.0)

    def expected_wait_s(self) -> float:
        """How long a final submitted now waits for a worker, from the backlog and the speed."""
        backlog_s = sum(ticket.audio_s for ticket in self._waiting()) * self._work_per_audio
        return backlog_s / self.workers_ready if self.workers_ready else math.inf

    def newcomer_wait_s(self, now_s: float) -> float:
        """How long the first words of a new candidate would wait, or how long somebody else's turn
        has taken: of one interview's backlog only its next segment is before them."""
        ahead_s = sum(ticket.audio_s for ticket in self._finals.heads()) * self._work_per_audio
        wait_s = ahead_s / self.workers_ready if self.workers_ready else math.inf
        return max(wait_s, self._finals.longest_turn_s(now_s))

    def saturated(self, now_s: float) -> bool:
        """No new candidate should be let in: finals do not keep up, or nobody works."""
        waiting = self._finals.capped(FAIR_SHARE) + len(self._delayed)
        return (
            self.newcomer_wait_s(now_s) > self.settings.saturated_wait_s
            or 2 * waiting >= self.settings.max_queued_finals
        )

    # --- inside ---

    def _waiting(self) -> list[Ticket]:
        return [*self._delayed, *self._finals]

    def _find(self, token: int) -> Ticket | None:
        """A job that is still owed its outcome."""
        running = (state.tickets.get(token) for state in self._workers.values())
        waiting = (t for t in (*self._waiting(), *self._records) if t.token == token)
        return next(filter(None, (*running, *waiting)), None)

    def _submit_final(self, ticket: Ticket, now_s: float, actions: list[Action]) -> None:
        job = ticket.job
        waiting = self._interims.get(job.interview_id)
        if waiting is not None and waiting.job.segment_id == job.segment_id:
            del self._interims[job.interview_id]
            self.counters["interims_superseded"] += 1
            actions.append(skip(waiting, "its segment is final"))
        if self.queued >= self.settings.max_queued_finals:
            self._refuse(ticket, "the transcription queue is full", now_s, actions)
        elif self._finals.of(job.interview_id) >= self.settings.max_interview_finals:
            self._refuse(ticket, "too much of this interview waits already", now_s, actions)
        else:
            self._finals.append(ticket)

    def _submit_record(self, ticket: Ticket, now_s: float, actions: list[Action]) -> None:
        if len(self._records) >= MAX_RECORDS:
            self._refuse(ticket, "too much waits for the record already", now_s, actions)
        else:
            self._records.append(ticket)

    def _refuse(self, ticket: Ticket, why: str, now_s: float, actions: list[Action]) -> None:
        self.counters["finals_refused"] += 1
        self._close(ticket, None, why, now_s, actions)

    def _submit_interim(self, ticket: Ticket, now_s: float, actions: list[Action]) -> None:
        interview_id = ticket.job.interview_id
        refused = self._thinning.refuses(interview_id, now_s, self.expected_wait_s())
        if refused:
            self.counters[refused] += 1
            actions.append(skip(ticket, "left out under load"))
            return
        older = self._interims.get(interview_id)
        if older is not None:
            self.counters["interims_replaced"] += 1
            actions.append(skip(older, "a newer one came"))
        self._interims[interview_id] = ticket

    def _settle(self, now_s: float, actions: list[Action]) -> list[Action]:
        for ticket in [t for t in reversed(self._delayed) if now_s >= t.not_before_s]:
            self._delayed.remove(ticket)
            if ticket.job.record:
                self._records.insert(0, ticket)
            else:
                self._finals.put_first(ticket)
        may_spawn = now_s >= self._backoff.not_before_s
        while may_spawn and len(self._workers) < self.settings.workers:
            self._spawn(now_s, actions)
        if may_spawn:
            self._free_workers(now_s, actions)
        idle = [number for number, state in self._workers.items() if state.idle]
        while idle and len(self._finals):
            share = math.ceil(len(self._finals) / len(idle))
            worker = idle.pop()
            self._start(worker, self._next_finals(worker, share, now_s), now_s, actions)
        self._settle_interims(idle, now_s, actions)
        self._settle_records(now_s, actions)
        return actions

    def _spawn(self, now_s: float, actions: list[Action], *, replaces: bool = False) -> None:
        self._last_worker += 1
        limit_s = self.settings.start_timeout_s
        until_s = now_s + (min(limit_s, FORK_S) if replaces else limit_s)
        self._workers[self._last_worker] = Worker(False, until_s, replaces=replaces)
        actions.append(Spawn(self._last_worker))

    def _free_workers(self, now_s: float, actions: list[Action]) -> None:
        """A final does not wait for an interim."""
        for number in capacity.to_free(self._workers, len(self._finals)):
            for ticket in self._workers.pop(number).tickets.values():
                self._give_way(ticket, actions)
            actions.append(Kill(number))
            self._spawn(now_s, actions, replaces=True)

    def _give_way(self, ticket: Ticket, actions: list[Action]) -> None:
        kind = "records" if ticket.job.record else "interims"
        self.counters[f"{kind}_preempted"] += 1
        if ticket.unwanted:
            return
        if ticket.job.record:
            self.remarks.append(Remark("preempted", ticket.job))
            self._records.insert(0, ticket)
        else:
            ticket.deliveries = 0  # not done, and no worker's failure
            actions.append(skip(ticket, "a final took its worker"))

    def _settle_records(self, now_s: float, actions: list[Action]) -> None:
        if not self._records or self.queued or self._interims:
            return
        if capacity.may_record(self._workers.values()):
            idle = next(number for number, worker in self._workers.items() if worker.idle)
            self._start(idle, [self._records.pop(0)], now_s, actions)

    def _settle_interims(self, idle: list[int], now_s: float, actions: list[Action]) -> None:
        stale = [t for t in self._interims.values() if now_s - t.submitted_s > INTERIM_MAX_AGE_S]
        for ticket in stale:
            del self._interims[ticket.job.interview_id]
            self.counters["interims_dropped"] += 1
            actions.append(skip(ticket, "no worker was free in time"))
        allowed = capacity.interim_workers_left(self._workers.values())
        while idle and self._interims and allowed > 0:
            share = math.ceil(len(self._interims) / min(allowed, len(idle)))
            worker = idle.pop()
            chosen = list(self._interims)[: min(share, self._workers[worker].batch)]
            batch = [self._interims.pop(interview_id) for interview_id in chosen]
            self._start(worker, batch, now_s, actions)
            allowed -= 1

    def _next_finals(self, worker: int, share: int, now_s: float) -> list[Ticket]:
        """The next one, with others that wait where this worker takes several: a fair share."""
        batch: list[Ticket] = []
        limit = min(share, self._workers[worker].batch)
        audio_s = 0.0
        while (ticket := self._finals.peek()) is not None:
            audio_s += ticket.audio_s
            if batch and (batch[0].tried or ticket.tried or audio_s > MAX_BATCH_AUDIO_S):
                break
            self._finals.take(ticket, now_s)
            batch.append(ticket)
            if len(batch) >= limit:
                break
        return batch

    def _start(self, worker: int, batch: list[Ticket], now_s: float, actions: list[Action]) -> None:
        state = self._workers[worker]
        state.tickets = {ticket.token: ticket for ticket in batch}
        state.started_s = now_s
        state.audio_s = sum(ticket.audio_s for ticket in batch)
        settings = self.settings
        allowance_s = settings.deadline_s(state.audio_s)
        state.patience = Patience(now_s, allowance_s, settings.threads, settings.deadline_stretch)
        if len(batch) > 1:
            self.counters["batches"] += 1
        for ticket in batch:
            ticket.deliveries += 1
            ticket.started_s = now_s
            start = Start(worker, ticket.token, ticket.deliveries, ticket.job, ticket.lost)
            actions.append(start)

    def _lose(
        self,
        worker: int,
        reason: str,
        now_s: float,
        actions: list[Action],
        *,
        unavailable: bool = False,
    ) -> None:
        state = self._workers.pop(worker)
        self._backoff.lost(now_s)
        if state.has_interims_alone and not unavailable:
            self._thinning.worker_lost(now_s)
        limit = self.settings.max_deliveries
        for ticket in state.tickets.values():
            if unavailable:
                again_s = after_return(ticket, state.ready_s, limit, now_s)
            else:
                again_s = after_death(ticket, limit, now_s)
            self._failed(ticket, again_s, reason, now_s, actions)

    def _failed(
        self,
        ticket: Ticket,
        again_s: float | None,
        reason: str,
        now_s: float,
        actions: list[Action],
    ) -> None:
        """`again_s`: when a final may be delivered again; None: it is given up."""
        if again_s is None or not ticket.job.final:
            self._close(ticket, None, reason, now_s, actions)
        elif not ticket.unwanted:  # a forgotten job was discarded when it was forgotten
            self.counters["redelivered"] += 1
            self.remarks.append(Remark("redelivered", ticket.job, reason))
            ticket.not_before_s = again_s
            self._delayed.append(ticket)

    def _close(
        self,
        ticket: Ticket,
        result: Transcription | None,
        reason: str,
        now_s: float,
        actions: list[Action],
    ) -> None:
        if ticket.unwanted:
            return
        if result is None and not ticket.job.final:
            self.counters["interims_failed"] += 1
            actions.append(skip(ticket, reason))
            return
        if result is None and not ticket.job.record:
            self.counters["dead_letters"] += 1
        actions.append(deliver(ticket, result, reason, now_s))

    def _disown(self, interview_id: str, actions: list[Action], *, finals: bool) -> None:
        """Running jobs go on (a worker cannot be interrupted cheaply); nobody hears of them."""
        for ticket in (t for s in self._workers.values() for t in s.tickets.values()):
            if ticket.unwanted or ticket.job.interview_id != interview_id:
                continue
            if finals or not ticket.job.final:
                ticket.unwanted = True
                actions.append(Discard(ticket.token))

    def _learn_speed(self, state: Worker, now_s: float) -> None:
        """From whole batches of finals: their answers may come one by one or all at the end.

        Another engine may make the interims, or the same one with less effort: what they take says
        nothing of how long finals wait.
        """
        if not state.tickets and state.audio_s >= 0.5:
            speed = (now_s - state.started_s) / state.audio_s
            self._work_per_audio += SPEED_SMOOTHING * (speed - self._work_per_audio)
