"""What only the queue over several machines has: their deaths, and those of Redis.

Over 400 lines on purpose: one queue, seen from each of its ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from pathlib import Path

import pytest
from redis.asyncio import Redis

from media_server.endings import end
from media_server.ports import EngineUnavailable, SttOutcome
from media_server.stt.remote import redis_protocol as protocol
from media_server.stt.remote import redis_worker
from media_server.stt.remote.redis_queue import RedisSpeechToText
from media_server.stt.remote.redis_worker import RedisWorker
from media_server.stt.settings import SttSettings
from tests.stt import fake_engines
from tests.stt.fake_engines import job
from tests.stt.machines import (
    KEYS,
    client,
    command,
    entries,
    entries_in,
    kept_up,
    machine,
    server,
    take,
)
from tests.stt.processes import children, descendants
from tests.stt.queues import Outcomes, attempts, prefork
from tests.support import slow_disk
from tests.support.redis_server import RedisServer
from tests.support.waiting import until

pytestmark = pytest.mark.redis
WORKER_GONE_S = protocol.WORKER_GONE_S


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media_server.stt.remote.redis_queue.FIRST_WORKER_S", 0.3)
    monkeypatch.setattr(protocol, "INTERIM_MAX_AGE_MS", 60_000)
    monkeypatch.setattr(protocol, "WORKER_GONE_S", 600)


async def test_jobs_wait_for_the_first_machine_and_status_says_so(redis_url: str) -> None:
    async with server(redis_url) as queue:
        status = queue.status()
        assert (status.workers_ready, status.saturated) == (0, True)
        await until(lambda: "start `media-server stt-worker`" in queue.status().trouble)
        outcomes = Outcomes(queue)
        outcomes.submit(*(job(n) for n in range(5)), job(9, final=False))
        with machine(redis_url, workers=2):
            await outcomes.count(6)
            await until(lambda: queue.status().workers_ready == 2)
        assert outcomes.texts() == Counter(["", *(f"number {n}" for n in range(5))])
        assert queue.status().engine == "echo"
        assert queue.status().counters["interims_dropped"] == 1


async def test_killed_machine_and_its_jobs_go_to_another(redis_url: str, tmp_path: Path) -> None:
    async with server(redis_url) as queue:
        outcomes = Outcomes(queue)
        with machine(redis_url, deadline_base_s=600) as first:  # it hangs until it is killed
            outcomes.submit(job(1, fake_engines.HANG_ONCE, notes=tmp_path))
            await until(lambda: bool(list(tmp_path.iterdir())))
            with machine(redis_url):
                outcomes.submit(job(2))
                await outcomes.count(1)
                first.kill()
                done = await outcomes.count(2)
        assert outcomes.texts() == Counter(["number 1", "number 2"])
        assert {o.segment_id: o.deliveries for o in done} == {"s1": 2, "s2": 1}


async def test_machines_killed_in_turn_under_load_lose_and_double_nothing(redis_url: str) -> None:
    async with server(redis_url) as queue:
        outcomes = Outcomes(queue)
        with machine(redis_url) as a, machine(redis_url) as b, machine(redis_url, workers=2):
            await until(lambda: queue.status().workers_ready == 4)
            outcomes.submit(*(job(n, work_ms=30, interview=f"i{n % 7}") for n in range(100)))
            for victim in (a, b):
                await asyncio.sleep(0.2)
                victim.kill()
            await outcomes.count(100)
            await asyncio.sleep(0.2)
        assert outcomes.texts() == Counter(f"number {n}" for n in range(100))


async def test_slow_job_is_kept_while_its_machine_lives(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody claims what was kept lately: see those that are abandoned, below."""
    monkeypatch.setattr(protocol, "HEARTBEAT_S", 0.1)
    async with server(redis_url, workers=1) as queue, client(redis_url) as redis:
        outcomes = Outcomes(queue)
        outcomes.submit(job(1, fake_engines.HELD, notes=tmp_path))
        await attempts(tmp_path, 1, 1)
        assert await kept_up(redis, 3) == 1
        fake_engines.let_go(tmp_path)
        done = await outcomes.count(1)
        assert done[0].deliveries == 1
        assert len(await attempts(tmp_path, 1, 1)) == 1


async def test_machine_whose_engine_is_gone_lets_others_have_its_finals(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(protocol, "CLAIM_IDLE_MS", 1_500)
    monkeypatch.setattr("media_server.stt.remote.redis_worker.UNREADY_S", 0.5)
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    engine = "tests.stt.fake_engines:obeying"
    async with server(redis_url, workers=1, engine=engine, model_dir=str(here)) as queue:
        outcomes = Outcomes(queue)
        (here / "order").write_text("hang 1")
        outcomes.submit(job(1))
        await until(lambda: (here / "order").read_text() == "hang 0")
        (here / "away").touch()
        for pid in children(prefork()):
            os.kill(pid, signal.SIGKILL)
        await until(lambda: queue.status().workers_ready == 0)
        assert queue.status().saturated
        async with server(redis_url, workers=1, engine=engine, model_dir=str(there)):
            (done,) = await outcomes.count(1)
        assert (done.deliveries, done.transcription is not None) == (2, True)
        (here / "away").unlink()
        worker = queue._worker
        assert worker is not None
        await until(lambda: worker.counters().get("late_results") == 1)
        assert len(outcomes.all) == 1


async def test_worker_process_that_is_replaced_costs_its_machine_no_job(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It keeps the job while it has nobody for it."""
    monkeypatch.setattr(protocol, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr("media_server.stt.remote.redis_worker.UNREADY_S", 1e6)
    obeying = {"engine": "tests.stt.fake_engines:obeying", "model_dir": str(tmp_path)}
    async with server(redis_url, workers=1, **obeying) as queue, client(redis_url) as redis:
        outcomes = Outcomes(queue)
        (tmp_path / "order").write_text("hang 1")
        outcomes.submit(job(1))
        await until(lambda: (tmp_path / "order").read_text() == "hang 0")
        (tmp_path / "away").touch()
        for pid in children(prefork()):
            os.kill(pid, signal.SIGKILL)
        await until(lambda: queue.status().workers_ready == 0)
        assert await kept_up(redis, 3) == 1
        (tmp_path / "away").unlink()
        (done,) = await outcomes.count(1)
        assert (done.deliveries, done.transcription is not None) == (2, True)


def test_a_worker_of_another_version_tells_no_cause() -> None:
    lost = SttOutcome("iv_1", "1-1", 1, True, None, "a text", cause="not_taken")
    told = json.loads(protocol.outcome_text(1, lost))
    for cause, found in (("not_taken", "not_taken"), ("of tomorrow", ""), (None, ""), ([], "")):
        text = json.dumps({**told, "cause": cause}).encode()
        assert protocol.outcome_from(text, job(1), 1.0).cause == found
    del told["cause"]
    assert protocol.outcome_from(json.dumps(told).encode(), job(1), 1.0).cause == ""


async def test_job_that_kills_machines_is_given_up_and_leaves_a_dead_letter(redis_url: str) -> None:
    async with server(redis_url) as queue, client(redis_url) as redis:
        outcomes = Outcomes(queue)
        outcomes.submit(job(1))
        name = KEYS.queue(final=True)
        await asyncio.sleep(0.2)
        entry = await take(redis, final=True)
        claim = ("XCLAIM", name, protocol.GROUP, "ghost", 0, entry, "IDLE", 9000, "RETRYCOUNT", 3)
        await command(redis, *claim)
        with machine(redis_url):
            (done,) = await outcomes.count(1)
        assert done.transcription is None
        assert done.reason == "given up after 3 machines failed with it"
        assert done.cause == "worker_lost"
        ((_, letter),) = await entries(redis, KEYS.dead)
        assert json.loads(letter[b"job"]) == {
            "interview": "i",
            "segment": "s1",
            "turn": "",
            "reason": done.reason,
        }
        assert await redis.xlen(name) == 0


async def test_abandoned_job_is_found_behind_many_that_are_in_work(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "CLAIM_IDLE_MS", 600_000)
    async with server(redis_url) as queue, client(redis_url) as redis:
        outcomes = Outcomes(queue)
        outcomes.submit(*(job(n, interview=f"i{n % 10}") for n in range(40)))
        taken = [await take(redis, final=True) for _ in range(40)]
        await neglect(redis, taken[-1])
        found = await queue._streams.claim("me", KEYS.queue(final=True), [])
        assert found is not None
        assert (found[0].decode(), found[2]) == (taken[-1], 2)
        assert await queue._streams.claim("me", KEYS.queue(final=True), []) is None


async def test_a_worker_checks_the_size_of_a_job_itself(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever wrote it to Redis; the segment is given up, and the worker goes on."""
    async with server(redis_url) as queue:
        outcomes = Outcomes(queue)
        outcomes.submit(job(1, samples=16_000), job(2, samples=1600))
        monkeypatch.setattr(protocol, "MAX_PCM_BYTES", 16_000)
        await until(lambda: not queue._pending.outbox)
        worker = RedisWorker(SttSettings(engine=fake_engines.ECHO, redis_url=redis_url, nice=0))
        try:
            await worker.start()
            done = {outcome.segment_id: outcome for outcome in await outcomes.count(2)}
        finally:
            await worker.close()
    assert done["s1"].transcription is None
    assert done["s1"].reason == "the audio is longer than the queue takes"
    assert done["s2"].transcription is not None


async def test_machine_does_not_claim_what_it_has_itself_in_work(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its heartbeat was late; the entry behind it, whose machine has died, is found."""
    monkeypatch.setattr(protocol, "CLAIM_IDLE_MS", 600_000)
    async with server(redis_url) as queue, client(redis_url) as redis:
        outcomes = Outcomes(queue)
        outcomes.submit(job(1), job(2))
        taken = [await take(redis, final=True) for _ in range(2)]
        await neglect(redis, *taken)
        name = KEYS.queue(final=True)
        found = await queue._streams.claim("me", name, [taken[0]])
        assert found is not None
        assert found[0].decode() == taken[1]
        assert await queue._streams.claim("me", name, [taken[0]]) is None
        (pending,) = await redis.xpending_range(name, protocol.GROUP, taken[0], taken[0], 1)
        assert pending["times_delivered"] == 1


async def neglect(redis: Redis, *taken: str) -> None:
    """As if the machine that has these had not been heard of for long."""
    name, group = KEYS.queue(final=True), protocol.GROUP
    idle = ("IDLE", 900_000, "RETRYCOUNT", 1)
    await command(redis, "XCLAIM", name, group, "ghost", 0, *taken, *idle)


async def test_silent_redis_costs_no_job(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server(redis_server.url, workers=2) as queue:
        outcomes = Outcomes(queue)
        outcomes.submit(*(job(n, work_ms=20) for n in range(20)))
        await outcomes.count(3)
        slow_disk.notice_silence(monkeypatch)
        os.kill(redis_server.pid, signal.SIGSTOP)
        try:
            outcomes.submit(*(job(n) for n in range(20, 30)))
            await until(lambda: queue.status().trouble != "")
            assert queue.status().saturated
        finally:
            os.kill(redis_server.pid, signal.SIGCONT)
        await outcomes.count(30)
        await asyncio.sleep(0.3)
        assert outcomes.texts() == Counter(f"number {n}" for n in range(30))
        await until(lambda: queue.status().trouble == "")


async def test_redis_that_comes_back_empty_is_given_its_jobs_again(
    redis_server: RedisServer,
) -> None:
    async with server(redis_server.url, workers=1) as queue:
        outcomes = Outcomes(queue)
        outcomes.submit(*(job(n, work_ms=100) for n in range(12)))
        await outcomes.count(2)
        os.kill(redis_server.pid, signal.SIGKILL)
        redis_server.stop()
        redis_server.start()
        await outcomes.count(12)
        await asyncio.sleep(0.5)
        assert outcomes.texts() == Counter(f"number {n}" for n in range(12))
        assert queue.status().counters["resubmitted"] >= 1


async def test_stopped_machine_finishes_what_it_has_and_leaves(
    redis_url: str, tmp_path: Path
) -> None:
    async with server(redis_url) as queue:
        outcomes = Outcomes(queue)
        with machine(redis_url) as process:
            await until(lambda: queue.status().workers_ready == 1)
            outcomes.submit(job(1, fake_engines.HELD, notes=tmp_path))
            await attempts(tmp_path, 1, 1)
            family = descendants(process.pid)
            assert len(family) == 2
            process.terminate()
            await asyncio.sleep(0.25)  # it has begun to stop
            fake_engines.let_go(tmp_path)
            await outcomes.count(1)
            await until(lambda: process.poll() is not None)
            assert process.returncode == 0
        await until(lambda: queue.status().workers_ready == 0)


async def test_nothing_of_it_stays_in_redis(redis_url: str) -> None:
    async with server(redis_url, workers=1) as queue, client(redis_url) as redis:
        outcomes = Outcomes(queue)
        outcomes.submit(*(job(n) for n in range(5)), job(6, final=False))
        await outcomes.count(6)
        results = [name async for name in redis.scan_iter(f"{KEYS.results('*')}")]
        for name in [KEYS.queue(final=True), KEYS.queue(final=False), *results]:
            await entries_in(redis, name, 0)


@pytest.mark.parametrize("final", [True, False])
async def test_results_that_nobody_fetches_expire(redis_url: str, final: bool) -> None:
    """Those of a server that died, for example."""
    async with server(redis_url) as dead, server(redis_url, workers=1) as alive:
        await until(lambda: dead.status().workers_ready == 1)
        await end(dead._tasks)
        dead.submit(job(1, final=final), print)
        await dead._send_one()
        outcomes = Outcomes(alive)
        outcomes.submit(job(2))
        await outcomes.count(1)
        async with client(redis_url) as redis, asyncio.timeout(20):
            while await redis.xlen(KEYS.results(dead._server)) == 0:
                await asyncio.sleep(0.01)
            assert 0 < await redis.ttl(KEYS.results(dead._server)) <= protocol.RESULTS_KEPT_S


async def test_closed_server_leaves_no_job_behind(redis_url: str) -> None:
    async with client(redis_url) as redis:
        async with server(redis_url, thin_wait_s=1e4, drop_wait_s=1e4) as queue:
            with machine(redis_url):
                await until(lambda: queue.status().workers_ready == 1)
            outcomes = Outcomes(queue)
            outcomes.submit(job(1), job(2), job(3, final=False))
            await take(redis, final=True)
            await take(redis, final=False)
        for final in (True, False):
            assert await redis.xlen(KEYS.queue(final=final)) == 0
        assert outcomes.all == []


async def test_closed_server_leaves_no_results_of_its_own_worker(redis_url: str) -> None:
    async with server(redis_url, workers=1) as queue, client(redis_url) as redis:
        outcomes = Outcomes(queue)
        outcomes.submit(job(1, work_ms=500))
        await asyncio.sleep(0.2)
        await queue.close()
        assert await redis.keys(KEYS.results("*")) == []


async def test_forgotten_job_leaves_redis_too(redis_url: str) -> None:
    async with server(redis_url) as queue, client(redis_url) as redis:
        queue.submit(job(1), print)
        queue.submit(job(2, interview="stays"), print)
        await entries_in(redis, KEYS.queue(final=True), 2)
        queue.forget("i")
        await entries_in(redis, KEYS.queue(final=True), 1)


async def test_entry_that_is_no_job_is_removed(redis_url: str) -> None:
    async with server(redis_url, workers=1) as queue, client(redis_url) as redis:
        name = KEYS.queue(final=True)
        for fields in (
            {"x": "y"},
            {"header": "{}", "pcm": "a"},
            {"header": b"\x80\x04", "pcm": ""},
        ):
            await redis.xadd(name, fields)  # type: ignore[arg-type]  # its key type is invariant
        outcomes = Outcomes(queue)
        outcomes.submit(job(1))
        await outcomes.count(1)
        assert await redis.xlen(name) == 0


async def test_result_that_nobody_waits_for_is_counted(redis_url: str) -> None:
    async with server(redis_url, workers=1) as queue, client(redis_url) as redis:
        outcomes = Outcomes(queue)
        outcomes.submit(job(1))
        (done,) = await outcomes.count(1)
        (server_key,) = [KEYS.results(queue._server)]
        for text in (protocol.outcome_text(1, done), "nonsense"):
            await redis.xadd(server_key, {"result": text})
        await until(lambda: queue.status().counters.get("bad_results") == 1)
        assert queue.status().counters["late_results"] == 1
        assert len(outcomes.all) == 1


async def test_full_queue_gives_the_final_back(redis_url: str) -> None:
    async with server(redis_url, max_queued_finals=2) as queue:
        outcomes = Outcomes(queue)
        outcomes.submit(job(1), job(2), job(3))
        refused: SttOutcome = (await outcomes.count(1))[0]
        assert (refused.segment_id, refused.reason) == ("s3", "the transcription queue is full")
        assert refused.cause == "not_taken"


async def test_redis_that_is_away_is_said_at_start(unused_tcp_port: int) -> None:
    with pytest.raises(
        EngineUnavailable, match=r"Redis at 127.0.0.1:\d+ cannot be reached .*correct stt redis_url"
    ):
        async with server(f"redis://127.0.0.1:{unused_tcp_port}/0"):
            pass


@pytest.mark.parametrize("workers", [0, 1])
async def test_wrong_password_is_said_at_start(redis_server: RedisServer, workers: int) -> None:
    redis_server.command("CONFIG", "SET", "requirepass", "right")
    url = redis_server.url.replace("//", "//:canary@")
    with pytest.raises(EngineUnavailable, match="refused the password") as raised:
        async with server(url, workers=workers):
            pass
    assert "canary" not in str(raised.value)


def test_url_of_something_else_is_said_at_once() -> None:
    with pytest.raises(EngineUnavailable, match=r"stt redis_url: .*redis://host:6379/0"):
        RedisSpeechToText(SttSettings(redis_url="localhost:6379"))


async def test_job_of_a_killed_machine_begins_again_on_another(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The machine and all its processes, by kill -9, at any moment between two heartbeats."""
    monkeypatch.setattr(protocol, "WORKER_GONE_S", WORKER_GONE_S)
    async with server(redis_url) as queue:
        outcomes = Outcomes(queue)
        for number, heartbeat_s in ((1, 0.1), (2, 0.8)):
            with machine(redis_url) as one, machine(redis_url) as other:
                await until(lambda: queue.status().workers_ready == 2)
                outcomes.submit(job(number, fake_engines.HANG_ONCE, notes=tmp_path))
                (begun,) = await attempts(tmp_path, number, 1)
                holder = one if begun.pid in descendants(one.pid) else other
                await asyncio.sleep(heartbeat_s)
                for pid in (holder.pid, *descendants(holder.pid)):
                    os.kill(pid, signal.SIGKILL)
                again = (await attempts(tmp_path, number, 2))[1]
                await outcomes.count(number)
            await until(lambda: queue.status().workers_ready == 0)
            assert again.pid != begun.pid
        assert [o.deliveries for o in outcomes.all] == [2, 2]


def test_it_begins_again_within_six_seconds_unless_the_machine_is_slow() -> None:
    """It falls silent, and another looks at its next turn, which a read that waits may put off."""
    longest_wait_s = max(protocol.BLOCK_MS / 1000 + redis_worker.YIELD_S, redis_worker.FULL_POLL_S)
    looks_within_s = protocol.CLAIM_EVERY_S + longest_wait_s
    assert protocol.CLAIM_IDLE_MS / 1000 + looks_within_s < 6.0
    assert 2 * protocol.HEARTBEAT_S + 1.0 < protocol.CLAIM_IDLE_MS / 1000, "one beat may be lost"
