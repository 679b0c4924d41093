"""Piper as it is called (piper-tts 1.8), by a stand-in that works, fails, hangs and dies on order.

The stand-in is a package called `piper` on PYTHONPATH of the real child process; what it does is
written in a file, so that it can mend itself in mid-test.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from media_server.ports import SpeechUnavailable
from media_server.tts.factory import check, engine_order
from media_server.tts.host import ChildHost
from media_server.tts.service import SpeechService
from media_server.tts.settings import TtsSettings
from tests.support.waiting import until
from tests.tts.conftest import StartVoice, require_espeak

PIPER = """
import os, pathlib, signal, time
from dataclasses import dataclass
import numpy as np

def obey(when):
    order = (pathlib.Path(__file__).parent / "order").read_text()
    with (pathlib.Path(__file__).parent / "asked").open("a") as asked:
        asked.write(when + "\\n")
    if when + " raises" in order:
        raise ValueError("canary")
    if when + " hangs" in order:
        time.sleep(300)
    if when + " kills" in order:
        os.kill(os.getpid(), signal.SIGKILL)
    if when + " exits" in order:
        raise SystemExit(1)
    return order

(pathlib.Path(__file__).parent / "environment").write_text(
    os.environ.get("ORT_DISABLE_TELEMETRY", "") + os.environ.get("HF_HUB_OFFLINE", "")
)

@dataclass
class SynthesisConfig:
    length_scale: float = None

@dataclass
class AudioChunk:
    sample_rate: int
    sample_width: int
    sample_channels: int
    audio_float_array: np.ndarray

    @property
    def audio_int16_bytes(self):
        return (self.audio_float_array * 32767).astype(np.int16).tobytes()

class PiperVoice:
    @staticmethod
    def load(model_path, config_path=None, use_cuda=False, download_dir="elsewhere"):
        obey("load")
        (pathlib.Path(__file__).parent / "download_dir").write_text(download_dir)
        return PiperVoice()

    def synthesize(self, text, syn_config=None):
        with (pathlib.Path(__file__).parent / "texts").open("a") as texts:
            texts.write(text + "\\n")
        if obey("text") == "text silent":
            return
        tone = np.sin(np.arange(22_050) * (2 * np.pi * 220 / 22_050)).astype(np.float32)
        yield AudioChunk(22_050, 2, 1, tone * 0.5 * syn_config.length_scale / 1.05)
"""


class Piper:
    def __init__(self, folder: Path) -> None:
        self.model = folder / "en_GB-stub-medium.onnx"
        self.model.write_bytes(bytes(200_000))
        description = {"audio": {"sample_rate": 22_050}, "language": {"code": "en_GB"}}
        self.model.with_name(self.model.name + ".json").write_text(json.dumps(description))
        self.package = folder / "packages" / "piper"
        self.package.mkdir(parents=True)
        (self.package / "__init__.py").write_text(PIPER)
        self.order("works")

    def order(self, what: str) -> None:
        (self.package / "order").write_text(what)

    def texts(self) -> list[str]:
        """What it was to say, what it failed at included."""
        return (self.package / "texts").read_text().splitlines()


@pytest.fixture
def piper(tmp_path: Path, without_hibari: Path, monkeypatch: pytest.MonkeyPatch) -> Piper:
    require_espeak()
    stub = Piper(tmp_path)
    assert stub.package.parent == without_hibari
    # So that the stand-in is espeak-ng everywhere: test_voice.py has the others.
    monkeypatch.setenv("PATH", str(tmp_path))
    return stub


def impatient_with_piper(spawn: Any) -> Any:
    async def quickly(host: ChildHost) -> Any:
        if host._hello["order"] == ["piper"]:
            host._start_timeout_s = 2.0
        return await spawn(host)

    return quickly


async def until_it_speaks_again(voice: SpeechService) -> None:
    await until(lambda: not voice.notice)


@pytest.mark.parametrize("engine", ["auto", "piper"])
async def test_it_speaks(start_voice: StartVoice, piper: Piper, engine: str) -> None:
    voice = await start_voice(engine=engine, piper_model=piper.model)
    clip = await voice.speak("Hello. And again.", locale="en", deadline_s=20)
    assert (clip.engine, clip.voice) == ("piper", "en_GB-stub-medium")
    assert clip.duration_s > 2
    assert (await voice.speak("Hallo.", locale="de", deadline_s=20)).engine == "espeak-ng"
    assert voice.notice == ""
    assert voice.describe().startswith("piper en_GB-stub-medium")
    environment = (piper.package / "environment").read_text()
    assert environment == "11", "its libraries neither report home nor fetch anything"


@pytest.mark.parametrize("engine", ["auto", "piper"])
@pytest.mark.parametrize("how", ["raises", "hangs", "kills", "exits"])
async def test_the_next_voice_speaks_until_it_works_again(
    start_voice: StartVoice, piper: Piper, how: str, engine: str
) -> None:
    voice = await start_voice(engine=engine, piper_model=piper.model, job_timeout_s=60.0)
    voice._voices._rest_s = 0.3
    assert (await voice.speak("Hello.", locale="en", deadline_s=60)).engine == "piper"
    host = voice._voices._hosts[0]
    if how == "hangs":
        host._job_timeout_s = 3.0
    piper.order(f"text {how}")
    assert (await voice.speak("First.", locale="en", deadline_s=20)).engine == "espeak-ng"
    assert "the voice piper rests" in voice.notice
    assert "the voice piper rests" in voice.describe()
    assert "canary" not in voice.notice
    assert (await voice.speak("Second.", locale="en", deadline_s=20)).engine == "espeak-ng"
    assert "Hello." in piper.texts()
    assert "Second." not in piper.texts(), "a probe at most, not this text"
    piper.order("works")
    host._job_timeout_s = 60.0
    await until_it_speaks_again(voice)
    assert (await voice.speak("Third.", locale="en", deadline_s=60)).engine == "piper"
    assert voice._voices.counters["faults"] == 1
    assert voice._voices.counters["recovered"] == 1


async def test_a_hang_leaves_time_for_the_next_voice(start_voice: StartVoice, piper: Piper) -> None:
    """Long before Piper is taken for hung, and for all who wait for it."""
    voice = await start_voice(piper_model=piper.model, job_timeout_s=120.0)
    piper.order("text hangs")
    clips = await asyncio.gather(
        *(voice.speak(f"Number {n}.", locale="en", deadline_s=20.0) for n in range(4))
    )
    assert {clip.engine for clip in clips} == {"espeak-ng"}
    assert voice.notice == "", "it may still answer"


@pytest.mark.parametrize("how", ["raises", "kills", "exits", "hangs"])
async def test_a_piper_that_does_not_load(
    start_voice: StartVoice, piper: Piper, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    piper.order(f"load {how}")
    if how == "hangs":
        # For Piper alone: the voices that stand by need a start, too, and the machine may be busy.
        monkeypatch.setattr(ChildHost, "_spawn", impatient_with_piper(ChildHost._spawn))
    voice = await start_voice(engine="piper", piper_model=piper.model)
    assert (await voice.speak("Hello.", locale="en", deadline_s=20)).engine == "espeak-ng"
    assert voice.notice


async def test_what_comes_back_without_piper_is_loaded_anew(
    start_voice: StartVoice, piper: Piper
) -> None:
    voice = await start_voice(piper_model=piper.model)
    voice._voices._rest_s = 0.3
    host = voice._voices._hosts[0]
    piper.order("text kills, load raises")
    assert (await voice.speak("Hello.", locale="en", deadline_s=20)).engine == "espeak-ng"
    await until(lambda: not host.engines)
    piper.order("works")
    await until_it_speaks_again(voice)
    assert (await voice.speak("Again.", locale="en", deadline_s=20)).engine == "piper"


async def test_a_text_without_sound_is_not_its_fault(start_voice: StartVoice, piper: Piper) -> None:
    voice = await start_voice(piper_model=piper.model)
    piper.order("text silent")
    assert (await voice.speak("Hello.", locale="en", deadline_s=20)).engine == "espeak-ng"
    assert voice.notice == ""
    with pytest.raises(SpeechUnavailable, match="nothing to say"):
        await voice.speak("...", locale="en", deadline_s=20)
    assert voice.notice == ""


async def test_without_any_other_voice_it_is_asked_all_the_same(
    start_voice: StartVoice, piper: Piper, monkeypatch: pytest.MonkeyPatch
) -> None:
    (piper.package.parent / "espeakng_loader.py").write_text("raise ImportError")
    voice = await start_voice(piper_model=piper.model)
    piper.order("text raises")
    for text in ("One.", "Two."):
        with pytest.raises(SpeechUnavailable, match="the engine failed: RuntimeError"):
            await voice.speak(text, locale="en", deadline_s=20)
    piper.order("works")
    assert (await voice.speak("Three.", locale="en", deadline_s=20)).engine == "piper"


@pytest.mark.parametrize("cached", ["in memory", "on disk"])
async def test_what_it_has_said_is_heard_while_it_rests_and_while_it_is_down(
    start_voice: StartVoice, piper: Piper, cached: str
) -> None:
    memory = {} if cached == "in memory" else {"memory_bytes": 0}
    voice = await start_voice(piper_model=piper.model, **memory)
    clip = await voice.speak("Hello.", locale="en", deadline_s=20)
    assert clip.engine == "piper"
    piper.order("text raises, load exits")
    other = await voice.speak("First.", locale="en", deadline_s=20)
    assert other.engine == "espeak-ng"
    assert "rests" in voice.notice
    assert await voice.speak("Hello.", locale="en", deadline_s=20) == clip
    host = voice._voices._hosts[0]
    host.restart()
    await until(lambda: not host.engines or host.problem)
    assert await voice.speak("Hello.", locale="en", deadline_s=20) == clip
    host.problem = "the speech process does not start: it ended"
    assert await voice.speak("Hello.", locale="en", deadline_s=20) == clip
    assert await voice.speak("First.", locale="en", deadline_s=20) == other


async def test_what_another_has_said_for_it_is_its_own_again_when_it_works(
    start_voice: StartVoice, piper: Piper
) -> None:
    voice = await start_voice(piper_model=piper.model)
    voice._voices._rest_s = 0.3
    piper.order("text raises")
    clip = await voice.speak("Hello.", locale="en", deadline_s=20)
    assert clip.engine == "espeak-ng"
    piper.order("works")
    await until_it_speaks_again(voice)
    assert (await voice.speak("Hello.", locale="en", deadline_s=20)).engine == "piper"


async def test_many_that_wait_for_the_disk_get_one_clip(
    start_voice: StartVoice, piper: Piper
) -> None:
    first = await start_voice(piper_model=piper.model)
    await first.speak("Hello.", locale="en", deadline_s=20)
    second = await start_voice(piper_model=piper.model)
    clips = await asyncio.gather(
        *(second.speak("Hello.", locale="en", deadline_s=20) for _ in range(100))
    )
    assert all(clip is clips[0] for clip in clips)
    assert second.counters == {"memory": 0, "disk": 1, "made": 0, "ahead": 0, "failed": 0}


@pytest.mark.parametrize(
    "description",
    [
        [],
        {"audio": {"sample_rate": 22_050}, "language": "en"},
        {"audio": {"sample_rate": 22_050}, "language": {}, "espeak": "en"},
        {"audio": {"sample_rate": float("inf")}, "language": {"code": "en"}},
    ],
)
def test_a_description_of_another_kind_is_named(piper: Piper, description: object) -> None:
    piper.model.with_name(piper.model.name + ".json").write_text(json.dumps(description))
    found = {one.name: one for one in check(TtsSettings(piper_model=piper.model))}
    assert "is not the description of a Piper voice" in found["piper"].mend


async def test_close_while_it_rests(start_voice: StartVoice, piper: Piper) -> None:
    voice = await start_voice(piper_model=piper.model)
    piper.order("text raises")
    await voice.speak("Hello.", locale="en", deadline_s=20)
    await voice.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("speech")]


async def test_a_voice_that_would_download_a_part_is_not_used_without_it(
    start_voice: StartVoice, piper: Piper
) -> None:
    config = piper.model.with_name(piper.model.name + ".json")
    config.write_text(json.dumps(json.loads(config.read_text()) | {"phoneme_type": "pinyin"}))
    voice = await start_voice(piper_model=piper.model)
    assert (await voice.speak("Hello.", locale="en", deadline_s=20)).engine == "espeak-ng"
    assert "needs g2pW/g2pw.onnx beside it" in voice.notice
    part = piper.model.parent / "g2pW" / "g2pw.onnx"
    part.parent.mkdir()
    part.touch()
    voice = await start_voice(piper_model=piper.model)
    assert (await voice.speak("Another.", locale="en", deadline_s=20)).engine == "piper"
    assert (piper.package / "download_dir").read_text() == str(piper.model.parent)


def test_order_and_findings(piper: Piper) -> None:
    settings = TtsSettings(engine="piper", piper_model=piper.model)
    assert engine_order(settings) == ("piper", "hibari", "flite", "espeak")
    found = {finding.name: finding for finding in check(settings)}
    assert (found["piper"].level, found["piper"].what) == ("warn", "not installed")
    assert found["espeak"].level == "ok"
