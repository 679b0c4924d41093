"""Interims in the queue over several machines: whoever sends one hears once what became of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from media_server.stt.remote import redis_protocol as protocol
from media_server.stt.remote.redis_queue import RedisSpeechToText
from tests.stt import fake_engines
from tests.stt.fake_engines import job
from tests.stt.machines import KEYS, client, entries, entries_in, machine, server, take
from tests.stt.queues import Outcomes, attempts
from tests.support import slow_disk
from tests.support.redis_server import RedisServer
from tests.support.waiting import until

pytestmark = pytest.mark.redis
GENEROUS = {"thin_wait_s": 1e4, "drop_wait_s": 1e4}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media_server.stt.remote.redis_queue.FIRST_WORKER_S", 0.3)
    monkeypatch.setattr(protocol, "INTERIM_MAX_AGE_MS", 60_000)
    monkeypatch.setattr(protocol, "WORKER_GONE_S", 600)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with client(redis_url) as made:
        yield made


@asynccontextmanager
async def staffed(redis_url: str, workers: int = 1) -> AsyncIterator[RedisSpeechToText]:
    """A server that knows of its own workers: before that it leaves interims out."""
    async with server(redis_url, workers=workers, **GENEROUS) as queue:
        await until(lambda: queue.status().workers_ready == workers)
        yield queue


async def interims_in(redis: Redis, count: int) -> None:
    await entries_in(redis, KEYS.queue(final=False), count)


def fates(outcomes: Outcomes) -> list[tuple[str, str]]:
    return [(o.segment_id, o.reason) for o in outcomes.all if o.transcription is None]


async def test_left_out_under_load_is_said_but_not_from_within_submit(redis_url: str) -> None:
    async with server(redis_url) as queue:  # without a machine the wait is infinite
        outcomes = Outcomes(queue)
        outcomes.submit(job(1, final=False))
        assert outcomes.all == []
        await outcomes.count(1)
        await asyncio.sleep(0.05)
        assert fates(outcomes) == [("s1", "left out under load")]
        assert outcomes.all[0].deliveries == 0


async def test_dropped_before_it_is_said_is_not_said(redis_url: str) -> None:
    async with server(redis_url, max_queued_finals=1) as queue:
        outcomes = Outcomes(queue)
        outcomes.submit(job(1, final=False), job(2), job(3), job(4, interview="stays"))
        queue.drop_interims("i")
        queue.forget("i")
        await outcomes.count(1)
        await asyncio.sleep(0.05)
        assert [(o.interview_id, o.reason) for o in outcomes.all] == [
            ("stays", "the transcription queue is full")
        ]


async def test_replaced_and_superseded_are_said_once(
    redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    """Sent to Redis first: whether a worker has begun with them only Redis can tell."""
    async with staffed(redis_url) as queue:
        outcomes = Outcomes(queue)
        outcomes.submit(job(0, fake_engines.HELD, notes=tmp_path))
        await attempts(tmp_path, 0, 1)
        outcomes.submit(job(1, final=False))
        await interims_in(redis, 1)
        outcomes.submit(job(2, final=False))
        outcomes.submit(job(3, final=False))  # 1 is on its way out, 2 has not left
        await interims_in(redis, 1)
        outcomes.submit(job(3))
        await interims_in(redis, 0)
        fake_engines.let_go(tmp_path)
        await outcomes.count(5)
        await asyncio.sleep(0.1)
        assert sorted(fates(outcomes)) == [
            ("s1", "a newer one came"),
            ("s2", "a newer one came"),
            ("s3", "its segment is final"),
        ]
        counters = queue.status().counters
        assert (counters["interims_replaced"], counters["interims_superseded"]) == (2, 1)
        assert await redis.xlen(KEYS.queue(final=False)) == 0


async def test_interim_that_a_worker_has_is_not_called_replaced(
    redis_url: str, tmp_path: Path
) -> None:
    async with staffed(redis_url) as queue:
        outcomes = Outcomes(queue)
        outcomes.submit(job(1, fake_engines.HELD, final=False, notes=tmp_path))
        await attempts(tmp_path, 1, 1)
        outcomes.submit(job(2, final=False))
        outcomes.submit(job(3, final=False))
        await outcomes.count(1)
        fake_engines.let_go(tmp_path)
        await outcomes.count(3)
        await asyncio.sleep(0.1)
        assert fates(outcomes) == [("s2", "a newer one came")]
        assert queue.status().counters["interims_replaced"] == 1
        assert outcomes.texts() == {"number 1": 1, "number 3": 1, "": 1}


async def test_interim_that_nobody_is_free_for_is_said_and_leaves(
    redis_url: str, redis: Redis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(protocol, "INTERIM_MAX_AGE_MS", 500)
    async with staffed(redis_url) as queue:
        outcomes = Outcomes(queue)
        outcomes.submit(job(0, fake_engines.HELD, notes=tmp_path))
        await attempts(tmp_path, 0, 1)
        outcomes.submit(job(1, final=False))
        await outcomes.count(1)
        assert fates(outcomes) == [("s1", "no worker was free in time")]
        assert queue.status().counters["interims_dropped"] == 1
        assert await entries(redis, KEYS.queue(final=False)) == []
        fake_engines.let_go(tmp_path)
        await outcomes.count(2)
        await asyncio.sleep(0.3)
        assert len(outcomes.all) == 2


async def test_interim_of_a_machine_that_died_with_it_is_said_in_the_end(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("media_server.stt.remote.pending_jobs.INTERIM_ANSWER_S", 1.0)
    async with server(redis_url, **GENEROUS) as queue:
        with machine(redis_url) as process:
            await until(lambda: queue.status().workers_ready == 1)
            outcomes = Outcomes(queue)
            outcomes.submit(job(1, fake_engines.HANG, final=False, notes=tmp_path))
            await attempts(tmp_path, 1, 1)
            monkeypatch.setattr(protocol, "INTERIM_MAX_AGE_MS", 500)
            process.kill()
            await outcomes.count(1)
        assert fates(outcomes) == [("s1", "no worker was free in time")]


async def test_interim_that_an_engine_fails_with_is_said(redis_url: str) -> None:
    async with server(redis_url, **GENEROUS) as queue:
        with machine(redis_url):
            await until(lambda: queue.status().workers_ready == 1)
            outcomes = Outcomes(queue)
            outcomes.submit(job(1, fake_engines.RAISE, final=False))
            await outcomes.count(1)
            counters = queue.status().counters
            assert counters["interims_failed"] == 1
            assert counters.get("redelivered", 0) == 0


async def test_silent_redis_keeps_no_sender_waiting(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "INTERIM_MAX_AGE_MS", 500)
    async with staffed(redis_server.url) as queue:
        slow_disk.notice_silence(monkeypatch)
        redis_server.pause()
        try:
            outcomes = Outcomes(queue)
            outcomes.submit(job(0), job(1, final=False))
            await outcomes.count(1)
            assert fates(outcomes) == [("s1", "no worker was free in time")]
        finally:
            redis_server.cont()
        await outcomes.count(2)
        await asyncio.sleep(0.3)
        assert outcomes.texts() == {"": 1, "number 0": 1}


async def test_entry_that_its_server_took_back_is_not_done(redis_url: str, redis: Redis) -> None:
    async with server(redis_url, **GENEROUS) as queue:
        with machine(redis_url):
            await until(lambda: queue.status().workers_ready == 1)
        outcomes = Outcomes(queue)
        outcomes.submit(job(1, final=False))
        await interims_in(redis, 1)
        await take(redis, final=False)  # read by a machine that has not begun
        outcomes.submit(job(1))
        await outcomes.count(1)
        assert fates(outcomes) == [("s1", "its segment is final")]


async def test_machine_whose_worker_for_finals_is_free_takes_only_finals(
    redis_url: str, redis: Redis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One of two workers is kept for them; the interim stays in Redis, for other machines."""
    async with staffed(redis_url, workers=2) as queue:
        outcomes = Outcomes(queue)
        held = job(
            1, fake_engines.HELD, final=False, interview="a", samples=128_000, notes=tmp_path
        )
        outcomes.submit(held)
        await attempts(tmp_path, 1, 1)
        await interims_in(redis, 0)
        outcomes.submit(job(2, final=False, interview="b"))
        await interims_in(redis, 1)
        await asyncio.sleep(0.3)
        await interims_in(redis, 1)
        outcomes.submit(job(3), job(4))
        await outcomes.count(2)
        assert outcomes.texts() == {"number 3": 1, "number 4": 1}
        await interims_in(redis, 1)
        fake_engines.let_go(tmp_path)
        await outcomes.count(4)
        assert outcomes.texts()["number 2"] == 1


@pytest.mark.parametrize("age_ms", [1_000, 120_000])
async def test_age_of_an_interim_is_told_by_the_clock_that_dated_it(
    redis_url: str, redis: Redis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, age_ms: int
) -> None:
    """A machine whose own clock is an hour ahead does what is new and leaves out what is old."""
    true_s = time.time
    monkeypatch.setattr(time, "time", lambda: true_s() + 3_600)
    async with staffed(redis_url) as queue:
        outcomes = Outcomes(queue)
        outcomes.submit(job(0, fake_engines.HELD, notes=tmp_path))
        await attempts(tmp_path, 0, 1)
        outcomes.submit(job(1, final=False))
        await interims_in(redis, 1)
        name = KEYS.queue(final=False)
        ((_, fields),) = await entries(redis, name)
        seconds, micros = await redis.time()
        await redis.delete(name)  # to date it back
        older = f"{seconds * 1000 + micros // 1000 - age_ms}-0"
        await redis.xadd(name, fields, id=older)
        await redis.xgroup_create(name, protocol.GROUP, "0")
        fake_engines.let_go(tmp_path)
        await outcomes.count(2)
        expected = ["number 0", "number 1" if age_ms < 60_000 else ""]
        assert sorted(outcomes.texts()) == sorted(expected)
