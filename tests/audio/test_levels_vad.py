from __future__ import annotations

import numpy as np
import pytest

from media_server.audio.gate.webrtc import WebrtcGate
from media_server.audio.levels import SILENCE_DBFS, SpeechBand, dbfs, dbfs_power, power_dbfs
from media_server.audio.ring import FRAME_BYTES, SILENT_FRAME, Origin
from media_server.audio.types import SAMPLE_RATE, Pcm
from tests.audio.streams import join, room, voice


def judge(pcm: Pcm, detector: WebrtcGate | None = None) -> list[bool]:
    detector = detector or WebrtcGate()
    data = pcm.tobytes()
    return [
        detector.judge(data[at : at + FRAME_BYTES], Origin.RECEIVED)
        for at in range(0, len(data) - FRAME_BYTES + 1, FRAME_BYTES)
    ]


def rumble(seconds: float, rms: float) -> Pcm:
    """Brown noise: what a fan or a street sounds like through a service."""
    walk = np.cumsum(np.random.default_rng(2).normal(0, 1, round(seconds * SAMPLE_RATE)))
    walk -= np.convolve(walk, np.ones(800) / 800, "same")
    scaled: Pcm = (walk * rms / np.sqrt(np.mean(walk**2))).astype(np.int16)
    return scaled


def test_levels() -> None:
    assert dbfs(np.full(320, 32767, np.int16)) == pytest.approx(0, abs=0.01)
    sine = (np.sin(np.arange(1600) / 5) * 32767).astype(np.int16)
    assert dbfs(sine) == pytest.approx(-3.01, abs=0.1)
    assert dbfs(np.zeros(320, np.int16)) == SILENCE_DBFS
    assert dbfs(np.zeros(0, np.int16)) == SILENCE_DBFS
    assert power_dbfs(0.0) == SILENCE_DBFS
    assert power_dbfs(dbfs_power(-46.0)) == pytest.approx(-46.0)


def test_the_speech_band_leaves_rumble_out() -> None:
    low = (np.sin(2 * np.pi * 50 * np.arange(320) / SAMPLE_RATE) * 10_000).astype(np.int16)
    mid = (np.sin(2 * np.pi * 2000 * np.arange(320) / SAMPLE_RATE) * 10_000).astype(np.int16)
    band = SpeechBand(320)
    low_power, low_band = band.power(low.tobytes())
    mid_power, mid_band = band.power(mid.tobytes())
    assert low_band < low_power / 100
    assert mid_band == pytest.approx(4 * mid_power, rel=0.05)


def test_speech_is_found_within_60_ms_and_its_end_within_160_ms() -> None:
    """webrtcvad itself holds on for some 100 ms."""
    speech = judge(join(room(1), voice(2), room(2)))
    first, last = speech.index(True), len(speech) - speech[::-1].index(True)
    assert 50 <= first <= 53
    assert 150 <= last <= 158
    assert sum(speech[first:last]) > 0.95 * (last - first)


def test_a_far_voice_is_not_the_talker() -> None:
    far = judge(join(room(0.5), voice(2), voice(3, seed=4, peak=600)))
    assert not any(far[140:])


def test_a_near_voice_is_heard_again_after_a_loud_one_has_faded() -> None:
    quiet_later = judge(join(voice(1, peak=20_000), room(40), voice(2, peak=2500)))
    assert sum(quiet_later[-90:]) > 80


def test_a_knock_on_the_desk_does_not_deafen() -> None:
    """100 ms, well above the talker, in the middle of a word."""
    pcm = voice(6).astype(float)
    calm = judge(pcm.astype(np.int16))
    knock = np.random.default_rng(3).normal(0, 14_000, 1600) * np.exp(-np.arange(1600) / 1600)
    pcm[2 * SAMPLE_RATE : 2 * SAMPLE_RATE + 1600] += knock
    speech = judge(np.clip(pcm, -32768, 32767).astype(np.int16))
    assert sum(speech[110:]) > 0.95 * sum(calm[110:]) > 100


def test_rumble_as_loud_as_the_talker_does_not_keep_the_turn_open() -> None:
    talker = voice(2)
    noise = rumble(6, rms=float(np.sqrt(np.mean(talker.astype(float) ** 2))) * 0.6)
    mixed = noise.copy()
    mixed[SAMPLE_RATE : 3 * SAMPLE_RATE] += talker
    speech = judge(mixed)
    assert sum(speech[55:150]) > 80
    assert sum(speech[160:]) == 0


def test_what_was_lost_is_neither_speech_nor_silence_of_the_talker() -> None:
    detector = WebrtcGate()
    judge(voice(1), detector)
    peak = detector.peak_dbfs
    for origin in (Origin.LOST, Origin.CONCEALED, Origin.DTX):
        for _ in range(10):
            speech = detector.judge(SILENT_FRAME, origin)
    assert not speech
    assert detector.peak_dbfs > peak - 0.5
