"""All queues with real worker processes, healthy and hurt."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from media_server.ports import EngineUnavailable, SttOutcome
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.remote.redis_queue import RedisSpeechToText
from media_server.stt.settings import SttSettings
from tests.stt import fake_engines
from tests.stt.fake_engines import job
from tests.stt.processes import alive, children, descendants
from tests.stt.queues import Outcomes, Started, attempts, prefork
from tests.support.waiting import PATIENCE_S, until


@pytest.mark.parametrize(
    "engine", [fake_engines.ECHO, "tests.stt.fake_engines:echo_loaded_in_child"]
)
async def test_jobs_come_back_with_their_ids(started: Started, engine: str) -> None:
    async with started(engine=engine, workers=2) as pool:
        outcomes = Outcomes(pool)
        outcomes.submit(*(job(n) for n in range(20)))
        done = await outcomes.count(20)
        assert {o.segment_id for o in done} == {f"s{n}" for n in range(20)}
        assert outcomes.texts() == Counter(f"number {n}" for n in range(20))
        assert all(o.deliveries == 1 and o.worked_s >= 0 and o.final for o in done)
        await until(lambda: pool.status().queued == 0)  # of a queue elsewhere, read now and then
        status = pool.status()
        assert (status.workers_wanted, status.engine, status.model) == (2, "echo", "test")
        assert (status.saturated, status.trouble) == (False, "")


async def test_large_audio_passes_in_pieces(started: Started, fresh_processes: None) -> None:
    async with started() as pool:
        outcomes = Outcomes(pool)
        outcomes.submit(job(1, samples=16_000 * 60))
        assert (await outcomes.count(1))[0].transcription is not None


async def test_worker_killed_in_mid_job_is_replaced_and_the_job_redelivered(
    started: Started, tmp_path: Path
) -> None:
    async with started(workers=1) as pool:
        outcomes = Outcomes(pool)
        outcomes.submit(job(1, fake_engines.HANG_ONCE, notes=tmp_path), job(2))
        await until(lambda: bool(list(tmp_path.iterdir())))
        victim = int(next(tmp_path.iterdir()).name.split("-")[1])
        os.kill(victim, signal.SIGKILL)
        done = await outcomes.count(2)
        assert outcomes.texts() == Counter(["number 1", "number 2"])
        assert {o.segment_id: o.deliveries for o in done} == {"s1": 2, "s2": 1}


async def test_job_of_a_killed_worker_begins_again_before_its_deadline(tmp_path: Path) -> None:
    pool = LocalSpeechToText(SttSettings(engine=fake_engines.ECHO, workers=2, deadline_base_s=600))
    try:
        await pool.start()
        await until(lambda: pool.status().workers_ready == 2)
        outcomes = Outcomes(pool)
        for number in range(3):
            outcomes.submit(job(number, fake_engines.HANG_ONCE, notes=tmp_path))
            (first,) = await attempts(tmp_path, number, 1)
            os.kill(first.pid, signal.SIGKILL)
            await attempts(tmp_path, number, 2)
        assert all(o.transcription for o in await outcomes.count(3))
    finally:
        await pool.close()


async def test_each_of_four_workers_killed_in_turn_under_load(started: Started) -> None:
    async with started(workers=4) as pool:
        await until(lambda: pool.status().workers_ready == 4)
        outcomes = Outcomes(pool)
        outcomes.submit(*(job(n, work_ms=30, interview=f"i{n % 9}") for n in range(150)))
        for victim in children(prefork()):
            os.kill(victim, signal.SIGKILL)
            await asyncio.sleep(0.15)
        await outcomes.count(150)
        await asyncio.sleep(0.2)
        assert outcomes.texts() == Counter(f"number {n}" for n in range(150))
        assert pool.status().counters["worker_deaths"] == 4
        await until(lambda: pool.status().workers_ready == 4)


async def test_all_workers_killed_at_once_with_their_prefork(started: Started) -> None:
    async with started(workers=3) as pool:
        await until(lambda: pool.status().workers_ready == 3)
        outcomes = Outcomes(pool)
        outcomes.submit(*(job(n, work_ms=20) for n in range(40)))
        loader = prefork()
        victims = children(loader)
        os.kill(loader, signal.SIGKILL)
        await until(lambda: not any(alive(pid) for pid in victims))
        await outcomes.count(40)
        assert outcomes.texts() == Counter(f"number {n}" for n in range(40))
        await until(lambda: pool.status().workers_ready == 3 and pool.status().trouble == "")


async def test_hanging_job_has_its_worker_replaced(started: Started, tmp_path: Path) -> None:
    async with started(deadline_base_s=1.5, deadline_factor=0.0, max_deliveries=20) as pool:
        outcomes = Outcomes(pool)
        outcomes.submit(job(1, fake_engines.HANG_ONCE, notes=tmp_path))
        done = await outcomes.count(1)
        assert outcomes.texts() == Counter(["number 1"])
        # More than two: where the machine is slow, the next may run out of time, too.
        assert done[0].deliveries == 1 + pool.status().counters["job_timeouts"] >= 2


async def test_poison_is_given_up_after_three_deliveries_and_harms_no_other(
    started: Started, tmp_path: Path
) -> None:
    async with started(workers=2) as pool:
        outcomes = Outcomes(pool)
        poison = job(0, fake_engines.CRASH, interview="poison", notes=tmp_path)
        outcomes.submit(poison, *(job(n) for n in range(1, 21)))
        done = await outcomes.count(21)
        lost = [o for o in done if o.transcription is None]
        assert [(o.segment_id, o.deliveries) for o in lost] == [("s0", 3)]
        assert lost[0].reason == "the worker died"
        assert lost[0].cause == "worker_lost"
        assert len(list(tmp_path.iterdir())) == 3
        assert all(o.deliveries == 1 for o in done if o.transcription)


async def test_raising_engine_is_asked_twice(started: Started, tmp_path: Path) -> None:
    async with started() as pool:
        outcomes = Outcomes(pool)
        outcomes.submit(
            job(1, fake_engines.RAISE, notes=tmp_path),
            job(2, fake_engines.RAISE_ONCE, notes=tmp_path),
        )
        done = {o.segment_id: o for o in await outcomes.count(2)}
        assert done["s1"].transcription is None
        assert done["s1"].reason == "the engine raised ValueError"
        assert done["s1"].cause == "raised"
        assert done["s1"].deliveries == 2
        assert done["s2"].transcription is not None
        assert pool.status().counters.get("worker_deaths", 0) == 0


BATCHING = "tests.stt.fake_engines:batching"


async def test_waiting_segments_are_done_as_one_batch(started: Started, tmp_path: Path) -> None:
    async with started(engine=BATCHING) as pool:
        outcomes = Outcomes(pool)
        outcomes.submit(job(0, fake_engines.HELD, notes=tmp_path))
        await until(lambda: bool(list(tmp_path.iterdir())))
        hopeless = job(8, fake_engines.HOPELESS, interview="i0")  # "i" has had its turn
        outcomes.submit(hopeless, *(job(n, interview=f"i{n}") for n in range(1, 6)))
        # They are where the batch is made, in Redis or behind a socket.
        await until(lambda: pool.status().queued == 6)
        fake_engines.let_go(tmp_path)
        done = {o.segment_id: o for o in await outcomes.count(7)}
        assert (done["s8"].transcription, done["s8"].reason) == (None, "hopeless")
        assert outcomes.texts() == Counter(
            ["", "number 0", *(f"number {n} of 4" for n in (1, 2, 3)), *texts_of_two(4, 5)]
        )


def texts_of_two(*numbers: int) -> list[str]:
    return [f"number {n} of 2" for n in numbers]


async def test_windows_and_rejected_texts_are_counted(started: Started) -> None:
    async with started(engine="tests.stt.fake_engines:windowed") as queue:
        outcomes = Outcomes(queue)
        outcomes.submit(*(job(number) for number in range(4)))
        made = {o.segment_id: o.transcription for o in await outcomes.count(4)}
        assert [one and one.window for _, one in sorted(made.items())] == [
            "", "short", "full", "widened",
        ]  # fmt: skip
        counters = queue.status().counters
        assert (counters["short_windows"], counters["widened_windows"]) == (2, 1)
        assert counters["rejected_texts"] == 3


async def test_segment_that_spoils_a_batch_harms_no_other(started: Started, tmp_path: Path) -> None:
    async with started(engine=BATCHING) as pool:
        outcomes = Outcomes(pool)
        outcomes.submit(job(0, fake_engines.HELD, notes=tmp_path))
        await until(lambda: bool(list(tmp_path.iterdir())))
        spoilt = [job(1, fake_engines.RAISE), job(2), job(3, fake_engines.CRASH), job(4)]
        outcomes.submit(*spoilt)
        await until(lambda: pool.status().queued in (3, 4))  # in Redis an interview has four
        fake_engines.let_go(tmp_path)
        done = {o.segment_id: o for o in await outcomes.count(5)}
        assert [s for s, o in done.items() if o.transcription is None] == ["s1", "s3"]
        assert done["s3"].deliveries == 3


async def test_nonsense_from_a_worker_is_a_dead_worker(started: Started) -> None:
    async with started() as pool:
        outcomes = Outcomes(pool)
        outcomes.submit(job(1, fake_engines.GARBAGE), job(2))
        done = {o.segment_id: o for o in await outcomes.count(2)}
        assert done["s1"].transcription is None
        assert done["s2"].transcription is not None


async def test_empty_audio_is_a_job_like_any_other(started: Started) -> None:
    async with started(engine="pocketsphinx") as pool:
        outcomes = Outcomes(pool)
        outcomes.submit(job(1, samples=16), job(2, samples=3))
        for outcome in await outcomes.count(2):
            assert outcome.transcription is not None
            assert outcome.transcription.text == ""
        known = () if isinstance(pool, RedisSpeechToText) else ("en",)  # of a queue elsewhere
        assert pool.status().languages == known


async def test_forgotten_jobs_say_nothing_and_others_go_on(started: Started) -> None:
    async with started() as pool:
        outcomes = Outcomes(pool)
        gone = [job(n, interview="gone", work_ms=50) for n in range(3)]
        outcomes.submit(*gone, job(9, interview="stays"))
        pool.forget("gone")
        await outcomes.count(1)
        await asyncio.sleep(0.3)
        assert [o.interview_id for o in outcomes.all] == ["stays"]


async def test_only_the_newest_interim_waits_and_finals_overtake(
    started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("media_server.stt.pool.schedule.INTERIM_MAX_AGE_S", 600.0)
    monkeypatch.setattr("media_server.stt.remote.redis_protocol.INTERIM_MAX_AGE_MS", 600_000)
    async with started(thin_wait_s=1e4, drop_wait_s=1e4) as pool:
        outcomes = Outcomes(pool)
        outcomes.submit(job(0, fake_engines.HELD, notes=tmp_path))
        await attempts(tmp_path, 0, 1)
        outcomes.submit(*(job(n, final=False) for n in range(1, 6)), job(6, interview="other"))
        await until(lambda: (pool.status().running, pool.status().queued) == (1, 1))
        fake_engines.let_go(tmp_path)
        await outcomes.count(7)
        await asyncio.sleep(0.1)
        assert [o.segment_id for o in outcomes.all if o.transcription] == ["s0", "s6", "s5"]
        told = [o.segment_id for o in outcomes.all if o.transcription is None]
        assert told == ["s1", "s2", "s3", "s4"], "whoever sent them may send the next"


async def test_a_final_does_not_wait_for_a_long_interim(started: Started, tmp_path: Path) -> None:
    async with started() as pool:
        outcomes = Outcomes(pool)
        outcomes.submit(job(0, final=False, work_ms=8000, samples=128_000, notes=tmp_path))
        await attempts(tmp_path, 0, 1)
        outcomes.submit(job(1, interview="other"))
        await outcomes.count(2)
        texts = {o.segment_id: o.transcription is not None for o in outcomes.all}
        assert texts == {"s0": False, "s1": True}
        assert pool.status().workers_ready == 1


async def test_dropped_interims_are_not_computed_but_finals_are_owed(started: Started) -> None:
    async with started() as pool:
        outcomes = Outcomes(pool)
        outcomes.submit(job(0, work_ms=100), job(1, final=False), job(2))
        pool.drop_interims("i")
        await outcomes.count(2)
        await asyncio.sleep(0.1)
        assert [o.segment_id for o in outcomes.all] == ["s0", "s2"]


async def test_handler_that_raises_harms_nothing(started: Started) -> None:
    def fail(outcome: SttOutcome) -> None:
        raise RuntimeError("handler")

    async with started() as pool:
        outcomes = Outcomes(pool)
        pool.submit(job(1), fail)
        outcomes.submit(job(2))
        await outcomes.count(1)


@pytest.mark.parametrize("place", ["", "_in_child"])
async def test_unusable_engine_is_said_at_start(started: Started, place: str) -> None:
    with pytest.raises(EngineUnavailable, match="no model here: put one there"):
        async with started(engine=f"tests.stt.fake_engines:unusable{place}"):
            pass


@pytest.mark.parametrize("place", ["", "_in_child"])
async def test_engine_that_breaks_while_loading_is_said_at_start(
    started: Started, place: str
) -> None:
    with pytest.raises(EngineUnavailable, match=r"loading failed: OSError: libfast\.so"):
        async with started(engine=f"tests.stt.fake_engines:broken{place}", start_timeout_s=120.0):
            pass


async def test_worker_that_dies_while_loading_is_said_at_start(
    started: Started,
) -> None:
    """Once three have died of it: not at the end of the time that loading may take."""
    dying = "tests.stt.fake_engines:dies_loading_in_child"
    with pytest.raises(EngineUnavailable, match=r"^a worker process died while it loaded"):
        async with started(engine=dying, start_timeout_s=600.0):
            pass


async def test_engine_that_is_not_there_is_said_at_start(started: Started) -> None:
    with pytest.raises(EngineUnavailable, match=r"'tests.nowhere:x' cannot be imported"):
        async with started(engine="tests.nowhere:x"):
            pass


@pytest.mark.parametrize("place", ["", "_in_child"])
async def test_loading_has_a_deadline(
    started: Started, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media_server.stt.pool.local.STARTED_EARLY_S", 0.5)
    with pytest.raises(EngineUnavailable):
        async with started(
            engine=f"tests.stt.fake_engines:slow_to_load{place}", start_timeout_s=1.0
        ):
            pass


async def test_close_is_quick_with_a_hanging_worker_and_leaves_no_process() -> None:
    pool = LocalSpeechToText(SttSettings(engine=fake_engines.ECHO, workers=2))
    await pool.start()
    loader = prefork()
    family = [loader, *children(loader)]
    outcomes = Outcomes(pool)
    outcomes.submit(job(1, fake_engines.HANG), job(2, fake_engines.HANG))
    await asyncio.sleep(0.1)
    async with asyncio.timeout(20):
        await pool.close()
    await until(lambda: not any(alive(pid) for pid in family))
    assert outcomes.all == []


async def test_stopped_prefork_does_not_hold_up_close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media_server.stt.pool.prefork.CLOSE_S", 4.0)
    pool = LocalSpeechToText(SttSettings(engine=fake_engines.ECHO))
    await pool.start()
    os.kill(prefork(), signal.SIGSTOP)
    async with asyncio.timeout(20):
        await pool.close()


SERVER = """
import asyncio, sys
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.settings import SttSettings
from tests.stt import fake_engines
async def main():
    pool = LocalSpeechToText(SttSettings(engine=fake_engines.ECHO, workers=2))
    await pool.start()
    while pool.status().workers_ready < 2:
        await asyncio.sleep(0.01)
    pool.submit(fake_engines.job(1, fake_engines.HANG), print)
    await asyncio.sleep(0.1)
    print("ready", flush=True)
    await asyncio.sleep(3600)
asyncio.run(main())
"""


def test_killed_server_leaves_no_worker_behind() -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == b"ready\n"
            family = descendants(server.pid)
            assert len(family) == 3
        finally:
            server.kill()
    deadline = time.monotonic() + PATIENCE_S
    while any(alive(pid) for pid in family):
        assert time.monotonic() < deadline, "workers outlived their server"
        time.sleep(0.02)


async def test_workers_ignore_the_terminals_interrupt(started: Started) -> None:
    async with started(workers=1) as pool:
        for pid in (prefork(), *children(prefork())):
            os.kill(pid, signal.SIGINT)
            os.kill(pid, signal.SIGTERM)
        outcomes = Outcomes(pool)
        outcomes.submit(job(1))
        assert (await outcomes.count(1))[0].deliveries == 1


async def test_submit_needs_a_started_pool() -> None:
    pool = LocalSpeechToText(SttSettings(engine=fake_engines.ECHO))
    assert pool.status().saturated
    with pytest.raises(RuntimeError, match="started"):
        pool.submit(job(1), print)
