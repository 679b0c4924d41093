"""What follows a failed delivery, seen through the schedule."""

from __future__ import annotations

import pytest

from media_server.stt.actions import Deliver, Spawn, Start
from media_server.stt.schedule import Schedule
from media_server.stt.settings import SttSettings
from tests.stt.test_schedule import MADE, a_job, in_batches, ready, skips, starts


def test_replacement_backs_off_when_workers_keep_dying() -> None:
    schedule = Schedule(SttSettings())
    now_s, delays = 0.0, []
    schedule.tick(now_s)
    for worker in range(1, 10):
        actions = schedule.worker_down(worker, now_s)
        if actions != [Spawn(worker + 1)]:
            due_s = schedule.deadline()
            assert due_s is not None
            delays.append(due_s - now_s)
            now_s = due_s
            assert schedule.tick(now_s) == [Spawn(worker + 1)]
    assert delays == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_engine_that_cannot_be_used_costs_a_final_nothing_until_one_can() -> None:
    schedule = ready(max_deliveries=1)
    schedule.submit_all([(1, a_job(1)), (2, a_job(2))], 0.0)
    actions = schedule.worker_down(1, 0.1, "gone", unavailable=True)
    assert actions == [Spawn(2)]
    assert (schedule.workers_ready, schedule.queued) == (0, 2)
    for worker in range(2, 20):  # none warms up
        now_s = schedule.deadline()
        assert now_s is not None
        assert not any(isinstance(a, Deliver) for a in schedule.tick(now_s))
        assert starts(schedule.worker_down(worker, now_s, "gone", unavailable=True)) == []
    now_s = (schedule.deadline() or 0.0) + 1.0
    (spawn,) = schedule.tick(now_s)
    assert isinstance(spawn, Spawn)
    assert starts(schedule.worker_up(spawn.worker, now_s)) == [1], "at the head of the queue"
    (done, begun) = schedule.finished(spawn.worker, 1, 2, MADE, now_s)
    assert isinstance(done, Deliver)
    assert isinstance(begun, Start)


def test_answered_jobs_of_a_batch_are_not_returned_and_interims_are_skipped() -> None:
    schedule = in_batches(4)
    schedule.submit_all([(token, a_job(token)) for token in (1, 2)], 0.0)
    schedule.finished(1, 1, 1, MADE, 0.1)
    assert schedule.worker_down(1, 0.2, "gone", unavailable=True) == [Spawn(2)]
    assert schedule.queued == 1
    schedule = in_batches(4)
    schedule.submit(3, a_job(3, final=False), 0.0)
    assert skips(schedule.worker_down(1, 0.2, "gone", unavailable=True)) == [3]


def returned_until_given_up(workers: int) -> tuple[float, int]:
    """When the only final ends, and after how many deliveries, if all workers but warm up."""
    schedule = ready(workers=workers)
    actions, now_s = schedule.submit(1, a_job(1), 0.0), 0.0
    for _ in range(1000):
        for action in actions:
            if isinstance(action, Deliver):
                assert action.outcome.reason == "timed out"
                return now_s, action.outcome.deliveries
        begun = [a.worker for a in actions if isinstance(a, Start)]
        spawned = [a.worker for a in actions if isinstance(a, Spawn)]
        actions = []
        for worker in spawned:
            actions += schedule.worker_up(worker, now_s)
        for worker in begun:
            now_s += 0.01
            actions += schedule.worker_down(worker, now_s, "timed out", unavailable=True)
        if not actions:
            now_s = max(now_s, schedule.deadline() or 0.0)
            actions = schedule.tick(now_s)
    raise AssertionError("it never ended")


@pytest.mark.parametrize("workers", [1, 8])
def test_job_that_makes_a_working_engine_give_up_ends_all_the_same(workers: int) -> None:
    ended_s, deliveries = returned_until_given_up(workers)
    assert 30 <= ended_s < 60
    assert deliveries < 30


def test_workers_that_were_there_before_the_outage_are_no_evidence_against_a_job() -> None:
    schedule = ready(workers=8)
    schedule.submit(1, a_job(1), 0.0)
    for number in range(8):
        (worker,) = (w for w, state in schedule._workers.items() if state.tickets)
        now_s = 10.0 * (number + 1)  # each request timed out after a while
        actions = schedule.worker_down(worker, now_s, "gone", unavailable=True)
        actions += schedule.tick(now_s + 6.0)
        assert not any(isinstance(action, Deliver) for action in actions)
    assert (schedule.workers_ready, schedule.queued) == (0, 1)
