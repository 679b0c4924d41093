"""The candidate's voice is another than the bot's, and the same text sounds the same."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from media_server.tools import candidate_voice
from media_server.tools.candidate_voice import ENGLISH, LOWER, Choice, choices
from media_server.tts.engine import EngineInfo
from media_server.tts.host import ChildHost
from media_server.tts.settings import TtsSettings

needs_flite = pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")


def info(name: str, voice: str) -> EngineInfo:
    return EngineInfo(name, voice, "", ("en",))


@pytest.mark.parametrize(
    ("bot", "lowered"),
    [
        (info("flite", "slt"), Choice("flite", "slt")),
        (info("espeak-ng", "en-us"), Choice("espeak", "en-us")),
        (info("hibari", "heart"), Choice("hibari", "heart")),
        (None, None),
    ],
)
def test_the_bots_own_voice_is_lowered(bot: EngineInfo | None, lowered: Choice | None) -> None:
    tried = list(choices((), bot, "en-GB"))
    assert [replace(choice, pitch=1.0) for choice in tried] == list(ENGLISH)
    changed = [replace(choice, pitch=1.0) for choice in tried if choice.pitch == LOWER]
    assert changed == ([lowered] if lowered else [])


def test_other_languages_are_spoken_by_the_servers_engines() -> None:
    assert list(choices(("hibari", "espeak"), info("espeak-ng", "de"), "de")) == [
        Choice("hibari"),
        Choice("espeak", pitch=LOWER),
    ]


@needs_flite
async def test_beside_flite_speaks_another_of_its_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        candidate_voice, "ENGLISH", tuple(c for c in ENGLISH if c.engine == "flite")
    )
    voice = await candidate_voice.find(TtsSettings(engine="flite"), "en")
    assert voice is not None
    try:
        assert voice.describe() == "flite rms"
        text = "One is short. Two is a little longer."
        (pcm, rate), (again, _) = await voice.say(text), await voice.say(text)
        assert rate == candidate_voice.RATE
        assert np.array_equal(pcm, again)
        assert longest_silence_s(pcm, rate) > candidate_voice.SHORTEST_PAUSE_S
        assert longest_silence_s(pcm, rate) < 1.5, "no end of a turn"
    finally:
        await voice.close()


@needs_flite
async def test_no_voice_for_a_language_is_none() -> None:
    assert await candidate_voice.find(TtsSettings(engine="flite"), "tlh") is None


def longest_silence_s(pcm: np.ndarray[tuple[int], np.dtype[np.int16]], rate: int) -> float:
    frame = rate // 100
    quiet = np.abs(pcm[: len(pcm) // frame * frame].reshape(-1, frame)).max(axis=1) < 200
    longest = run = 0
    for is_quiet in quiet:
        run = run + 1 if is_quiet else 0
        longest = max(longest, run)
    return longest / 100


@needs_flite
async def test_the_bots_voice_is_found_without_loading_all_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded: list[tuple[str, ...]] = []
    make = candidate_voice._host

    def noted(order: tuple[str, ...], settings: TtsSettings) -> ChildHost:
        loaded.append(order)
        return make(order, settings)

    monkeypatch.setattr(candidate_voice, "_host", noted)
    found = await candidate_voice._bot(("piper", "flite", "espeak"), TtsSettings(), "en")
    assert found is not None
    assert found.name == "flite"
    assert loaded == [("piper",), ("flite",)]
