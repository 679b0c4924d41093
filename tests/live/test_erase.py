"""A whole interview, erased: no word of it is left on the disk or in Redis; one line says so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from media_server.interview.spec import Candidate, Question
from media_server.ports import Refused
from media_server.tools import replay
from tests.live.bench import Bench, ScriptedStt, make_spec, open_bench
from tests.support.files import files_below, files_holding
from tests.support.redis_server import RedisServer
from tests.support.speak import read_wav, speak_wav
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.virtual_time

ASKED = "Why did the purple walrus resign?"
NAMED = "applicant-marmalade-4711"
TITLED = "Lighthouse keeper of Nowhere"
SPOKEN = "Because a velvet harpsichord arrived."
TYPED = "My sentence about copper butterflies."
CANARIES = (ASKED, NAMED, TITLED, SPOKEN, TYPED)


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    # Plain commands and no compression: what is in the files can be found there.
    options = ("--aof-use-rdb-preamble", "no", "--rdbcompression", "no")
    server = RedisServer(tmp_path / "redis", aof=True, options=options)
    server.start()
    yield server.url
    server.stop()


async def interview(bench: Bench, speech: Path) -> str:
    questions = (Question(id="q1", text=ASKED), Question(id="q2", text="And then?"))
    spec = make_spec(metadata={"applicant": NAMED}, title=TITLED).model_copy(
        update={"questions": questions, "candidate": Candidate(external_id=NAMED)}
    )
    interview_id = await bench.interview(spec)
    guest = await bench.call(interview_id)
    await guest.sees("welcome")
    guest.send("ready")
    await guest.listening(1)
    guest.candidate.say(*read_wav(speech))
    await guest.sees("transcript", final=True, text=SPOKEN)
    await guest.listening(2)
    guest.send("text_answer", text=TYPED)
    await guest.sees("completed")
    await guest.candidate.leave()
    return interview_id


async def exported(bench: Bench, interview_id: str) -> str:
    return "".join([part async for part in await bench.service.export(interview_id)])


async def test_nothing_is_left_of_an_erased_interview(
    tmp_path: Path, store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    speech = speak_wav("I worked as a teacher.", tmp_path / "answer.wav", rate=16_000)
    stt = ScriptedStt([SPOKEN])
    data_dir = tmp_path / "data"
    async with open_bench(data_dir, stt=stt, store_url=store_url) as bench:
        interview_id = await interview(bench, speech)

        text = await exported(bench, interview_id)
        _, steps = replay.read(text.splitlines())
        assert steps[-1].state.status == "completed"
        story = "\n".join(replay.tell(interview_id, steps))
        assert all(words in text for words in CANARIES)
        assert SPOKEN in story
        assert "reason silence" in story
        assert list(data_dir.rglob("*.ogg"))
        log: Any = bench.services.log
        for words in CANARIES:
            assert files_holding(tmp_path, words), words

        await bench.service.erase(interview_id)
        async with asyncio.timeout(PATIENCE_S):  # Redis rewrites its files in the background
            while any(files_holding(tmp_path, words) for words in CANARIES):
                await log.scrub()
                await asyncio.sleep(0.1)
        assert not [path for path in files_below(data_dir) if interview_id in str(path)]
        assert set(await log.audit(interview_id)) == {"erased"}
        for reading in (bench.service.get, bench.service.result, bench.service.export):
            with pytest.raises(Refused, match="may have been erased"):
                await reading(interview_id)
    for words in CANARIES:
        assert files_holding(tmp_path, words) == []
        assert words not in caplog.text
    assert f"interview {interview_id} erased at" in caplog.text
