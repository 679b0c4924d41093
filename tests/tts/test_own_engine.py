"""A voice of somebody else: one file, named in the settings by `package.module:factory`."""

from __future__ import annotations

import numpy as np
import pytest

from media_server.ports import EngineUnavailable, RawSpeech
from media_server.tts.factory import check, engine_order
from media_server.tts.settings import TtsSettings
from tests.tts.conftest import StartVoice

OURS = f"{__name__}:create"
TONE_S = 0.4


class Tone:
    """Says everything as one tone, of the voice's height."""

    name = "tone"
    detail = "1"
    languages = ("en", "de")

    def __init__(self, voice: str) -> None:
        self.voice = voice or "high"

    def voice_for(self, locale: str) -> str:
        if locale.partition("-")[0].lower() not in self.languages:
            raise EngineUnavailable(f"the tone does not speak {locale}")
        return self.voice

    def synthesize(self, text: str, locale: str) -> RawSpeech:
        rate_hz = 16_000
        time_s = np.arange(int(TONE_S * rate_hz)) / rate_hz
        wave = np.sin(2 * np.pi * (220 if self.voice == "low" else 880) * time_s)
        return RawSpeech((wave * 8000).astype(np.int16), rate_hz)


def create(settings: TtsSettings) -> Tone:
    return Tone(settings.voice)


async def test_voice_by_its_dotted_name_is_heard_through_the_child(
    start_voice: StartVoice,
) -> None:
    voice = await start_voice(engine=OURS, voice="low", speed=1.5)
    clip = await voice.speak("Hallo. Guten Tag.", locale="de-AT", deadline_s=20)
    assert (clip.engine, clip.voice) == ("tone", "low")
    assert len(clip.packets) >= 2 * TONE_S / 0.02, "two sentences"
    assert "tone low" in voice.describe()
    assert voice.describe(details=False).startswith("tone low")
    assert len(voice.describe(details=False)) < len(voice.describe())


async def test_others_stand_by_for_a_voice_that_cannot_be_loaded(
    start_voice: StartVoice,
) -> None:
    missing = f"{__name__}:nobody"
    assert engine_order(TtsSettings(engine=missing)) == (missing, "hibari", "flite", "espeak")
    (first, *_) = check(TtsSettings(engine=missing))
    assert (first.name, first.level) == (missing, "warn")
    assert "has no nobody" in first.mend
    assert check(TtsSettings(engine=OURS))[0].level == "ok"
    voice = await start_voice(engine=missing)
    assert (await voice.speak("Hello.", locale="en", deadline_s=20)).engine == "hibari"
    assert "has no nobody" in voice.describe()


@pytest.mark.parametrize("name", ["nobody", "tests.tts:", ":create", "a b:c", ""])
def test_unknown_name_is_refused_with_what_there_is(name: str) -> None:
    names = "auto, piper, kokoro, hibari, flite, espeak, off"
    with pytest.raises(ValueError, match=rf"^tts engine .* use {names}, or"):
        TtsSettings(engine=name)
