"""A model that is too slow for the machine, by what a worker measures, and what follows."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from media_server.ports import (
    EngineUnavailable,
    SttCapabilities,
    SttEngine,
    SttRequest,
    Transcription,
)
from media_server.stt import speed
from media_server.stt.engines.faster_whisper import FasterWhisper
from media_server.stt.engines.measured import Measured
from media_server.stt.engines.registry import create_engines
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.settings import SttSettings
from media_server.stt.whisper_files import missing_files
from tests.support.real_models import real_model

WHOLE = Path(__file__).parents[2] / "fixtures" / "tiny-whisper"


class Fake:
    """Says which model it is."""

    name = "fake"
    notice = ""
    capabilities = SttCapabilities()
    warmed: list[str]

    def __init__(self, settings: SttSettings) -> None:
        self.model = Path(settings.model_dir).name

    def prepare(self) -> bool:
        return False

    def warm_up(self) -> None:
        self.warmed.append(self.model)

    def transcribe(self, requests: Sequence[SttRequest]) -> list[Transcription | Exception]:
        return [Transcription(self.model, (), self.name, self.model, r.language) for r in requests]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    Fake.warmed = []
    monkeypatch.setattr(speed, "remarks", [])


@pytest.fixture
def settings(tmp_path: Path) -> SttSettings:
    for name in ("base", "tiny.en"):
        shutil.copytree(WHOLE, tmp_path / name)
    return SttSettings(
        engine="faster-whisper",
        model_dir=str(tmp_path / "base"),
        slow_model_dir=str(tmp_path / "tiny.en"),
        slow_cpu_s=0.5,
    )


def warm(settings: SttSettings, cost: float) -> Measured:
    engine = Measured(settings, Fake, lambda *_: cost)
    engine.warm_up()
    return engine


def heard(engine: SttEngine, *languages: str) -> list[str]:
    pcm = np.ones(160, np.int16)
    made = engine.transcribe([SttRequest(pcm, language, final=True) for language in languages])
    return [one.text for one in made if isinstance(one, Transcription)]


def test_a_fast_machine_keeps_the_model_and_loads_no_other(settings: SttSettings) -> None:
    engine = warm(settings, 0.5)
    assert heard(engine, "en-US", "de", "auto") == ["base"] * 3
    assert (engine.model, Fake.warmed, speed.remarks) == ("base", ["base"], [])


def test_a_slow_machine_takes_the_small_one_for_english_and_says_so(settings: SttSettings) -> None:
    engine = warm(settings, 0.81)
    assert heard(engine, "en-US", "de", "en") == ["tiny.en", "base", "tiny.en"]
    assert engine.model == "tiny.en"
    (remark,) = speed.remarks
    assert "takes 0.81 s of CPU per second of speech, so English is left to" in remark


def test_where_all_is_english_the_slow_model_is_not_loaded_again(settings: SttSettings) -> None:
    english = dataclasses.replace(settings, language="en-GB")
    warm(english, 0.81)
    Fake.warmed.clear()
    engine = warm(english, 0.1)
    assert heard(engine, "en") == ["tiny.en"]
    assert Fake.warmed == ["tiny.en"], "the figure was remembered, not measured again"


def test_without_a_small_model_the_slow_one_goes_on_and_the_command_is_said(
    settings: SttSettings, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "tiny.en")
    engine = warm(settings, 0.81)
    assert heard(engine, "en") == ["base"]
    assert "`media-server models pull tiny.en`" in speed.remarks[0]


def test_a_small_model_that_cannot_be_read_is_said(settings: SttSettings, tmp_path: Path) -> None:
    """The system refuses so long a name as it does a folder of another user."""
    refused = dataclasses.replace(settings, slow_model_dir=str(tmp_path / ("x" * 300)))

    class Refusing(Fake):
        def warm_up(self) -> None:
            if problems := missing_files(str(tmp_path / self.model)):
                raise EngineUnavailable(problems[0])
            super().warm_up()

    engine = Measured(refused, Refusing, lambda *_: 0.81)
    engine.warm_up()
    assert heard(engine, "en") == ["base"]
    assert "the smaller model cannot be used" in speed.remarks[0]
    assert "File name too long" in speed.remarks[0]


def test_what_cannot_be_measured_is_not_too_slow(settings: SttSettings) -> None:
    def broken(*_: object) -> float:
        raise RuntimeError

    engine = Measured(settings, Fake, broken)
    engine.warm_up()
    assert heard(engine, "en") == ["base"]
    assert speed.remarks == ["Whisper base could not be measured: RuntimeError"]


def test_the_first_to_measure_decides_for_all(settings: SttSettings) -> None:
    assert speed.remember(settings, 0.2) == 0.2
    assert speed.remember(settings, 0.9) == 0.2
    assert speed.remember(settings, 0.9, again=True) == 0.9
    assert speed.remembered(settings) == 0.9
    # Slow because others were busy: asked again after a day. Fast is fast.
    path = Path(settings.model_dir) / ".speed.json"
    old_s = time.time() - speed.SLOW_S - 60
    os.utime(path, (old_s, old_s))
    assert speed.remembered(settings) is None
    assert speed.remembered(dataclasses.replace(settings, slow_cpu_s=1.0)) == 0.9


@pytest.mark.parametrize("spoilt", ["", "{}", "[1]", '{"cpu_per_s": "x", "of": ""}', "x" * 5000])
def test_a_spoilt_note_is_no_note(settings: SttSettings, spoilt: str) -> None:
    speed.remember(settings, 0.2)
    (Path(settings.model_dir) / ".speed.json").write_text(spoilt)
    assert speed.remembered(settings) is None
    assert speed.remember(settings, 0.3) == 0.3
    assert speed.remembered(settings) == 0.3


def test_other_conditions_are_measured_again(settings: SttSettings) -> None:
    speed.remember(settings, 0.2)
    assert speed.remembered(dataclasses.replace(settings, threads=4)) is None


def test_where_nothing_can_be_written_the_own_figure_counts(tmp_path: Path) -> None:
    settings = SttSettings(model_dir=str(tmp_path / "nowhere"))
    assert speed.remember(settings, 0.4) == 0.4


def test_a_figure_is_measured_on_the_sentence() -> None:
    pcm = speed.sentence()
    assert 4.0 < pcm.size / 16_000 < 5.0
    assert 5000 < np.abs(pcm).max() < 25_000
    assert speed.candidates(0.078) == 8


def test_a_start_measures_once_where_the_first_run_is_quick() -> None:
    asked: list[int] = []

    class Counting(Fake):
        def transcribe(self, requests: Sequence[SttRequest]) -> list[Transcription | Exception]:
            asked.append(len(requests))
            return super().transcribe(requests)

    speed.measure(Counting(SttSettings()), 0.5)
    assert asked == [1]
    speed.measure(Counting(SttSettings()))
    assert asked == [1] * (1 + speed.RUNS)


async def test_the_server_hears_of_it_from_the_worker(
    settings: SttSettings, caplog: pytest.LogCaptureFixture
) -> None:
    pool = LocalSpeechToText(dataclasses.replace(settings, slow_cpu_s=0.001))
    try:
        await pool.start()
        assert pool.status().model == "tiny.en"
        assert "Whisper base is too slow for this machine" in caplog.text
    finally:
        await pool.close()


def test_the_real_model_understands_the_sentence() -> None:
    folder = real_model("whisper", "tiny.en")
    engine = create_engines(SttSettings(engine="faster-whisper", model_dir=str(folder)))
    assert isinstance(engine, FasterWhisper)
    engine.warm_up()
    assert 0.001 < speed.measure(engine) < 10
    request = SttRequest(speed.sentence(), "en", final=True, speech_ms=4000)
    (made,) = engine.transcribe([request])
    assert isinstance(made, Transcription)
    assert "builds software for hospitals" in made.text
