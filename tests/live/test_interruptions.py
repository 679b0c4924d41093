"""Speech over the bot in whole interviews over WebRTC: an "okay", an answer that was cut off."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from media_server.audio.types import SpeechClip
from media_server.interview.result import Result
from media_server.interview.spec import TurnSettings
from media_server.ports.turn_trace import BargeInTrace, Traced, TurnTrace, turn_id_of
from tests.live.bench import Guest, ScriptedStt, ToneVoice, make_spec, open_bench
from tests.support.speak import read_wav, speak_wav

TURN = TurnSettings(silence_ms=1200, min_turn_ms=500)
"""A back-channel is judged after a second."""


class Questions(ToneVoice):
    """Questions are long enough to be interrupted, all else is short."""

    async def speak(self, text: str, **about: Any) -> SpeechClip:
        self.duration_s = 2.5 if text.startswith("Question") else 0.2
        return await super().speak(text, **about)


def say(guest: Guest, path: Path) -> None:
    pcm, rate = read_wav(path)
    guest.candidate.say(pcm, rate)


def questions(guest: Guest) -> list[str]:
    return [m["text"] for m in guest.of("caption") if m["kind"] == "question"]


@pytest.mark.virtual_time
async def test_okay_over_the_question_and_it_goes_on(tmp_path: Path) -> None:
    # Long enough to stop the bot: a shorter one is let pass by the receiver alone.
    okay = speak_wav("Okay, all right, I see. Okay, all right.", tmp_path / "okay.wav", rate=16_000)
    answer = speak_wav("I was a teacher.", tmp_path / "answer.wav", rate=16_000)
    stt = ScriptedStt(["Okay.", "I was a teacher."])
    async with open_bench(tmp_path, stt=stt, tts=Questions()) as bench:
        traced: list[Traced] = []
        bench.services.turns.on_finished = traced.append
        interview_id = await bench.interview(make_spec(1, turn=TURN))
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.sees("caption", kind="question")
        await asyncio.sleep(0.7)
        say(guest, okay)
        await guest.sees("caption", 2, kind="question")  # goes on
        await guest.sees("caption_ended", complete=True, heard_ms=2500)
        say(guest, answer)
        await guest.sees("completed")
        await guest.candidate.leave()
        result = await bench.service.result(interview_id)
        jsonschema.validate(result, Result.model_json_schema())
        (found,) = result["answers"]
        assert (found["status"], found["text"]) == ("answered", "I was a teacher.")
        assert [(t["text"], t["set_aside"], t["end_reason"]) for t in found["turns"]] == [
            ("Okay.", "backchannel", "interjection"),
            ("I was a teacher.", "", "silence"),
        ]
        assert bench.services.counts.figures()["session_interruptions_backchannel"] == 1
        the_time_of_both_is_known(traced, found["turns"], interview_id)


def the_time_of_both_is_known(
    traced: list[Traced], turns: list[dict[str, Any]], interview_id: str
) -> None:
    (barge_in,) = [one for one in traced if isinstance(one, BargeInTrace)]
    answered = [one for one in traced if isinstance(one, TurnTrace)][-1]
    _, answer = turns
    assert barge_in.turn_id == turn_id_of(interview_id, answered.turn_epoch - 1)
    assert barge_in.stages[0].stage == "heard"
    assert barge_in.stages[0].length_s >= 0.24, "that is how long speech goes on before it counts"
    assert barge_in.length_s < 3.0
    began_s, ended_s = answered.speech_began_s, answered.speech_ended_s
    assert began_s is not None
    spoken_s = answer["end_s"] - answer["start_s"]
    assert ended_s - began_s == pytest.approx(spoken_s, abs=0.3), "as the log has it"
    assert began_s > barge_in.began_s + barge_in.length_s
    segments = [work for work in answered.works if work.work == "segment"]
    assert segments
    for segment in segments:
        assert began_s - 0.5 < segment.start_s < ended_s
        assert segment.start_s + segment.length_s < ended_s + 0.5, "with a little on both sides"


@pytest.mark.virtual_time
async def test_an_answer_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    speech = speak_wav("I was a teacher.", tmp_path / "speech.wav", rate=16_000)
    stt = ScriptedStt(["I was a teacher", "because I like it.", "And this is another."])
    async with open_bench(tmp_path, stt=stt, tts=Questions()) as bench:
        interview_id = await bench.interview(make_spec(2))
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.listening(1)
        say(guest, speech)
        await guest.sees("question", 2)
        say(guest, speech)
        await guest.sees("state", activity="listening", prompt_id="q1", number=1, count=2)
        await guest.sees("caption", 3, kind="question")
        assert questions(guest) == ["Question 1?", "Question 2?", "Question 2?"]
        await guest.sees("state", activity="listening", prompt_id="q2")
        say(guest, speech)
        await guest.sees("completed")
        await guest.candidate.leave()
        result = await bench.service.result(interview_id)
        first, second = result["answers"]
        assert first["text"] == "I was a teacher because I like it."
        assert [t["end_reason"] for t in first["turns"]] == ["cut_off_repaired", "silence"]
        assert (second["text"], second["status"]) == ("And this is another.", "answered")
        log = [entry.type for entry in await bench.services.log.read(interview_id)]
        assert log.count("round_advanced") == 2
