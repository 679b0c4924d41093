"""The record on a queue that several servers share: few at a time, and no measure of finals."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from media_server.ports import SttJob, SttOutcome, Transcription
from media_server.stt.remote import record_turns
from media_server.stt.remote import redis_protocol as protocol
from media_server.stt.remote.redis_worker import RedisWorker
from media_server.stt.settings import SttSettings
from tests.stt import fake_engines
from tests.stt.fake_engines import job
from tests.stt.machines import KEYS, client, command, machine, server, take
from tests.stt.queues import Outcomes
from tests.support.waiting import PATIENCE_S, until


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media_server.stt.remote.redis_queue.FIRST_WORKER_S", 0.05)


def of_the_record(number: int, interview: str) -> SttJob:
    return replace(job(number, interview=interview), record=True)


@pytest.mark.redis
async def test_one_stretch_at_a_time_whichever_server_asks(redis_url: str) -> None:
    async with server(redis_url) as a, server(redis_url) as b, client(redis_url) as redis:
        first, second = Outcomes(a), Outcomes(b)
        first.submit(of_the_record(1, "a"))
        await take(redis, final=True)
        first.submit(of_the_record(2, "a"))
        second.submit(of_the_record(3, "b"), job(4, interview="b"))
        (refused,) = await second.count(1)
        (refused_here,) = await first.count(1)
        for outcome in (refused, refused_here):
            assert (outcome.cause, outcome.deliveries) == ("not_taken", 0)
        assert (refused.segment_id, refused_here.segment_id) == ("s3", "s2")
        assert not b.status().counters.get("dead_letters", 0)
        await take(redis, final=True)  # the final is asked for all the same
        a.forget("a")
        await until(lambda: not a._turns._tokens)
        second.submit(of_the_record(5, "b"))
        await take(redis, final=True)
        assert len(second.all) == 1
    async with client(redis_url) as redis:
        assert not await redis.exists(KEYS.record), "a server that ends gives its turn back"


@pytest.mark.redis
async def test_a_turn_is_kept_while_it_lasts_and_ends_with_a_dead_server(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_turns, "KEPT_MS", 20_000)
    monkeypatch.setattr("media_server.stt.remote.redis_queue.NOBODY_S", 0.05)
    async with server(redis_url) as queue, client(redis_url) as redis:
        outcomes = Outcomes(queue)
        await redis.zadd(KEYS.record, {"one that died:1": 0.0})
        outcomes.submit(of_the_record(1, "a"))
        await take(redis, final=True)
        (turn,) = await command(redis, "ZRANGE", KEYS.record, 0, -1)
        until_ms = {await redis.zscore(KEYS.record, turn)}
        async with asyncio.timeout(PATIENCE_S):
            while len(until_ms) < 3:  # it is kept for longer, and again
                await asyncio.sleep(0.01)
                until_ms.add(await redis.zscore(KEYS.record, turn))
        assert None not in until_ms
        assert await redis.zcard(KEYS.record) == 1
        assert outcomes.all == []


@pytest.mark.redis
async def test_the_next_begins_when_the_outcome_is_there(redis_url: str) -> None:
    async with server(redis_url) as queue:
        outcomes = Outcomes(queue)
        with machine(redis_url, workers=2):
            await until(lambda: queue.status().workers_ready == 2)
            for number in (1, 2, 3):
                outcomes.submit(of_the_record(number, "a"))
                await outcomes.count(number)
                await until(lambda: not queue._turns._tokens)
        assert outcomes.texts() == Counter(f"number {number}" for number in (1, 2, 3))


@pytest.mark.redis
async def test_audio_is_kept_until_a_machine_says_what_it_gains(redis_url: str) -> None:
    """A machine that loads for longer than the server must not cost the record its audio."""
    async with server(redis_url) as queue:
        assert (queue.status().workers_ready, queue.status().gains_from_context) == (0, True)
        with machine(redis_url):
            await until(lambda: queue.status().workers_ready == 1)
            assert not queue.status().gains_from_context, "this one says no"


def test_how_long_finals_take_is_learnt_from_finals_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "media_server.stt.pool.local.LocalSpeechToText.work_per_audio", property(lambda _: 0.1)
    )
    settings = {"engine": fake_engines.ECHO, "redis_url": "redis://127.0.0.1:1", "workers": 1}
    worker = RedisWorker(SttSettings.from_mapping(settings))
    before_s = worker._job_s

    def done(one: SttJob) -> float:
        made = Transcription("text", (), "e", "m", "en")
        outcome = SttOutcome(one.interview_id, one.segment_id, 1, True, made)
        worker._done(protocol.Entry("1-0", "server", 1, one), 1, outcome)
        return worker._job_s

    assert done(replace(job(1, samples=26 * 16_000), record=True)) == before_s
    assert done(job(2, samples=16_000)) < before_s
