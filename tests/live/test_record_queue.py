"""An answer that is over is decoded once more for the record: when, by whom, and how often.

Over 400 lines on purpose: one queue, with everything that may come between it and an interview.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from media_server.audio.types import SAMPLE_RATE
from media_server.interview import events as ev
from media_server.interview.spec import Retention, TurnSettings
from media_server.interview.state import Utterance, initial
from media_server.interview.status import Status
from media_server.live import record_queue
from media_server.live.record_queue import RecordQueue
from media_server.live.settings import LiveSettings
from media_server.ports import SttJob, SttOutcome, SttStatus, Transcription, Word
from media_server.stt.figures import Timings
from media_server.wall_clock import wall_s
from tests.live.bench import Bench, ScriptedStt, make_spec, open_bench
from tests.live.test_retranscription_queue import at_rest
from tests.live.test_words_after_a_crash import begun as begun_log
from tests.live.test_words_after_a_crash import cut, die, gone, spooled, written
from tests.support.files import files_below
from tests.support.given_up import begun, spoken_sentence, turn_of
from tests.support.speak import read_wav

pytestmark = pytest.mark.virtual_time

LENGTH_S = 2.0
SPEECH = tuple(bytes([0x78, 0x01, n]) for n in range(round(LENGTH_S * 50)))
"""Opus packets; what they decode to does not matter here."""
LIVE = "Written before. Written before."
BETTER = "Written before written before"
NEVER_BY_ITSELF = 1e9


class Whisperer(ScriptedStt):
    """Says one thing live, and another for the record."""

    def __init__(self, text: str = "Written before.", better: str = BETTER) -> None:
        super().__init__([text])
        self.better = better
        self.gains = True
        self.silent = False
        """It takes jobs for the record, and never answers."""
        self.cause: Any = ""
        """Why it gives them up."""
        self.workers, self.running, self.queued = 1, 0, 0
        self.timings = Timings()

    def submit(self, job: SttJob, on_outcome: Callable[[SttOutcome], None]) -> None:
        if not job.record:
            super().submit(job, on_outcome)
            return
        self.jobs.append(job)
        if self.silent:
            return
        at = np.linspace(0.1, job.pcm.size / SAMPLE_RATE - 0.3, len(self.better.split()))
        words = tuple(
            Word(word, float(s), float(s) + 0.2, 0.9)
            for word, s in zip(self.better.split(), at, strict=True)
        )
        made = Transcription(self.better, words, "scripted", "better", "en", 0.9)
        outcome = SttOutcome(
            job.interview_id, job.segment_id, 1, True, None if self.cause else made,
            cause=self.cause,
        )  # fmt: skip
        asyncio.get_running_loop().call_soon(on_outcome, outcome)

    def status(self) -> SttStatus:
        return replace(
            super().status(), workers_ready=self.workers, running=self.running,
            queued=self.queued, gains_from_context=self.gains,
            timings=self.timings.distributions(),
        )  # fmt: skip

    @property
    def records(self) -> list[SttJob]:
        return [job for job in self.jobs if job.record]


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests look when they want to; and what dies has died just now."""
    monkeypatch.setattr("media_server.live.record_queue.EVERY_S", NEVER_BY_ITSELF)
    monkeypatch.setattr("tests.live.test_words_after_a_crash.NOW_S", time.time())


def answered(status: Status = Status.COMPLETED) -> list[ev.Event]:
    """One answer of two segments, of an interview that is over, or parked."""
    end_s = 20.0 + LENGTH_S
    last: ev.Event = ev.Parked(reason="not back")
    if status is not Status.PARKED:
        last = ev.Ended(status=status, reason="over")
    return [
        *begun_log(),
        written("1-1", 10.0, 10.0 + LENGTH_S),
        written("1-2", 20.0, end_s),
        gone(1, end_s),
        cut(),
        last,
    ]


async def died(tmp_path: Path, status: Status = Status.COMPLETED, **spec: Any) -> str:
    """A server that was killed, whose spool holds what it needs for the record."""
    packets = [*spooled(1, 10.0, SPEECH), *spooled(1, 20.0, SPEECH)]
    return await die(tmp_path, status, answered(status), packets, make_spec(**spec))


async def kinds(bench: Bench, interview_id: str) -> list[str]:
    return [entry.type for entry in await bench.services.log.read(interview_id)]


def queue_of(bench: Bench) -> RecordQueue:
    return bench.service._record


async def record_pending(bench: Bench, interview_id: str) -> int:
    pending: int = (await bench.service.result(interview_id))["record_pending"]
    return pending


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.PARKED])
@pytest.mark.parametrize("recorded", [True, False])
async def test_after_the_interview_once_and_then_its_audio_goes(
    tmp_path: Path, status: Status, *, recorded: bool
) -> None:
    interview_id = await died(tmp_path, status, retention=Retention(record_audio=recorded))
    stt = Whisperer()
    async with open_bench(tmp_path, stt=stt) as bench:
        await at_rest(bench, interview_id)
        live = await turn_of(bench, interview_id)
        assert (live["text"], live["words_from"]) == (LIVE, "live")
        assert await record_pending(bench, interview_id) == 1
        kept = {packet.media_s for packet in await bench.services.spool.read(interview_id)}
        assert len(kept) >= 2 * len(SPEECH) - 2, "what it needs is kept"
        await queue_of(bench).look_at_rest()
        turn = await turn_of(bench, interview_id)
        assert (turn["text"], turn["live_text"], turn["words_from"]) == (BETTER, LIVE, "record")
        assert (turn["model"], len(turn["words"])) == ("better", 4)
        assert all(10.0 <= w["s"] <= 12.0 or 20.0 <= w["s"] <= 22.0 for w in turn["words"])
        (job,) = stt.records
        assert job.final
        assert job.pcm.size == round((2 * LENGTH_S + 0.5) * SAMPLE_RATE)
        assert (await kinds(bench, interview_id))[-1] == "stretch_transcribed"
        assert not files_below(tmp_path / "spool")
        assert await record_pending(bench, interview_id) == 0
        await queue_of(bench).look_at_rest()
        assert len(stt.records) == 1
        counters = bench.service.transcription().counters
        assert (counters["record_stretches"], counters.get("record_kept", 0)) == (1, 0)


async def test_a_server_that_is_killed_over_it_leaves_it_to_the_next(tmp_path: Path) -> None:
    """And one that is killed after it was written does not do it again."""
    interview_id = await died(tmp_path)
    for silent, asked in ((True, 1), (True, 1), (False, 1), (False, 0)):
        stt = Whisperer()
        stt.silent = silent
        async with open_bench(tmp_path, stt=stt) as bench:
            if files_below(tmp_path / "spool"):
                await at_rest(bench, interview_id)
            looking = asyncio.create_task(queue_of(bench).look_at_rest())
            await bench.until(lambda: looking.done() or (silent and stt.records))  # noqa: B023
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            assert len(stt.records) == asked
            log = await kinds(bench, interview_id)
            assert log.count("stretch_transcribed") == (0 if silent else 1)
            words_from = (await turn_of(bench, interview_id))["words_from"]
            assert words_from == ("live" if silent else "record")


@pytest.mark.parametrize(
    ("better", "cause", "written_down"),
    [("Written", "", True), ("", "", True), ("", "worker_lost", True), ("", "unavailable", False)],
)
async def test_what_is_no_better_is_noted_and_an_outage_is_not(
    tmp_path: Path, better: str, cause: str, *, written_down: bool
) -> None:
    interview_id = await died(tmp_path)
    stt = Whisperer(better=better)
    stt.cause = cause
    async with open_bench(tmp_path, stt=stt) as bench:
        await at_rest(bench, interview_id)
        for _ in range(2):
            await queue_of(bench).look_at_rest()
        assert len(stt.records) == 1
        assert ("stretch_transcribed" in await kinds(bench, interview_id)) == written_down
        turn = await turn_of(bench, interview_id)
        assert (turn["text"], turn["words_from"], turn["live_text"]) == (LIVE, "live", None)
        assert bool(files_below(tmp_path / "spool")) != written_down


@pytest.mark.parametrize("why", ["off", "no gain", "too late"])
async def test_audio_is_not_kept_for_what_is_never_done(tmp_path: Path, why: str) -> None:
    interview_id = await died(tmp_path)
    stt = Whisperer()
    stt.gains = why != "no gain"
    live = LiveSettings(record_pass_s={"off": 0.0, "too late": 0.001}.get(why, 1800.0))
    async with open_bench(tmp_path, stt=stt, live=live) as bench:
        await at_rest(bench, interview_id)
        await queue_of(bench).look_at_rest()
        assert stt.records == []
        assert not files_below(tmp_path / "spool")
        assert await record_pending(bench, interview_id) == 0
        assert (await turn_of(bench, interview_id))["words_from"] == "live"


FAILED_AT_S = 30.0


async def died_with_a_failure(tmp_path: Path, *, recorded: bool) -> str:
    """As `died`, and the last segment of the answer was given up."""
    end_s = FAILED_AT_S + LENGTH_S
    lost = written("1-3", FAILED_AT_S, end_s, untranscribed="worker died", cause="worker_lost")
    log = answered()
    log[-3:-3] = [lost.model_copy(update={"text": ""})]
    log[-3] = gone(1, end_s)
    packets = [p for at_s in (10.0, 20.0, FAILED_AT_S) for p in spooled(1, at_s, SPEECH)]
    spec = make_spec(retention=Retention(record_audio=recorded))
    return await die(tmp_path, Status.COMPLETED, log, packets, spec)


async def kept_s(bench: Bench, interview_id: str) -> set[int]:
    """The whole tens of seconds of which there is audio."""
    packets = await bench.services.spool.read(interview_id)
    return {int(packet.media_s // 10) * 10 for packet in packets}


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("why", ["done", "busy", "nobody"])
async def test_a_failed_segment_stays_alone_once_the_rest_is_done_or_given_up(
    tmp_path: Path, why: str, monkeypatch: pytest.MonkeyPatch, *, recorded: bool
) -> None:
    interview_id = await died_with_a_failure(tmp_path, recorded=recorded)
    stt = Whisperer()
    async with open_bench(tmp_path, stt=stt) as bench:
        await at_rest(bench, interview_id)
        assert await kept_s(bench, interview_id) == {10, 20, 30}
        if why == "done":
            await queue_of(bench).look_at_rest()
            assert len(stt.records) == 1
        else:
            stt.workers, stt.running = {"busy": (1, 1), "nobody": (0, 0)}[why]
            await queue_of(bench).look_at_rest()
            assert await kept_s(bench, interview_id) == {10, 20, 30}, "its time is not over"
            an_hour_later(monkeypatch)
            await queue_of(bench).look_at_rest()
            assert stt.records == []
        assert await kept_s(bench, interview_id) == {30}


async def test_a_session_holds_nothing_of_what_is_given_up(tmp_path: Path) -> None:
    interview_id = await died_with_a_failure(tmp_path, recorded=False)
    late = LiveSettings(record_pass_s=0.001)
    async with open_bench(tmp_path, stt=Whisperer(), live=late) as bench:
        await at_rest(bench, interview_id)
        assert await kept_s(bench, interview_id) == {30}


def an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("record_queue", "services"):
        monkeypatch.setattr(
            f"media_server.live.{module}.wall_s", lambda clock: wall_s(clock) + 3600.0
        )


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("status", [Status.COMPLETED, Status.PARKED])
async def test_audio_goes_when_its_time_is_over_however_busy_the_recogniser_is(
    tmp_path: Path, status: Status, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    interview_id = await died(tmp_path, status, retention=Retention(record_audio=False))
    stt = Whisperer()
    stt.workers, stt.running = workers, 1
    async with open_bench(tmp_path, stt=stt) as bench:
        await at_rest(bench, interview_id)
        await queue_of(bench).look_at_rest()
        await queue_of(bench).look_at_rest()
        assert await kept_s(bench, interview_id) == {10, 20}
        an_hour_later(monkeypatch)
        await queue_of(bench).look_at_rest()
        assert stt.records == []
        assert not files_below(tmp_path / "spool")


async def test_who_waited_for_the_recogniser_is_next_as_soon_as_it_is_free(tmp_path: Path) -> None:
    interview_id = await died(tmp_path)
    stt = Whisperer()
    stt.running = 1
    async with open_bench(tmp_path, stt=stt) as bench:
        await at_rest(bench, interview_id)
        await queue_of(bench).look_at_rest()
        assert stt.records == []
        stt.running = 0
        await queue_of(bench).look_at_rest()
        assert len(stt.records) == 1


async def test_a_candidate_who_comes_back_does_not_wait_for_it(tmp_path: Path) -> None:
    interview_id = await died(tmp_path, Status.PARKED)
    stt = Whisperer()
    stt.silent = True
    async with open_bench(tmp_path, stt=stt) as bench:
        await at_rest(bench, interview_id)
        looking = asyncio.create_task(queue_of(bench).look_at_rest())
        await bench.until(lambda: stt.records)
        guest = await bench.call(interview_id)
        await guest.sees("welcome", resumed=True)
        async with asyncio.timeout(20):
            await looking
        assert "stretch_transcribed" not in await kinds(bench, interview_id)
        await guest.candidate.leave()


async def test_nothing_of_an_erased_interview_is_decoded_or_kept(tmp_path: Path) -> None:
    interview_id = await died(tmp_path)
    stt = Whisperer()
    stt.silent = True
    async with open_bench(tmp_path, stt=stt) as bench:
        await at_rest(bench, interview_id)
        looking = asyncio.create_task(queue_of(bench).look_at_rest())
        await bench.until(lambda: stt.records)
        await bench.service.erase(interview_id)
        async with asyncio.timeout(20):
            await looking
        assert not await bench.services.log.read(interview_id)
        assert not files_below(tmp_path / "spool")


@pytest.mark.parametrize(
    ("workers", "running", "queued", "begins"),
    [(1, 0, 0, True), (1, 1, 0, False), (1, 0, 1, False), (2, 1, 0, False), (0, 0, 0, False),
     (4, 2, 0, True), (4, 3, 0, False)],
)  # fmt: skip
async def test_it_begins_where_a_worker_can_be_spared(
    tmp_path: Path, workers: int, running: int, queued: int, *, begins: bool
) -> None:
    interview_id = await died(tmp_path)
    stt = Whisperer()
    async with open_bench(tmp_path, stt=stt) as bench:
        await at_rest(bench, interview_id)
        stt.workers, stt.running, stt.queued = workers, running, queued
        await queue_of(bench).look_at_rest()
        assert len(stt.records) == begins


@pytest.fixture(scope="module")
def two_sentences(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, int]:
    pcm, rate = read_wav(spoken_sentence(tmp_path_factory.mktemp("speech")))
    return np.concatenate([pcm, np.zeros(rate, np.int16), pcm]), rate


async def test_while_the_interview_goes_on_and_nobody_is_listened_to(
    tmp_path: Path, two_sentences: tuple[Any, int]
) -> None:
    stt = Whisperer()
    spec = make_spec(
        2,
        turn=TurnSettings(silence_ms=1800, min_turn_ms=500),
        retention=Retention(record_audio=False),
    )
    async with open_bench(tmp_path, stt=stt) as bench:
        interview_id, guest = await begun(bench, spec)
        await guest.listening(1)
        guest.candidate.say(*two_sentences)
        await guest.listening(2)
        session = bench.service._registry.get(interview_id)
        assert session is not None
        turn = session.state.answers["q1"].turns[0]
        assert len(turn.segments) == 2, "its pause is longer than half a second"
        await queue_of(bench).look_here()
        assert stt.records == [], "somebody is listened to, and there is one worker"
        stt.workers = 2
        before, told = session.state, len(guest.messages)
        await queue_of(bench).look_here()
        assert [job.segment_id for job in stt.records] == ["record-1-1"]
        assert replace(session.state, answers=before.answers) == before
        result_turn = await turn_of(bench, interview_id)
        assert (result_turn["text"], result_turn["words_from"]) == (BETTER, "record")
        shown = [m for m in guest.messages[told:] if m["type"] == "transcript"]
        assert shown == [], "the page keeps showing what it showed"
        await queue_of(bench).look_here()
        assert len(stt.records) == 1
        guest.send("leave")
        await guest.sees("completed")
        await guest.candidate.leave()
        await bench.until(lambda: not bench.service._registry.in_use(interview_id))
        assert not files_below(tmp_path / "spool"), "not recorded is not kept either"


@pytest.mark.parametrize(
    ("status", "left_s", "listened_to"),
    [
        (Status.LISTENING, None, True),
        (Status.CLOSING_TURN, None, True),
        (Status.ASKING, 4.0, False),
        (Status.ASKING, 2.0, True),
        (Status.ASKING, None, False),
        (Status.PAUSED, None, False),
        (Status.COMPLETED, None, False),
    ],
)
def test_who_would_have_to_wait(status: Status, left_s: float | None, *, listened_to: bool) -> None:
    utterance = Utterance("u-1", "question", "Why?", "q1", 0.0, None, 6.0)
    if left_s is not None:
        utterance = replace(utterance, playing_since_s=100.0 + left_s - 6.0)
    state = replace(initial(make_spec()), status=status, utterance=utterance)
    session: Any = SimpleNamespace(state=state, clock=SimpleNamespace(now_s=lambda: 100.0))
    assert record_queue._is_listened_to(session, record_queue.NEAR_S) == listened_to


@pytest.mark.parametrize(("took_s", "begins"), [([], True), ([2.0, 2.0], True), ([7.0], False),
                                                ([2.0] * 10 + [7.0], False),
                                                ([2.0] * 40 + [7.0], True)])  # fmt: skip
def test_where_stretches_take_long_a_question_must_leave_more_time(
    took_s: list[float], *, begins: bool
) -> None:
    utterance = replace(
        Utterance("u-1", "question", "Why?", "q1", 0.0, None, 6.0), playing_since_s=98.0
    )
    state = replace(initial(make_spec()), status=Status.ASKING, utterance=utterance)
    session: Any = SimpleNamespace(state=state, clock=SimpleNamespace(now_s=lambda: 100.0))
    timings = Timings()
    for worked_s in took_s:
        timings.add(SttOutcome("i", "s", 1, True, None, worked_s=worked_s), record=True)
    stt = Whisperer()
    stt.timings = timings
    services: Any = SimpleNamespace(stt=stt, record_within_s=lambda: 60.0)
    registry: Any = SimpleNamespace(all=lambda: [session])
    queue = RecordQueue(services, registry, lambda: False)
    assert queue._may_begin() == begins
