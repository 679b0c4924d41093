from __future__ import annotations

import importlib
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis.internal.conjecture import providers

from media_server.audio.types import SAMPLE_RATE
from media_server.ports import SttRequest
from media_server.tools.wer import word_error_rate
from tests.support import recogniser
from tests.support.examples import PROFILE
from tests.support.redis_server import RedisServer
from tests.support.speak import read_wav, resample, speak_wav, write_wav


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("the cat sat", "The cat sat.", 0.0),
        ("the cat sat", "the cat", 1 / 3),
        ("the cat sat", "the fat cat sat", 1 / 3),
        ("the cat sat", "a dog ran off", 4 / 3),
        ("well-known", "well known", 0.0),
        ("one two", "", 1.0),
    ],
)
def test_word_error_rate(reference: str, hypothesis: str, expected: float) -> None:
    assert word_error_rate(reference, hypothesis) == pytest.approx(expected)


def test_word_error_rate_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no words"):
        word_error_rate("...", "something")


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_speech_has_the_rate_asked_for_and_is_audible(tmp_path: Path, rate: int) -> None:
    path = speak_wav("Hello, can you hear me well?", tmp_path / "hello.wav", rate=rate)
    samples, actual = read_wav(path)
    assert actual == rate
    assert 1.0 < samples.size / rate < 5.0
    assert np.abs(samples).max() > 3_000


def test_without_flite_espeak_speaks_in_a_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("espeakng_loader")
    monkeypatch.setenv("PATH", "/nonexistent")
    samples, rate = read_wav(speak_wav("Hello there", tmp_path / "hello.wav"))
    assert rate == 16_000
    assert np.abs(samples).max() > 3_000


def test_resampling_keeps_a_tone_where_it_is(tmp_path: Path) -> None:
    tone = (8_000 * np.sin(2 * np.pi * 440 * np.arange(22_050) / 22_050)).astype(np.int16)
    path = tmp_path / "tone.wav"
    write_wav(path, resample(tone, 22_050, 16_000), 16_000)
    samples, rate = read_wav(path)
    peak_hz = int(np.abs(np.fft.rfft(samples)).argmax() * rate / samples.size)
    assert peak_hz == 440


@pytest.mark.redis
def test_each_test_gets_an_empty_redis(redis_url: str) -> None:
    assert redis_url.startswith("redis://127.0.0.1:")


@pytest.mark.redis
def test_a_paused_server_keeps_connections_and_answers_later(redis_server: RedisServer) -> None:
    redis_server.pause()
    with pytest.raises(OSError, match="timed out"):
        redis_server.command("PING", timeout_s=2)
    redis_server.cont()
    assert redis_server.command("PING") == b"+PONG"


@pytest.mark.redis
def test_restarts_lose_or_keep_data(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, aof=True)
    server.start()
    try:
        port = server.port
        server.command("SET", "kept", "yes")
        time.sleep(1.2)  # appendfsync everysec
        server.restart()
        assert server.command("EXISTS", "kept") == b":1"
        server.restart(aof=False)
        assert server.command("EXISTS", "kept") == b":0"
        assert server.port == port
    finally:
        server.stop()
    assert not server.running


def test_scripted_recogniser_hears_words_in_speech_and_none_in_silence() -> None:
    second = np.ones(SAMPLE_RATE, np.int16)
    heard = recogniser.hear(SttRequest(second, "en", final=True, speech_ms=800))
    assert heard.text == "my neighbour keeps seven"
    assert heard.words[-1].end_s <= 1.0
    silent = recogniser.hear(SttRequest(second, "en", final=True, speech_ms=0))
    assert (silent.text, silent.words) == ("", ())


def test_examples_do_not_depend_on_the_modules_that_are_loaded() -> None:
    if PROFILE == "fuzz":
        pytest.skip("`make fuzz` draws what it likes")
    importlib.import_module("media_server.interview.pacing")
    constants = providers._get_local_constants()
    assert not len(constants)
