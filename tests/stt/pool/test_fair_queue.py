"""One interview's backlog is its own: nobody else waits for it, and nobody is kept out for it."""

from __future__ import annotations

import json
import math

from media_server.ports import SttOutcome
from media_server.stt.pool.actions import Deliver, Start
from media_server.stt.remote.pending_jobs import IN_REDIS_EACH, PendingJobs
from media_server.stt.settings import SttSettings
from tests.stt.pool.test_schedule import MADE, a_job, ready, starts


def test_another_candidates_words_wait_for_one_segment_and_not_for_a_backlog() -> None:
    schedule = ready()
    for token in range(1, 41):
        schedule.submit(token, a_job(token, interview="flood", audio_s=10.0), 0.0)
    schedule.submit(50, a_job(50, interview="calm"), 0.1)
    schedule.submit(51, a_job(51, interview="calm"), 0.1)
    assert starts(schedule.finished(1, 1, 1, MADE, 2.0)) == [50]
    assert starts(schedule.finished(1, 50, 1, MADE, 2.2)) == [2], "in turn"
    assert starts(schedule.finished(1, 2, 1, MADE, 4.0)) == [51]
    assert starts(schedule.finished(1, 51, 1, MADE, 4.2)) == [3], "each in its own order"


def test_what_failed_with_its_worker_still_comes_first() -> None:
    schedule = ready()
    schedule.submit(1, a_job(1, interview="a"), 0.0)
    schedule.submit(2, a_job(2, interview="b"), 0.0)
    schedule.worker_down(1, 0.5)
    assert starts(schedule.worker_up(2, 0.7)) == [1]


def test_one_backlog_shuts_the_door_to_nobody() -> None:
    schedule = ready()
    for token in range(1, 61):
        schedule.submit(token, a_job(token, interview="flood", audio_s=10.0), 0.0)
    now_s = 0.0
    for token in range(1, 40):  # it is served all the time, and its oldest grows old
        now_s += 2.5
        schedule.finished(1, token, 1, MADE, now_s)
    assert schedule.oldest_queued_s(now_s) > 90.0
    assert schedule.expected_wait_s() > 40.0
    assert schedule.newcomer_wait_s(now_s) < 4.0
    assert not schedule.saturated(now_s)


def test_many_that_wait_do() -> None:
    schedule = ready()
    for token in range(1, 13):
        schedule.submit(token, a_job(token, interview=f"i{token}", audio_s=6.0), 0.0)
    assert schedule.newcomer_wait_s(0.0) > 4.0
    assert schedule.saturated(0.0)


def test_a_turn_that_does_not_come_does() -> None:
    schedule = ready()
    schedule.submit(1, a_job(1, interview="a"), 0.0)
    schedule.submit(2, a_job(2, interview="b"), 0.0)
    assert not schedule.saturated(3.0)
    assert schedule.saturated(4.5)


def test_without_a_worker_there_is_no_telling() -> None:
    schedule = ready()
    schedule.worker_down(1, 0.0)
    assert schedule.newcomer_wait_s(0.0) == math.inf


def test_an_interview_has_a_limit_of_its_own() -> None:
    schedule = ready(max_interview_finals=3)
    for token in range(1, 5):  # one of them runs
        assert not any(
            isinstance(a, Deliver) for a in schedule.submit(token, a_job(token, interview="x"), 0.0)
        )
    (refused,) = schedule.submit(5, a_job(5, interview="x"), 0.0)
    assert isinstance(refused, Deliver)
    assert refused.outcome.reason == "too much of this interview waits already"
    assert schedule.submit(6, a_job(6, interview="y"), 0.0) == []
    assert schedule.counters["finals_refused"] == 1
    (start,) = schedule.finished(1, 1, 1, MADE, 0.1)[1:]
    assert isinstance(start, Start)
    assert start.token == 6
    schedule.forget("x", 0.2)
    assert schedule.submit(7, a_job(7, interview="x"), 0.2) == []


async def test_redis_is_given_a_few_of_an_interview_at_a_time() -> None:
    pending = PendingJobs(SttSettings(max_interview_finals=6))
    heard: list[SttOutcome] = []
    for number in range(1, 7):
        pending.submit(a_job(number, interview="flood"), heard.append, 0.0, 0.0)
    pending.submit(a_job(7, interview="calm"), heard.append, 0.0, 0.0)
    assert list(pending.outbox) == [1, 2, 3, 4, 7]
    assert pending.capped() == IN_REDIS_EACH + 1
    made = {"type": "outcome", "result": None, "reason": "x", "worked_s": 0.1, "deliveries": 1}
    pending.receive(json.dumps(made | {"token": 2}).encode(), 1.0)
    assert list(pending.outbox)[-1] == 5
    for token in (1, 3, 4, 5):
        pending.receive(json.dumps(made | {"token": token}).encode(), 1.0)
    assert list(pending.outbox)[-1] == 6
    assert pending.capped() == 2
    pending.forget("flood")
    pending.receive(json.dumps(made | {"token": 7}).encode(), 1.0)
    assert pending.capped() == 0
    assert len(heard) == 6
