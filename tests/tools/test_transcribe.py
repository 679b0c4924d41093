"""Words written down later: a real interview whose recogniser gave up, then `transcribe`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from media_server import cli
from media_server.interview import events as ev
from media_server.interview.spec import Retention
from media_server.interview.status import Status
from media_server.live.kept_audio import pcm_of
from media_server.ports import SpooledPacket, SttJob, SttOutcome
from tests.live.bench import ScriptedStt, make_spec, open_bench
from tests.live.test_words_after_a_crash import begun as log_begun
from tests.live.test_words_after_a_crash import cut, die, gone, speech_packets, spooled, written
from tests.stt.machines import KEYS, client
from tests.support.files import files_below
from tests.support.given_up import GivesUp, answered, begun, says, spoken_sentence
from tests.support.waiting import PATIENCE_S

pytest.importorskip("pocketsphinx", reason="no pocketsphinx wheel for this Python")


class NeverAnswers(ScriptedStt):
    def submit(self, job: SttJob, on_outcome: Callable[[SttOutcome], None]) -> None:
        self.jobs.append(job)


@pytest.fixture(scope="module")
def sentence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return spoken_sentence(tmp_path_factory.mktemp("speech"))


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return speech_packets(tmp_path_factory.mktemp("packets"))


@pytest.fixture
def transcribe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MEDIA_SERVER_STT_ENGINE", "pocketsphinx")
    return lambda *arguments: cli.main(["transcribe", *arguments])


async def result_of(data_dir: Path, interview_id: str) -> Any:
    async with open_bench(data_dir) as bench:
        return await bench.service.result(interview_id)


async def once_free(
    transcribe: Callable[..., int], capsys: pytest.CaptureFixture[str], *arguments: str
) -> int:
    """A server that is stopped while it takes an interview leaves its lease to run out."""
    end_s = time.monotonic() + PATIENCE_S
    while True:
        capsys.readouterr()
        code = await asyncio.to_thread(transcribe, *arguments)
        said = capsys.readouterr()
        sys.stdout.write(said.out)
        sys.stderr.write(said.err)
        if "is open on a server" not in said.err or time.monotonic() > end_s:
            return code
        await asyncio.sleep(0.2)


@pytest.mark.real_time
@pytest.mark.parametrize("record_audio", [False, True])
async def test_given_up_segments_are_written_down_later(
    tmp_path: Path,
    sentence: Path,
    transcribe: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    record_audio: bool,
) -> None:
    async with open_bench(tmp_path, stt=GivesUp()) as bench:
        interview_id = await answered(
            bench, sentence, make_spec(1, retention=Retention(record_audio=record_audio))
        )
    if record_audio:  # as after a crash of the disk that held the spool: the recording has it, too
        for file in files_below(tmp_path / "spool"):
            file.unlink()
    (turn,) = (await result_of(tmp_path, interview_id))["answers"][0]["turns"]
    assert (turn["untranscribed"], turn["text"]) == (True, "")

    assert await asyncio.to_thread(transcribe, interview_id, "--check") == 1
    assert "worker died" in capsys.readouterr().out
    assert await once_free(transcribe, capsys, interview_id, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["wanted"], told["written"], told["failed"]) == (1, 1, {})

    (later,) = (await result_of(tmp_path, interview_id))["answers"][0]["turns"]
    assert later["untranscribed"] is False
    assert "teacher" in later["text"] or "years" in later["text"]
    assert later["engine"] == "pocketsphinx"
    assert all(
        turn["start_s"] - 0.5 <= w["s"] <= w["e"] <= turn["end_s"] + 1 for w in later["words"]
    )
    assert await asyncio.to_thread(transcribe, interview_id) == 0, "nothing is left to do"
    async with open_bench(tmp_path) as bench:  # emptied by a server, who knows what is owed
        await bench.until(lambda: not files_below(tmp_path / "spool"))


async def test_audio_whose_words_are_owed_stays(
    tmp_path: Path, speech: list[bytes], transcribe: Callable[..., int]
) -> None:
    """The server was killed when the interview was over: one segment was marked, one at the
    recogniser. The command comes before the server is up again."""
    first, second = spooled(1, 10.0, speech), spooled(1, 40.0, speech)
    marked = written("1-1", 10.0, first[-1].media_s + 0.02, untranscribed="no worker")
    over = ev.Ended(status=Status.COMPLETED, reason="over")
    events = [*log_begun(), marked, gone(1, second[-1].media_s), cut(), over]
    interview_id = await die(tmp_path, Status.COMPLETED, events, [*first, *second])
    assert await asyncio.to_thread(transcribe, interview_id) == 0
    stt = ScriptedStt(["What was owed."])
    async with open_bench(tmp_path, stt=stt) as bench:
        await bench.until(lambda: stt.jobs)
        assert all(job.start_s > 39 for job in stt.jobs)
        await bench.until(lambda: not files_below(tmp_path / "spool"))
        (turn,) = (await bench.service.result(interview_id))["answers"][0]["turns"]
        assert turn["text"].endswith("What was owed.")


@pytest.mark.real_time
async def test_refused_while_a_server_has_it_open(
    tmp_path: Path,
    sentence: Path,
    transcribe: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with open_bench(tmp_path, stt=GivesUp()) as bench:
        interview_id, guest = await begun(bench, make_spec(2))
        await says(guest, sentence)
        await guest.sees("turn", phase="ended", reason="silence")
        await guest.listening(2)  # appended, so that there is something to do
        assert await asyncio.to_thread(transcribe, interview_id) == 1
        assert "is open on a server" in capsys.readouterr().err
        await guest.candidate.leave()


@pytest.mark.real_time
async def test_a_server_that_stops_marks_what_is_owed_and_keeps_its_audio(
    tmp_path: Path, sentence: Path, transcribe: Callable[..., int]
) -> None:
    stt = NeverAnswers([])
    async with open_bench(tmp_path, stt=stt) as bench:
        interview_id, guest = await begun(bench, make_spec(1))
        await says(guest, sentence)
        await bench.until(lambda: any(job.final for job in stt.jobs))
        await guest.candidate.leave()
    (turn,) = (await result_of(tmp_path, interview_id))["answers"][0]["turns"]
    assert turn["untranscribed"] is True
    assert await asyncio.to_thread(transcribe, interview_id) == 0
    (turn,) = (await result_of(tmp_path, interview_id))["answers"][0]["turns"]
    assert turn["text"]


@pytest.mark.redis
@pytest.mark.real_time
async def test_queue_that_nobody_works_for_is_not_waited_for_long(
    tmp_path: Path,
    sentence: Path,
    transcribe: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    redis_url: str,
) -> None:
    async with open_bench(tmp_path, stt=GivesUp()) as bench:
        interview_id = await answered(bench, sentence)
    monkeypatch.setenv("MEDIA_SERVER_STT_WORKERS", "0")
    monkeypatch.setenv("MEDIA_SERVER_STT_REDIS_URL", redis_url)
    monkeypatch.setattr("media_server.stt.remote.redis_queue.FIRST_WORKER_S", 0.3)
    monkeypatch.setattr("media_server.tools.transcribe.NOBODY_S", 1.0)
    assert await asyncio.to_thread(transcribe, interview_id) == 1
    said = capsys.readouterr().err
    assert "no speech recogniser for 1 s: no transcription worker has joined" in said
    async with client(redis_url) as redis:
        assert await redis.xlen(KEYS.queue(final=True)) == 0, "nobody waits for it any more"
    monkeypatch.delenv("MEDIA_SERVER_STT_WORKERS")
    monkeypatch.delenv("MEDIA_SERVER_STT_REDIS_URL")
    assert await asyncio.to_thread(transcribe, interview_id) == 0, "its lease was given back"


@pytest.mark.real_time
async def test_audio_that_is_gone_and_an_interview_that_never_was(
    tmp_path: Path,
    sentence: Path,
    transcribe: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with open_bench(tmp_path, stt=GivesUp()) as bench:
        interview_id = await answered(bench, sentence)
    for file in files_below(tmp_path / "spool"):
        file.unlink()
    assert await asyncio.to_thread(transcribe, interview_id) == 1
    assert "its audio is not kept any more" in capsys.readouterr().err
    assert await asyncio.to_thread(transcribe, "nonesuch") == 1
    assert "there is no interview nonesuch" in capsys.readouterr().err


def test_audio_of_a_span_has_its_length_whatever_is_missing() -> None:
    from media_server.audio.opus import OpusEncoder  # noqa: PLC0415
    from tests.audio.streams import voice  # noqa: PLC0415

    with OpusEncoder(16_000) as encoder:
        payloads = encoder.encode_all(voice(3.0))
    packets = [SpooledPacket(1, n * 0.02, opus) for n, opus in enumerate(payloads)]
    holey = [packet for n, packet in enumerate(packets) if n % 9 and not 60 < n < 70]
    whole, repaired = pcm_of(packets, 0.5, 2.5), pcm_of(holey, 0.5, 2.5)
    assert len(whole) == len(repaired) == 2 * 16_000
    assert abs(whole[:1600].astype(int)).mean() > 100
    assert pcm_of([], 0.0, 1.0).size == 0
    assert pcm_of(packets[:10], 0.5, 1.0).size == 0, "nothing of the span itself"
