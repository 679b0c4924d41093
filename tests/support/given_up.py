"""Recognisers that give finals up, and an interview whose words are missing for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from media_server.interview.given_up import GivenUp
from media_server.interview.spec import InterviewSpec, Retention
from media_server.ports import SttJob, SttOutcome, SttStatus
from tests.live.bench import Bench, Guest, ScriptedStt, make_spec
from tests.support.speak import read_wav, speak_wav


class GivesUp(ScriptedStt):
    """Every final becomes a dead letter until it is `well`; then it says its text."""

    def __init__(self, text: str = "I was a teacher", *, cause: GivenUp = "worker_lost") -> None:
        super().__init__([text])
        self.cause = cause
        self.well = False
        self.busy = 0
        """Finals that seem to wait."""
        self.silent = False
        """It takes jobs, and never answers."""

    def submit(self, job: SttJob, on_outcome: Callable[[SttOutcome], None]) -> None:
        if self.well or not job.final:
            if not self.silent:
                super().submit(job, on_outcome)
            else:
                self.jobs.append(job)
            return
        self.jobs.append(job)
        reason = "worker died" if self.cause == "worker_lost" else "no worker"
        lost = SttOutcome(
            job.interview_id, job.segment_id, job.attempt, True, None, reason, cause=self.cause
        )
        asyncio.get_running_loop().call_soon(on_outcome, lost)

    def status(self) -> SttStatus:
        return replace(super().status(), queued=self.busy)

    @property
    def finals(self) -> int:
        """How many it was asked for."""
        return sum(job.final for job in self.jobs)


def spoken_sentence(directory: Path) -> Path:
    text = "I was a teacher."  # short, and what pocketsphinx writes down
    return speak_wav(text, directory / "sentence.wav", rate=16_000)


async def says(guest: Guest, sentence: Path, number: int = 1) -> None:
    """Answers this question, as soon as it is asked."""
    pcm, rate = read_wav(sentence)
    await guest.listening(number)
    guest.candidate.say(pcm, rate)


async def begun(bench: Bench, spec: InterviewSpec) -> tuple[str, Guest]:
    interview_id = await bench.interview(spec)
    guest = await bench.call(interview_id)
    guest.send("ready")
    return interview_id, guest


async def answered(bench: Bench, sentence: Path, spec: InterviewSpec | None = None) -> str:
    """One question, answered; the interview is over. Without a `spec` nothing is recorded."""
    spec = spec or make_spec(1, retention=Retention(record_audio=False))
    interview_id, guest = await begun(bench, spec)
    await says(guest, sentence)
    await guest.sees("completed")
    await guest.candidate.leave()
    return interview_id


async def turn_of(bench: Bench, interview_id: str) -> Any:
    """The only turn of the first answer, as the result has it."""
    (turn,) = (await bench.service.result(interview_id))["answers"][0]["turns"]
    return turn
