"""Whole interviews over real WebRTC whose transcription is hurt, on both queues."""

from __future__ import annotations

import contextlib
import math
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from media_server.audio.types import Pcm
from media_server.interview.machine import deadlines
from media_server.interview.spec import Retention
from media_server.ports import Refused, SpeechToText, SttJob, SttOutcome
from media_server.stt.factory import create_speech_to_text
from media_server.stt.settings import SttSettings
from media_server.waiting_room import JITTER
from tests.live.bench import Bench, Guest, ScriptedStt, make_spec, open_bench
from tests.stt.processes import children
from tests.stt.queues import prefork
from tests.support.speak import read_wav, speak_wav
from tests.support.waiting import until

HEARD = "I taught in a school."


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pcm, int]:
    path = tmp_path_factory.mktemp("speech") / "sentence.wav"
    # Short: it is said in real time, and the recogniser is told what it hears.
    return read_wav(speak_wav("I was a teacher.", path, rate=16_000))


class Stage:
    """One candidate, listened to, and the recogniser's orders."""

    def __init__(self, bench: Bench, folder: Path, guest: Guest, interview_id: str) -> None:
        self.bench = bench
        self.folder = folder
        self.guest = guest
        self.interview_id = interview_id

    def order(self, word: str, times: int) -> None:
        (self.folder / "order").write_text(f"{word} {times}")

    def kill_workers(self) -> None:
        """All of them, and nobody comes back until `return_workers`."""
        (self.folder / "away").touch()
        loader = prefork()
        for pid in (*children(loader), loader):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def return_workers(self) -> None:
        (self.folder / "away").unlink()

    async def result(self) -> dict[str, Any]:
        return dict(await self.bench.service.result(self.interview_id))

    async def rounds(self) -> list[int]:
        log = await self.bench.services.log.read(self.interview_id)
        return [entry.data["round"] for entry in log if entry.type == "round_advanced"]


Opened = Callable[..., contextlib.AbstractAsyncContextManager[Stage]]


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.redis)])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    redis_url = request.getfixturevalue("redis_url") if request.param == "redis" else ""

    @asynccontextmanager
    async def open_stage(**settings: Any) -> AsyncIterator[Stage]:
        folder = tmp_path / "orders"
        folder.mkdir()
        stt = create_speech_to_text(
            SttSettings(
                engine="tests.stt.fake_engines:obeying",
                model_dir=str(folder),
                nice=0,
                redis_url=redis_url,
                **settings,
            )
        )
        async with open_bench(tmp_path / "data", stt=stt) as bench:
            interview_id = await bench.interview(make_spec(retention=Retention(record_audio=False)))
            guest = await bench.call(interview_id)
            guest.send("ready")
            await guest.listening(1)
            yield Stage(bench, folder, guest, interview_id)
            await guest.candidate.leave()

    return open_stage


async def test_worker_that_fails_once_costs_nothing(stage: Opened, speech: tuple[Pcm, int]) -> None:
    async with stage(deadline_base_s=5.0, deadline_factor=0.0, max_deliveries=20) as on:
        for number, order in enumerate(("crash", "raise", "hang"), start=1):
            await on.guest.listening(number)
            on.order(order, 1)
            on.guest.candidate.say(*speech)
        await on.guest.sees("completed")
        answers = (await on.result())["answers"]
        assert [answer["text"] for answer in answers] == [HEARD] * 3
        assert await on.rounds() == [0, 1, 2]
        finals = [m["text"] for m in on.guest.of("transcript") if m["final"]]
        assert finals == [HEARD] * 3
        counters = on.bench.service.transcription().counters
        # On a slow machine one that does not hang may run out of time, too.
        assert counters["redelivered"] == 2 + counters["job_timeouts"] >= 3


async def test_without_any_worker_typing_is_offered_and_words_come_when_one_returns(
    stage: Opened, speech: tuple[Pcm, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = ((0.5, "please_wait"), (1.5, "type_instead"), (60.0, "went_on"))
    monkeypatch.setattr(deadlines, "_WAITING", steps)
    async with stage() as on:
        on.kill_workers()
        on.guest.candidate.say(*speech)
        await on.guest.sees("hint", code="please_wait")
        await on.guest.sees("hint", code="type_instead")
        await until(lambda: not on.bench.service.readiness().ready)
        (reason,) = on.bench.service.readiness().reasons
        assert reason.startswith("no speech recogniser is ready")
        newcomer = await on.bench.interview()
        with pytest.raises(Refused) as refused:
            await on.bench.call(newcomer)
        assert (refused.value.status, refused.value.code) == (503, "full")
        # A little later at random, so that those who are refused together do not return together.
        assert 10 <= (refused.value.retry_after_s or 0) <= math.ceil(10 * (1 + JITTER))
        on.return_workers()
        await on.guest.listening(2)  # by voice: the words came
        await until(lambda: on.bench.service.readiness().ready)

        on.kill_workers()
        on.guest.candidate.say(*speech)
        await on.guest.sees("hint", 2, code="type_instead")
        on.guest.send("text_answer", text="I would rather type.")
        await on.guest.listening(3)
        on.return_workers()
        await on.guest.sees("transcript", 2, final=True, text=HEARD, timeout_s=30)
        answers = (await on.result())["answers"]
        assert [turn["mode"] for turn in answers[1]["turns"]] == ["voice", "text"]
        assert answers[1]["turns"][0]["text"] == HEARD
        assert await on.rounds() == [0, 1, 2]


async def test_engine_that_goes_in_mid_interview_loses_no_word_and_admits_nobody(
    stage: Opened, speech: tuple[Pcm, int]
) -> None:
    async with stage() as on:
        (on.folder / "away").touch()
        on.guest.candidate.say(*speech)
        await until(lambda: not on.bench.service.readiness().ready)
        newcomer = await on.bench.interview()
        with pytest.raises(Refused):
            await on.bench.call(newcomer)
        on.return_workers()
        await on.guest.listening(2)
        await until(lambda: on.bench.service.readiness().ready)
        turn = (await on.result())["answers"][0]["turns"][0]
        assert (turn["mode"], turn["text"]) == ("voice", HEARD)
        assert "dead_letters" not in on.bench.service.transcription().counters


async def test_candidate_who_has_begun_may_come_back_while_nobody_transcribes(
    stage: Opened,
) -> None:
    async with stage() as on:
        on.kill_workers()
        await until(lambda: not on.bench.service.readiness().ready)
        await on.guest.candidate.vanish()
        again = await on.bench.call(on.interview_id)
        assert (await again.sees("welcome"))["resumed"] is True
        await again.candidate.leave()
        on.return_workers()


async def test_segment_that_cannot_be_done_is_marked_and_its_audio_kept(
    stage: Opened, speech: tuple[Pcm, int]
) -> None:
    async with stage() as on:
        for number, (order, times) in enumerate((("raise", 2), ("crash", 3), ("", 0)), start=1):
            await on.guest.listening(number)
            on.order(order or "fine", times)
            on.guest.candidate.say(*speech)
        await on.guest.sees("completed")
        answers = (await on.result())["answers"]
        assert [answer["turns"][0]["untranscribed"] for answer in answers] == [True, True, False]
        assert answers[2]["text"] == HEARD
        kept = await on.bench.services.spool.read(on.interview_id)
        assert len(kept) > 50  # more than a second of packets: what was said is there
        assert on.bench.service.transcription().counters["dead_letters"] == 2
        assert "canary" not in str(await on.bench.services.log.read(on.interview_id))


async def test_nothing_but_noise_is_said_once_and_then_the_next_question_comes(
    stage: Opened, speech: tuple[Pcm, int]
) -> None:
    async with stage() as on:
        on.order("empty", 99)
        on.guest.candidate.say(*speech)
        await on.guest.sees("caption", kind="not_heard")
        await on.guest.sees("state", 2, activity="listening")
        on.guest.candidate.say(*speech)
        await on.guest.listening(2)
        assert [c["kind"] for c in on.guest.of("caption")].count("not_heard") == 1
        assert (await on.result())["answers"][0]["status"] == "no_answer"


class Stuttering(ScriptedStt):
    """Says everything twice, and something of an attempt that never was."""

    def submit(self, job: SttJob, on_outcome: Callable[[SttOutcome], None]) -> None:
        def thrice(outcome: SttOutcome) -> None:
            made = outcome.transcription
            for attempt in (outcome.attempt + 1, outcome.attempt, outcome.attempt):
                on_outcome(
                    SttOutcome(
                        outcome.interview_id, outcome.segment_id, attempt, outcome.final, made
                    )
                )

        super().submit(job, thrice)


async def test_late_and_repeated_results_are_counted_not_applied(
    tmp_path: Path, speech: tuple[Pcm, int]
) -> None:
    stt: SpeechToText = Stuttering([HEARD])
    async with open_bench(tmp_path, stt=stt) as bench:
        interview_id = await bench.interview()
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.listening(1)
        guest.candidate.say(*speech)
        await guest.listening(2)
        (session,) = bench.service.sessions()
        assert session.counters["stt_late"] == 2 * session.counters["stt_finals"]
        assert (await bench.service.result(interview_id))["answers"][0]["text"] == HEARD
        await guest.candidate.leave()
