"""A spoken interview over WebRTC in which the candidate asks for things; the voice is real."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from media_server.audio.types import Pcm
from media_server.interview.spec import InterviewSpec, Question, TurnSettings
from media_server.tts.factory import create_text_to_speech
from media_server.tts.settings import TtsSettings
from tests.live.bench import Guest, ScriptedStt, open_bench
from tests.support.env import require_tool
from tests.support.speak import read_wav, speak_wav

SAID = (
    "Could you speak a little slower, please?",
    "Could you speak louder, please?",
    "Could we maybe take a short break at some point?",
    "No.",
    "I don't know.",
    "Could you put that differently?",
    "Nine years.",
    "Because.",
)
"""What the recogniser writes down, one after another, whatever sounded."""
SPEC = InterviewSpec(
    questions=(Question(id="q1", text="How long?"), Question(id="q2", text="And why?")),
    greeting="Hello.",
    turn=TurnSettings(silence_ms=500, min_turn_ms=300),
)


@pytest.mark.virtual_time
async def test_each_request_does_something(tmp_path: Path) -> None:
    require_tool("flite", package="flite")
    pcm, rate = read_wav(speak_wav("Nine.", tmp_path / "said.wav", rate=16_000))
    voice = create_text_to_speech(TtsSettings(engine="flite", cache_dir=tmp_path / "speech"))
    async with open_bench(tmp_path / "data", stt=ScriptedStt(list(SAID)), tts=voice) as bench:  # type: ignore[arg-type]
        interview_id = await bench.interview(SPEC)
        guest = await bench.call(interview_id)
        guest.send("ready")

        await guest.listening(1)
        plain_ms = guest.of("caption")[-1]["duration_ms"]
        guest.candidate.say(pcm, rate)
        slower = await heard(guest, "repeat", 1)
        assert slower["duration_ms"] > 1.1 * plain_ms
        await answer(guest, pcm, rate)
        louder = await heard(guest, "repeat", 2)
        assert abs(louder["duration_ms"] - slower["duration_ms"]) < 60, "the tempo has stayed"
        assert (await guest.sees("hint", code="volume"))["text"]
        await answer(guest, pcm, rate)
        asked = await heard(guest, "confirm_request", 1)
        state = await guest.sees("state", confirm=asked["text"])
        assert "confirm" in state["can"]
        await answer(guest, pcm, rate)
        await heard(guest, "go_on", 1)
        await answer(guest, pcm, rate)
        await heard(guest, "skip_offer", 1)
        await answer(guest, pcm, rate)
        honest = await heard(guest, "repeat", 3)
        assert honest["text"].endswith("Here it is again, slower. How long?")
        guest.send("skip")
        await guest.listening(2)
        guest.send("undo_skip")
        await answer(guest, pcm, rate)
        await heard(guest, "question", 3)
        await answer(guest, pcm, rate)
        await guest.sees("completed")
        result = await bench.service.result(interview_id)
        done = [(r["intent"], r["effect"]) for r in result["requests"]]
        assert done == [
            ("slower", "slower"), ("louder", "louder"), ("no_idea", "offered"),
            ("rephrase", "repeated"), ("skip", "skipped"), ("undo_skip", "undone"),
        ]  # fmt: skip
        first, second = result["answers"]
        assert (first["status"], first["text"]) == ("answered", f"{SAID[2]} {SAID[6]}")
        assert (second["status"], second["text"]) == ("answered", SAID[7])
        await guest.candidate.leave()


async def heard(guest: Guest, kind: str, count: int) -> dict[str, Any]:
    """The `count`-th utterance of a kind has begun."""
    caption: dict[str, Any] = await guest.sees("caption", count, kind=kind)
    return caption


async def answer(guest: Guest, pcm: Pcm, rate: int) -> None:
    """Once the bot has ended."""
    await guest.sees("caption_ended", len(guest.of("caption")))
    guest.candidate.say(pcm, rate)
