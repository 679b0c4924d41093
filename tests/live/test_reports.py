"""The report of a real call: what was said and when, how loud, and the sound in other forms."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media_server.audio.ogg import read_ogg_opus
from media_server.audio.opus import OpusDecoder
from media_server.interview.report import Report, SoundShown
from media_server.interview.spec import Retention
from media_server.live import reports as live_reports
from media_server.live.levels import BLOB
from media_server.ports import Refused
from tests.live.bench import Bench, ToneVoice, make_spec, open_bench
from tests.support.speak import read_wav, speak_wav

TONE_S = 1.5
pytestmark = [pytest.mark.virtual_time]


@pytest.fixture(scope="session")
def sentence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("speech") / "sentence.wav"
    return speak_wav("I was a teacher.", path, rate=16_000)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path, tts=ToneVoice(TONE_S)) as made:
        yield made


async def take(bench: Bench, sentence: Path, **changes: Any) -> str:
    """One question, answered by voice, to the end."""
    pcm, rate = read_wav(sentence)
    interview_id = await bench.interview(make_spec(1, **changes))
    guest = await bench.call(interview_id)
    guest.send("ready")
    await guest.listening(1)
    guest.candidate.say(pcm, rate)
    await guest.sees("completed")
    await guest.candidate.leave()
    await bench.until(lambda: not bench.service.live_calls())
    return interview_id


async def shown(bench: Bench, interview_id: str) -> Report:
    body = dict(await bench.service.reports.report(interview_id))
    body["branding"] = {}
    return Report.model_validate(body)


async def pcm_of(parts: AsyncGenerator[bytes, None]) -> np.ndarray[Any, np.dtype[np.int16]]:
    """16 kHz, from the beginning of the file's timeline on."""
    data = b"".join([part async for part in parts])
    stream = read_ogg_opus(data)
    assert stream.finished
    with OpusDecoder() as decoder:
        found = [decoder.decode(payload) for _, payload in stream.packets]
    lead = np.zeros(stream.packets[0][0] // 3, np.int16)
    return np.concatenate([lead, *found])


def loud_s(pcm: np.ndarray[Any, np.dtype[np.int16]], low_hz: float, high_hz: float) -> list[float]:
    """Times (s) at which there is sound of these frequencies."""
    window = 1600
    found = []
    for at in range(0, len(pcm) - window, window):
        spectrum = np.abs(np.fft.rfft(pcm[at : at + window]))
        hz = np.fft.rfftfreq(window, 1 / 16_000)
        if spectrum[(hz >= low_hz) & (hz <= high_hz)].max() > 200_000:
            found.append(at / 16_000)
    return found


async def test_report_of_a_call(bench: Bench, sentence: Path) -> None:
    """On purpose in one test: a call is held in real time."""
    interview_id = await take(bench, sentence)
    async with asyncio.timeout(30):  # the last clip may still be on its way to the disk
        while True:
            waveform = await bench.service.reports.waveform(interview_id)
            sound = SoundShown.model_validate(waveform)
            report = await shown(bench, interview_id)
            if report.waveform is not None and all(said.file for said in report.spoken):
                break
    assert report.waveform == sound.waveform, "known from now on"
    assert (report.interview.status, report.interview.partial) == ("completed", False)
    assert [said.kind for said in report.spoken] == ["greeting", "question", "wrap_up"]
    assert {said.placed for said in report.spoken} == {"exact"}
    assert all(said.file for said in report.spoken)
    (turn,) = (span for span in report.spans if span.kind == "turn")
    question = report.spoken[1]
    assert question.start_s is not None
    assert question.end_s is not None
    assert question.end_s <= turn.start_s, "asked before it was answered"
    assert [word.text for word in question.words] == ["Question", "1?"]
    assert report.coverage[0].answered
    assert report.coverage[0].speaking_s > 0.5
    # The stand-in of the bench says so in every result.
    assert [reason.code for reason in report.quality.reasons] == ["stand_in"]
    assert not report.quality.usable

    line = report.waveform
    assert line is not None
    at = round((turn.start_s + turn.end_s) / 2 / line.step_s)
    assert max(line.candidate[at - 5 : at + 5]) > 100
    at = round((question.start_s + question.end_s) / 2 / line.step_s)
    assert min(line.interviewer[at - 5 : at + 5]) > 100
    assert max(line.candidate[at - 5 : at + 5]) < 60, "the candidate listens"
    stored = await bench.services.blobs.find(interview_id, BLOB)
    assert stored is not None
    await sides(bench, interview_id, report)
    await one_answer(bench, interview_id, report)


async def sides(bench: Bench, interview_id: str, report: Report) -> None:
    """The tone of the voice is at 300 Hz and at nothing else."""
    question = report.spoken[1]
    assert question.start_s is not None
    both = await pcm_of(await bench.service.reports.whole_audio(interview_id, "both"))
    assert len(both) / 16_000 == pytest.approx(report.duration_s, abs=0.05)
    tones = loud_s(both, 290, 310)
    asked = [at for at in tones if question.start_s - 0.1 <= at <= question.start_s + TONE_S]
    assert asked[0] == pytest.approx(question.start_s, abs=0.15)
    assert asked[-1] == pytest.approx(question.start_s + TONE_S, abs=0.25)
    alone = await pcm_of(await bench.service.reports.whole_audio(interview_id, "candidate"))
    middle = round((question.start_s + TONE_S / 2) * 16_000)
    assert np.abs(alone[middle - 4000 : middle + 4000]).max() < 500
    assert np.abs(both[middle - 4000 : middle + 4000]).max() > 2000


async def one_answer(bench: Bench, interview_id: str, report: Report) -> None:
    """The packets are those of the recording."""
    parts = await bench.service.reports.answer_audio(interview_id, "q1")
    data = b"".join([part async for part in parts])
    recording = await bench.services.blobs.find(interview_id, "audio-0001.ogg")
    assert recording is not None
    whole = {payload for _, payload in read_ogg_opus(await recording.whole(limit=10**7)).packets}
    cut = read_ogg_opus(data)
    assert {payload for _, payload in cut.packets} <= whole
    (turn,) = (span for span in report.spans if span.kind == "turn")
    assert cut.end / 48_000 == pytest.approx(turn.end_s - turn.start_s, abs=0.8)
    with pytest.raises(Refused, match="names the prompts") as refused:
        await bench.service.reports.answer_audio(interview_id, "q9")
    assert refused.value.status == 404


async def test_report_of_what_is_not_recorded(bench: Bench, sentence: Path) -> None:
    interview_id = await take(bench, sentence, retention=Retention(record_audio=False))
    report = await shown(bench, interview_id)
    assert report.waveform is None
    assert report.recordings == ()
    assert {said.file for said in report.spoken} == {None}
    assert "not_recorded" in [reason.code for reason in report.quality.reasons]
    with pytest.raises(Refused) as refused:
        await bench.service.reports.whole_audio(interview_id, "both")
    assert (refused.value.status, refused.value.code) == (404, "no_recording")


async def test_report_before_anything_was_said(bench: Bench) -> None:
    report = await shown(bench, await bench.interview())
    assert report.interview.partial
    assert (report.duration_s, report.spoken, report.spans) == (0.0, (), ())
    assert [c.asked for c in report.coverage] == [False, False, False]


async def test_report_while_it_goes_on(bench: Bench) -> None:
    interview_id = await bench.interview(make_spec(1))
    guest = await bench.call(interview_id)
    guest.send("ready")
    await guest.sees("question", number=1)
    await asyncio.sleep(0.5)
    report = await shown(bench, interview_id)
    assert report.interview.partial
    assert report.spoken[-1].outcome == "open"
    assert 0 < report.spoken[-1].heard_s <= TONE_S
    assert await bench.services.blobs.find(interview_id, BLOB) is None, "it still grows"
    await guest.candidate.leave()


async def test_damaged_recording_is_said(bench: Bench, sentence: Path) -> None:
    interview_id = await take(bench, sentence)
    blob = await bench.services.blobs.find(interview_id, "audio-0001.ogg")
    assert blob is not None
    data = bytearray(await blob.whole(limit=10**7))
    data[len(data) // 2] ^= 1
    await bench.services.blobs.put(interview_id, "audio-0001.ogg", bytes(data))
    await bench.service.reports.waveform(interview_id)
    report = await shown(bench, interview_id)
    assert "damaged_recording" in [reason.code for reason in report.quality.reasons]
    with pytest.raises(Refused) as refused:
        async for _ in await bench.service.reports.whole_audio(interview_id, "both"):
            pass
    assert (refused.value.status, refused.value.code) == (422, "sound_failed")


async def test_erased(bench: Bench, sentence: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_reports, "SHORT_S", 0.0)  # it comes when it is there
    interview_id = await take(bench, sentence)
    report = await shown(bench, interview_id)
    assert report.waveform is None
    await bench.service.reports.waveform(interview_id)
    await bench.service.erase(interview_id)
    with pytest.raises(Refused) as refused:
        await bench.service.reports.report(interview_id)
    assert refused.value.status == 404
    assert await bench.services.blobs.list(interview_id) == ()
