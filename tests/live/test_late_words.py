"""What the recogniser gave up is written down by the server itself, when there is nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from media_server.live import late_words
from media_server.live.late_words import LateWords
from media_server.ports import SttJob, SttOutcome, SttStatus
from tests.live.bench import Bench, ScriptedStt, make_spec, open_bench
from tests.support.speak import read_wav, speak_wav


class Recovering(ScriptedStt):
    """Gives every final up until it is well; then it writes them down."""

    def __init__(self) -> None:
        super().__init__(["I was a teacher"])
        self.well = False
        self.busy = 0
        self.silent = False

    def submit(self, job: SttJob, on_outcome: Callable[[SttOutcome], None]) -> None:
        if self.well or not job.final:
            if not self.silent:
                super().submit(job, on_outcome)
            return
        self.jobs.append(job)
        given_up = SttOutcome("i", job.segment_id, job.attempt, True, None, "worker died")
        asyncio.get_running_loop().call_soon(on_outcome, given_up)

    def status(self) -> SttStatus:
        return replace(super().status(), queued=self.busy)


@pytest.fixture(scope="module")
def sentence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("speech") / "sentence.wav"
    return speak_wav("I worked as a teacher for many years.", path, rate=16_000)


async def given_up(bench: Bench, sentence: Path) -> str:
    """One question, answered; the interview is over, at rest, and its words are missing."""
    pcm, rate = read_wav(sentence)
    interview_id = await bench.interview(make_spec(1))
    guest = await bench.call(interview_id)
    guest.send("ready")
    await guest.listening(1)
    guest.candidate.say(pcm, rate)
    await guest.sees("completed")
    await guest.candidate.leave()
    await bench.until(lambda: not bench.desk._is_open(interview_id))
    return interview_id


async def turn_of(bench: Bench, interview_id: str) -> Any:
    (turn,) = (await bench.desk.result(interview_id))["answers"][0]["turns"]
    return turn


async def test_written_down_when_the_recogniser_has_nothing_else_to_do(
    tmp_path: Path, sentence: Path
) -> None:
    stt = Recovering()
    async with open_bench(tmp_path, stt=stt) as bench:
        interview_id = await given_up(bench, sentence)
        late = bench.desk._late_words
        stt.well, stt.busy, asked = True, 1, len(stt.jobs)
        await late.look()
        assert len(stt.jobs) == asked, "somebody's words are waiting"
        assert (await turn_of(bench, interview_id))["untranscribed"]
        stt.busy = 0
        await late.look()
        turn = await turn_of(bench, interview_id)
        assert (turn["untranscribed"], turn["text"]) == (False, "I was a teacher")
        assert bench.desk.transcription().counters["late_words"] == 1
        assert not [file for file in (tmp_path / "spool").rglob("*") if file.is_file()]
        asked = len(stt.jobs)
        await late.look()
        assert len(stt.jobs) == asked


async def test_tried_a_few_times_and_left_to_people_then(
    tmp_path: Path, sentence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(late_words, "RETRY_S", (0.0, 0.0, 0.0))
    stt = Recovering()
    async with open_bench(tmp_path, stt=stt) as bench:
        interview_id = await given_up(bench, sentence)
        asked = len(stt.jobs)
        for _ in range(10):
            await bench.desk._late_words.look()
        assert len(stt.jobs) == asked + 4
        assert (await turn_of(bench, interview_id))["untranscribed"]


async def test_nothing_of_an_erased_interview_is_written_down(
    tmp_path: Path, sentence: Path
) -> None:
    stt = Recovering()
    async with open_bench(tmp_path, stt=stt) as bench:
        interview_id = await given_up(bench, sentence)
        stt.well = stt.silent = True  # it takes the job, and never answers
        late: LateWords = bench.desk._late_words
        looking = asyncio.create_task(late.look())
        await bench.until(lambda: late._current is not None)
        await asyncio.sleep(0.1)
        await bench.desk.erase(interview_id)
        async with asyncio.timeout(5):
            await looking
        assert late.counters["late_words"] == 0
        assert not await bench.desk._rooms.log.read(interview_id)
        assert not [file for file in (tmp_path / "spool").rglob("*") if file.is_file()]
