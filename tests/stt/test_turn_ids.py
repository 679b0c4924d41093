"""The turn of a job goes with it through every queue, so that a line of any process names it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from media_server.interview.record import Piece, Stretch
from media_server.live.recognition import job as job_of
from media_server.live.recognition import stretch_job
from media_server.logging import SafeFormatter
from media_server.ports import SttJob, SttOutcome, Transcription
from media_server.ports.turn_trace import received_turn_id, turn_id_of
from media_server.stt import frames
from media_server.stt.pool.actions import Deliver, Kill, Skip, Spawn
from media_server.stt.pool.schedule import Schedule
from media_server.stt.remote import redis_protocol
from media_server.stt.remote.pending_jobs import PendingJobs
from media_server.stt.settings import SttSettings
from media_server.stt.shared import protocol
from media_server.stt.telling import ToldLater, not_taken
from tests.interview.world import make_spec
from tests.stt import fake_engines
from tests.stt.queues import Outcomes, Started
from tests.support.segments import info
from tests.support.waiting import until

TURN = "demo_hEOHiqu9uU-XLTYl:3"
JOB = replace(fake_engines.job(1, interview="demo_hEOHiqu9uU-XLTYl"), turn_id=TURN)
MADE = Transcription("text", (), "e", "m", "en")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [SafeFormatter().message(record) for record in caplog.records]


def test_a_segments_job_is_of_its_turn() -> None:
    pcm = np.zeros(1600, np.int16)
    segment = info("1-7", turn_epoch=3)
    asked = job_of("iv_1", make_spec(), segment, pcm)
    assert asked.turn_id == turn_id_of("iv_1", 3) == "iv_1:3"
    stretch = Stretch(3, (Piece(cast("Any", segment), 0.0),))
    assert stretch_job("iv_1", make_spec(), stretch, pcm).turn_id == "iv_1:3"


@pytest.mark.parametrize(
    "odd", [None, 3, "", "3", "iv_1", "iv_1:", ":3", "iv 1:3", "iv_1:3\n", "what I said:3", "é:1"]
)
def test_what_is_no_turn_id_is_none(odd: object) -> None:
    assert received_turn_id(odd) == ""
    assert received_turn_id(TURN) == TURN


# --- on its way ---


def over_redis(**changes: object) -> SttJob:
    """`changes` to the header that a server writes; None: it does not say it."""
    fields = redis_protocol.entry_fields("server", 7, JOB)
    header = json.loads(fields["header"]) | changes
    header = {name: value for name, value in header.items() if value is not None}
    came = {b"header": json.dumps(header).encode(), b"pcm": fields["pcm"]}
    return redis_protocol.entry_from(b"1-0", came).job  # type: ignore[arg-type]  # bytes both


def test_redis_carries_it_and_reads_what_earlier_versions_write() -> None:
    assert over_redis().turn_id == TURN
    assert over_redis(turn=None).turn_id == ""
    assert over_redis(turn="I was a teacher").turn_id == ""
    assert over_redis(turn=None).segment_id == JOB.segment_id, "all else is there"


def test_an_answer_over_redis_says_whose_words_it_has() -> None:
    text = redis_protocol.outcome_text(7, not_taken(JOB, "r")).encode()
    assert redis_protocol.turn_of(text) == TURN
    assert redis_protocol.outcome_from(text, JOB, 1.0).turn_id == TURN
    earlier = json.loads(text)
    del earlier["turn"]
    assert redis_protocol.turn_of(json.dumps(earlier).encode()) == ""
    assert redis_protocol.outcome_from(json.dumps(earlier).encode(), JOB, 1.0).turn_id == TURN


def test_an_earlier_version_reads_what_this_one_writes() -> None:
    """It takes the fields that it knows by name: nothing that it needs is gone."""
    header = json.loads(redis_protocol.entry_fields("server", 7, JOB)["header"])
    known = {
        "type", "server", "token", "interview", "segment", "attempt", "start_s", "samples",
        "language", "final", "glossary", "speech_ms", "record",
    }  # fmt: skip
    assert header.keys() - known == {"turn"}


def test_the_socket_carries_it_and_an_earlier_process_may_leave_it_out() -> None:
    head, body = protocol.job_frame(7, JOB)
    ((header, pcm),) = frames.FrameReader().feed(head + bytes(body))
    _, came = protocol.job_from(header, pcm, interview_id="1/iv_1")
    assert came.turn_id == TURN, "also where the interview has another name"
    del header["turn"]
    assert protocol.job_from(header, pcm, interview_id="1/iv_1")[1].turn_id == ""


def test_no_worker_process_is_told() -> None:
    assert TURN not in json.dumps(frames.job_header(JOB))


# --- in the log ---


async def test_a_job_that_is_given_out_again_names_its_turn_in_every_queue(
    started: Started, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lost = replace(fake_engines.job(1, fake_engines.HANG_ONCE, notes=tmp_path), turn_id=TURN)
    with caplog.at_level(logging.INFO, "media_server"):
        async with started(workers=1) as pool:
            outcomes = Outcomes(pool)
            outcomes.submit(lost)
            await until(lambda: bool(list(tmp_path.iterdir())))
            os.kill(int(next(tmp_path.iterdir()).name.split("-")[1]), signal.SIGKILL)
            (done,) = await outcomes.count(1)
    assert (done.deliveries, done.turn_id) == (2, TURN)
    again = f"turn={TURN}: segment s1 will be given to a worker again: the worker died"
    assert again in lines(caplog)


async def test_a_job_that_is_given_up_names_its_turn_in_every_queue(
    started: Started, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "media_server"):
        async with started(workers=1) as pool:
            outcomes = Outcomes(pool)
            outcomes.submit(replace(fake_engines.job(1, fake_engines.RAISE), turn_id=TURN))
            (done,) = await outcomes.count(1)
    assert (done.transcription, done.turn_id) == (None, TURN)
    reason = "the engine raised ValueError"
    said = f"turn={TURN}: segment s1 not transcribed after 2 deliveries: {reason}"
    assert said in lines(caplog)
    assert "canary-what-was-said" not in caplog.text


def remarks_of(schedule: Schedule) -> list[tuple[str, str, str]]:
    told = [(str(one.fate), one.job.turn_id, one.why) for one in schedule.remarks]
    schedule.remarks.clear()
    return told


def ready_schedule(*, forked: bool = False) -> Schedule:
    schedule = Schedule(SttSettings(workers=1, deadline_base_s=5.0, deadline_factor=2.0))
    for action in schedule.tick(0.0):
        assert isinstance(action, Spawn)
        schedule.worker_up(action.worker, 0.0, replaced_quickly=forked)
    return schedule


def test_what_happens_to_a_job_that_goes_on_is_remarked() -> None:
    schedule = ready_schedule()
    schedule.submit(1, JOB, 0.0)
    schedule.worker_down(1, 0.5, "it was killed")
    assert remarks_of(schedule) == [("redelivered", TURN, "it was killed")]
    schedule.worker_up(2, 0.6)
    assert schedule.finished(1, 1, 1, MADE, 0.7) == [], "of the worker that is gone"
    assert remarks_of(schedule) == [("late", TURN, "")]
    assert schedule.finished(2, 99, 1, MADE, 0.8) == []
    assert remarks_of(schedule) == [], "of a job that nobody knows any more nothing can be said"


def test_a_stretch_for_the_record_that_gives_way_is_remarked() -> None:
    schedule = ready_schedule(forked=True)
    schedule.submit(1, replace(JOB, record=True), 0.0)
    assert Kill(1) in schedule.submit(2, replace(JOB, interview_id="b"), 0.1)
    assert remarks_of(schedule) == [("preempted", TURN, "")]


def test_an_outcome_names_the_turn_of_its_job() -> None:
    schedule = ready_schedule()
    schedule.submit(1, JOB, 0.0)
    (delivered,) = schedule.finished(1, 1, 1, MADE, 0.2)
    assert isinstance(delivered, Deliver)
    assert delivered.outcome.turn_id == TURN
    schedule.submit(2, JOB, 0.3)
    schedule.submit(3, replace(JOB, final=False), 0.3)
    (skipped,) = schedule.submit(4, replace(JOB, final=False), 0.4)
    assert isinstance(skipped, Skip)
    assert skipped.outcome.turn_id == TURN


async def test_words_that_come_late_from_another_machine_name_their_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    jobs = PendingJobs(SttSettings())
    late = redis_protocol.outcome_text(99, not_taken(JOB, "r")).encode()
    with caplog.at_level(logging.INFO, "media_server"):
        jobs.receive(late, 0.0)
    assert lines(caplog) == [f"turn={TURN}: words came late and are not applied"]
    assert jobs.counters["late_results"] == 1


async def test_what_is_left_out_of_a_queue_names_its_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[SttOutcome] = []
    jobs = PendingJobs(SttSettings(max_queued_finals=1))
    with caplog.at_level(logging.DEBUG, "media_server"):
        for _ in range(2):
            jobs.submit(JOB, told.append, 0.0, 0.0)
        assert not told, "not from within submit"
        await asyncio.sleep(0)
    (refused,) = told
    assert (refused.turn_id, refused.cause) == (TURN, "not_taken")
    reason = "the transcription queue is full"
    assert f"turn={TURN}: segment s1 is left out of the queue: {reason}" in lines(caplog)


# --- who is told later ---


async def test_who_is_told_later_may_be_dropped_before() -> None:
    told: list[str] = []
    later = ToldLater()

    def hears(outcome: SttOutcome) -> None:
        told.append(f"{outcome.interview_id} {outcome.final}")

    for interview in ("a", "b"):
        for final in (True, False):
            job = replace(JOB, interview_id=interview, final=final)
            later.tell(hears, not_taken(job, "r"))
    later.drop("a", finals=False)
    await asyncio.sleep(0)
    assert told == ["a True", "b True", "b False"]
    told.clear()
    later.tell(hears, not_taken(JOB, "r"))
    later.clear()
    await asyncio.sleep(0)
    assert told == []


async def test_a_handler_that_raises_keeps_no_other_from_hearing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[SttOutcome] = []

    def fails(_outcome: SttOutcome) -> None:
        raise RuntimeError("what was said")

    later = ToldLater()
    later.tell(fails, not_taken(JOB, "r"))
    later.tell(told.append, not_taken(JOB, "r"))
    await asyncio.sleep(0)
    assert len(told) == 1
    said = f"turn={TURN}: the handler of the transcription of segment s1 failed"
    assert lines(caplog) == [said]
