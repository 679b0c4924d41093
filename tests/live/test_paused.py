"""While paused nobody listens, and a dead microphone is noticed: what the screen says is so."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from media_server.audio import arrivals, sending
from media_server.audio.ogg import is_filler, read_ogg_opus
from media_server.audio.types import RTP_CLOCK_RATE, SAMPLE_RATE
from media_server.interview import pacing
from media_server.interview.spec import Retention
from tests.audio.streams import voice
from tests.live.bench import Bench, make_spec, open_bench
from tests.support.candidate import microphone_dies

pytestmark = pytest.mark.virtual_time


async def spooled_s(bench: Bench, interview_id: str) -> list[float]:
    await bench.services.spool.flush()
    return [packet.media_s for packet in await bench.services.spool.read(interview_id)]


def heard_s(bench: Bench, interview_id: str) -> float:
    session = next(s for s in bench.service.sessions() if s.interview_id == interview_id)
    assert session.connection is not None
    return session.connection.media_s


@pytest.mark.parametrize("back", ["same call", "new call"])
async def test_nothing_said_in_a_pause_is_kept(tmp_path: Path, back: str) -> None:
    """It is in no spool, no recording, no turn; and time has gone on all the same."""
    spec = make_spec(2, retention=Retention(record_audio=True))
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview(spec)
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.listening(1)
        guest.send("pause")
        await guest.sees("state", stage="paused")
        paused_s = heard_s(bench, interview_id)
        if back == "new call":  # a reload in the pause is a pause still
            await guest.candidate.vanish()
            guest = await bench.call(interview_id)
            await guest.sees("state", stage="paused")
            paused_s = 0.0
        guest.candidate.say(voice(2.0), SAMPLE_RATE)
        await asyncio.sleep(2.2)
        guest.send("resume")
        await guest.sees("state", 2 if back == "same call" else 1, activity="listening")
        resumed_s = heard_s(bench, interview_id)
        assert resumed_s - paused_s > 2.0
        in_pause = [s for s in await spooled_s(bench, interview_id) if s > paused_s + 0.2]
        assert [s for s in in_pause if s < resumed_s - 0.2] == []
        guest.candidate.say(voice(1.0), SAMPLE_RATE)
        await guest.listening(2)
        await guest.candidate.leave()
        result = await bench.service.result(interview_id)
        turns = [turn for turn in result["answers"][0]["turns"] if turn["text"]]
        assert len(turns) == 1
        number = 1 if back == "same call" else 2
        offset_s = result["media"]["connections"][number - 1]["media_offset_s"]
        assert turns[0]["start_s"] >= offset_s + resumed_s - 0.2
        assert result["answers"][0]["lost_ms"] == 0
        name = f"audio-{number:04d}.ogg"
        blob = await bench.services.blobs.find(interview_id, name)
        assert blob is not None
        recorded = read_ogg_opus(await blob.whole(limit=10_000_000)).packets
    told = [at / RTP_CLOCK_RATE for at, payload in recorded if not is_filler(payload)]
    assert [s for s in told if paused_s + 0.2 < s < resumed_s - 0.2] == []
    assert [s for s in told if s > resumed_s], "the answer after the pause is recorded"


async def test_a_microphone_that_dies_in_mid_answer_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "STEPS_S", (0.8, 2.0))
    monkeypatch.setattr(pacing, "AUDIO_GONE_SAID_S", (0.8, 2.0))
    monkeypatch.setattr(sending, "QUIET_SENT_S", 0.2)
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview(make_spec(1))
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.listening(1)
        guest.candidate.say(voice(1.0), SAMPLE_RATE)
        await guest.sees("turn", phase="started")
        microphone_dies(guest.candidate)
        hint = await guest.sees("hint", code="audio_lost")
        assert "microphone" in hint["text"]
        caption = await guest.sees("caption", kind="audio_lost")
        assert caption["spoken"]
        log = [entry.type for entry in await bench.services.log.read(interview_id)]
        assert "turn_ended" not in log
        await guest.candidate.leave()
