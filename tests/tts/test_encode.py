from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.audio.opus import OpusDecoder
from media_server.audio.opus_packet import packet_samples
from media_server.audio.types import Pcm
from media_server.ports import RawSpeech
from media_server.tts import encode
from media_server.tts.encode import LEAD_IN_MS, TARGET_RMS_DBFS, encode_clip
from tests.support.examples import examples


def tone(rate: int, duration_s: float, level: float, *, hz: float = 440.0) -> RawSpeech:
    times_s = np.arange(round(rate * duration_s)) / rate
    wave = level * np.sin(2 * np.pi * hz * times_s)
    return RawSpeech(np.rint(wave * 32_767).astype(np.int16), rate)


def decode(packets: list[bytes]) -> Pcm:
    with OpusDecoder(48_000) as decoder:
        return np.concatenate([decoder.decode(packet) for packet in packets])


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100])
@pytest.mark.parametrize("level", [0.02, 0.5, 1.0])
def test_one_loudness_and_no_clipping(rate: int, level: float) -> None:
    packets, starts, _ = encode_clip([tone(rate, 1.0, level)])
    assert starts == [LEAD_IN_MS / 1000]
    assert all(packet_samples(packet) == 960 for packet in packets)
    pcm = decode(packets) / 32_768
    middle = pcm[9_600:38_400]
    rms_dbfs = 20 * np.log10(np.sqrt(np.mean(middle**2)))
    assert rms_dbfs == pytest.approx(TARGET_RMS_DBFS, abs=1.5)
    assert np.max(np.abs(pcm)) < 1.0
    assert np.max(np.abs(pcm[: 48 * (LEAD_IN_MS - 15)])) < 0.005, "it begins in silence"


def test_pitch_and_length_survive_the_resampling() -> None:
    packets, _, _ = encode_clip([tone(22_050, 2.0, 0.5, hz=1000.0)])
    pcm = decode(packets).astype(np.float64)
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(pcm.size)))
    peak_hz = float(np.argmax(spectrum)) * 48_000 / pcm.size
    assert peak_hz == pytest.approx(1000, abs=2)
    beyond = spectrum[int(2500 * pcm.size / 48_000) :]
    assert np.max(beyond) < np.max(spectrum) / 100, "no image or alias above the tone"


def test_the_same_samples_are_the_same_bytes() -> None:
    parts = [tone(22_050, 0.7, 0.3), tone(22_050, 0.4, 0.1)]
    assert encode_clip(parts) == encode_clip(parts)


def test_packets_carry_a_copy_of_the_one_before() -> None:
    """In-band FEC: a lost packet comes back from its successor with its sound."""
    rng = np.random.default_rng(1)
    speech = tone(16_000, 1.0, 0.4).samples.astype(np.float64)
    speech *= 0.6 + 0.4 * np.sin(np.arange(speech.size) / 700) + 0.01 * rng.normal(size=speech.size)
    packets, _, _ = encode_clip([RawSpeech(speech.astype(np.int16), 16_000)])
    with OpusDecoder(48_000) as decoder:
        for packet in packets[:20]:
            decoder.decode(packet)
        recovered = decoder.decode_fec(packets[21], 960)
    assert np.sqrt(np.mean((recovered / 32_768) ** 2)) > 0.03


@given(
    st.lists(st.tuples(st.floats(0.05, 1.2), st.floats(0.01, 1.0)), min_size=1, max_size=4),
    st.sampled_from([8000, 16_000, 22_050]),
)
@settings(deadline=None, max_examples=examples(25))
def test_sentences_start_on_packets_in_order(parts: list[tuple[float, float]], rate: int) -> None:
    packets, starts, _ = encode_clip([tone(rate, length, level) for length, level in parts])
    assert len(starts) == len(parts)
    assert starts == sorted(starts)
    assert all(start * 50 == pytest.approx(round(start * 50)) for start in starts)
    assert starts[-1] < len(packets) / 50


def test_limiter_keeps_the_ceiling_without_steps() -> None:
    rng = np.random.default_rng(2)
    loud = (rng.normal(size=24_000) * 0.4).astype(np.float32)
    loud[12_000] = 5.0
    limited = encode._limit(loud, 24_000)
    assert np.max(np.abs(limited)) <= 10 ** (encode.PEAK_LIMIT_DBFS / 20) + 1e-6
    gain = limited / np.where(np.abs(loud) < 1e-6, 1, loud)
    audible = np.abs(loud) > 1e-3
    assert np.max(np.abs(np.diff(gain[audible]))) < 0.05


@pytest.mark.parametrize("samples", [0, 10, 16_000])
def test_silence_is_an_error(samples: int) -> None:
    with pytest.raises(ValueError, match="no sound"):
        encode_clip([RawSpeech(np.zeros(samples, np.int16), 16_000)])
    with pytest.raises(ValueError, match="no sound"):
        encode_clip([])


def test_steps_make_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    noise = RawSpeech((rng.normal(0, 3000, 24_000 * 12)).astype(np.int16), 24_000)
    pieces = list(encode.encode_in_steps([noise]))
    assert [len(piece.packets) for piece in pieces] == [10, *[50] * 11]
    in_steps = encode_clip([noise])
    heard = [packet for piece in pieces for packet in piece.packets]
    assert heard == in_steps.packets[: len(heard)]
    assert [piece.at for piece in pieces] == [0, *range(10, 560, 50)]
    assert {piece.total for piece in pieces} == {len(in_steps.packets)}
    assert pieces[0].levels == in_steps.levels
    monkeypatch.setattr(encode, "_STEP_PACKETS", 10_000)
    assert in_steps == encode_clip([noise])
