"""Recognisers that several workers share: what happens when one side of the socket goes."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from media_server.entrance import SocketName, listen_at
from media_server.ports import SttJob, SttOutcome, SttStatus
from media_server.stt import frames
from media_server.stt.frames import BadFrame
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.settings import SttSettings
from media_server.stt.shared import protocol
from media_server.stt.shared.client import SharedSpeechToText
from media_server.stt.shared.server import SpeechServer
from tests.stt import fake_engines
from tests.stt.fake_engines import job
from tests.stt.queues import Outcomes
from tests.support.waiting import until

SETTINGS = SttSettings(engine=fake_engines.ECHO, workers=1, nice=0)


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="speech-") as directory:
        yield Path(directory) / "speech.sock"


@asynccontextmanager
async def speech(path: Path, *, beside: bool = False) -> AsyncIterator[LocalSpeechToText]:
    """The process of the recognisers, as far as it is not a process."""
    name = SocketName(path)
    if beside:  # another process: the name of this one's socket would go with the first
        name.draft = path.with_name(f"{path.name}.{os.getpid() + 1}")
    listening = listen_at(name.draft)
    pool = LocalSpeechToText(SETTINGS)
    server = SpeechServer(pool, listening)
    try:
        await server.start()
        if not beside:
            name.take()
        await pool.start()
        server.pool_started()
        name.take()
        yield pool
    finally:
        await server.close()
        await pool.close()
        name.close()
        listening.close()


@asynccontextmanager
async def worker(path: Path, number: int = 1) -> AsyncIterator[SharedSpeechToText]:
    queue = SharedSpeechToText(SETTINGS, path, worker=number)
    try:
        await queue.start()
        yield queue
    finally:
        await queue.close()


async def test_finals_of_a_process_that_died_are_done_by_the_next(path: Path) -> None:
    async with speech(path) as pool, worker(path) as queue:
        outcomes = Outcomes(queue)
        outcomes.submit(job(0))
        await outcomes.count(1)
        outcomes.submit(*(job(n, work_ms=300) for n in range(1, 4)), job(9, final=False))
        await until(lambda: pool.status().running > 0)
        first = pool
        async with asyncio.timeout(30):
            await first.close()
    # The socket is gone with the pool above: nothing but the queue's own memory has the jobs.
    async with worker(path) as queue:  # nobody is there yet
        status = queue.status()
        assert (status.workers_ready, status.saturated) == (0, True)
        assert "started again" in status.trouble
        outcomes = Outcomes(queue)
        outcomes.submit(*(job(n) for n in range(3)), job(9, final=False))
        assert (await outcomes.count(1))[0].reason == "no worker was free in time"
        async with speech(path):
            await outcomes.count(4)
            assert outcomes.texts() == Counter(["", "number 0", "number 1", "number 2"])
            outcomes.submit(*(job(n, work_ms=200) for n in range(3, 6)))
            await until(lambda: queue.status().running > 0)
        assert len(outcomes.all) < 7, "some are unanswered"
        async with speech(path):
            await outcomes.count(7)
        assert outcomes.texts() == Counter(["", *(f"number {n}" for n in range(6))])
        assert queue.status().counters["resubmitted"] >= 1


async def test_one_that_comes_beside_takes_over_without_a_gap(path: Path) -> None:
    async with worker_after(path) as (queue, first):
        outcomes = Outcomes(queue)
        outcomes.submit(job(0, work_ms=200), job(1))
        async with speech(path, beside=True):
            await first.__aexit__(None, None, None)  # the supervisor stops the old one
            await outcomes.count(2)
            assert outcomes.texts() == Counter(["number 0", "number 1"])


@asynccontextmanager
async def worker_after(
    path: Path,
) -> AsyncIterator[tuple[SharedSpeechToText, AbstractAsyncContextManager[LocalSpeechToText]]]:
    """A worker and, entered, the recognisers that it found first."""
    first = speech(path)
    await first.__aenter__()
    async with worker(path) as queue:
        yield queue, first


async def test_a_worker_takes_its_own_jobs_along_and_nobody_elses(path: Path) -> None:
    async with speech(path) as pool, worker(path, 2) as stays:
        leaves = worker(path, 3)
        gone = await leaves.__aenter__()
        unheard = Outcomes(gone)
        unheard.submit(*(job(n, work_ms=100) for n in range(10)))
        await until(lambda: pool.status().queued > 0)
        outcomes = Outcomes(stays)
        outcomes.submit(job(20))  # of the same interview, which has moved
        await leaves.__aexit__(None, None, None)
        await outcomes.count(1)
        assert outcomes.texts() == Counter(["number 20"])
        await until(lambda: pool.status().queued + pool.status().running == 0)
        assert len(unheard.all) < 10


async def test_who_goes_has_its_own_jobs_forgotten_and_those_dropped_before_are_gone() -> None:
    """A call that ends drops its interims: of a long-lived worker nothing may be left of them."""

    class Still:
        """A pool that never answers."""

        def __init__(self) -> None:
            self.jobs: list[SttJob] = []
            self.forgotten: list[str] = []

        def submit_all(self, jobs: list[tuple[SttJob, object]]) -> None:
            self.jobs += [job for job, _ in jobs]

        def drop_interims(self, interview_id: str) -> None:
            pass

        def forget(self, interview_id: str) -> None:
            self.forgotten.append(interview_id)

    def says(kind: str, interview_id: str) -> bytes:
        return frames.encode({"type": kind, "interview": interview_id})

    def sends(token: int, sent: SttJob) -> bytes:
        head, pcm = protocol.job_frame(token, sent)
        return head + bytes(pcm)

    pool: Any = Still()
    with socket.socket() as listening:
        server = SpeechServer(pool, listening)
        connection = server._make()
        stays, leaves, waits = (replace(job(n), interview_id=f"i{n}") for n in range(3))
        connection.data_received(
            sends(1, replace(leaves, final=False)) + says("drop_interims", "i1")
        )
        server.running = True
        connection.data_received(
            sends(2, replace(waits, final=False)) + says("drop_interims", "i2")
        )
        connection.data_received(sends(3, stays) + sends(4, leaves) + says("forget", "i1"))
        assert [one.interview_id for one in pool.jobs] == ["1/i0"]
        assert [one.interview_id for one in connection._open.values()] == ["1/i0"]
        pool.forgotten.clear()
        connection.connection_lost(None)
        assert pool.forgotten == ["1/i0"]
        assert not connection._open


async def test_figures_are_told_once(path: Path) -> None:
    async with speech(path), worker(path, 1) as first, worker(path, 2) as second:
        outcomes = Outcomes(second)
        outcomes.submit(job(1))
        await outcomes.count(1)
        await until(lambda: first.status().counters.get("deliveries") == 1)
        assert first.status().timings
        assert not second.status().counters.get("deliveries")
        assert second.status().workers_ready == first.status().workers_ready == 1


def test_what_is_said_arrives_as_it_was() -> None:
    status = SttStatus(1, 2, 3, 4.0, "e", "m", "n", True, "t", {"a": 1}, 5, 6, float("inf"), 7.0)
    ((header, _),) = frames.FrameReader().feed(protocol.status_frame(status, counted=True))
    assert protocol.status_from(header) == status
    ((header, _),) = frames.FrameReader().feed(protocol.status_frame(status, counted=False))
    assert protocol.status_from(header) == replace(status, counters={})
    sent = job(1, samples=5)
    head, body = protocol.job_frame(7, sent)
    ((header, pcm),) = frames.FrameReader().feed(head + bytes(body))
    token, came = protocol.job_from(header, pcm, interview_id=sent.interview_id)
    assert (token, came.pcm.tolist()) == (7, sent.pcm.tolist())
    assert replace(came, pcm=sent.pcm) == sent
    made = SttOutcome(
        sent.interview_id, sent.segment_id, sent.attempt, True, None, "r", 1.0, 2.0, 3, "raised"
    )
    ((header, _),) = frames.FrameReader().feed(protocol.outcome_frame(7, made))
    assert protocol.outcome_from(header, sent) == made


@pytest.mark.parametrize("header", [{}, {"token": 1}, {"made": None, "cause": "x"}])
def test_nonsense_is_refused(header: dict[str, object]) -> None:
    for read in (
        lambda: protocol.outcome_from(header, job(1)),
        lambda: protocol.status_from(header),
        lambda: protocol.job_from(header, b"", interview_id="i"),
    ):
        with pytest.raises(BadFrame):
            read()
