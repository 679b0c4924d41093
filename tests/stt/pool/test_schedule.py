"""The schedule alone: rules one by one, then any order of events.

Over 400 lines on purpose: the rules and the search for a break of them share their world.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from media_server.ports import SttJob, Transcription
from media_server.stt.pool.actions import Action, Deliver, Discard, Kill, Skip, Spawn, Start
from media_server.stt.pool.schedule import MAX_RECORDS, Schedule
from media_server.stt.settings import SttSettings
from tests.support.examples import examples

MADE = Transcription("text", (), "e", "m", "en")


def a_job(
    segment: int,
    *,
    interview: str = "i",
    final: bool = True,
    audio_s: float = 1.0,
    record: bool = False,
) -> SttJob:
    pcm = np.zeros(int(16_000 * audio_s), np.int16)
    return SttJob(interview, f"s{segment}", 1, final, 0.0, pcm, record=record)


def ready(workers: int = 1, *, forked: bool = False, **settings: float) -> Schedule:
    values = {"workers": workers, "deadline_base_s": 5.0, "deadline_factor": 2.0} | settings
    schedule = Schedule(SttSettings(**values))  # type: ignore[arg-type]  # numbers all of them
    for action in schedule.tick(0.0):
        assert isinstance(action, Spawn)
        schedule.worker_up(action.worker, 0.0, replaced_quickly=forked)
    return schedule


def starts(actions: list[Action]) -> list[int]:
    return [action.token for action in actions if isinstance(action, Start)]


def skips(actions: list[Action]) -> list[int]:
    return [action.token for action in actions if isinstance(action, Skip)]


def test_finals_go_before_an_interim_that_came_first() -> None:
    schedule = ready()
    assert starts(schedule.submit(1, a_job(1), 0.0)) == [1]
    schedule.submit(2, a_job(2, interview="a", final=False), 0.1)
    schedule.submit(3, a_job(3, interview="b"), 0.2)
    assert starts(schedule.finished(1, 1, 1, MADE, 0.3)) == [3]
    assert starts(schedule.finished(1, 3, 1, MADE, 0.4)) == [2]


def test_interims_leave_one_worker_to_the_next_final() -> None:
    schedule = ready(workers=2)
    first = schedule.submit(1, a_job(1, interview="a", final=False), 0.0)
    second = schedule.submit(2, a_job(2, interview="b", final=False), 0.0)
    assert (starts(first), starts(second)) == ([1], [])
    assert starts(schedule.submit(3, a_job(3), 0.0)) == [3]


def test_an_interim_that_waits_takes_no_room_from_finals() -> None:
    schedule = ready(workers=2)
    assert (schedule.room_finals, schedule.room_interims) == (2, 1)
    schedule.submit(1, a_job(1, interview="a", final=False), 0.0)
    schedule.submit(2, a_job(2, interview="b", final=False), 0.0)
    assert (schedule.room_finals, schedule.room_interims) == (1, 0)
    schedule.submit(3, a_job(3), 0.0)
    assert (schedule.room_finals, schedule.room_interims) == (0, 0)


def test_a_final_takes_the_worker_of_an_interim_where_another_is_forked_in_a_moment() -> None:
    schedule = ready(forked=True)
    schedule.submit(1, a_job(1, final=False, audio_s=8.0), 0.0)
    assert schedule.room_finals == 1
    skipped, kill, spawn = schedule.submit(2, a_job(2, interview="b"), 0.1)
    assert isinstance(skipped, Skip)
    assert (kill, spawn) == (Kill(1), Spawn(2))
    assert (schedule.workers_ready, schedule.saturated(0.1)) == (1, False), "it is only replaced"
    assert schedule.submit(3, a_job(3, interview="c"), 0.11) == [], "one is on its way"
    assert starts(schedule.worker_up(2, 0.12, replaced_quickly=True)) == [2]
    assert schedule.counters["interims_preempted"] == 1
    assert schedule.counters["worker_deaths"] == 0


def test_while_workers_keep_dying_no_interim_gives_way() -> None:
    schedule = ready(forked=True, workers=2)
    schedule.worker_down(1, 0.0)
    schedule.worker_down(3, 0.1)
    schedule.submit(1, a_job(1, final=False, audio_s=8.0), 0.2)
    assert schedule.room_finals == 0
    assert schedule.submit(2, a_job(2, interview="b"), 0.2) == []


def test_no_interim_gives_way_where_a_new_worker_must_load() -> None:
    schedule = ready()
    schedule.submit(1, a_job(1, final=False, audio_s=8.0), 0.0)
    assert schedule.room_finals == 0
    assert schedule.submit(2, a_job(2), 0.1) == []


def test_final_makes_the_waiting_interim_of_its_segment_needless() -> None:
    schedule = ready()
    schedule.submit(1, a_job(1), 0.0)
    schedule.submit(2, a_job(2, final=False), 0.0)
    assert skips(schedule.submit(3, a_job(2), 0.0)) == [2]


def test_stale_interim_is_not_computed() -> None:
    schedule = ready()
    schedule.submit(1, a_job(1), 0.0)
    schedule.submit(2, a_job(2, final=False), 0.0)
    assert skips(schedule.finished(1, 1, 1, MADE, 4.0)) == [2]


def test_interims_are_thinned_and_then_dropped_under_load() -> None:
    schedule = ready(thin_wait_s=0.5, drop_wait_s=1.5)
    schedule.submit(1, a_job(1), 0.0)
    assert schedule.submit(2, a_job(2, final=False), 0.0) == []
    schedule.submit(3, a_job(3, audio_s=4.0), 0.1)  # a second of work at a quarter of real time
    assert skips(schedule.submit(4, a_job(4, final=False), 2.0)) == [4]
    assert 5 not in skips(schedule.submit(5, a_job(5, final=False), 4.0))
    schedule.submit(6, a_job(6, audio_s=4.0), 4.1)
    assert skips(schedule.submit(7, a_job(7, interview="x", final=False), 4.2)) == [7]
    assert schedule.counters["interims_thinned"] == 1
    assert schedule.counters["interims_dropped"] == 1


def test_how_long_finals_wait_is_learnt_from_finals_alone() -> None:
    """An engine of its own makes the interims, ten times as fast."""
    schedule = ready(workers=2)
    for token in range(0, 200, 2):
        schedule.submit(token, a_job(token, audio_s=4.0), float(token))
        schedule.submit(token + 1, a_job(token + 1, final=False, audio_s=8.0), float(token))
        schedule.finished(2, token, 1, MADE, token + 1.2)
        schedule.finished(1, token + 1, 1, MADE, token + 1.3)
    assert schedule.running == 0
    assert schedule.work_per_audio == pytest.approx(0.3, abs=0.01)


def over_an_interim(schedule: Schedule, token: int, now_s: float) -> list[Action]:
    """A worker gets an interim and dies over it; the next one is up. What became of the interim."""
    actions = schedule.submit(token, a_job(token, final=False), now_s)
    for start in [action for action in actions if isinstance(action, Start)]:
        down = schedule.worker_down(start.worker, now_s)
        later = [*down, *schedule.tick(now_s + 100)]
        for spawn in [action for action in later if isinstance(action, Spawn)]:
            schedule.worker_up(spawn.worker, now_s + 100)
    return actions


def test_interims_rest_where_workers_die_over_them_and_finals_go_on() -> None:
    schedule = ready(recovery_probe_s=1000.0)
    assert starts(over_an_interim(schedule, 1, 1000.0)) == [1]
    assert starts(over_an_interim(schedule, 2, 2000.0)) == [2], "once may be chance"
    assert skips(over_an_interim(schedule, 3, 2990.0)) == [3]
    assert schedule.counters["interims_dropped"] == 1
    assert starts(schedule.submit(4, a_job(4), 3200.0)) == [4]
    worker = schedule._last_worker
    schedule.finished(worker, 4, 1, MADE, 3200.5)
    assert starts(over_an_interim(schedule, 5, 3300.0)) == [5], "it is tried again"
    assert skips(over_an_interim(schedule, 6, 5200.0)) == [6], "for twice as long"
    assert starts(schedule.submit(7, a_job(7, final=False), 5400.0)) == [7]
    schedule.finished(schedule._last_worker, 7, 1, MADE, 5400.5)
    assert starts(over_an_interim(schedule, 8, 5500.0)) == [8]
    assert starts(schedule.submit(9, a_job(9, final=False), 5710.0)) == [9], "they are well again"


def test_full_queue_gives_the_final_back_at_once_and_is_visible_before() -> None:
    schedule = ready(max_queued_finals=4)
    for token in range(1, 4):
        schedule.submit(token, a_job(token, audio_s=0.1), 0.0)
    assert schedule.saturated(0.0)
    schedule.submit(4, a_job(4), 0.0)
    schedule.submit(5, a_job(5), 0.0)
    (refused,) = schedule.submit(6, a_job(6), 0.0)
    assert isinstance(refused, Deliver)
    assert refused.outcome.transcription is None
    assert refused.outcome.reason == "the transcription queue is full"
    assert refused.outcome.cause == "not_taken"


def test_late_and_repeated_results_are_counted_not_applied() -> None:
    schedule = ready()
    schedule.submit(1, a_job(1), 0.0)
    assert schedule.deadline() == pytest.approx(7.0)
    killed = schedule.tick(7.0)
    assert Kill(1) in killed
    assert schedule.finished(1, 1, 1, MADE, 7.1) == []
    assert starts(schedule.worker_up(2, 7.2)) == [1]
    assert len(schedule.finished(2, 1, 2, MADE, 7.3)) == 1
    assert schedule.finished(2, 1, 2, MADE, 7.4) == []
    assert schedule.counters["late_results"] == 2


def test_dead_workers_job_comes_first_again() -> None:
    schedule = ready()
    schedule.submit(1, a_job(1), 0.0)
    schedule.submit(2, a_job(2), 0.0)
    assert schedule.worker_down(1, 0.5) == [Spawn(2)]
    assert schedule.deadline() == pytest.approx(0.6)
    assert starts(schedule.worker_up(2, 0.7)) == [1]


def test_workers_that_die_together_do_not_make_a_job_poison() -> None:
    schedule = ready(workers=3)
    schedule.submit(1, a_job(1), 0.0)
    victim = next(w for w, state in schedule._workers.items() if state.tickets)
    actions: list[Action] = []
    for worker in sorted((1, 2, 3), key=lambda w: w != victim):
        actions += schedule.worker_down(worker, 0.5)
    assert not [action for action in actions if isinstance(action, Start | Deliver)]


def test_the_record_waits_for_everybody_else() -> None:
    schedule = ready()
    assert starts(schedule.submit(1, a_job(1), 0.0)) == [1]
    schedule.submit(2, a_job(2, interview="a", record=True, audio_s=26.0), 0.0)
    assert (schedule.queued, schedule.queued_records) == (0, 1)
    assert not schedule.saturated(0.0)
    assert schedule.expected_wait_s() == 0.0, "no final waits for it"
    schedule.submit(3, a_job(3, interview="b", final=False), 0.1)
    schedule.submit(4, a_job(4, interview="c"), 0.1)
    assert starts(schedule.finished(1, 1, 1, MADE, 0.2)) == [4]
    assert starts(schedule.finished(1, 4, 1, MADE, 0.3)) == [3]
    assert starts(schedule.finished(1, 3, 1, MADE, 0.4)) == [2]
    (made,) = schedule.finished(1, 2, 1, MADE, 2.4)
    assert isinstance(made, Deliver)
    assert made.record
    assert schedule.work_per_audio == pytest.approx(0.25, abs=0.05), "finals are timed alone"


def test_the_record_leaves_one_of_several_workers_free_and_takes_one_at_most() -> None:
    schedule = ready(workers=3)
    schedule.submit(1, a_job(1), 0.0)
    schedule.submit(2, a_job(2, interview="b"), 0.0)
    assert starts(schedule.submit(3, a_job(3, record=True), 0.0)) == [], "one is idle, and stays so"
    assert starts(schedule.finished(3, 1, 1, MADE, 0.1)) == [3]
    assert starts(schedule.finished(2, 2, 1, MADE, 0.2)) == []
    assert starts(schedule.submit(4, a_job(4, record=True), 0.3)) == [], "one at a time"
    assert starts(schedule.submit(5, a_job(5, interview="c"), 0.4)) == [5]


@pytest.mark.parametrize(("workers", "interims"), [(2, 1), (3, 1), (4, 2), (5, 3)])
def test_beside_the_record_interims_leave_a_worker_to_the_next_final(
    workers: int, interims: int
) -> None:
    """Of two workers an interim may have the other."""
    schedule = ready(workers=workers)
    assert starts(schedule.submit(1, a_job(1, record=True, audio_s=26.0), 0.0)) == [1]
    assert schedule.room_interims == interims
    begun = [
        token
        for token in range(10, 10 + workers)
        for token in starts(
            schedule.submit(token, a_job(token, interview=f"i{token}", final=False), 0.1)
        )
    ]
    assert len(begun) == interims
    assert schedule.room_interims == 0
    final = starts(schedule.submit(99, a_job(99, interview="x"), 0.2))
    assert final == ([99] if workers > 2 else [])


def test_the_record_gives_way_where_another_worker_is_forked_in_a_moment() -> None:
    schedule = ready(forked=True)
    assert starts(schedule.submit(1, a_job(1, record=True, audio_s=26.0), 0.0)) == [1]
    assert schedule.room_finals == 1
    assert schedule.submit(2, a_job(2, interview="b"), 0.1) == [Kill(1), Spawn(2)]
    assert starts(schedule.worker_up(2, 0.12, replaced_quickly=True)) == [2]
    assert starts(schedule.finished(2, 2, 1, MADE, 0.3)) == [1], "and is done again"
    assert (schedule.counters["records_preempted"], schedule.counters["dead_letters"]) == (1, 0)


def test_the_record_is_bounded_and_forgotten_with_its_interview() -> None:
    schedule = ready()
    schedule.submit(0, a_job(0), 0.0)
    for token in range(1, MAX_RECORDS + 1):
        schedule.submit(token, a_job(token, interview=f"i{token % 2}", record=True), 0.0)
    (refused,) = schedule.submit(999, a_job(999, record=True), 0.0)
    assert isinstance(refused, Deliver)
    assert (refused.outcome.cause, schedule.counters["dead_letters"]) == ("not_taken", 0)
    assert len(schedule.forget("i1", 0.1)) == MAX_RECORDS // 2
    assert schedule.queued_records == MAX_RECORDS // 2


def test_permanent_failure_is_not_tried_again() -> None:
    schedule = ready()
    schedule.submit(1, a_job(1), 0.0)
    (given_up,) = schedule.finished(1, 1, 1, None, 0.1, reason="why", permanent=True)
    assert isinstance(given_up, Deliver)
    assert given_up.outcome.reason == "why"
    assert given_up.outcome.cause == "raised"


def test_no_worker_is_saturation() -> None:
    schedule = Schedule(SttSettings())
    schedule.tick(0.0)
    schedule.submit(1, a_job(1), 0.0)
    assert schedule.saturated(0.0)
    assert skips(schedule.submit(2, a_job(2, final=False), 0.0)) == [2]


def in_batches(batch: int, workers: int = 1) -> Schedule:
    schedule = Schedule(SttSettings(workers=workers))
    for action in schedule.tick(0.0):
        assert isinstance(action, Spawn)
        schedule.worker_up(action.worker, 0.0, batch)
    return schedule


def test_waiting_finals_begin_as_one_batch_where_the_engine_takes_several() -> None:
    schedule = in_batches(4)
    assert starts(schedule.submit(1, a_job(1), 0.0)) == [1]
    for token in range(2, 8):
        schedule.submit(token, a_job(token, interview=f"i{token}"), 0.1)
    assert starts(schedule.finished(1, 1, 1, MADE, 0.2)) == [2, 3, 4, 5]
    assert schedule.deadline() == pytest.approx(0.2 + 5.0 + 2.0 * 4)
    for token in range(2, 5):
        assert starts(schedule.finished(1, token, 1, MADE, 0.3)) == []
    assert starts(schedule.finished(1, 5, 1, MADE, 0.4)) == [6, 7]


def test_few_jobs_are_shared_among_idle_workers_before_they_are_batched() -> None:
    schedule = in_batches(8, workers=2)
    actions = schedule.submit_all([(token, a_job(token)) for token in range(1, 5)], 0.0)
    assert [a.worker for a in actions if isinstance(a, Start)] == [2, 2, 1, 1]


def test_interims_of_several_interviews_are_one_batch() -> None:
    schedule = in_batches(8)
    interims = [(n, a_job(n, interview=f"i{n}", final=False)) for n in range(1, 4)]
    assert starts(schedule.submit_all(interims, 0.0)) == [1, 2, 3]


def test_job_that_ended_a_worker_goes_alone_so_that_others_survive_it() -> None:
    schedule = in_batches(4)
    schedule.submit_all([(token, a_job(token)) for token in range(1, 4)], 0.0)
    schedule.worker_down(1, 0.1)
    schedule.tick(1.0)  # redelivered, no worker yet
    assert starts(schedule.worker_up(2, 1.0, 4)) == [1]
    assert starts(schedule.finished(2, 1, 2, MADE, 1.1)) == [2]


class AnyOrder(RuleBasedStateMachine):
    """Random events; the model knows only what was promised to whoever submitted."""

    def __init__(self) -> None:
        super().__init__()
        self.schedule = Schedule(SttSettings(workers=3, max_queued_finals=8, start_timeout_s=20.0))
        self.now_s = 0.0
        self.jobs: dict[int, SttJob] = {}
        self.ended: Counter[int] = Counter()
        self.delivered: Counter[int] = Counter()
        self.deliveries: Counter[int] = Counter()
        self.returned: Counter[int] = Counter()
        self.starting: set[int] = set()
        self.busy: dict[int, dict[int, int]] = {}
        """By worker: what it has not answered, token and delivery."""
        self.batch: dict[int, int] = {}
        self.idle: set[int] = set()
        self.stale: list[tuple[int, int, int]] = []
        self.forgotten: set[int] = set()
        self.carry_out(self.schedule.tick(0.0))

    def carry_out(self, actions: list[Action]) -> None:
        begun: set[int] = set()
        for action in actions:
            match action:
                case Spawn(worker):
                    self.starting.add(worker)
                case Kill(worker):
                    self.bury(worker)
                case Start(worker, token, delivery, job):
                    assert worker in self.idle | begun, "a worker that is not there or busy"
                    assert job is self.jobs[token]
                    assert not self.ended[token]
                    begun.add(worker)
                    self.idle.discard(worker)
                    batch = self.busy.setdefault(worker, {})
                    batch[token] = delivery
                    assert len(batch) <= self.batch[worker]
                    assert len(batch) == 1 or set(batch.values()) == {1}, "poison in company"
                    self.deliveries[token] += 1
                    assert delivery == self.deliveries[token]
                case Deliver(token, outcome):
                    assert outcome.segment_id == self.jobs[token].segment_id
                    assert token not in self.forgotten
                    self.ended[token] += 1
                    self.delivered[token] += 1
                case Skip(token, outcome):
                    assert outcome.segment_id == self.jobs[token].segment_id
                    assert not self.jobs[token].final
                    assert token not in self.forgotten
                    assert outcome.transcription is None
                    self.ended[token] += 1
                case Discard(token):
                    self.ended[token] += 1
                    assert token in self.forgotten or not self.jobs[token].final

    def bury(self, worker: int) -> None:
        self.starting.discard(worker)
        self.idle.discard(worker)
        for token, delivery in self.busy.pop(worker, {}).items():
            self.stale.append((worker, token, delivery))

    @rule(
        interview=st.integers(0, 2), final=st.booleans(), audio_s=st.sampled_from([0.0, 1.0, 8.0])
    )
    def submit(self, interview: int, final: bool, audio_s: float) -> None:
        job = a_job(len(self.jobs) // 2, interview=str(interview), final=final, audio_s=audio_s)
        self.submit_one(job)

    @rule(interview=st.integers(0, 2))
    def submit_for_the_record(self, interview: int) -> None:
        self.submit_one(a_job(len(self.jobs), interview=str(interview), record=True))

    def submit_one(self, job: SttJob) -> None:
        token = len(self.jobs) + 1
        self.jobs[token] = job
        self.carry_out(self.schedule.submit(token, self.jobs[token], self.now_s))

    @rule(interview=st.integers(0, 2), count=st.integers(2, 5))
    def submit_together(self, interview: int, count: int) -> None:
        first = len(self.jobs) + 1
        together = [
            (token, a_job(token, interview=str(interview))) for token in range(first, first + count)
        ]
        self.jobs.update(together)
        self.carry_out(self.schedule.submit_all(together, self.now_s))

    @precondition(lambda self: self.starting)
    @rule(data=st.data(), batch=st.sampled_from([1, 1, 3]), forked=st.booleans())
    def comes_up(self, data: st.DataObject, batch: int, forked: bool) -> None:
        worker = data.draw(st.sampled_from(sorted(self.starting)))
        self.up(worker, batch, forked=forked)

    def up(self, worker: int, batch: int, *, forked: bool = False) -> None:
        self.starting.remove(worker)
        self.idle.add(worker)
        self.batch[worker] = batch
        self.carry_out(self.schedule.worker_up(worker, self.now_s, batch, replaced_quickly=forked))

    @precondition(lambda self: self.busy)
    @rule(data=st.data(), good=st.booleans(), permanent=st.booleans())
    def finishes(self, data: st.DataObject, good: bool, permanent: bool) -> None:
        worker = data.draw(st.sampled_from(sorted(self.busy)))
        token = data.draw(st.sampled_from(sorted(self.busy[worker])))
        self.finish(worker, token, MADE if good else None, permanent=permanent)

    def finish(
        self, worker: int, token: int, made: Transcription | None, *, permanent: bool = False
    ) -> None:
        delivery = self.busy[worker].pop(token)
        if not self.busy[worker]:
            del self.busy[worker]
            self.idle.add(worker)
        self.stale.append((worker, token, delivery))
        self.carry_out(
            self.schedule.finished(worker, token, delivery, made, self.now_s, permanent=permanent)
        )

    @precondition(lambda self: self.stale)
    @rule(data=st.data())
    def says_it_again(self, data: st.DataObject) -> None:
        worker, token, delivery = data.draw(st.sampled_from(self.stale))
        assert self.schedule.finished(worker, token, delivery, MADE, self.now_s) == []

    @precondition(lambda self: self.starting or self.idle or self.busy)
    @rule(data=st.data())
    def dies(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(sorted(self.starting | self.idle | set(self.busy))))
        self.bury(worker)
        self.carry_out(self.schedule.worker_down(worker, self.now_s))

    @precondition(lambda self: self.starting or self.busy)
    @rule(data=st.data())
    def cannot_be_used(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(sorted(self.starting | set(self.busy))))
        self.returned.update(self.busy.get(worker, ()))
        self.bury(worker)
        self.carry_out(self.schedule.worker_down(worker, self.now_s, "gone", unavailable=True))

    @rule(seconds=st.sampled_from([0.05, 1.0, 6.0, 25.0]))
    def time_passes(self, seconds: float) -> None:
        until_s = self.now_s + seconds
        while (due_s := self.schedule.deadline()) is not None and due_s <= until_s:
            self.now_s = max(self.now_s, due_s)
            self.carry_out(self.schedule.tick(self.now_s))
        self.now_s = until_s

    @rule(interview=st.integers(0, 2))
    def candidate_leaves(self, interview: int) -> None:
        self.carry_out(self.schedule.drop_interims(str(interview), self.now_s))

    @rule(interview=st.integers(0, 2))
    def erased(self, interview: int) -> None:
        self.forgotten |= {
            token
            for token, job in self.jobs.items()
            if job.interview_id == str(interview) and not self.ended[token]
        }
        self.carry_out(self.schedule.forget(str(interview), self.now_s))

    @invariant()
    def nothing_ends_twice(self) -> None:
        assert all(count <= 1 for count in self.ended.values())

    @invariant()
    def bounds_hold(self) -> None:
        assert len(self.starting) + len(self.idle) + len(self.busy) <= 3
        finals = {token: n for token, n in self.deliveries.items() if not self.jobs[token].record}
        assert all(n - self.returned[token] <= 4 for token, n in finals.items())
        waiting = sum(not self.ended[token] and not job.record for token, job in self.jobs.items())
        assert waiting <= 8 + 9 + 9 + 3  # queue, redelivered over it, running, interims
        due_s = self.schedule.deadline()
        assert due_s is None or due_s < math.inf

    @invariant()
    def no_worker_idles_beside_a_waiting_final(self) -> None:
        assert not (self.idle and self.schedule.queued > len(self.schedule._delayed))

    def teardown(self) -> None:
        """When all goes well from now on, every final owed gets its one outcome."""
        for _ in range(200):
            self.time_passes(1.0)
            for worker in sorted(self.starting):
                self.up(worker, 2)
            for worker, batch in list(self.busy.items()):
                for token in list(batch):
                    self.finish(worker, token, MADE)
        for token, job in self.jobs.items():
            assert self.ended[token] == 1
            if job.final and token not in self.forgotten:
                assert self.delivered[token] == 1


AnyOrder.TestCase.settings = hypothesis_settings(
    max_examples=examples(150), stateful_step_count=50, deadline=None
)
TestAnyOrder = AnyOrder.TestCase
