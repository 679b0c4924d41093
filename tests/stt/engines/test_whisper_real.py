"""Whisper base with the short window against the full one, on recorded speech.

Skips where the weights or the recordings are not there. The set is fixed: read and spoken English,
clear enough that the full window gets nearly every word. On harder speech both windows guess, and
guess differently; benchmarks/wer.py shows that neither guesses better.
"""

from __future__ import annotations

import statistics
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from media_server.audio.types import SAMPLE_RATE, Pcm
from media_server.model_files import WHISPER
from media_server.ports import SttRequest, Transcription
from media_server.stt.engines.asking import ask
from media_server.stt.engines.faster_whisper import FasterWhisper
from media_server.stt.settings import SttSettings
from media_server.tools.wer import word_errors
from tests.support.env import REPOSITORY
from tests.support.real_models import real_model

SPEECH = REPOSITORY.parent / "shared" / "speech"
SEGMENTS = (
    "sb_spk1_snt1", "sb_spk1_snt2", "sb_spk2_snt1", "lj_LJ001-0002", "g_brooklyn", "lj_LJ001-0003",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    length_s: float
    short: Transcription
    full: Transcription


def read(name: str) -> Pcm:
    path = SPEECH / f"{name}.wav"
    if not path.is_file():
        pytest.skip(f"the recordings are not in {SPEECH}")
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def warm(folder: Path, *, short_window: bool) -> FasterWhisper:
    engine = FasterWhisper(
        SttSettings(
            engine="faster-whisper",
            model_dir=str(folder),
            device="cpu",
            short_window=short_window,
        )
    )
    engine.warm_up()
    return engine


@pytest.fixture(scope="module")
def heard() -> list[Heard]:
    folder = real_model(WHISPER, "base")
    segments = [read(name) for name in SEGMENTS]
    short, full = warm(folder, short_window=True), warm(folder, short_window=False)
    made = []
    for pcm in segments:
        request = SttRequest(pcm, "en", True, (), len(pcm) * 1000 // SAMPLE_RATE)
        made.append(Heard(len(pcm) / SAMPLE_RATE, ask(short, request), ask(full, request)))
    return made


def test_the_same_words_as_over_the_full_window(heard: list[Heard]) -> None:
    assert {one.full.window for one in heard} == {"full"}
    assert {one.short.window for one in heard} <= {"short", "widened"}
    same = [word_errors(one.full.text, one.short.text)[0] == 0 for one in heard]
    assert sum(same) >= 0.95 * len(same), [
        (one.full.text, one.short.text) for one, equal in zip(heard, same, strict=True) if not equal
    ]


def test_words_stand_where_they_stand_over_the_full_window(heard: list[Heard]) -> None:
    apart_s = [
        abs(ours.start_s - theirs.start_s)
        for one in heard
        if len(one.short.words) == len(one.full.words)
        for ours, theirs in zip(one.short.words, one.full.words, strict=True)
    ]
    assert len(apart_s) >= 50
    assert statistics.median(apart_s) <= 0.04
    assert statistics.quantiles(apart_s, n=20)[-1] <= 0.3, "the worst twentieth"
    for one in heard:
        assert all(0 <= word.start_s <= word.end_s for word in one.short.words)
        assert max(word.end_s for word in one.short.words) <= one.length_s + 0.02
