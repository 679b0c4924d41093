"""Slower and louder: the same words at another tempo and gain, made where the voice lives."""

from __future__ import annotations

import math

import numpy as np
import pytest

from media_server.audio.opus import OpusDecoder
from media_server.delivery import PLAIN, Delivery
from media_server.ports import RawSpeech
from media_server.tts.encode import PEAK_LIMIT_DBFS, encode_clip
from media_server.tts.engine import EngineInfo
from media_server.tts.stretch import at_tempo
from media_server.tts.words import clip_key

RATE = 22_050


def voice_like(seconds: float = 3.0) -> RawSpeech:
    """A tone of 220 Hz whose loudness comes and goes like syllables."""
    at = np.arange(round(seconds * RATE)) / RATE
    envelope = 0.5 + 0.5 * np.sin(2 * np.pi * 3 * at)
    tone = 9_000 * envelope * np.sin(2 * np.pi * 220 * at)
    return RawSpeech(tone.astype(np.int16), RATE)


def pitch_hz(raw: RawSpeech) -> float:
    spectrum = np.abs(np.fft.rfft(raw.samples.astype(np.float64)))
    return float(np.argmax(spectrum) * raw.sample_rate / raw.samples.size)


def rms_dbfs(packets: list[bytes]) -> tuple[float, float]:
    """(RMS of what is not silence, peak) of a clip as it is heard."""
    with OpusDecoder() as decoder:
        pcm = np.concatenate([decoder.decode(packet) for packet in packets]).astype(np.float64)
    loud = pcm[np.abs(pcm) > 300] / 32_768
    return 20 * math.log10(np.sqrt(np.mean(loud**2))), 20 * math.log10(np.max(np.abs(loud)))


@pytest.mark.parametrize("tempo", [0.85, 0.72])
def test_a_slower_clip_is_longer_by_as_much_and_has_the_same_pitch(tempo: float) -> None:
    raw = voice_like()
    slow = at_tempo(raw, tempo)
    assert slow.samples.size == pytest.approx(raw.samples.size / tempo, rel=0.02)
    assert pitch_hz(slow) == pytest.approx(pitch_hz(raw), abs=3)
    assert slow.sample_rate == RATE


def test_the_same_samples_give_the_same_samples() -> None:
    raw = voice_like()
    assert np.array_equal(at_tempo(raw, 0.85).samples, at_tempo(voice_like(), 0.85).samples)
    assert at_tempo(raw, 1.0) is raw


def test_a_louder_clip_is_louder_and_its_peaks_are_limited() -> None:
    plain, louder = (rms_dbfs(encode_clip([voice_like()], gain)[0]) for gain in (0.0, 8.0))
    assert 5.0 < louder[0] - plain[0] < 9.0
    assert louder[1] < PEAK_LIMIT_DBFS + 1.5, "but for what the codec adds"


def test_each_way_to_say_it_has_a_key_of_its_own_and_the_plain_one_keeps_its() -> None:
    engine = EngineInfo("flite", "slt", "2.2", ("en-us",))
    ways = (PLAIN, Delivery(0.85), Delivery(0.72), Delivery(1.0, 4.0), Delivery(0.85, 4.0))
    assert len({clip_key(engine, "en", "Why?", way) for way in ways}) == len(ways)
    assert clip_key(engine, "en", "Why?") == clip_key(engine, "en", "Why?", PLAIN)
