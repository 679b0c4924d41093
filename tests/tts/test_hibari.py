"""The voice that is in the lock: what it reads, and what it refuses without being at fault."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from media_server.ports import EngineUnavailable, SpeechUnavailable
from media_server.tts.child import load_engines, synthesize
from media_server.tts.factory import check, processes
from media_server.tts.hibari import HibariEngine
from media_server.tts.settings import TtsSettings
from tests.tts.conftest import StartVoice, require_espeak


@pytest.fixture(scope="module")
def hibari() -> HibariEngine:
    return HibariEngine()


@pytest.mark.parametrize(
    "text",
    [
        "Your order is 4111111111111111, or 0" + "123456789" * 4 + ".",
        "See https://example.com/a?b=1 and mail jo@example.org, e.g. today.",
        "C# and C++ at 3.5 GHz, 95% of 10^6 requests/s, $1.5M vs €3k, v2.3.1-rc4.",
        "Mixed 日本語, Привет and English.",
        "x" * 400,
        "¿Größe? Ça va \u2013 naïve…",
        "½ ¾ x² m³ 10⁻³ ٣٤٥ Ⅷ",
        "Dr.",
    ],
)
def test_odd_texts_are_spoken(hibari: HibariEngine, text: str) -> None:
    assert len(synthesize(hibari, text, "en").packets) > 20


def test_a_sentence_of_numbers_takes_several_passes(hibari: HibariEngine) -> None:
    """An onnx pass has a longest text; digits become far more sounds than they are signs."""
    speech = hibari.synthesize("7777777 " * 20, "en")
    assert speech.samples.size / speech.sample_rate > 20


@pytest.mark.parametrize("text", ["日本語の質問は何ですか?", "ﷺ", "한국어"])
def test_a_script_it_does_not_know_is_left_to_the_next_voice(
    hibari: HibariEngine, text: str
) -> None:
    with pytest.raises(ValueError, match="no sound for this text"):
        hibari.synthesize(text, "en")


@pytest.mark.parametrize("text", ["", "...", "?!", "--", "🙂", "((("])
def test_nothing_to_say(hibari: HibariEngine, text: str) -> None:
    with pytest.raises(ValueError, match="nothing to say"):
        synthesize(hibari, text, "en")


def test_what_its_reader_chokes_on_is_no_fault_of_the_voice(
    hibari: HibariEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choke(_text: str) -> list[str]:
        raise IndexError

    monkeypatch.setattr(hibari._models["heart"], "phonemize", choke)
    with pytest.raises(ValueError, match="cannot read this text: IndexError"):
        hibari.synthesize("Hello.", "en")


def test_speed_is_the_pace(hibari: HibariEngine) -> None:
    text = "Tell me about a project that you are proud of."
    fast = HibariEngine(speed=1.6).synthesize(text, "en").samples.size
    assert fast == pytest.approx(hibari.synthesize(text, "en").samples.size / 1.6, rel=0.1)


def test_no_clipping(hibari: HibariEngine) -> None:
    samples = hibari.synthesize("Tell me about a project that you are proud of.", "en").samples
    assert 0.05 < np.max(np.abs(samples)) / 32_768 < 1.0


def test_british_speech_is_the_american_voice_where_no_other_is(
    hibari: HibariEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert (hibari.voice_for("en"), hibari.voice_for("en-GB")) == ("heart", "heart")
    with pytest.raises(EngineUnavailable, match="does not speak de"):
        hibari.voice_for("de")
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    (tmp_path / "bf_emma.int8.onnx").write_bytes(b"another file than the package names")
    assert "emma" not in HibariEngine().detail, "the digest decides"


def test_a_voice_that_is_not_here_is_never_fetched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fetch(*_: object) -> None:
        raise AssertionError("it went to the network")

    monkeypatch.setattr("hibari.voices.download", fetch)
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    settings = TtsSettings(engine="hibari", voice="emma")
    engines, problems = load_engines(["hibari"], settings)
    assert not engines
    assert f"put its file at {tmp_path}" in problems["hibari"]
    _, problems = load_engines(["hibari"], TtsSettings(engine="hibari", voice="nobody"))
    assert "has no voice 'nobody'; it has heart" in problems["hibari"]


def test_each_has_a_process_of_its_own_but_the_small_ones() -> None:
    assert processes(("piper", "hibari", "flite", "espeak")) == [
        ("piper",), ("hibari",), ("flite", "espeak"),
    ]  # fmt: skip
    assert processes(("espeak",)) == [("espeak",)]
    assert processes(()) == [()]


def test_doctor_names_it() -> None:
    (first, *_) = check(TtsSettings())
    assert (first.name, first.level) == ("hibari", "ok")


# --- among the others ---


async def test_auto_takes_hibari_for_english_and_espeak_for_the_rest(
    start_voice: StartVoice,
) -> None:
    require_espeak()
    voice = await start_voice()
    assert (await voice.speak("Hello.", locale="en", deadline_s=20)).engine == "hibari"
    assert (await voice.speak("Hallo.", locale="de", deadline_s=20)).engine == "espeak-ng"
    assert voice.notice == ""


async def test_a_language_without_a_voice_is_told_with_what_mends_it(
    start_voice: StartVoice, without_hibari: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (without_hibari / "hibari.py").unlink()
    (without_hibari / "espeakng_loader.py").write_text("raise ImportError")
    voice = await start_voice()
    with pytest.raises(SpeechUnavailable, match=r"speaks 'de' \(.*make run WITH_ESPEAK=1"):
        await voice.speak("Hallo.", locale="de", deadline_s=5)
    assert "only English has a voice: espeak-ng is not installed: make run" in voice._voices.hint
    assert voice.notice == ""


async def test_flite_speaks_where_hibari_is_missing_and_one_line_says_so(
    start_voice: StartVoice, flite_path: Path, without_hibari: Path
) -> None:
    voice = await start_voice()
    assert (await voice.speak("Hello.", locale="en", deadline_s=20)).engine == "flite"
    assert voice.notice == (
        "hibari is not installed (onnxruntime): pip install hibari-tts (Apache-2.0), or use "
        "another engine"
    )
