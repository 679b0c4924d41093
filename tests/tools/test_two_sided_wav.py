"""Both sides of a call in one WAV, each where it was heard."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from media_server.audio.opus import OpusEncoder
from media_server.tools.two_sided_wav import MAX_S, TwoSidedWav

LOUD = (8_000 * np.sin(2 * np.pi * 440 * np.arange(320) / 16_000)).astype(np.int16)


def read(path: Path) -> NDArray[np.int16]:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 16_000)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)


def loud_from_s(side: NDArray[np.int16]) -> list[float]:
    """Where it begins to be loud, in tenths of a second."""
    tenths = [bool(np.abs(part).max() > 2_000) for part in np.array_split(side, len(side) // 1600)]
    return [n / 10 for n, on in enumerate(tenths) if on and not (n and tenths[n - 1])]


def test_each_side_is_where_it_was_heard(tmp_path: Path) -> None:
    both = TwoSidedWav()
    silence = np.zeros(320, np.int16)
    for n in range(250):  # 5 s of a microphone, which speaks from 3 s to 4 s
        both.said(LOUD if 150 <= n < 200 else silence, 100.0 + n * 0.02)
    with OpusEncoder(16_000) as encoder:
        packets = encoder.encode_all(np.tile(LOUD, 50))
    for begin_s, first in ((100.5, 4_294_967_000), (102.0, 5_000)):  # the first wraps round
        for n, packet in enumerate(packets[:30]):
            jitter_s = 0.03 * (n % 2)
            stamp = (first + n * 960) % (1 << 32)
            both.heard(packet, stamp, begin_s + n * 0.02 + jitter_s)
    both.heard(b"\xff", 0, 103.0)  # no Opus
    both.said(LOUD, 100.0 + MAX_S + 1)  # no end of it
    both.save(tmp_path / "both.wav")
    pcm = read(tmp_path / "both.wav")
    assert loud_from_s(pcm[:, 0]) == [0.5, 2.0]
    assert loud_from_s(pcm[:, 1]) == [3.0]
    assert len(pcm) == 4 * 16_000


def test_nothing_heard_is_an_empty_file(tmp_path: Path) -> None:
    TwoSidedWav().save(tmp_path / "none.wav")
    assert len(read(tmp_path / "none.wav")) == 0
