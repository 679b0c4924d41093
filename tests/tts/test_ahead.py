"""Clips that are made before they are due never keep anybody waiting who is there."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from media_server.ports import RawSpeech
from media_server.tts.settings import TtsSettings
from tests.support.waiting import until
from tests.tts.conftest import StartVoice


class Held:
    """Says what the file `go` allows, and notes each text when it is begun."""

    name, voice, detail, languages = "held", "one", "1", ("en",)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def voice_for(self, locale: str) -> str:
        return self.voice

    def synthesize(self, text: str, locale: str) -> RawSpeech:
        with (self.folder / "begun").open("a") as file:
            file.write(text + "\n")
        while not (self.folder / "go").exists():
            if (self.folder / "raise").exists():
                raise RuntimeError("as it was told")
            time.sleep(0.01)
        tone = np.sin(2 * np.pi * 440 * np.arange(8000) / 16_000)
        return RawSpeech((8000 * tone).astype(np.int16), 16_000)


def create(settings: TtsSettings) -> Held:
    assert settings.cache_dir is not None
    return Held(settings.cache_dir.parent)


def begun(folder: Path) -> list[str]:
    file = folder / "begun"
    return file.read_text().split("\n")[:-1] if file.exists() else []


OURS = f"{__name__}:create"


@pytest.fixture(autouse=True)
def no_other_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media_server.tts.factory.BUILT_IN", ())


async def test_what_somebody_waits_for_goes_first(start_voice: StartVoice, tmp_path: Path) -> None:
    voice = await start_voice(engine=OURS)
    first = voice._voices._hosts[0]
    ahead = []
    for number in range(4):
        text = f"Later {number}."
        ahead.append(asyncio.create_task(voice.prepare(text, locale="en", interview_id="iv_1")))
        await until(lambda: len(begun(tmp_path)) + len(first._later) == len(ahead))
    now = asyncio.create_task(voice.speak("Now.", locale="en", deadline_s=30))
    await until(lambda: len(first._jobs) == 1)
    again = asyncio.create_task(voice.speak("Later 3.", locale="en", deadline_s=30))
    await until(lambda: len(first._jobs) == 2)
    (tmp_path / "go").touch()
    assert (await now).text == "Now."
    assert (await again).text == "Later 3."
    assert await asyncio.gather(*ahead) == [True] * 4
    assert begun(tmp_path) == ["Later 0.", "Now.", "Later 3.", "Later 1.", "Later 2."]


async def test_due_texts_come_from_the_disk_and_memory_is_left_alone(
    start_voice: StartVoice, tmp_path: Path
) -> None:
    (tmp_path / "go").touch()
    voice = await start_voice(engine=OURS)
    assert await voice.prepare("One.", locale="en", interview_id="iv_1")
    assert await voice.prepare("One.", locale="en", interview_id="iv_2"), "made by nobody again"
    assert not voice._memory
    await voice.speak("One.", locale="en", deadline_s=30, interview_id="iv_2")
    assert begun(tmp_path) == ["One."]
    assert voice.counters == {"memory": 0, "disk": 1, "made": 0, "ahead": 1, "failed": 0}
    assert not await voice.prepare("Eins.", locale="de"), "no voice, no failure"


async def test_it_goes_with_its_interview_also_while_it_is_made(
    start_voice: StartVoice, tmp_path: Path
) -> None:
    voice = await start_voice(engine=OURS)
    waiting = asyncio.create_task(voice.prepare("One.", locale="en", interview_id="iv_1"))
    await until(lambda: begun(tmp_path))
    await voice.erase("iv_1")
    (tmp_path / "go").touch()
    await waiting
    await until(lambda: not voice._disk._running)
    assert not list((tmp_path / "speech").rglob("*.clip"))


async def test_a_locale_without_a_voice_is_in_the_log_once(
    start_voice: StartVoice, caplog: pytest.LogCaptureFixture
) -> None:
    voice = await start_voice(engine="off")
    for _ in range(2):
        assert not await voice.prepare("Eins.", locale="de")
    assert sum("candidates read the questions" in line for line in caplog.messages) == 1


async def test_a_long_text_gives_way_after_its_sentence(
    start_voice: StartVoice, tmp_path: Path
) -> None:
    voice = await start_voice(engine=OURS)
    host = voice._voices._hosts[0]
    text = "One. Two. Three."
    ahead = asyncio.create_task(voice.prepare(text, locale="en", interview_id="iv_1"))
    await until(lambda: begun(tmp_path))
    assert not host.busy, "nobody waits"
    now = asyncio.create_task(voice.speak("Now. At once.", locale="en", deadline_s=30))
    await until(lambda: host.busy)
    (tmp_path / "go").touch()
    await now
    assert await ahead
    assert begun(tmp_path) == ["One.", "Now.", "At once.", "Two.", "Three."]
    clip = await voice.speak(text, locale="en", deadline_s=30)
    assert len(clip.sentences) == 3
    assert clip.duration_s > 1.5


async def test_what_is_being_made_and_now_waited_for_gives_way_no_more(
    start_voice: StartVoice, tmp_path: Path
) -> None:
    voice = await start_voice(engine=OURS)
    host = voice._voices._hosts[0]
    text = "One. Two."
    ahead = asyncio.create_task(voice.prepare(text, locale="en", interview_id="iv_1"))
    await until(lambda: begun(tmp_path))
    same = asyncio.create_task(voice.speak(text, locale="en", deadline_s=30))
    await until(lambda: host.busy)
    other = asyncio.create_task(voice.speak("Other.", locale="en", deadline_s=30))
    await until(lambda: len(host._jobs) == 1)
    (tmp_path / "go").touch()
    await asyncio.gather(same, other, ahead)
    assert begun(tmp_path) == ["One.", "Two.", "Other."]


@pytest.mark.parametrize("how", ["hangs", "raises"])
async def test_no_voice_rests_for_what_nobody_waits_for(
    start_voice: StartVoice, tmp_path: Path, how: str
) -> None:
    voice = await start_voice(engine=OURS)
    host = voice._voices._hosts[0]
    if how == "raises":
        (tmp_path / "raise").touch()
    else:
        host._job_timeout_s = 0.2
    assert not await voice.prepare("One.", locale="en", interview_id="iv_1")
    assert voice.figures()["faults"] == 0
    assert voice.notice == ""
    host._job_timeout_s = 30.0
    (tmp_path / "raise").unlink(missing_ok=True)
    (tmp_path / "go").touch()
    await until(lambda: host._started)
    assert await voice.prepare("One.", locale="en", interview_id="iv_1")


async def test_nothing_is_made_while_the_first_voice_rests(
    start_voice: StartVoice, tmp_path: Path
) -> None:
    """Another one's clip would not be heard once it is back."""
    (tmp_path / "go").touch()
    voice = await start_voice(engine=OURS)
    assert await voice.prepare("One.", locale="en", interview_id="iv_1")
    voice._voices._resting["held"] = "a test"
    assert await voice.prepare("One.", locale="en", interview_id="iv_1"), "it is heard all the same"
    assert not await voice.prepare("Two.", locale="en", interview_id="iv_1")
    assert begun(tmp_path) == ["One."]


async def test_a_disk_that_takes_nothing_is_said_and_tried_once_a_minute(
    start_voice: StartVoice, tmp_path: Path
) -> None:
    (tmp_path / "go").touch()
    voice = await start_voice(engine=OURS)
    owners = tmp_path / "speech" / "of"
    shutil.rmtree(owners)
    owners.touch()
    assert not await voice.prepare("One.", locale="en", interview_id="iv_1")
    assert not await voice.prepare("Two.", locale="en", interview_id="iv_1")
    assert begun(tmp_path) == ["One."]
    await voice.speak("One.", locale="en", deadline_s=30, interview_id="iv_1")
    assert begun(tmp_path) == ["One."], "what was made is not made again"
    owners.unlink()
    voice._disk_tried_s -= 60.0
    assert await voice.prepare("Two.", locale="en", interview_id="iv_1")
    assert await voice.prepare("Three.", locale="en", interview_id="iv_1")
