"""What is said of a sentence: recorded voices, alone and beside noise, others and silence."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from media_server.audio.events import ReceiverSettings
from media_server.audio.gate.factory import make_gate
from media_server.audio.gate.near import NearGate
from media_server.audio.opus import OpusEncoder
from media_server.audio.rehearsal import (
    Finding,
    LineHeard,
    SoundHeard,
    decode,
    encode,
    findings,
    measure,
)
from media_server.audio.ring import Origin
from media_server.audio.types import SAMPLE_RATE, Pcm
from media_server.live.rehearsal import LOUDEST_LEARNT_DBFS
from tests.audio.streams import voice
from tests.support.speak import read_wav

VOICES = (
    "lj_LJ001-0002",
    "ls_1998-15444-0001",
    "ls_2414-128291-0003",
    "ls_2609-156975-0001",
    "g_brooklyn",
)
Signal = NDArray[np.float64]
NO_LOSS = LineHeard()
CASES_OF_NOBODY = ("nothing", "no_speech")


@cache
def clip(folder: Path, name: str, dbfs: float) -> Signal:
    """Five seconds of a voice, its speech at this level."""
    pcm, rate = read_wav(folder / f"{name}.wav")
    assert rate == SAMPLE_RATE
    sound = pcm[: 5 * rate].astype(np.float64)
    loud = np.abs(sound) > 0.3 * sound.std()
    gain = 32768 * 10 ** (dbfs / 20) / np.sqrt(np.mean(sound[loud] ** 2))
    return np.asarray(sound * gain)


def room(length_s: float, *sounds: tuple[float, Signal], floor_dbfs: float = -68.0) -> Pcm:
    rng = np.random.default_rng(7)
    total = rng.standard_normal(round(length_s * SAMPLE_RATE)) * 32768 * 10 ** (floor_dbfs / 20)
    for at_s, sound in sounds:
        begin = round(at_s * SAMPLE_RATE)
        part = sound[: len(total) - begin]
        total[begin : begin + len(part)] += part
    return np.clip(total, -32768, 32767).astype(np.int16)


def other_of(name: str) -> str:
    return VOICES[(VOICES.index(name) + 2) % len(VOICES)]


Make = Callable[[Path, str], Pcm]
CASES: dict[str, tuple[tuple[Finding, ...], Make]] = {
    "well": ((), lambda folder, name: room(8, (1.5, clip(folder, name, -23)))),
    "soft, and well": ((), lambda folder, name: room(8, (1.5, clip(folder, name, -36)))),
    "a fan": ((), lambda folder, name: room(8, (1.5, clip(folder, name, -23)), floor_dbfs=-45)),
    "too quiet": (
        ("too_quiet",),
        lambda folder, name: room(8, (1.5, clip(folder, name, -50)), floor_dbfs=-78),
    ),
    "too loud": (("too_loud",), lambda folder, name: room(8, (1.5, clip(folder, name, -3)))),
    "noise": (
        ("noise",),
        lambda folder, name: room(8, (1.5, clip(folder, name, -23)), floor_dbfs=-33),
    ),
}


@pytest.mark.corpus
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", VOICES)
def test_each_fault_is_found_and_no_other(speech_dir: Path, case: str, name: str) -> None:
    expected, make = CASES[case]
    assert findings(measure(make(speech_dir, name)), NO_LOSS) == expected


@pytest.mark.corpus
def test_somebody_else_is_heard(speech_dir: Path) -> None:
    """Before the sentence, 18 dB below it. Who pauses often is not always found."""
    found = [
        findings(
            measure(
                room(
                    12,
                    (0.2, clip(speech_dir, other_of(name), -41)[: 3 * SAMPLE_RATE]),
                    (4.0, clip(speech_dir, name, -23)),
                )
            ),
            NO_LOSS,
        )
        for name in VOICES
    ]
    assert set(found) <= {(), ("other_voice",)}
    assert found.count(("other_voice",)) >= 3


@pytest.mark.parametrize(
    ("floor_dbfs", "expected"), [(-120.0, "nothing"), (-66.0, "nothing"), (-30.0, "no_speech")]
)
def test_nobody_speaks(floor_dbfs: float, expected: Finding) -> None:
    assert findings(measure(room(6, floor_dbfs=floor_dbfs)), NO_LOSS) == (expected,)


@pytest.mark.parametrize("samples", [1, 512, 4_000])
def test_a_moment_of_sound_is_no_speech(samples: int) -> None:
    assert findings(measure(np.full(samples, 9_000, np.int16)), NO_LOSS)[-1] in CASES_OF_NOBODY


def test_nothing_arrived_at_all() -> None:
    pcm = decode([])
    assert measure(pcm) == SoundHeard()
    assert findings(measure(pcm), NO_LOSS) == ("nothing",)


def test_what_the_line_did_is_said_too() -> None:
    well = SoundHeard(speech_s=3.0, speech_dbfs=-25.0, noise_dbfs=-60.0, ends_s=4.0)
    assert findings(well, LineHeard(echo_ms=600)) == ("echo",)
    assert findings(well, LineHeard(lost_ms=60)) == ()
    assert findings(well, LineHeard(lost_ms=100, concealed_ms=80)) == ("gaps",)


def test_what_did_not_come_is_silence_and_what_is_no_opus_too() -> None:
    tone = (8_000 * np.sin(np.arange(SAMPLE_RATE) * 0.2)).astype(np.int16)
    with OpusEncoder(SAMPLE_RATE) as encoder:
        packets = [(at * 0.02, packet) for at, packet in enumerate(encoder.encode_all(tone))]
    broken = [*packets[:20], (0.4, b"\xff" * 3), *packets[30:]]
    heard = decode(broken)
    assert len(heard) == len(tone)
    assert not heard[round(0.42 * SAMPLE_RATE) : round(0.58 * SAMPLE_RATE)].any()
    assert np.abs(heard[round(0.7 * SAMPLE_RATE) :]).max() > 4_000
    assert len(encode(heard)) == 50


def test_hours_of_packets_are_cut_short() -> None:
    packet = encode(np.zeros(320, np.int16))[0]
    assert len(decode([(at * 0.02, packet) for at in range(5_000)])) == 20 * SAMPLE_RATE
    assert len(decode([(0.0, packet), (4_000.0, packet)])) == 320


def test_a_gate_that_knows_its_talker_is_deep_from_the_first_word() -> None:
    new, known = NearGate(), NearGate(-18.0)
    assert new.bar == -66.0
    assert known.bar == -54.0
    assert NearGate(-80.0).bar == new.bar
    assert ReceiverSettings().talker_dbfs is None


def test_who_turned_a_loud_microphone_down_is_still_heard() -> None:
    """The loudest level that is carried over, and speech far below it."""
    judge = make_gate("silero", LOUDEST_LEARNT_DBFS).judge
    pcm = voice(4)
    gain = 10 ** (-42 / 20) * 32_768 / float(np.sqrt(np.mean(pcm.astype(float) ** 2)))
    frames = (pcm.astype(float) * gain).round().astype(np.int16).reshape(-1, 320)
    heard = [judge(frame.tobytes(), int(Origin.RECEIVED)) for frame in frames]
    assert sum(heard) > 0.5 * len(heard)
