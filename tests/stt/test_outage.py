"""Engines that go away or hang under real worker processes: nothing said is lost for it."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.settings import SttSettings
from tests.stt import fake_engines
from tests.stt.fake_engines import job
from tests.stt.processes import alive, children
from tests.stt.queues import Outcomes, Started, prefork
from tests.support.waiting import PATIENCE_S, until


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Says that it is there, and never answers a request."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def do_POST(self) -> None:
            over.wait(PATIENCE_S)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        over.set()
        server.shutdown()


async def test_finals_wait_out_an_engine_that_is_gone(started: Started, tmp_path: Path) -> None:
    obeying = {"engine": "tests.stt.fake_engines:obeying", "model_dir": str(tmp_path)}
    async with started(**obeying, max_deliveries=1) as pool:
        outcomes = Outcomes(pool)
        outcomes.submit(job(1))
        await outcomes.count(1)
        (tmp_path / "away").touch()
        outcomes.submit(job(2), job(3, interview="b"))
        await until(lambda: pool.status().workers_ready == 0 and pool.status().trouble != "")
        await asyncio.sleep(1.5)
        assert len(outcomes.all) == 1, "nothing is wrong with what was said"
        (tmp_path / "away").unlink()
        assert all(o.transcription for o in await outcomes.count(3))
        await until(lambda: pool.status().workers_ready == 1 and pool.status().trouble == "")


async def test_engine_that_is_gone_is_named_as_the_trouble(tmp_path: Path) -> None:
    settings = SttSettings(
        engine="tests.stt.fake_engines:obeying", model_dir=str(tmp_path), workers=2
    )
    pool = LocalSpeechToText(settings)
    try:
        await pool.start()
        await until(lambda: pool.status().workers_ready == 2)
        (tmp_path / "away").touch()
        outcomes = Outcomes(pool)
        outcomes.submit(job(1, final=False))
        assert (await outcomes.count(1))[0].transcription is None
        assert pool.status().trouble == "", "an interim is asked in haste: it shows little"
        outcomes.submit(job(1))
        await until(lambda: pool.status().workers_ready == 0)
        assert (pool.status().trouble, pool.status().saturated) == ("sent away", True)
        assert pool.status().queued == 1
    finally:
        await pool.close()


@pytest.mark.parametrize("hung_worker", [False, True])
async def test_stopped_prefork_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hung_worker: bool
) -> None:
    """It cannot fork the next worker, nor kill the last one."""
    monkeypatch.setattr("media_server.stt.pool.prefork.ANSWER_S", 2.0)
    settings = SttSettings(
        engine=fake_engines.ECHO, nice=0, deadline_base_s=1.5, deadline_factor=0.0,
        max_deliveries=20,
    )  # fmt: skip
    pool = LocalSpeechToText(settings)
    try:
        await pool.start()
        stopped = prefork()
        (worker,) = children(stopped)
        os.kill(stopped, signal.SIGSTOP)
        outcomes = Outcomes(pool)
        if not hung_worker:
            os.kill(worker, signal.SIGKILL)
        outcomes.submit(
            job(1, fake_engines.HANG_ONCE if hung_worker else fake_engines.FINE, notes=tmp_path)
        )
        assert (await outcomes.count(1))[0].transcription is not None
        await until(lambda: not alive(stopped) and not alive(worker))
        await until(lambda: pool.status().workers_ready == 1 and pool.status().trouble == "")
        await asyncio.sleep(2.5)
        assert prefork() != stopped
        assert pool.status().workers_ready == 1, "one that answers is left alone"
    finally:
        await pool.close()


async def test_engine_that_hangs_costs_one_worker_and_the_next_engine_takes_over(
    started: Started, tmp_path: Path
) -> None:
    listed = f"tests.stt.fake_engines:hanging, {fake_engines.ECHO}"
    async with started(engine=listed, deadline_base_s=5.0, deadline_factor=0.0) as pool:
        assert pool.status().engine == "hanging"
        outcomes = Outcomes(pool)
        outcomes.submit(job(1, notes=tmp_path))
        await outcomes.count(1)
        outcomes.submit(job(2, notes=tmp_path))
        done = await outcomes.count(2)
        assert outcomes.texts() == Counter(["number 1", "number 2"])
        assert {o.segment_id: o.deliveries for o in done} == {"s1": 2, "s2": 1}
        assert pool.status().counters["job_timeouts"] == 1


async def test_silent_server_leaves_time_for_the_next_engine(silent_server: str) -> None:
    settings = SttSettings(
        engine=f"openai-compatible, {fake_engines.ECHO}",
        url=silent_server,
        nice=0,
        request_timeout_s=30.0,
        deadline_base_s=5.0,
        deadline_factor=0.0,
    )
    pool = LocalSpeechToText(settings)
    try:
        await pool.start()
        assert pool.status().engine == "openai-compatible"
        outcomes = Outcomes(pool)
        outcomes.submit(job(1), job(2))
        assert all(o.deliveries == 1 for o in await outcomes.count(2))
        assert outcomes.texts() == Counter(["number 1", "number 2"])
        assert pool.status().counters.get("worker_deaths", 0) == 0
    finally:
        await pool.close()
