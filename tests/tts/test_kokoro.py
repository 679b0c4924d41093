"""Kokoro with its real model, where set-up got it; and what it says when something is missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import hibari
import numpy as np
import pytest

from media_server.config import load_config
from media_server.model_files import KOKORO
from media_server.ports import EngineUnavailable, SpeaksInClauses
from media_server.tts.child import load_engines, synthesize
from media_server.tts.factory import check, processes
from media_server.tts.kokoro import _TOKENS, KokoroEngine
from media_server.tts.settings import TtsSettings
from tests.support.real_models import real_model

SENTENCE = "Tell me about a project, and what your part in it was."


@pytest.fixture(scope="module")
def folder() -> Path:
    return real_model(KOKORO, "kokoro")


@pytest.fixture(scope="module")
def kokoro(folder: Path) -> KokoroEngine:
    return KokoroEngine(folder)


def test_its_tokens_are_the_alphabet_of_its_reader() -> None:
    vocabulary = Path(hibari.__file__).parent / "assets" / "vocab.json"
    assert json.loads(vocabulary.read_text(encoding="utf-8")) == _TOKENS


def test_it_speaks_with_a_voice_for_each_accent(kokoro: KokoroEngine) -> None:
    """Each a voice of its own, neither silent nor clipped, at the pace of speech."""
    assert isinstance(kokoro, SpeaksInClauses)
    assert (kokoro.voice_for("en"), kokoro.voice_for("en-IE")) == ("af_heart", "bf_emma")
    with pytest.raises(EngineUnavailable, match="does not speak de"):
        kokoro.voice_for("de")
    american, british = (kokoro.synthesize("What is your work?", tag) for tag in ("en", "en-GB"))
    for made in (american, british):
        assert 0.8 < made.samples.size / made.sample_rate < 2.5
        assert 0.05 < np.max(np.abs(made.samples)) / 32_768 < 1.0
    assert not np.array_equal(american.samples, british.samples)
    again = kokoro.synthesize("What is your work?", "en")
    assert np.array_equal(again.samples, american.samples), "same words, same sound"


def test_a_sentence_comes_clause_by_clause(kokoro: KokoroEngine) -> None:
    long = (
        "When you joined the team, nobody had written a single test for the old system, "
        "and the customers waited; how did you begin?"
    )
    assert kokoro.clauses(SENTENCE, "en") == [SENTENCE], "short ones are not cut"
    parts = kokoro.clauses(long, "en")
    assert (len(parts), " ".join(parts)) == (2, long)


def test_what_it_cannot_say_is_left_to_the_next_voice(kokoro: KokoroEngine) -> None:
    for text in ("日本語の質問は何ですか?", "한국어"):
        with pytest.raises(ValueError, match="no sound for this text"):
            kokoro.synthesize(text, "en")
    with pytest.raises(ValueError, match="nothing to say"):
        synthesize(kokoro, "...", "en")


def test_what_is_missing_is_named(folder: Path, tmp_path: Path) -> None:
    """Over the settings, as the server asks for it."""
    settings = load_config({"DATA_DIR": str(tmp_path), "MEDIA_SERVER_TTS_ENGINE": "kokoro"}).tts
    assert settings.kokoro_dir == tmp_path / "models" / "kokoro" / "kokoro"
    assert TtsSettings.from_mapping(settings.to_mapping()) == settings
    first = check(settings)[0]
    assert (first.name, first.level) == ("kokoro", "warn")
    assert "media-server models pull kokoro" in first.mend
    assert processes(("kokoro", "hibari", "flite"))[0] == ("kokoro",), "in a process of its own"

    damaged = tmp_path / "damaged"
    (damaged / "voices").mkdir(parents=True)
    shutil.copy(folder / "voices" / "af_heart.bin", damaged / "voices")
    (damaged / "model.onnx").write_bytes(b"no model")
    (damaged / "voices" / "short.bin").write_bytes(bytes(1024))
    for voice, problem in (
        ("am_nobody", "has af_heart, short"),
        ("short", "is damaged"),
        ("af_heart", "cannot be loaded"),
    ):
        wrong = TtsSettings(engine="kokoro", kokoro_dir=damaged, voice=voice)
        engines, problems = load_engines(["kokoro"], wrong)
        assert not engines
        assert problem in problems["kokoro"]
