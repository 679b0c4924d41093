from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from media_server.audio.types import Pcm
from media_server.ports import EngineUnavailable, Transcription
from media_server.stt.engine import CannotTranscribe
from media_server.stt.failover import Failover
from media_server.stt.settings import SttSettings

PCM = np.zeros(16_000, np.int16)


class Scripted:
    """Does what `mood` says; counts what it was asked."""

    def __init__(self, name: str, mood: str = "fine") -> None:
        self.name = self.model = name
        self.notice = f"{name} notice."
        self.mood = mood
        self.asked = 0
        self.warmed = 0

    def warm_up(self) -> None:
        self.warmed += 1
        if self.mood == "missing":
            raise EngineUnavailable(f"{self.name} is missing")
        if self.mood == "broken":
            raise OSError

    def transcribe(
        self, pcm: Pcm, *, language: str, final: bool, glossary: Sequence[str]
    ) -> Transcription:
        self.asked += 1
        if self.mood == "raises":
            raise RuntimeError
        if self.mood == "refuses":
            raise CannotTranscribe("not this language")
        text = "" if self.mood in ("silent", "gated") else self.name
        rejected = "loop" if self.mood == "gated" else ""
        return Transcription(text, (), self.name, self.model, language, rejected=rejected)


class Bench:
    def __init__(self, *moods: str) -> None:
        self.engines = [Scripted(f"e{n}", mood) for n, mood in enumerate(moods)]
        self.now_s = 1000.0
        self.failover = Failover(
            SttSettings(recovery_probe_s=30.0), engines=self.engines, now_s=lambda: self.now_s
        )

    def ask(self, speech_ms: int = 2000) -> str:
        made = self.failover.transcribe_segment(
            PCM, language="en", final=True, glossary=(), speech_ms=speech_ms
        )
        return made.engine if made.text else ""


def test_the_first_that_works_is_used_and_named() -> None:
    bench = Bench("missing", "fine", "fine")
    bench.failover.warm_up()
    assert bench.failover.name == "e1"
    assert bench.ask() == "e1"
    assert bench.failover.notice == "e0 notice. e1 notice. e2 notice."


def test_failed_engine_rests_and_is_probed_again() -> None:
    bench = Bench("fine", "fine")
    bench.failover.warm_up()
    bench.engines[0].mood = "raises"
    assert [bench.ask(), bench.ask()] == ["e1", "e1"]
    assert bench.engines[0].asked == 1
    bench.engines[0].mood = "fine"
    bench.now_s += 29
    assert bench.ask() == "e1"
    bench.now_s += 1
    assert bench.ask() == "e0"
    assert bench.failover.name == "e0"


def test_engine_that_could_not_be_loaded_is_tried_later() -> None:
    bench = Bench("broken", "fine")
    bench.failover.warm_up()
    bench.engines[0].mood = "fine"
    assert bench.ask() == "e1"
    bench.now_s += 30
    assert bench.ask() == "e0"


def test_silence_of_an_engine_on_speech_is_a_failure() -> None:
    bench = Bench("silent", "fine")
    bench.failover.warm_up()
    assert [bench.ask() for _ in range(5)] == ["e1"] * 5
    assert bench.engines[0].asked == 3


@pytest.mark.parametrize(("mood", "speech_ms"), [("silent", 400), ("gated", 5000)])
def test_empty_for_a_reason_is_no_failure(mood: str, speech_ms: int) -> None:
    bench = Bench(mood, "fine")
    bench.failover.warm_up()
    assert bench.ask(speech_ms) == ""
    assert bench.engines[1].asked == 0


def test_empty_when_all_are_silent_and_error_when_all_fail() -> None:
    bench = Bench("silent", "silent")
    bench.failover.warm_up()
    assert bench.ask() == ""
    bench = Bench("fine", "fine")
    bench.failover.warm_up()
    for engine in bench.engines:
        engine.mood = "raises"
    for _ in range(3):
        with pytest.raises(RuntimeError):
            bench.ask()
    bench.engines[1].mood = "fine"
    assert bench.ask() == "e1", "with nothing better left, a resting engine is asked"


def test_job_that_one_engine_cannot_do_rests_nobody() -> None:
    bench = Bench("refuses", "fine")
    bench.failover.warm_up()
    assert [bench.ask(), bench.ask()] == ["e1", "e1"]
    assert bench.engines[0].asked == 2


def test_none_usable_names_every_reason() -> None:
    bench = Bench("missing", "broken")
    with pytest.raises(EngineUnavailable, match="e0 is missing; e1: OSError while loading"):
        bench.failover.warm_up()
