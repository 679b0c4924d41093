"""What follows a failed delivery, seen through the schedule."""

from __future__ import annotations

import math

import pytest

from media_server.stt.pool.actions import Deliver, Spawn, Start
from media_server.stt.pool.schedule import Schedule
from media_server.stt.settings import SttSettings
from tests.stt.pool.test_schedule import MADE, a_job, in_batches, ready, skips, starts


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


def returned_until_given_up(workers: int, load_s: float, request_s: float) -> tuple[float, int]:
    """When the only final ends, and after how many deliveries, if every worker warms up."""
    schedule = ready(workers=workers)
    happens: list[tuple[float, str, int]] = []
    actions, now_s = schedule.submit(1, a_job(1, audio_s=request_s), 0.0), 0.0
    for _ in range(1000):
        for action in actions:
            match action:
                case Deliver(_, outcome):
                    assert (outcome.reason, outcome.cause) == ("timed out", "unavailable")
                    return now_s, outcome.deliveries
                case Spawn(worker):
                    happens.append((now_s + load_s, "up", worker))
                case Start(worker):
                    happens.append((now_s + request_s, "returns", worker))
        due_s = schedule.deadline()
        next_s, what, worker = min(happens, default=(math.inf, "", 0))
        if due_s is not None and due_s <= next_s:
            now_s = max(now_s, due_s)
            actions = schedule.tick(now_s)
            continue
        happens.remove((next_s, what, worker))
        now_s = next_s
        if what == "up":
            actions = schedule.worker_up(worker, now_s)
        else:
            actions = schedule.worker_down(worker, now_s, "timed out", unavailable=True)
    raise AssertionError("it never ended")


@pytest.mark.parametrize("workers", [1, 2, 8])
@pytest.mark.parametrize(("load_s", "request_s"), [(0.02, 0.01), (3.0, 10.0), (8.0, 20.0)])
def test_job_that_makes_a_working_engine_give_up_ends_all_the_same(
    workers: int, load_s: float, request_s: float
) -> None:
    ended_s, deliveries = returned_until_given_up(workers, load_s, request_s)
    assert 30 <= ended_s < 90 + 5 * request_s * workers
    assert deliveries <= 12 + 3 * workers


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
